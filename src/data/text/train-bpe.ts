/** @file Learns byte-pair merges from word counts (Sennrich et al. 2016, algorithm 1), incrementally. */
import { utf8Bytes } from "./byte-level.ts";

/** A merge of two symbols; symbols 0 to 255 are bytes, 256 + i is the result of merge i. */
export type Merge = readonly [left: number, right: number];

/** Longest word that is learnt from, in bytes; what is longer is no word, and would slow all down. */
const maxWordBytes = 128;

/**
 * The `count` most frequent merges, fewer where no pair occurs `minFrequency` times any more. Among
 * pairs of the same frequency the one with the smaller symbols comes first, so the result does not
 * depend on the order of the words.
 */
export function learnMerges(
  wordCounts: ReadonlyMap<string, number>,
  count: number,
  minFrequency: number,
): Merge[] {
  const pairs = new PairTable();
  const words: Int32Array[] = [];
  const frequencies: number[] = [];
  for (const [word, frequency] of wordCounts) {
    const bytes = utf8Bytes(word);
    if (bytes.length < 2 || bytes.length > maxWordBytes) continue;
    const symbols = Int32Array.from(bytes);
    for (let i = 0; i + 1 < symbols.length; i++) {
      pairs.add(symbols[i]!, symbols[i + 1]!, frequency, words.length);
    }
    words.push(symbols);
    frequencies.push(frequency);
  }
  pairs.queueChanged();
  const merges: Merge[] = [];
  while (merges.length < count) {
    const best = pairs.takeMostFrequent(minFrequency);
    if (best === undefined) break;
    const merged = 256 + merges.length;
    merges.push([best.left, best.right]);
    for (const word of best.words) {
      words[word] = mergeWord(words[word]!, best, merged, frequencies[word]!, word, pairs);
    }
    pairs.queueChanged();
  }
  return merges;
}

/** Replaces each occurrence of the pair in a word and keeps the counts of its neighbours right. */
function mergeWord(
  symbols: Int32Array,
  { left, right }: Pair,
  merged: number,
  frequency: number,
  word: number,
  pairs: PairTable,
): Int32Array {
  let length = 0;
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] !== left || symbols[i + 1] !== right) {
      symbols[length++] = symbols[i]!;
      continue;
    }
    if (length > 0) {
      const before = symbols[length - 1]!;
      pairs.add(before, left, -frequency, word);
      pairs.add(before, merged, frequency, word);
    }
    if (i + 2 < symbols.length) {
      const after = symbols[i + 2]!;
      pairs.add(right, after, -frequency, word);
      pairs.add(merged, after, frequency, word);
    }
    symbols[length++] = merged;
    i++;
  }
  return symbols.subarray(0, length);
}

interface Pair {
  readonly left: number;
  readonly right: number;
  frequency: number;
  /** Words that have (or once had) the pair, with repeats next to each other at most. */
  words: number[];
  changed: boolean;
}

/** Pair counts, with a heap of candidates whose entries may be out of date. */
class PairTable {
  readonly #pairs = new Map<number, Pair>();
  readonly #heap: { frequency: number; pair: Pair }[] = [];
  #changed: Pair[] = [];

  add(left: number, right: number, frequency: number, word: number): void {
    const key = left * 2 ** 20 + right;
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = { left, right, frequency: 0, words: [], changed: false };
      this.#pairs.set(key, pair);
    }
    pair.frequency += frequency;
    if (frequency > 0 && pair.words.at(-1) !== word) pair.words.push(word);
    if (!pair.changed) {
      pair.changed = true;
      this.#changed.push(pair);
    }
  }

  /** Puts the pairs whose counts changed among the candidates. */
  queueChanged(): void {
    for (const pair of this.#changed) {
      pair.changed = false;
      if (pair.frequency > 0) this.#push({ frequency: pair.frequency, pair });
      else this.#pairs.delete(pair.left * 2 ** 20 + pair.right);
    }
    this.#changed = [];
  }

  takeMostFrequent(minFrequency: number): Pair | undefined {
    for (let top = this.#pop(); top !== undefined; top = this.#pop()) {
      if (top.frequency < minFrequency) return undefined;
      if (top.frequency !== top.pair.frequency) continue;
      top.pair.frequency = 0;
      return top.pair;
    }
    return undefined;
  }

  #push(entry: { frequency: number; pair: Pair }): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): { frequency: number; pair: Pair } | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    while (true) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

function isBefore(
  a: { frequency: number; pair: Pair },
  b: { frequency: number; pair: Pair },
): boolean {
  if (a.frequency !== b.frequency) return a.frequency > b.frequency;
  if (a.pair.left !== b.pair.left) return a.pair.left < b.pair.left;
  return a.pair.right < b.pair.right;
}
