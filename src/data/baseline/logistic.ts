/** @file Logistic regression on sparse rows, two classes or more, with an L2 penalty. */
import { DataError } from "../errors.ts";
import { type MinimizeOptions, minimize } from "./minimize.ts";
import { rowCount, type SparseRows } from "./sparse.ts";

/** Options of `fitLogistic`. */
export interface LogisticOptions extends MinimizeOptions {
  /** Inverse strength of the penalty, scikit-learn's `C`. Default 1. */
  readonly c?: number;
}

/** A fitted model. For two classes there is one output, the log-odds of class 1. */
export interface LogisticModel {
  readonly classes: number;
  /** [outputs, width] row by row. */
  readonly weights: Float64Array;
  /** One per output; not penalised. */
  readonly bias: Float64Array;
  readonly width: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * Minimises C x (sum of the log-losses) + |w|^2 / 2, the objective of scikit-learn's
 * `LogisticRegression`, divided by C x rows so that the tolerance means the same for any amount of
 * data. Sigmoid for two classes, softmax over all for more.
 */
export function fitLogistic(
  rows: SparseRows,
  labels: ArrayLike<number>,
  classes: number,
  { c = 1, tolerance = 1e-5, maxIterations }: LogisticOptions = {},
): LogisticModel {
  const count = rowCount(rows);
  if (labels.length !== count) {
    const expected = `${count} labels, one per row`;
    throw new DataError({
      code: "option",
      field: "labels",
      expected,
      received: `${labels.length}`,
    });
  }
  const { width } = rows;
  const outputs = classes === 2 ? 1 : classes;
  const scores = new Float64Array(count * outputs);
  const objective = (at: Float64Array, gradient: Float64Array) => {
    const weights = at.subarray(0, outputs * width);
    const bias = at.subarray(outputs * width);
    scoreRows(rows, weights, bias, scores);
    const loss = outputs === 1 ? sigmoidLoss(scores, labels) : softmaxLoss(scores, labels, outputs);
    // The scores now hold the derivatives of the losses by them.
    let penalty = 0;
    for (let i = 0; i < weights.length; i++) {
      penalty += weights[i]! ** 2 / 2;
      gradient[i] = weights[i]! / (c * count);
    }
    gradient.fill(0, weights.length);
    for (let row = 0; row < count; row++) {
      for (let o = 0; o < outputs; o++) {
        const slope = scores[row * outputs + o]! / count;
        gradient[weights.length + o]! += slope;
        const base = o * width;
        for (let k = rows.starts[row]!; k < rows.starts[row + 1]!; k++) {
          gradient[base + rows.columns[k]!]! += slope * rows.values[k]!;
        }
      }
    }
    return loss / count + penalty / (c * count);
  };
  const found = minimize(objective, new Float64Array(outputs * (width + 1)), {
    tolerance,
    ...(maxIterations !== undefined && { maxIterations }),
  });
  return {
    classes,
    weights: found.at.slice(0, outputs * width),
    bias: found.at.slice(outputs * width),
    width,
    iterations: found.iterations,
    converged: found.converged,
  };
}

/** Probability of each class for each row: [rows, classes] row by row. */
export function predictLogistic(model: LogisticModel, rows: SparseRows): Float64Array {
  const count = rowCount(rows);
  const { classes } = model;
  const outputs = model.bias.length;
  const scores = new Float64Array(count * outputs);
  scoreRows(rows, model.weights, model.bias, scores);
  if (outputs > 1) {
    for (let row = 0; row < count; row++)
      softmax(scores.subarray(row * classes, (row + 1) * classes));
    return scores;
  }
  const probabilities = new Float64Array(2 * count);
  for (let row = 0; row < count; row++) {
    probabilities[2 * row] = 1 / (1 + Math.exp(scores[row]!));
    probabilities[2 * row + 1] = 1 / (1 + Math.exp(-scores[row]!));
  }
  return probabilities;
}

function scoreRows(
  rows: SparseRows,
  weights: Float64Array,
  bias: Float64Array,
  scores: Float64Array,
): void {
  const outputs = bias.length;
  for (let row = 0; row < rowCount(rows); row++) {
    for (let o = 0; o < outputs; o++) {
      let sum = bias[o]!;
      const base = o * rows.width;
      for (let k = rows.starts[row]!; k < rows.starts[row + 1]!; k++) {
        sum += weights[base + rows.columns[k]!]! * rows.values[k]!;
      }
      scores[row * outputs + o] = sum;
    }
  }
}

/** Sum of the losses; each score is replaced by the loss's derivative by it. */
function sigmoidLoss(scores: Float64Array, labels: ArrayLike<number>): number {
  let loss = 0;
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row]!;
    const truth = labels[row] === 1 ? 1 : 0;
    // ln(1 + e^s) without overflow.
    loss += Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score))) - truth * score;
    scores[row] = 1 / (1 + Math.exp(-score)) - truth;
  }
  return loss;
}

function softmaxLoss(scores: Float64Array, labels: ArrayLike<number>, classes: number): number {
  let loss = 0;
  for (let row = 0; row < labels.length; row++) {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    const label = labels[row]!;
    const score = own[label]!;
    loss += softmax(own) - score;
    own[label]! -= 1;
  }
  return loss;
}

/** Replaces scores by probabilities; gives the logarithm of the sum of their exponentials. */
function softmax(scores: Float64Array): number {
  let most = -Infinity;
  for (let i = 0; i < scores.length; i++) most = Math.max(most, scores[i]!);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(scores[i]! - most);
    sum += scores[i]!;
  }
  for (let i = 0; i < scores.length; i++) scores[i]! /= sum;
  return most + Math.log(sum);
}
