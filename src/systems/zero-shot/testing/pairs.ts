/** @file The tiny pair classifier of the tests, and what the Hugging Face pipeline says with it. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Folder of the model; made by `fixtures/pair-classifier.py`. */
export const pairModelFolder = fileURLToPath(
  new URL("../fixtures/pair-classifier", import.meta.url),
);

/** Labels and scores as both sides give them. */
export interface RankedLabels {
  readonly labels: readonly string[];
  readonly scores: readonly number[];
}

/** The pipeline's answers. */
export interface PairGolden {
  readonly texts: readonly string[];
  /** Whether a text is longer than the model's length beside a one-letter label. */
  readonly truncated: readonly boolean[];
  readonly cases: readonly {
    readonly template: string;
    readonly labels: string | readonly string[];
    readonly multi: boolean;
    readonly answers: readonly RankedLabels[];
  }[];
  /** Token numbers of pairs with a byte-level tokenizer framed as RoBERTa's, cut to `length`. */
  readonly frames: {
    readonly length: number;
    readonly pairs: readonly (readonly [string, string])[];
    readonly ids: readonly (readonly number[])[];
  };
}

/** Reads the pipeline's answers. */
export async function pairGolden(): Promise<PairGolden> {
  const file = new URL("../fixtures/pair-classifier.json", import.meta.url);
  return JSON.parse(await readFile(file, "utf8")) as PairGolden;
}

/** Largest difference between two lists' scores, place by place. */
export function worstDifference(
  ours: readonly RankedLabels[],
  theirs: readonly RankedLabels[],
): number {
  const differences = ours.flatMap(({ scores }, i) =>
    scores.map((score, j) => Math.abs(score - (theirs[i]?.scores[j] ?? Number.NaN))),
  );
  return Math.max(0, ...differences);
}
