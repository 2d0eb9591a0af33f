// The Gram matrix of more features than a square array should hold: its rows and products on demand.
import type { Matrix } from "../api.ts";
import type { Gram } from "./gram.ts";

/**
 * The Gram matrix of data about its weighted means, never stored: a row or a product with a vector
 * reads the data once. Rows that were asked for are kept.
 */
export function wideGram(data: Matrix, weights: Float64Array, means: Float64Array): Gram {
  const { rows, columns: d, values } = data;
  const diagonal = new Float64Array(d);
  for (let i = 0; i < rows; i++) {
    for (let j = 0, at = i * d; j < d; j++, at++) {
      diagonal[j]! += weights[i]! * (values[at]! - means[j]!) ** 2;
    }
  }
  const known = new Map<number, Float64Array>();
  const sumOfRows = (amounts: Float64Array) => {
    const sum = new Float64Array(d);
    let total = 0;
    for (let i = 0; i < rows; i++) {
      const amount = amounts[i]!;
      if (amount === 0) continue;
      total += amount;
      for (let j = 0, at = i * d; j < d; j++, at++) sum[j]! += amount * values[at]!;
    }
    for (let j = 0; j < d; j++) sum[j]! -= total * means[j]!;
    return sum;
  };
  return {
    diagonal,
    row(j) {
      const before = known.get(j);
      if (before !== undefined) return before;
      const offsets = weights.map((weight, i) => weight * (values[i * d + j]! - means[j]!));
      const row = sumOfRows(offsets);
      known.set(j, row);
      return row;
    },
    multiply(vector) {
      let atMeans = 0;
      for (let j = 0; j < d; j++) atMeans += vector[j]! * means[j]!;
      const along = weights.map((weight, i) => {
        let sum = -atMeans;
        for (let j = 0, at = i * d; j < d; j++, at++) sum += vector[j]! * values[at]!;
        return weight * sum;
      });
      return sumOfRows(along);
    },
  };
}

/** Part of b that the residual may keep, and the most steps. */
const tolerance = 1e-10;
const mostSteps = 2000;

/**
 * Solves (G + alpha I) x = b by conjugate gradients with the diagonal as preconditioner (Hestenes &
 * Stiefel 1952): ranks of features need no more digits than `tolerance` leaves.
 */
export function conjugateGradients(gram: Gram, alpha: number, b: Float64Array): Float64Array {
  const x = new Float64Array(b.length);
  const residual = Float64Array.from(b);
  const scaled = residual.map((value, j) => value / (gram.diagonal[j]! + alpha));
  const direction = Float64Array.from(scaled);
  let power = dot(residual, scaled);
  const enough = tolerance ** 2 * dot(b, b);
  for (let step = 0; step < mostSteps && dot(residual, residual) > enough; step++) {
    const image = gram.multiply(direction);
    for (let j = 0; j < image.length; j++) image[j]! += alpha * direction[j]!;
    const length = power / dot(direction, image);
    for (let j = 0; j < x.length; j++) {
      x[j]! += length * direction[j]!;
      residual[j]! -= length * image[j]!;
      scaled[j] = residual[j]! / (gram.diagonal[j]! + alpha);
    }
    const next = dot(residual, scaled);
    for (let j = 0; j < x.length; j++) {
      direction[j] = scaled[j]! + (next / power) * direction[j]!;
    }
    power = next;
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
