// Weighted ridge regression on moments: the surrogate itself, and the fit that `weights` ranks by.
import { cholesky, choleskySolve } from "./cholesky.ts";
import type { Moments } from "./gram.ts";

/** A linear model of chosen features. */
export interface RidgeFit {
  readonly chosen: Int32Array;
  /** One per chosen feature. */
  readonly coefficients: Float64Array;
  readonly intercept: number;
  /** Weighted R2; 0 where the outputs do not vary. */
  readonly r2: number;
  /** Cholesky factor of the penalised Gram matrix [k, k]. */
  readonly factor: Float64Array;
}

/** Outputs that vary by less than this part of their size count as constant. */
const constantSpread = 1e-20;

/** Whether the outputs of a label are, up to rounding, all the same. */
export function isConstant(moments: Moments, label: number): boolean {
  const mean = moments.outputMeans[label]!;
  return moments.spread[label]! <= constantSpread * moments.total * Math.max(mean * mean, 1e-12);
}

/** Solves (X'PX + alpha I) b = X'Py on the chosen features; the intercept is not penalised. */
export function fitRidge(
  moments: Moments,
  label: number,
  chosen: Int32Array,
  alpha: number,
): RidgeFit {
  const k = chosen.length;
  const { columns: d, gram, cross, means, outputMeans, spread } = moments;
  const square = new Float64Array(k * k);
  const target = new Float64Array(k);
  const constant = isConstant(moments, label);
  for (let i = 0; i < k; i++) {
    const row = gram.row(chosen[i]!);
    for (let j = 0; j < k; j++) square[i * k + j] = row[chosen[j]!]!;
    target[i] = constant ? 0 : cross[label * d + chosen[i]!]!;
  }
  const penalised = Float64Array.from(square);
  for (let i = 0; i < k; i++) penalised[i * k + i]! += alpha;
  const factor = cholesky(penalised, k);
  const coefficients = choleskySolve(factor, k, target);
  let intercept = outputMeans[label]!;
  let error = spread[label]!;
  for (let i = 0; i < k; i++) {
    intercept -= coefficients[i]! * means[chosen[i]!]!;
    let explained = 2 * target[i]!;
    for (let j = 0; j < k; j++) explained -= square[i * k + j]! * coefficients[j]!;
    error -= coefficients[i]! * explained;
  }
  // Moments that were estimated in parts can have an error below 0.
  const r2 = constant ? 0 : 1 - Math.max(0, error) / spread[label]!;
  return { chosen, coefficients, intercept, r2, factor };
}
