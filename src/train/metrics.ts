/** @file Metrics on plain arrays: classification, ranking, regression, language modelling. */

/** Class numbers, scores or values: any array of numbers. */
export type Numbers = ArrayLike<number>;

/** Share of predictions that equal the truth; NaN for none. */
export function accuracy(predicted: Numbers, truth: Numbers): number {
  const n = sameLength("accuracy", predicted, truth);
  let right = 0;
  for (let i = 0; i < n; i++) if (predicted[i] === truth[i]) right++;
  return right / n;
}

/** `counts[t][p]`: how often class t was predicted as p. Classes are 0 to `classes` - 1. */
export function confusionMatrix(predicted: Numbers, truth: Numbers, classes: number): number[][] {
  const n = sameLength("confusionMatrix", predicted, truth);
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < n; i++) {
    const row = counts[truth[i]!];
    if (row?.[predicted[i]!] === undefined) {
      const pair = `truth ${truth[i]} and prediction ${predicted[i]} at ${i}`;
      throw new RangeError(
        `confusionMatrix: expected classes 0 to ${classes - 1}, received ${pair}`,
      );
    }
    row[predicted[i]!]!++;
  }
  return counts;
}

/** Options of `f1`, `precision` and `recall`. */
export interface AverageOptions {
  /**
   * `binary`: of the class `positive` alone. `macro`: mean over the classes that appear among the
   * truth or the predictions. `micro`: over all decisions at once, which here equals accuracy.
   */
  readonly average?: "binary" | "macro" | "micro";
  /** The class that counts as positive under `binary`. Default 1. */
  readonly positive?: number;
}

/** F1, the harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); NaN without examples. */
export function f1(predicted: Numbers, truth: Numbers, options: AverageOptions = {}): number {
  return averaged("f1", predicted, truth, options, (tp, fp, fn) => (2 * tp) / (2 * tp + fp + fn));
}

/** TP / (TP + FP): how much of what was called positive is; 0 where nothing was. */
export function precision(
  predicted: Numbers,
  truth: Numbers,
  options: AverageOptions = {},
): number {
  return averaged("precision", predicted, truth, options, (tp, fp) => tp / (tp + fp));
}

/** TP / (TP + FN): how much of what is positive was found; 0 where nothing is. */
export function recall(predicted: Numbers, truth: Numbers, options: AverageOptions = {}): number {
  return averaged("recall", predicted, truth, options, (tp, _, fn) => tp / (tp + fn));
}

function averaged(
  name: string,
  predicted: Numbers,
  truth: Numbers,
  { average = "binary", positive = 1 }: AverageOptions,
  score: (truePositive: number, falsePositive: number, falseNegative: number) => number,
): number {
  const n = sameLength(name, predicted, truth);
  if (n === 0) return Number.NaN;
  const counts = new Map<number, { tp: number; fp: number; fn: number }>();
  const count = (label: number) => {
    const found = counts.get(label);
    if (found !== undefined) return found;
    const fresh = { tp: 0, fp: 0, fn: 0 };
    counts.set(label, fresh);
    return fresh;
  };
  for (let i = 0; i < n; i++) {
    if (predicted[i] === truth[i]) count(truth[i]!).tp++;
    else {
      count(predicted[i]!).fp++;
      count(truth[i]!).fn++;
    }
  }
  // 0/0 is a class that was neither there nor predicted: by convention 0.
  const scoreOf = ({ tp, fp, fn }: { tp: number; fp: number; fn: number }) =>
    tp === 0 ? 0 : score(tp, fp, fn);
  const all = [...counts.values()];
  if (average === "binary") return scoreOf(count(positive));
  if (average === "macro") return all.reduce((sum, each) => sum + scoreOf(each), 0) / all.length;
  const total = (key: "tp" | "fp" | "fn") => all.reduce((sum, each) => sum + each[key], 0);
  return scoreOf({ tp: total("tp"), fp: total("fp"), fn: total("fn") });
}

