// How far a weight may be off: sandwich standard errors of a weighted ridge fit under the draw of rows.
import type { Matrix } from "../api.ts";
import { choleskySolve } from "./cholesky.ts";
import type { Moments } from "./gram.ts";
import type { RidgeFit } from "./ridge.ts";

/** What the residuals of a fit are taken on. */
export interface DrawnRows {
  readonly data: Matrix;
  readonly outputs: Matrix;
  readonly weights: Float64Array;
  /** Rows 2i+1 and 2i+2 were drawn together and count as one observation. */
  readonly paired: boolean;
}

/**
 * Covariance [k, k] of the coefficients when the rows are drawn anew: A^-1 S A^-1 with A the
 * penalised Gram matrix and S the sum of s s^T over observations, s = w e (z - mean) (White 1980,
 * "A heteroskedasticity-consistent covariance matrix estimator"), times n / (n - k - 1). It holds
 * although the surrogate is wrong: the residuals of a curved model are not noise, but the rows are.
 */
export function sandwich(
  rows: DrawnRows,
  moments: Moments,
  label: number,
  fit: RidgeFit,
): Float64Array {
  const k = fit.chosen.length;
  const spread = scoreProducts(rows, moments, label, fit);
  const observations = rows.paired ? (rows.data.rows - 1) / 2 : rows.data.rows;
  const correction = observations > k + 1 ? observations / (observations - k - 1) : 1;
  const half = solveColumns(fit.factor, k, spread);
  const covariance = solveColumns(fit.factor, k, transposed(half, k));
  return covariance.map((value) => value * correction);
}

/** Sum over observations of s s^T. */
function scoreProducts(
  { data, outputs, weights, paired }: DrawnRows,
  moments: Moments,
  label: number,
  { chosen, coefficients, intercept }: RidgeFit,
): Float64Array {
  const { rows, columns, values } = data;
  const k = chosen.length;
  const products = new Float64Array(k * k);
  const score = new Float64Array(k);
  const means = Float64Array.from(chosen, (feature) => moments.means[feature]!);
  for (let i = 0; i < rows; i++) {
    const at = i * columns;
    let error = outputs.values[i * outputs.columns + label]! - intercept;
    for (let j = 0; j < k; j++) error -= coefficients[j]! * values[at + chosen[j]!]!;
    const weighted = weights[i]! * error;
    // The first of a pair waits for the second.
    const addsToPair = paired && i > 0 && i % 2 === 0;
    if (!addsToPair) score.fill(0);
    for (let j = 0; j < k; j++) score[j]! += weighted * (values[at + chosen[j]!]! - means[j]!);
    if (paired && i % 2 === 1 && i + 1 < rows) continue;
    for (let j = 0; j < k; j++) {
      const value = score[j]!;
      if (value === 0) continue;
      for (let l = 0; l <= j; l++) products[j * k + l]! += value * score[l]!;
    }
  }
  for (let j = 0; j < k; j++) {
    for (let l = 0; l < j; l++) products[l * k + j] = products[j * k + l]!;
  }
  return products;
}

/** A^-1 M for the factor of A, column by column. */
function solveColumns(factor: Float64Array, k: number, matrix: Float64Array): Float64Array {
  const solved = new Float64Array(k * k);
  const column = new Float64Array(k);
  for (let j = 0; j < k; j++) {
    for (let i = 0; i < k; i++) column[i] = matrix[i * k + j]!;
    const x = choleskySolve(factor, k, column);
    for (let i = 0; i < k; i++) solved[i * k + j] = x[i]!;
  }
  return solved;
}

function transposed(matrix: Float64Array, k: number): Float64Array {
  return Float64Array.from(matrix, (_, at) => matrix[(at % k) * k + Math.floor(at / k)]!);
}

/** Standard errors from a covariance [k, k]. */
export function standardErrors(covariance: Float64Array, k: number): Float64Array {
  return Float64Array.from({ length: k }, (_, j) => Math.sqrt(Math.max(0, covariance[j * k + j]!)));
}

/** 97.5% point of the normal distribution. */
export const normal95 = 1.959963984540054;
