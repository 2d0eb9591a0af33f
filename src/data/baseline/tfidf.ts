/** @file TF-IDF of words and word pairs, by scikit-learn's definitions. */
import { DataError } from "../errors.ts";
import type { SparseRows } from "./sparse.ts";

/** Options of `fitTfIdf`. */
export interface TfIdfOptions {
  /** Longest run of words that is a term. Default 2: words and pairs of neighbours. */
  readonly maxWords?: number;
  /** Texts that a term must occur in. Default 2. */
  readonly minTexts?: number;
}

/** Words of two or more letters, digits or underscores, as scikit-learn's `(?u)\b\w\w+\b`. */
const wordPattern = /[\p{L}\p{N}_]{2,}/gu;

/** Longest key space of a run: two numbers below it fit a double exactly. */
const keyBase = 2 ** 26;

/**
 * Learns the terms of texts (lower case) and their inverse document frequencies. `transform` then
 * gives rows of (1 + ln tf) x idf, each of length 1, with idf = ln((1 + n) / (1 + df)) + 1.
 */
export function fitTfIdf(texts: readonly string[], options: TfIdfOptions = {}): TfIdf {
  const { maxWords = 2, minTexts = 2 } = options;
  if (!Number.isInteger(maxWords) || maxWords < 1) {
    const expected = "a whole number above 0";
    throw new DataError({ code: "option", field: "maxWords", expected, received: `${maxWords}` });
  }
  const words = new Map<string, number>();
  let runs = texts.map((text) =>
    Float64Array.from(wordsOf(text), (word) => {
      const known = words.get(word);
      if (known !== undefined) return known;
      words.set(word, words.size);
      return words.size - 1;
    }),
  );
  const single = runs;
  const weights: number[] = [];
  const levels: Map<number, number>[] = [];
  for (let length = 1; length <= maxWords; length++) {
    // A run of n words has the number of its first n - 1, already a term, and its last word as key.
    const terms = frequentKeys(runs, minTexts, texts.length, weights);
    levels.push(terms);
    if (length === maxWords) break;
    runs = runs.map((run, text) => nextRuns(run, single[text]!, length, terms));
  }
  return new TfIdf(words, levels, Float64Array.from(weights));
}

/** Numbers the keys that enough texts have, in order of appearance, and appends their idf. */
function frequentKeys(
  runs: readonly Float64Array[],
  minTexts: number,
  count: number,
  weights: number[],
): Map<number, number> {
  const seen = new Map<number, { texts: number; last: number }>();
  runs.forEach((run, text) => {
    for (const key of run) {
      if (key < 0) continue;
      const entry = seen.get(key);
      if (entry === undefined) seen.set(key, { texts: 1, last: text });
      else if (entry.last !== text) {
        entry.texts++;
        entry.last = text;
      }
    }
  });
  const terms = new Map<number, number>();
  for (const [key, { texts }] of seen) {
    if (texts < minTexts) continue;
    terms.set(key, weights.length);
    weights.push(Math.log((1 + count) / (1 + texts)) + 1);
  }
  return terms;
}

/** Keys of the runs one word longer; -1 where the beginning is no term, so that the whole is none. */
function nextRuns(
  run: Float64Array,
  words: Float64Array,
  length: number,
  terms: ReadonlyMap<number, number>,
): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: Math.max(0, run.length - 1) }, (_, i) => {
    const term = terms.get(run[i]!);
    const word = words[i + length]!;
    return term === undefined || word < 0 ? -1 : term * keyBase + word;
  });
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(wordPattern) ?? [];
}

/** Terms with their weights; made by `fitTfIdf`. */
export class TfIdf {
  readonly #words: ReadonlyMap<string, number>;
  readonly #levels: readonly ReadonlyMap<number, number>[];
  readonly #weights: Float64Array;

  constructor(
    words: ReadonlyMap<string, number>,
    levels: readonly ReadonlyMap<number, number>[],
    weights: Float64Array,
  ) {
    this.#words = words;
    this.#levels = levels;
    this.#weights = weights;
  }

  /** Number of terms. */
  get size(): number {
    return this.#weights.length;
  }

  /** Inverse document frequency of each term. */
  get idf(): Float64Array {
    return this.#weights;
  }

  /** The column of a term, e.g. `free` or `click here`; undefined where it is none. */
  columnOf(term: string): number | undefined {
    const words = Float64Array.from(wordsOf(term), (word) => this.#words.get(word) ?? -1);
    let run = words;
    let column: number | undefined;
    for (let length = 1; length <= words.length; length++) {
      const terms = this.#levels[length - 1];
      column = terms?.get(run[0]!);
      if (terms === undefined || column === undefined) return undefined;
      run = nextRuns(run, words, length, terms);
    }
    return column;
  }

  /** One row per text; a text without terms gives an empty row. */
  transform(texts: readonly string[]): SparseRows {
    const starts = new Int32Array(texts.length + 1);
    const columns: number[] = [];
    const values: number[] = [];
    texts.forEach((text, row) => {
      let squares = 0;
      const from = columns.length;
      for (const [column, count] of this.#count(text)) {
        const value = (1 + Math.log(count)) * this.#weights[column]!;
        squares += value * value;
        columns.push(column);
        values.push(value);
      }
      const norm = Math.sqrt(squares);
      for (let k = from; k < values.length; k++) values[k]! /= norm;
      starts[row + 1] = columns.length;
    });
    return {
      starts,
      columns: Int32Array.from(columns),
      values: Float32Array.from(values),
      width: this.size,
    };
  }

  #count(text: string): Map<number, number> {
    const counts = new Map<number, number>();
    const words = Float64Array.from(wordsOf(text), (word) => this.#words.get(word) ?? -1);
    let runs = words;
    this.#levels.forEach((terms, i) => {
      for (const key of runs) {
        const term = terms.get(key);
        if (term !== undefined) counts.set(term, (counts.get(term) ?? 0) + 1);
      }
      if (i + 1 < this.#levels.length) runs = nextRuns(runs, words, i + 1, terms);
    });
    return counts;
  }
}
