// Cheap models of the model: good guesses of its outputs at neighbours about which it was not asked.
import type { Matrix } from "../api.ts";
import { growBinaryTree } from "./binary-tree.ts";
import { cholesky, choleskySolve } from "./cholesky.ts";
import { weightedMoments } from "./gram.ts";

/** Guesses the output at a row of interpretable data. */
export type Emulator = (data: Matrix, row: number) => number;

const newtonSteps = 12;
/** Penalty on the squared coefficients of the linear emulator, per row. */
const linearShrinkage = 1e-6;

/**
 * A logistic regression of the outputs on the masks, for outputs from 0 to 1: exact where the log-odds
 * are a sum over features, as in most models of bags of words. Newton's method. `shrinkage` is the penalty on the squared
 * coefficients per row: next to none where rows are plenty, more where features are.
 */
export function fitLogisticEmulator(
  data: Matrix,
  targets: Float64Array,
  shrinkage: number,
): Emulator | undefined {
  if (targets.some((target) => !(target >= 0 && target <= 1))) return undefined;
  const { columns: d, rows } = data;
  let bias = 0;
  let coefficients = new Float64Array(d);
  const slopes = new Float64Array(rows);
  const working = new Float64Array(rows);
  for (let step = 0; step < newtonSteps; step++) {
    for (let i = 0; i < rows; i++) {
      const score = scoreAt(data, i, bias, coefficients);
      const p = 1 / (1 + Math.exp(-score));
      slopes[i] = Math.max(p * (1 - p), 1e-6);
      // A step further than 4 is one that the linear picture does not reach.
      working[i] = score + Math.max(-4, Math.min(4, (targets[i]! - p) / slopes[i]!));
    }
    const outputs = { rows, columns: 1, values: working };
    const { gram, cross, means, outputMeans } = weightedMoments(data, outputs, slopes);
    const penalised = gram.stored;
    // More features than a Gram matrix is stored for: the tree has to do.
    if (penalised === undefined) return undefined;
    for (let j = 0; j < d; j++) penalised[j * d + j]! += shrinkage * rows;
    const next = choleskySolve(cholesky(penalised, d), d, cross);
    bias = outputMeans[0]!;
    let change = 0;
    for (let j = 0; j < d; j++) {
      bias -= next[j]! * means[j]!;
      change = Math.max(change, Math.abs(next[j]! - coefficients[j]!));
    }
    coefficients = Float64Array.from(next);
    if (change < 1e-5) break;
  }
  if (!Number.isFinite(bias)) return undefined;
  return (others, row) => 1 / (1 + Math.exp(-scoreAt(others, row, bias, coefficients)));
}

/** Least squares on the features: exact for sums, and at least as good as the surrogate itself. */
export function fitLinearEmulator(data: Matrix, targets: Float64Array): Emulator | undefined {
  const { columns: d, rows } = data;
  const outputs = { rows, columns: 1, values: targets };
  const moments = weightedMoments(data, outputs, new Float64Array(rows).fill(1));
  const penalised = moments.gram.stored;
  if (penalised === undefined) return undefined;
  for (let j = 0; j < d; j++) penalised[j * d + j]! += linearShrinkage * rows;
  const coefficients = choleskySolve(cholesky(penalised, d), d, moments.cross);
  let bias = moments.outputMeans[0]!;
  for (let j = 0; j < d; j++) bias -= coefficients[j]! * moments.means[j]!;
  return (others, row) => scoreAt(others, row, bias, coefficients);
}

/** A regression tree: near exact where the output hangs on few features, in whatever combination. */
export function fitTreeEmulator(data: Matrix, targets: Float64Array): Emulator | undefined {
  if (!(data.values instanceof Uint8Array)) return undefined;
  const tree = growBinaryTree(data, targets);
  return ({ columns, values }, row) => {
    let node = tree;
    while (node.shown !== undefined && node.hidden !== undefined) {
      node = values[row * columns + node.feature] === 1 ? node.shown : node.hidden;
    }
    return node.mean;
  };
}

function scoreAt(
  { columns, values }: Matrix,
  row: number,
  bias: number,
  coefficients: Float64Array,
): number {
  let score = bias;
  const at = row * columns;
  for (let j = 0; j < columns; j++) score += coefficients[j]! * values[at + j]!;
  return score;
}
