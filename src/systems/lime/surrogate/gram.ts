// The weighted second moments of a neighbourhood: all that choosing and fitting a linear surrogate needs.
import type { Matrix } from "../api.ts";
import { wideGram } from "./wide-gram.ts";

/** A symmetric matrix [d, d], stored or computed on demand. */
export interface Gram {
  readonly diagonal: Float64Array;
  /** Row j [d]. */
  row(j: number): Float64Array;
  /** The product with a vector [d]. */
  multiply(vector: Float64Array): Float64Array;
  /** All of it, row by row, where it is stored. */
  readonly stored?: Float64Array;
}

/** Above this many features the Gram matrix is not stored: its factor would take longer than its products. */
const mostStored = 2048;

/**
 * Moments of features and outputs about their weighted means. With them every weighted least-squares
 * fit with an intercept is a small linear system, so no fit looks at the N rows again.
 */
export interface Moments {
  /** Features. */
  readonly columns: number;
  readonly rows: number;
  /** Sum of the weights. */
  readonly total: number;
  /** Weighted mean of each feature [d]. */
  readonly means: Float64Array;
  /** Sum of w (z - mean)(z - mean)^T [d, d]. */
  readonly gram: Gram;
  /** Weighted mean of each output [C]. */
  readonly outputMeans: Float64Array;
  /** Sum of w (z - mean)(y - mean) per output [C, d]. */
  readonly cross: Float64Array;
  /** Sum of w (y - mean)^2 per output [C]. */
  readonly spread: Float64Array;
}

/**
 * Moments of data [N, d] and the outputs of the labels asked for [N, C] under weights [N]. Bytes must
 * be zeros and ones; they take a path whose cost follows the rarer of the two in each row.
 */
export function weightedMoments(data: Matrix, outputs: Matrix, weights: Float64Array): Moments {
  const { rows, columns, values } = data;
  let total = 0;
  for (let i = 0; i < rows; i++) total += weights[i]!;
  const outputMeans = weightedMeans(outputs, weights, total);
  const { spread, centred } = centredOutputs(outputs, weights, outputMeans);
  const parts = { rows, columns, total, outputMeans, spread };
  if (columns > mostStored) return { ...parts, ...wideMoments(data, weights, total, centred) };
  const { means, gram, cross } =
    values instanceof Uint8Array
      ? binaryMoments(data, values, weights, total, centred)
      : denseMoments(data, weights, total, centred);
  dropConstants({ means, gram, cross }, columns, total);
  return { ...parts, means, cross, gram: storedGram(gram, columns) };
}

function storedGram(stored: Float64Array, d: number): Gram {
  const row = (j: number) => stored.subarray(j * d, (j + 1) * d);
  return {
    stored,
    row,
    diagonal: Float64Array.from({ length: d }, (_, j) => stored[j * d + j]!),
    multiply: (vector) =>
      Float64Array.from({ length: d }, (_, j) =>
        row(j).reduce((sum, value, k) => sum + value * vector[k]!, 0),
      ),
  };
}

function wideMoments(
  data: Matrix,
  weights: Float64Array,
  total: number,
  centred: readonly Float64Array[],
): Pick<Moments, "means" | "gram" | "cross"> {
  const { rows, columns: d, values } = data;
  const means = weightedMeans(data, weights, total);
  const cross = new Float64Array(centred.length * d);
  centred.forEach((targets, c) => {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < d; j++) cross[c * d + j]! += targets[i]! * values[i * d + j]!;
    }
  });
  return { means, cross, gram: wideGram(data, weights, means) };
}

/** A feature whose spread is below this part of its square is constant; the rest is rounding. */
const constantShare = 1e-13;

/** Makes the moments of constant features exact zeros, so that their weights are. */
function dropConstants({ means, gram, cross }: FeatureMoments, d: number, total: number): void {
  for (let j = 0; j < d; j++) {
    if (gram[j * d + j]! > constantShare * total * means[j]! ** 2) continue;
    for (let k = 0; k < d; k++) {
      gram[j * d + k] = 0;
      gram[k * d + j] = 0;
    }
    for (let at = j; at < cross.length; at += d) cross[at] = 0;
  }
}

interface Centred {
  /** w (y - mean), per output one array of N. */
  readonly centred: readonly Float64Array[];
  readonly spread: Float64Array;
}

