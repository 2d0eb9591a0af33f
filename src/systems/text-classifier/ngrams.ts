// Tokens and pairs of neighbouring tokens as weighted features: what the wide part of the model reads.
import { type Tensor, tensor } from "../../engine/index.ts";

/** Settings of `NgramTable.fit`. */
export interface NgramOptions {
  /** Texts that a feature must occur in. */
  readonly minTexts: number;
  /** At most this many features are kept, those of the most texts first. */
  readonly maxFeatures: number;
}

/** The features of one text; columns begin at 1, because 0 stands for padding. */
export interface NgramRow {
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

const single = -1;

/**
 * Which tokens and pairs of tokens are features, and their inverse document frequencies. Values are
 * (1 + ln tf) · idf with idf = ln((1 + n)/(1 + df)) + 1, each text scaled to length 1.
 */
export class NgramTable {
  readonly #vocabulary: number;
  readonly #columns = new Map<number, number>();
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  readonly #idf: Float32Array;

  /** Made by `fit` or `fromTensors`. Feature i is the pair (first[i], second[i]), or one token where second is -1. */
  constructor(vocabulary: number, first: Int32Array, second: Int32Array, idf: Float32Array) {
    this.#vocabulary = vocabulary;
    this.#first = first;
    this.#second = second;
    this.#idf = idf;
    first.forEach((token, i) => {
      this.#columns.set(keyOf(vocabulary, token, second[i]!), i + 1);
    });
  }

  /** Learns the features of tokenized texts; `vocabulary` is the number of token ids. */
  static fit(
    texts: readonly Int32Array[],
    vocabulary: number,
    { minTexts, maxFeatures }: NgramOptions,
  ): NgramTable {
    const counts = new Map<number, number>();
    for (const text of texts) {
      for (const key of countKeys(text, vocabulary).keys()) {
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    const frequent = [...counts].filter(([, count]) => count >= minTexts);
    frequent.sort(([a, m], [b, n]) => n - m || a - b);
    const kept = frequent.slice(0, maxFeatures);
    const first = Int32Array.from(kept, ([key]) =>
      key < vocabulary ? key : Math.floor(key / vocabulary) - 1,
    );
    const second = Int32Array.from(kept, ([key]) => (key < vocabulary ? single : key % vocabulary));
    const idf = Float32Array.from(
      kept,
      ([, count]) => Math.log((1 + texts.length) / (1 + count)) + 1,
    );
    return new NgramTable(vocabulary, first, second, idf);
  }

  /** Takes back what `toTensors` gave. */
  static fromTensors(
    vocabulary: number,
    parts: readonly [first: ArrayLike<number>, second: ArrayLike<number>, idf: ArrayLike<number>],
  ): NgramTable {
    const [first, second, idf] = parts;
    return new NgramTable(
      vocabulary,
      Int32Array.from(first),
      Int32Array.from(second),
      Float32Array.from(idf),
    );
  }

  /** Number of columns, that of padding included. */
  get width(): number {
    return this.#first.length + 1;
  }

  /** The table as tensors, to be saved. */
  toTensors(): Record<"first" | "second" | "idf", Tensor> {
    return { first: tensor(this.#first), second: tensor(this.#second), idf: tensor(this.#idf) };
  }

  /** The features of a tokenized text: at most `limit`, those of the greatest value. */
  row(text: Int32Array, limit: number): NgramRow {
    let found: [column: number, value: number][] = [];
    for (const [key, count] of countKeys(text, this.#vocabulary)) {
      const column = this.#columns.get(key);
      if (column === undefined) continue;
      found.push([column, (1 + Math.log(count)) * this.#idf[column - 1]!]);
    }
    if (found.length > limit) {
      found.sort(([c, a], [d, b]) => b - a || c - d);
      found = found.slice(0, limit);
    }
    const norm = Math.sqrt(found.reduce((sum, [, value]) => sum + value * value, 0)) || 1;
    return {
      columns: Int32Array.from(found, ([column]) => column),
      values: Float32Array.from(found, ([, value]) => value / norm),
    };
  }
}

/** Tokens stand for themselves; pairs come after all of them. */
function keyOf(vocabulary: number, first: number, second: number): number {
  return second === single ? first : (first + 1) * vocabulary + second;
}

function countKeys(text: Int32Array, vocabulary: number): Map<number, number> {
  const counts = new Map<number, number>();
  const count = (key: number) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (let i = 0; i < text.length; i++) {
    count(text[i]!);
    if (i + 1 < text.length) count(keyOf(vocabulary, text[i]!, text[i + 1]!));
  }
  return counts;
}
