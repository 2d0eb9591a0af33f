// Softmax regression on sparse rows by AdaGrad: seconds for 100,000 texts, hundreds of classes.
import type { SparseRows } from "../../data/baseline/sparse.ts";
import { permutation } from "../../data/random.ts";

/** Options of `fitSparseSoftmax`. */
export interface SparseSoftmaxOptions {
  /** Passes over the rows. Default 30. */
  readonly epochs?: number;
  /** Default 0.5. */
  readonly learningRate?: number;
  readonly seed?: number;
  /** Told after each pass. */
  readonly onEpoch?: (done: number, total: number) => void;
}

/** A linear model: logits = x weights + bias. */
export interface SparseSoftmax {
  /** [width, classes] row by row: what a column adds lies together. */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly classes: number;
}

/** Where AdaGrad's sum of squares begins; larger is calmer at first. */
const firstSquares = 1e-2;

/**
 * Learns class `labels[r]` of row r; negative labels are left out. One row at a time, with steps that
 * shrink per weight (Duchi et al. 2011, "Adaptive subgradient methods"), so that rare columns learn
 * as fast as common ones. The same seed gives the same weights.
 */
export function fitSparseSoftmax(
  rows: SparseRows,
  labels: ArrayLike<number>,
  classes: number,
  { epochs = 30, learningRate = 0.5, seed = 1, onEpoch }: SparseSoftmaxOptions = {},
): SparseSoftmax {
  const weights = new Float32Array(rows.width * classes);
  const squares = new Float32Array(rows.width * classes).fill(firstSquares);
  const bias = new Float32Array(classes);
  const biasSquares = new Float32Array(classes).fill(firstSquares);
  const model = { weights, bias, classes };
  const slopes = new Float32Array(classes);
  const count = rows.starts.length - 1;
  for (let epoch = 0; epoch < epochs; epoch++) {
    // Smaller steps towards the end: the last rows of a pass shall not weigh more than the first.
    const rate = learningRate * (1 - epoch / epochs);
    for (const row of permutation(count, seed, epoch)) {
      const label = labels[row]!;
      if (label < 0) continue;
      scoreRow(model, rows, row, slopes);
      softmaxInPlace(slopes);
      slopes[label]! -= 1;
      for (let c = 0; c < classes; c++) step(bias, biasSquares, c, slopes[c]!, rate);
      for (let k = rows.starts[row]!; k < rows.starts[row + 1]!; k++) {
        const from = rows.columns[k]! * classes;
        const value = rows.values[k]!;
        for (let c = 0; c < classes; c++)
          step(weights, squares, from + c, slopes[c]! * value, rate);
      }
    }
    onEpoch?.(epoch + 1, epochs);
  }
  return model;
}

function step(
  values: Float32Array,
  squares: Float32Array,
  at: number,
  slope: number,
  rate: number,
): void {
  const sum = squares[at]! + slope * slope;
  squares[at] = sum;
  values[at]! -= (rate * slope) / Math.sqrt(sum);
}

/** Writes the logits of a row. */
export function scoreRow(
  { weights, bias, classes }: SparseSoftmax,
  rows: SparseRows,
  row: number,
  into: Float32Array,
): void {
  into.set(bias);
  for (let k = rows.starts[row]!; k < rows.starts[row + 1]!; k++) {
    const from = rows.columns[k]! * classes;
    const value = rows.values[k]!;
    for (let c = 0; c < classes; c++) into[c]! += weights[from + c]! * value;
  }
}

function softmaxInPlace(values: Float32Array): void {
  let most = -Infinity;
  for (const value of values) most = Math.max(most, value);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.exp(values[i]! - most);
    sum += values[i]!;
  }
  for (let i = 0; i < values.length; i++) values[i]! /= sum;
}
