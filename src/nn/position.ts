/** @file Where a token stands: sinusoids, rotary embeddings, and T5's relative biases. */
import {
  add,
  concat,
  gather,
  mul,
  slice,
  sub,
  type Tensor,
  tensor,
  transpose,
  ValueError,
} from "../engine/index.ts";
import { type Initializer, normalInit } from "./init.ts";
import { Module } from "./module.ts";

/** Angles `position · base^(-2i/width)`, `[time, width / 2]` row by row. */
function angles(time: number, width: number, base: number, first = 0): Float64Array {
  const half = width / 2;
  return Float64Array.from({ length: time * half }, (_, n) => {
    const i = n % half;
    return (first + Math.floor(n / half)) * base ** (-i / half);
  });
}

/** Fixed position vectors `[time, width]`: sines in the first half, cosines in the second (Vaswani et al. 2017, 3.5). */
export function sinusoidalPositions(time: number, width: number, base = 10_000): Tensor {
  checkEven("sinusoidalPositions", width);
  const all = angles(time, width, base);
  const half = width / 2;
  const values = Float32Array.from({ length: time * width }, (_, n) => {
    const i = n % width;
    const angle = all[Math.floor(n / width) * half + (i % half)]!;
    return i < half ? Math.sin(angle) : Math.cos(angle);
  });
  return tensor(values, { shape: [time, width] });
}

/**
 * Rotary position embedding (Su et al. 2021) of queries or keys `[..., time, width]`: element i and
 * element i + width/2 turn together by the angle position · base^(-2i/width).
 * @param first the position of the first row
 */
export function rotary(x: Tensor, base = 10_000, first = 0): Tensor {
  const [time, width] = x.shape.slice(-2);
  checkEven("rotary", width);
  const half = width / 2;
  const all = angles(time, width, base, first);
  const table = (f: (angle: number) => number): Tensor =>
    tensor(Float32Array.from(all, f), { shape: [time, half] }).cast(x.dtype);
  const [cos, sin] = [table(Math.cos), table(Math.sin)];
  const starts = x.shape.map(() => 0);
  const a = slice(x, starts, [...x.shape.slice(0, -1), half]);
  const b = slice(x, [...starts.slice(0, -1), half], x.shape);
  return concat([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))], -1);
}

function checkEven(name: string, width: number): void {
  if (width % 2 !== 0) throw new ValueError(`${name}: the width must be even, got ${width}`);
}

/**
 * The bucket of a distance key - query (Raffel et al. 2020, section 2.1): half of the buckets are
 * for single distances, the rest grow logarithmically up to `maxDistance`. In both directions each
 * gets half of the buckets; otherwise the future falls into bucket 0.
 */
export function relativeBucket(
  distance: number,
  {
    buckets,
    maxDistance,
    bidirectional,
  }: { buckets: number; maxDistance: number; bidirectional: boolean },
): number {
  const count = bidirectional ? Math.floor(buckets / 2) : buckets;
  const offset = bidirectional && distance > 0 ? count : 0;
  const n = bidirectional ? Math.abs(distance) : Math.max(-distance, 0);
  const exact = Math.floor(count / 2);
  if (n < exact) return offset + n;
  const share = Math.log(n / exact) / Math.log(maxDistance / exact);
  return offset + Math.min(exact + Math.floor(share * (count - exact)), count - 1);
}

/** Settings of `RelativePositionBias`. */
export interface RelativePositionOptions {
  readonly heads: number;
  readonly key: Tensor;
  /** Default 32. */
  readonly buckets?: number;
  /** Beyond it all distances are alike. Default 128. */
  readonly maxDistance?: number;
  /** Whether the future is distinguished. Default true. */
  readonly bidirectional?: boolean;
  readonly init?: Initializer;
}

/** A learned bias on attention scores for each head and bucket of distances. */
export class RelativePositionBias extends Module {
  /** `[buckets, heads]`. */
  weight: Tensor;
  readonly maxDistance: number;
  readonly bidirectional: boolean;

  constructor(options: RelativePositionOptions) {
    super();
    const { heads, key, buckets = 32, maxDistance = 128, bidirectional = true } = options;
    this.weight = (options.init ?? normalInit(0.02))(key, [buckets, heads]);
    this.maxDistance = maxDistance;
    this.bidirectional = bidirectional;
  }

  /** `[heads, queries, keys]`; the last query stands where the last key does. */
  forward(queries: number, keys = queries): Tensor {
    const { maxDistance, bidirectional } = this;
    const settings = { buckets: this.weight.shape[0], maxDistance, bidirectional };
    const offset = keys - queries;
    const numbers = Int32Array.from({ length: queries * keys }, (_, i) =>
      relativeBucket((i % keys) - Math.floor(i / keys) - offset, settings),
    );
    return transpose(gather(this.weight, tensor(numbers, { shape: [queries, keys] })), [2, 0, 1]);
  }
}
