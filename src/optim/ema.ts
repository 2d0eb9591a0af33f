/** @file Exponential moving averages of weights. */
import {
  add,
  div,
  flattenTree,
  minimum,
  mul,
  sub,
  type Tensor,
  unflattenTree,
} from "../engine/index.ts";
import { checkRange } from "./optimizer.ts";

/** Settings of `emaUpdate`. */
export interface EmaOptions {
  /** Weight of the past. Default 0.999. */
  readonly decay?: number;
  /**
   * Steps made so far (a scalar tensor): the decay is then at most (1 + step)/(10 + step), so that
   * the first steps count.
   */
  readonly step?: Tensor;
}

/** The average after one more step: decay · average + (1 - decay) · value, over trees of one form. */
export function emaUpdate<T>(average: T, values: T, { decay = 0.999, step }: EmaOptions = {}): T {
  checkRange("emaUpdate: decay", decay, 0, 1);
  const old = flattenTree(average);
  const fresh = flattenTree(values);
  const t = step?.cast("float32");
  const inForce = t ? minimum(div(add(t, 1), add(t, 10)), decay) : decay;
  const next = old.leaves.map((a, i) => {
    const share = typeof inForce === "number" ? 1 - inForce : sub(1, inForce);
    return add(mul(a, inForce), mul(fresh.leaves[i], share));
  });
  return unflattenTree(old.structure, next) as T;
}