/** Weighted mean of each column; zeros where the weights sum to nothing. */
function weightedMeans(matrix: Matrix, weights: Float64Array, total: number): Float64Array {
  const { rows, columns, values } = matrix;
  const means = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    const weight = weights[i]!;
    for (let j = 0; j < columns; j++) means[j]! += weight * values[i * columns + j]!;
  }
  return means.map((sum) => (total > 0 ? sum / total : 0));
}

function centredOutputs(outputs: Matrix, weights: Float64Array, means: Float64Array): Centred {
  const { rows, columns, values } = outputs;
  const spread = new Float64Array(columns);
  const centred = Array.from({ length: columns }, (_, label) => {
    const column = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      const offset = values[i * columns + label]! - means[label]!;
      column[i] = weights[i]! * offset;
      spread[label]! += column[i]! * offset;
    }
    return column;
  });
  return { centred, spread };
}

interface FeatureMoments {
  readonly means: Float64Array;
  readonly gram: Float64Array;
  readonly cross: Float64Array;
}

function denseMoments(
  data: Matrix,
  weights: Float64Array,
  total: number,
  centred: readonly Float64Array[],
): FeatureMoments {
  const { rows, columns: d, values } = data;
  const means = weightedMeans(data, weights, total);
  const gram = new Float64Array(d * d);
  const cross = new Float64Array(centred.length * d);
  const offsets = new Float64Array(d);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < d; j++) offsets[j] = values[i * d + j]! - means[j]!;
    const weight = weights[i]!;
    for (let j = 0; j < d; j++) {
      const scaled = weight * offsets[j]!;
      if (scaled === 0) continue;
      const at = j * d;
      for (let k = 0; k <= j; k++) gram[at + k]! += scaled * offsets[k]!;
    }
    for (let c = 0; c < centred.length; c++) {
      const target = centred[c]![i]!;
      if (target === 0) continue;
      for (let j = 0; j < d; j++) cross[c * d + j]! += target * offsets[j]!;
    }
  }
  mirror(gram, d);
  return { means, gram, cross };
}

/**
 * Moments of zeros and ones. A row with few ones adds its weight to the pairs of ones. A row with
 * few zeros is written z = 1 - h: its weight goes to the pairs of zeros, and 1 - h_j - h_k is put
 * together from sums at the end. With hidden counts uniform on 1..d that is a twelfth of the pairs.
 */
function binaryMoments(
  data: Matrix,
  values: Uint8Array,
  weights: Float64Array,
  total: number,
  centred: readonly Float64Array[],
): FeatureMoments {
  const { rows, columns: d } = data;
  const gram = new Float64Array(d * d);
  const ones = new Float64Array(d);
  const zerosOfDense = new Float64Array(d);
  const cross = new Float64Array(centred.length * d);
  const targetsOfDense = new Float64Array(centred.length);
  const listed = new Int32Array(d);
  let totalOfDense = 0;
  for (let i = 0; i < rows; i++) {
    const from = i * d;
    let active = 0;
    for (let j = 0; j < d; j++) active += values[from + j]!;
    const dense = 2 * active > d;
    const wanted = dense ? 0 : 1;
    let count = 0;
    for (let j = 0; j < d; j++) if (values[from + j] === wanted) listed[count++] = j;
    const weight = weights[i]!;
    const single = dense ? zerosOfDense : ones;
    if (dense) totalOfDense += weight;
    for (let a = 0; a < count; a++) {
      const j = listed[a]!;
      single[j]! += weight;
      const at = j * d;
      for (let b = 0; b <= a; b++) gram[at + listed[b]!]! += weight;
    }
    for (let c = 0; c < centred.length; c++) {
      const target = centred[c]![i]!;
      if (dense) targetsOfDense[c]! += target;
      const signed = dense ? -target : target;
      for (let a = 0; a < count; a++) cross[c * d + listed[a]!]! += signed;
    }
  }
  const means = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    means[j] = total > 0 ? (ones[j]! + totalOfDense - zerosOfDense[j]!) / total : 0;
  }
  for (let j = 0; j < d; j++) {
    for (let k = 0; k <= j; k++) {
      const restored = totalOfDense - zerosOfDense[j]! - zerosOfDense[k]!;
      gram[j * d + k]! += restored - total * means[j]! * means[k]!;
    }
    for (let c = 0; c < centred.length; c++) cross[c * d + j]! += targetsOfDense[c]!;
  }
  mirror(gram, d);
  return { means, gram, cross };
}

/** Copies the lower half of a square array to the upper. */
function mirror(gram: Float64Array, d: number): void {
  for (let j = 0; j < d; j++) {
    for (let k = 0; k < j; k++) gram[k * d + j] = gram[j * d + k]!;
  }
}
