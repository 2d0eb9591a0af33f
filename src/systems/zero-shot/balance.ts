// Shares of classes: scores of a whole corpus made into probabilities whose class totals are given.

/** Scores of `rows` texts for `classes` labels, row by row. */
export interface ScoreTable {
  readonly values: Float32Array;
  readonly rows: number;
  readonly classes: number;
}

/** Keeps a class that no text comes near from dividing by zero. */
const TINY = 1e-30;

/**
 * Probabilities P = exp(scores / temperature), its columns scaled to the shares and its rows to 1 in
 * turn (Sinkhorn and Knopp 1967; Asano et al. 2020, arXiv 1911.05371, section 3.2, for labels). Only
 * one number per row and column is iterated, and the rows are passed over once per round, so memory
 * is what the scores take. Without shares it is the softmax of each row.
 */
export function balance(
  { values, rows, classes }: ScoreTable,
  shares: ArrayLike<number> | undefined,
  { temperature = 1, rounds = 50 }: { temperature?: number; rounds?: number } = {},
): Float32Array {
  const kernel = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const from = row * classes;
    // The row's own maximum: its scale is lost in the row's normalisation anyway.
    let most = -Infinity;
    for (let c = 0; c < classes; c++) most = Math.max(most, values[from + c]!);
    for (let c = 0; c < classes; c++) {
      kernel[from + c] = Math.exp((values[from + c]! - most) / temperature);
    }
  }
  const scale = new Float64Array(classes).fill(1);
  if (shares !== undefined) {
    const sums = new Float64Array(classes);
    for (let round = 0; round <= rounds; round++) {
      sums.fill(0);
      for (let row = 0; row < rows; row++) {
        const from = row * classes;
        const factor = 1 / rowSum(kernel, from, scale);
        for (let c = 0; c < classes; c++) sums[c]! += factor * kernel[from + c]!;
      }
      if (round < rounds) {
        for (let c = 0; c < classes; c++) scale[c] = (shares[c]! * rows) / (sums[c]! + TINY);
      }
    }
  }
  for (let row = 0; row < rows; row++) {
    const from = row * classes;
    const factor = 1 / rowSum(kernel, from, scale);
    for (let c = 0; c < classes; c++) kernel[from + c]! *= factor * scale[c]!;
  }
  return kernel;
}

function rowSum(kernel: Float32Array, from: number, scale: Float64Array): number {
  let sum = TINY;
  for (let c = 0; c < scale.length; c++) sum += kernel[from + c]! * scale[c]!;
  return sum;
}

/**
 * The shares under which the texts' probabilities agree with them (Saerens, Latinne and Decaestecker
 * 2002, expectation-maximisation of class priors), from equal shares.
 */
export function estimateShares(
  probabilities: Float32Array,
  rows: number,
  classes: number,
  rounds = 100,
): Float64Array {
  let shares = new Float64Array(classes).fill(1 / classes);
  for (let round = 0; round < rounds; round++) {
    const next = new Float64Array(classes);
    for (let row = 0; row < rows; row++) {
      const from = row * classes;
      const factor = 1 / rowSum(probabilities, from, shares);
      for (let c = 0; c < classes; c++) {
        next[c]! += (factor * probabilities[from + c]! * shares[c]!) / rows;
      }
    }
    const change = next.reduce((sum, share, c) => sum + Math.abs(share - shares[c]!), 0);
    shares = next;
    if (change < 1e-6) break;
  }
  return shares;
}

/** Entropy of how often each class is chosen, over the logarithm of their number: 0 to 1. */
export function spreadOf(guess: Int32Array, classes: number): number {
  const counts = new Float64Array(classes);
  let total = 0;
  for (const label of guess) {
    if (label < 0) continue;
    counts[label]!++;
    total++;
  }
  let entropy = 0;
  for (const count of counts) if (count > 0) entropy -= (count / total) * Math.log(count / total);
  return classes > 1 ? entropy / Math.log(classes) : 1;
}

/** Number of the highest value of each row. */
export function best({ values, rows, classes }: ScoreTable): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => {
    let top = 0;
    for (let c = 1; c < classes; c++) {
      if (values[row * classes + c]! > values[row * classes + top]!) top = c;
    }
    return top;
  });
}
