/** @file Random choices built from uniform numbers: permutations, categories, truncated normals. */
import { ValueError } from "./errors.ts";
import { erf } from "./js/special.ts";
import { add, log, mul, neg } from "./ops/elementwise.ts";
import { erfInverse } from "./ops/erf-inverse.ts";
import { gather } from "./ops/indexing.ts";
import { argmax } from "./ops/reduce.ts";
import { argsort } from "./ops/sort.ts";
import { randomUniform } from "./random.ts";
import { normalizeAxis, type Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** The numbers 0 to n - 1 (int32) in random order: the order that sorts n random numbers. */
export function permutation(key: Tensor, n: number): Tensor {
  return argsort(randomUniform(key, [n]));
}

/** `x` with its elements along an axis in random order. */
export function shuffle(key: Tensor, x: Tensor, axis = 0): Tensor {
  const at = normalizeAxis("shuffle", axis, x.rank);
  return gather(x, permutation(key, x.shape[at]), at);
}

/**
 * A class (int32) for each row of logits along an axis, with the probabilities of their softmax: the
 * largest logit after adding Gumbel noise (Gumbel 1954).
 */
export function randomCategorical(key: Tensor, logits: Tensor, axis = -1): Tensor {
  // Half a step above 0 keeps both logarithms finite.
  const uniform = add(randomUniform(key, logits.shape), 2 ** -25);
  return argmax(add(logits, neg(log(neg(log(uniform))))), axis);
}

const normalCdf = (x: number): number => 0.5 * (1 + erf(x / Math.SQRT2));

/**
 * Standard normal numbers between `low` and `high`, by inversion of the distribution function.
 * @throws ValueError where low is not below high, or the interval lies beyond ±5
 */
export function randomTruncatedNormal(key: Tensor, shape: Shape, low = -2, high = 2): Tensor {
  const [from, to] = [normalCdf(low), normalCdf(high)];
  if (!(low < high) || to - from < 1e-6) {
    throw new ValueError(
      `randomTruncatedNormal: ${low} to ${high}: expected low < high with a part within ±5`,
    );
  }
  // 2u - 1 stays half a step inside ±1, where the inverse is finite.
  const step = 2 ** -24;
  const uniform = randomUniform(
    key,
    shape,
    Math.max(2 * from - 1, step - 1),
    Math.min(2 * to - 1, 1 - step),
  );
  return mul(erfInverse(uniform), Math.SQRT2);
}
