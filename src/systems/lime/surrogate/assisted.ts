// A whole population of neighbours explained from a part of it: guesses everywhere, corrected where asked.
import type { Matrix } from "../api.ts";
import { choleskySolve } from "./cholesky.ts";
import {
  type Emulator,
  fitLinearEmulator,
  fitLogisticEmulator,
  fitTreeEmulator,
} from "./emulator.ts";
import { type Moments, weightedMoments } from "./gram.ts";
import type { RidgeFit } from "./ridge.ts";

/** All neighbours with their kernel weights; the moments of their features never change. */
export interface Population {
  readonly data: Matrix;
  readonly weights: Float64Array;
  readonly features: Moments;
}

/** What was asked: rows of the population but row 0, and the outputs of one label there. */
export interface Asked {
  readonly rows: Int32Array;
  readonly targets: Float64Array;
  /** The output at row 0. */
  readonly atExample: number;
}

/** Moments of the population for one label, and what is uncertain about them. */
export interface Assisted {
  readonly moments: Moments;
  /** Per asked row, what the guesses were off by. */
  readonly residuals: Float64Array;
  /** Guesses for all rows. */
  readonly guesses: Float64Array;
  readonly asked: Asked;
}

/** Prepares a population: its Gram matrix is computed here, once. */
export function populationOf(data: Matrix, weights: Float64Array): Population {
  const nothing = { rows: data.rows, columns: 1, values: new Float64Array(data.rows) };
  return { data, weights, features: weightedMoments(data, nothing, weights) };
}

