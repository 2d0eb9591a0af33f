// What tests and acceptance share: the golden files of the reference, and its black boxes.
import { readFile } from "node:fs/promises";
import type { Explanation, Selection } from "./api.ts";
import { TabularExplainer } from "./tabular.ts";
import type { TextOptions } from "./text.ts";

/** One label's expected result. */
export interface Expected {
  readonly label: number;
  readonly intercept: number;
  readonly r2: number;
  readonly localPrediction: number;
  readonly features: readonly number[];
  readonly weights: readonly number[];
}

/** Fields that all golden cases have. */
export interface GoldenCase {
  readonly seed: number;
  readonly samples: number;
  readonly features: number;
  readonly select: Selection;
  readonly labels: readonly number[];
  readonly topLabels: number | null;
  readonly kernelWidth?: number;
  readonly expected: readonly Expected[];
}

/** The options of a golden case as this package takes them. */
export function goldenOptions(golden: GoldenCase) {
  const { seed, samples, features, select, labels, topLabels, kernelWidth } = golden;
  return {
    ...{ seed, samples, features, select, rng: "numpy" as const },
    ...(topLabels === null ? { labels } : { topLabels }),
    ...(kernelWidth !== undefined && { kernelWidth }),
  };
}

/**
 * The largest difference of intercept, R2, local prediction and weights; Infinity where labels or
 * the order of features differ. An undefined R2 of the reference (constant output) is not compared.
 */
export function largestDifference(
  found: readonly Explanation[],
  expected: readonly Expected[],
): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  expected.forEach((want, i) => {
    const have = found[i]!;
    const order = have.weights.map(({ feature }) => feature);
    if (have.label !== want.label || order.join() !== want.features.join()) {
      most = Number.POSITIVE_INFINITY;
    }
    const pairs = [
      [have.intercept, want.intercept],
      [have.r2, want.r2],
      [have.localPrediction, want.localPrediction],
      ...want.weights.map((weight, k) => [have.weights[k]?.weight, weight]),
    ];
    for (const [a, b] of pairs) most = Math.max(most, Math.abs(a! - b!));
  });
  return most;
}

/** Reads a golden file of the folder `fixtures`. */
export async function readGolden<T>(name: string): Promise<T> {
  const file = new URL(`./fixtures/${name}`, import.meta.url);
  return JSON.parse(await readFile(file, "utf8")) as T;
}

interface TextCase extends GoldenCase, Omit<TextOptions, keyof GoldenCase | "split"> {
  readonly text: string;
  readonly model: "words" | "letters";
  readonly classes: number;
  readonly split?: string;
}

/** `text-golden.json`. */
export interface TextGolden {
  readonly words: Readonly<Record<string, number>>;
  readonly letters: Readonly<Record<string, number>>;
  readonly cases: readonly TextCase[];
}

/** The black box of a text case. */
export function goldenTextModel(golden: TextGolden, { model, classes }: TextCase) {
  return (texts: readonly string[]): number[][] =>
    texts.map((text) => {
      const score = model === "words" ? wordsScore(text, golden) : lettersScore(text, golden);
      if (classes === 2) {
        const p = 1 / (1 + Math.exp(-score));
        return [1 - p, p];
      }
      return softmax([0.2 * score, -0.5 * score, 0.1]);
    });
}

function wordsScore(text: string, { words }: TextGolden): number {
  const found = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  let score = -0.3;
  found.forEach((word, i) => {
    score += words[word] ?? 0;
    if (word === "not" && found[i + 1] === "bad") score += 5;
  });
  return score;
}

function lettersScore(text: string, { letters }: TextGolden): number {
  let score = -0.4;
  for (const letter of text.toLowerCase()) score += letters[letter] ?? 0;
  return score;
}

/** Probabilities of scores. */
export function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const each = scores.map((score) => Math.exp(score - most));
  const sum = each.reduce((a, b) => a + b, 0);
  return each.map((value) => value / sum);
}

interface TableCase extends GoldenCase {
  readonly row: number;
  readonly mode: "classification" | "regression";
  readonly discretize: "quartile" | "decile" | "entropy" | "none";
  readonly aroundInstance?: boolean;
  readonly categories?: boolean;
  readonly names: readonly string[];
}

/** `table-golden.json`. */
export interface TableGolden {
  readonly rows: readonly number[][];
  readonly targets: readonly number[];
  readonly coefficients: readonly number[][];
  readonly cases: readonly TableCase[];
}

/** The explainer and the row of a table case. */
export function goldenExplainer(
  { rows, targets }: TableGolden,
  { mode, discretize, aroundInstance = false, categories = true, row }: TableCase,
): { explainer: TabularExplainer; row: readonly number[] } {
  const names = ["a", "b", "c", "d", "e", "f", "target"];
  const table = { names, rows: rows.map((each, i) => [...each, targets[i]!]) };
  const explainer = new TabularExplainer(table, {
    target: "target",
    ...{ mode, discretize, aroundInstance },
    categories: categories ? ["c", "e"] : [],
  });
  return { explainer, row: rows[row]! };
}

/** The black box of the table cases. */
export function goldenTableModel(
  { coefficients }: TableGolden,
  mode: "classification" | "regression",
) {
  return (rows: readonly Float64Array[]): number[][] =>
    rows.map((row) => {
      const scores = coefficients.map((each) =>
        each.reduce((sum, coefficient, j) => sum + coefficient * row[j]!, 0),
      );
      scores[0]! += 0.05 * row[0]! * row[1]!;
      return mode === "regression" ? [scores[0]!] : softmax(scores);
    });
}