/**
 * Area under the ROC curve: the chance that a positive example scores above a negative one, ties
 * counted half (Mann-Whitney). `truth` is 1 or 0. NaN where either class is absent: then there is no
 * pair to compare, and any number would be made up.
 */
export function auroc(scores: Numbers, truth: Numbers): number {
  const n = sameLength("auroc", scores, truth);
  let positives = 0;
  let rankSum = 0;
  for (const { from, to, positive } of tiedRuns(scores, truth)) {
    // All of a tied run have the mean of the ranks that they take up, counted from 1.
    rankSum += positive * ((from + 1 + to) / 2);
    positives += positive;
  }
  const negatives = n - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Mean one-versus-rest AUROC of `classes` classes; `scores` is [n, classes] row by row. NaN where a
 * class is absent from the truth or is all of it.
 */
export function aurocMacro(scores: Numbers, truth: Numbers, classes: number): number {
  if (scores.length !== truth.length * classes) {
    const expected = `${truth.length * classes} scores for ${truth.length} rows`;
    throw new RangeError(`aurocMacro: expected ${expected}, received ${scores.length}`);
  }
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    const own = Float64Array.from(truth, (_, i) => scores[i * classes + c]!);
    sum += auroc(
      own,
      Uint8Array.from(truth, (label) => (label === c ? 1 : 0)),
    );
  }
  return sum / classes;
}

/**
 * Average precision: the sum over thresholds of (gain in recall) x precision, tied scores taken as
 * one threshold. `truth` is 1 or 0. NaN without positives, as recall is then undefined.
 */
export function averagePrecision(scores: Numbers, truth: Numbers): number {
  const n = sameLength("averagePrecision", scores, truth);
  let found = 0;
  let sum = 0;
  for (const { from, positive } of tiedRuns(scores, truth).reverse()) {
    found += positive;
    sum += positive * (found / (n - from));
  }
  return sum / found;
}

interface TiedRun {
  readonly from: number;
  readonly to: number;
  readonly positive: number;
}

/** Runs of equal scores in ascending order, as ranges of ranks with their number of positives. */
function tiedRuns(scores: Numbers, truth: Numbers): TiedRun[] {
  const n = scores.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(scores[i])) throw new RangeError(`score ${i} is NaN, so it has no rank`);
  }
  order.sort((a, b) => scores[a]! - scores[b]!);
  const runs: TiedRun[] = [];
  for (let from = 0; from < n; ) {
    let to = from;
    let positive = 0;
    for (; to < n && scores[order[to]!] === scores[order[from]!]; to++) {
      if (truth[order[to]!] === 1) positive++;
    }
    runs.push({ from, to, positive });
    from = to;
  }
  return runs;
}

/** Mean absolute error; NaN for none. */
export function meanAbsoluteError(predicted: Numbers, truth: Numbers): number {
  const n = sameLength("meanAbsoluteError", predicted, truth);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.abs(predicted[i]! - truth[i]!);
  return sum / n;
}

/** Mean squared error; NaN for none. */
export function meanSquaredError(predicted: Numbers, truth: Numbers): number {
  const n = sameLength("meanSquaredError", predicted, truth);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (predicted[i]! - truth[i]!) ** 2;
  return sum / n;
}

/**
 * exp of the mean negative log-likelihood (in nats) per token; with `tokens`, each loss is a mean
 * over that many tokens. NaN for none.
 */
export function perplexity(losses: Numbers, tokens?: Numbers): number {
  if (tokens !== undefined) sameLength("perplexity", losses, tokens);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < losses.length; i++) {
    const weight = tokens?.[i] ?? 1;
    sum += losses[i]! * weight;
    count += weight;
  }
  return Math.exp(sum / count);
}

function sameLength(name: string, a: Numbers, b: Numbers): number {
  if (a.length === b.length) return a.length;
  throw new RangeError(
    `${name}: expected two arrays of one length, received ${a.length}, ${b.length}`,
  );
}