/** The rows named, as a matrix of their own. */
export function rowsOf({ columns, values }: Matrix, rows: Int32Array): Matrix {
  const length = rows.length * columns;
  const chosen = values instanceof Uint8Array ? new Uint8Array(length) : new Float64Array(length);
  rows.forEach((row, i) => {
    chosen.set(values.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return { rows: rows.length, columns, values: chosen };
}

const folds = 2;

/** Kinds of emulators that are tried. */
const kinds: readonly ((data: Matrix, targets: Float64Array) => Emulator | undefined)[] = [
  (data, targets) => fitLogisticEmulator(data, targets, 1e-7),
  (data, targets) => fitLogisticEmulator(data, targets, 1e-3),
  fitLinearEmulator,
  fitTreeEmulator,
];

/**
 * The model-assisted difference estimator (Särndal et al. 1992, section 6.3): a population sum of the
 * outputs is the sum of guesses plus the sum of what they are off by, blown up from the asked rows.
 * It is right on average however bad the guesses are, and has little noise where they are good. Each
 * half of the rows is guessed by an emulator that saw the other half (cross-fitting), and of the
 * kinds of emulators the one that guesses the unseen half best is taken; or none, guessing the mean.
 */
export function assistedMoments(population: Population, asked: Asked): Assisted {
  const { data, features } = population;
  const { emulators, mean } = crossFit(data, asked);
  const guesses = new Float64Array(data.rows).fill(mean);
  if (emulators !== undefined) {
    for (let row = 1; row < data.rows; row++) {
      let sum = 0;
      for (const emulator of emulators) sum += emulator(data, row);
      guesses[row] = sum / folds;
    }
  }
  guesses[0] = asked.atExample;
  const residuals = Float64Array.from(asked.rows, (row, i) => {
    const unseen = emulators?.[1 - (i % folds)];
    return asked.targets[i]! - (unseen === undefined ? mean : unseen(data, row));
  });
  const moments = combine(population, asked, guesses, residuals);
  return { moments: { ...features, ...moments }, residuals, guesses, asked };
}

/** Emulator f sees the asked rows whose place is f modulo the folds. */
function crossFit(
  data: Matrix,
  { rows, targets }: Asked,
): { emulators: Emulator[] | undefined; mean: number } {
  const part = (fold: number) => ({
    rows: rows.filter((_, i) => i % folds === fold),
    targets: targets.filter((_, i) => i % folds === fold),
  });
  const parts = [part(0), part(1)];
  const mean = targets.reduce((sum, target) => sum + target, 0) / targets.length;
  let least = targets.reduce((sum, target) => sum + (target - mean) ** 2, 0);
  let best: Emulator[] | undefined;
  const known = parts.map((each) => ({ ...each, data: rowsOf(data, each.rows) }));
  for (const kind of kinds) {
    const fitted = known.map((each) => kind(each.data, each.targets));
    if (!fitted.every((each) => each !== undefined)) continue;
    let error = 0;
    parts.forEach((each, fold) => {
      const emulator = fitted[1 - fold]!;
      each.rows.forEach((row, i) => {
        error += (each.targets[i]! - emulator(data, row)) ** 2;
      });
    });
    if (error < least) {
      least = error;
      best = fitted as Emulator[];
    }
  }
  return { emulators: best, mean };
}

/** Population moments of the outputs: those of the guesses plus the residuals', blown up. */
function combine(
  { data: { rows, columns: d, values }, weights, features }: Population,
  asked: Asked,
  guesses: Float64Array,
  residuals: Float64Array,
): Pick<Moments, "outputMeans" | "cross" | "spread"> {
  const { means, total } = features;
  const blowUp = (rows - 1) / asked.rows.length;
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += weights[row]! * guesses[row]!;
  asked.rows.forEach((row, i) => {
    sum += blowUp * weights[row]! * residuals[i]!;
  });
  const mean = sum / total;
  const cross = new Float64Array(d);
  const add = (row: number, amount: number) => {
    for (let j = 0, at = row * d; j < d; j++, at++) cross[j]! += amount * (values[at]! - means[j]!);
  };
  let spread = 0;
  for (let row = 0; row < rows; row++) {
    const offset = guesses[row]! - mean;
    add(row, weights[row]! * offset);
    spread += weights[row]! * offset * offset;
  }
  asked.rows.forEach((row, i) => {
    add(row, blowUp * weights[row]! * residuals[i]!);
    const guessed = asked.targets[i]! - residuals[i]! - mean;
    spread += blowUp * weights[row]! * ((asked.targets[i]! - mean) ** 2 - guessed * guessed);
  });
  const notNegative = Float64Array.of(Math.max(0, spread));
  return { outputMeans: Float64Array.of(mean), cross, spread: notNegative };
}

/**
 * Standard errors of the coefficients from not having asked about every row: the variance of a
 * blown-up sum without replacement, M^2 (1 - n/M) s^2 / n, of the scores w (z - mean) r. With
 * `redrawn` they also have the noise of the population's own draw.
 */
export function assistedErrors(
  { data, weights }: Population,
  { moments, residuals, guesses, asked }: Assisted,
  fit: RidgeFit,
  redrawn: boolean,
): Float64Array {
  const n = asked.rows.length;
  const population = data.rows - 1;
  const off = residuals.reduce((sum, residual) => sum + residual, 0) / n;
  const share = (population / n) ** 2 * Math.max(0, 1 - n / population);
  const known = Float64Array.from(asked.rows, (row, i) => weights[row]! * (residuals[i]! - off));
  const products = scoreProducts(rowsOf(data, asked.rows), known, moments.means, fit.chosen);
  const spread = products.map((product) => share * product);
  if (redrawn) {
    const errors = guesses.map((guess, row) => weights[row]! * (guess - valueAt(data, row, fit)));
    const drawn = scoreProducts(data, errors, moments.means, fit.chosen);
    for (let at = 0; at < spread.length; at++) spread[at]! += drawn[at]!;
  }
  return errorsOf(fit.factor, spread, fit.chosen.length);
}

function valueAt({ columns, values }: Matrix, row: number, fit: RidgeFit): number {
  let value = fit.intercept;
  for (let i = 0; i < fit.chosen.length; i++) {
    value += fit.coefficients[i]! * values[row * columns + fit.chosen[i]!]!;
  }
  return value;
}

/** Sum over rows of s s^T with s = amount (z - centre), for the chosen features [k, k]. */
function scoreProducts(
  data: Matrix,
  amounts: Float64Array,
  centres: Float64Array,
  chosen: Int32Array,
): Float64Array {
  const nothing = { rows: data.rows, columns: 1, values: new Float64Array(data.rows) };
  const squares = amounts.map((amount) => amount * amount);
  // About their own mean, at the price that zeros and ones have; then about the centre.
  const { gram, means, total } = weightedMoments(data, nothing, squares);
  const k = chosen.length;
  const products = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    const a = chosen[i]!;
    const row = gram.row(a);
    for (let j = 0; j < k; j++) {
      const b = chosen[j]!;
      const shift = total * (means[a]! - centres[a]!) * (means[b]! - centres[b]!);
      products[i * k + j] = row[b]! + shift;
    }
  }
  return products;
}

/** Square roots of the diagonal of A^-1 S A^-1. */
function errorsOf(factor: Float64Array, spread: Float64Array, k: number): Float64Array {
  const unit = new Float64Array(k);
  return Float64Array.from({ length: k }, (_, j) => {
    unit.fill(0);
    unit[j] = 1;
    const row = choleskySolve(factor, k, unit);
    let variance = 0;
    for (let a = 0; a < k; a++) {
      for (let b = 0; b < k; b++) variance += row[a]! * row[b]! * spread[a * k + b]!;
    }
    return Math.sqrt(Math.max(0, variance));
  });
}
