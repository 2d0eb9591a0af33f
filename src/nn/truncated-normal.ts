/** @file Samples of a normal distribution that is cut off on both sides. */
import { add, log, mul, randomUniform, sub, type Tensor } from "../engine/index.ts";

/** Coefficients of a central and a tail polynomial for erf⁻¹ (Giles 2012, table 5), highest first. */
const CENTRE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3,
  -4.17768164e-3, 0.246640727, 1.50140941,
];

function polynomial(x: Tensor, coefficients: readonly number[]): Tensor {
  const [first, second, ...rest] = coefficients;
  return rest.reduce((sum, c) => add(mul(sum, x), c), add(mul(x, first), second));
}

/**
 * Standard normal numbers within ±`cut` by inversion: erf⁻¹ of a uniform number. The central
 * polynomial holds while w = -log(1 - x²) < 5, which is |z| < 2.9.
 */
export function truncatedNormalSample(key: Tensor, shape: readonly number[], cut: number): Tensor {
  if (!(cut > 0 && cut <= 2.9)) {
    throw new RangeError(`truncatedNormal: cut must be above 0 and at most 2.9, got ${cut}`);
  }
  const edge = erfOf(cut / Math.SQRT2);
  const x = randomUniform(key, shape, -edge, edge);
  const w = log(mul(add(x, 1), sub(1, x))).neg();
  return mul(mul(polynomial(sub(w, 2.5), CENTRE), x), Math.SQRT2);
}

/** erf by its Maclaurin series, which converges quickly for the small arguments used here. */
function erfOf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
