// Logistic regression with an L1 penalty: a black box that uses few words, so that they can be checked.

/** A sparse linear model of the log-odds. */
export interface SparseLogistic {
  readonly weights: Float64Array;
  readonly bias: number;
}

/** Steps of the penalty grid: fractions of the penalty that leaves no word. */
const grid = Array.from({ length: 30 }, (_, step) => 0.9 ** (step + 1));
const rounds = 400;

/**
 * The model with the weakest penalty on the grid such that no row has more than `most` of the columns
 * it uses. `rows[r]` lists the columns that are 1 in row r.
 */
export function sparsestLogistic(
  rows: readonly ReadonlySet<number>[],
  labels: ArrayLike<number>,
  columns: number,
  most: number,
): SparseLogistic {
  const lists = rows.map((row) => Int32Array.from(row));
  const positives = Array.from(labels).reduce((sum, label) => sum + label, 0);
  const share = positives / rows.length;
  let model: SparseLogistic = {
    weights: new Float64Array(columns),
    bias: Math.log(share / (1 - share)),
  };
  const start = largestSlope(lists, labels, model);
  for (const part of grid) {
    const next = fit(lists, labels, model, part * start);
    const used = lists.map((list) => list.filter((j) => next.weights[j] !== 0).length);
    if (Math.max(...used) > most) break;
    model = next;
  }
  return model;
}

function slopes(
  rows: readonly Int32Array[],
  labels: ArrayLike<number>,
  { weights, bias }: SparseLogistic,
): { slope: Float64Array; biasSlope: number } {
  const slope = new Float64Array(weights.length);
  let biasSlope = 0;
  rows.forEach((row, i) => {
    let score = bias;
    for (const j of row) score += weights[j]!;
    const error = (1 / (1 + Math.exp(-score)) - labels[i]!) / rows.length;
    biasSlope += error;
    for (const j of row) slope[j]! += error;
  });
  return { slope, biasSlope };
}

function largestSlope(
  rows: readonly Int32Array[],
  labels: ArrayLike<number>,
  model: SparseLogistic,
): number {
  let most = 0;
  for (const each of slopes(rows, labels, model).slope) most = Math.max(most, Math.abs(each));
  return most;
}

/** Proximal gradient steps with momentum (Beck & Teboulle 2009, FISTA) from a warm start. */
function fit(
  rows: readonly Int32Array[],
  labels: ArrayLike<number>,
  from: SparseLogistic,
  penalty: number,
): SparseLogistic {
  const widest = rows.reduce((most, row) => Math.max(most, row.length), 0) + 1;
  const step = 4 / widest;
  let current = from;
  let ahead = from;
  let momentum = 1;
  for (let round = 0; round < rounds; round++) {
    const { slope, biasSlope } = slopes(rows, labels, ahead);
    const weights = ahead.weights.map((weight, j) => {
      const moved = weight - step * slope[j]!;
      return Math.sign(moved) * Math.max(0, Math.abs(moved) - step * penalty);
    });
    const next = { weights, bias: ahead.bias - step * biasSlope };
    const nextMomentum = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const along = (momentum - 1) / nextMomentum;
    ahead = {
      weights: weights.map((weight, j) => weight + along * (weight - current.weights[j]!)),
      bias: next.bias + along * (next.bias - current.bias),
    };
    current = next;
    momentum = nextMomentum;
  }
  return current;
}
