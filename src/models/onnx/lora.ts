/** @file Low-rank adapters on products (Hu et al. 2021): `y + (x·A)·B · alpha/rank`. */
import { add, matmul, mul, type Tensor } from "../../engine/index.ts";
import type { LoraPlace } from "./plan.ts";
import type { Adapt } from "./tracer.ts";

/** The two factors: `a` `[in, rank]`, `b` `[rank, out]`. */
export interface LoraAdapter {
  readonly a: Tensor;
  readonly b: Tensor;
}

/** Adds what adapters contribute to the nodes that have one; undefined where none does. */
export function adaptWith(
  places: ReadonlyMap<number, LoraPlace>,
  adapters: Readonly<Record<string, LoraAdapter>>,
): Adapt | undefined {
  if (places.size === 0) return undefined;
  return (node, inputs, y) => {
    const place = places.get(node.index);
    const x = inputs[0]?.tensor;
    if (!place || !x) return null;
    const { a, b } = adapters[place.name];
    const transposeA = node.attributes.int("transA", 0) !== 0;
    const low = matmul(x, a, { transposeA });
    return add(y, mul(matmul(low, b), place.scale));
  };
}

/** What an adapter adds to a weight of the given orientation. */
export function loraDelta({ a, b }: LoraAdapter, { scale, transposed }: LoraPlace): Tensor {
  const delta = mul(matmul(a, b), scale);
  return transposed ? delta.transpose() : delta;
}
