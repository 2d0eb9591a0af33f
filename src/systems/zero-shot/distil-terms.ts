// What the distilled classifier sees of a text: its words and pairs of neighbouring words.
import type { SparseRows } from "../../data/baseline/sparse.ts";

/**
 * A text as the distilled classifier reads it: lower case, one blank between words, words being runs
 * of letters, digits and underscores. The same line in other languages is in the model's card.
 */
export function plainWords(text: string): string {
  return text
    .toWellFormed()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]+/gu, " ")
    .trim();
}

/** Terms with their weights: log((1 + texts) / (1 + texts with the term)) + 1. */
export interface Terms {
  /** Words first, then pairs with a blank between. */
  readonly names: readonly string[];
  readonly weights: Float32Array;
  readonly numbers: ReadonlyMap<string, number>;
}

/** Words and pairs of a text in `plainWords` form. */
function termsOf(plain: string): string[] {
  const words = plain === "" ? [] : plain.split(" ");
  return [...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)];
}

/** The terms that enough texts have; the commonest where there are more than `most`. */
export function learnTerms(plain: readonly string[], most: number, minTexts: number): Terms {
  const texts = new Map<string, number>();
  for (const text of plain) {
    for (const term of new Set(termsOf(text))) texts.set(term, (texts.get(term) ?? 0) + 1);
  }
  const common = [...texts].filter(([, count]) => count >= minTexts);
  if (common.length > most) common.sort((a, b) => b[1] - a[1]);
  const kept = common.slice(0, most);
  const isPair = (name: string) => name.includes(" ");
  const ordered = [
    ...kept.filter(([name]) => !isPair(name)),
    ...kept.filter(([name]) => isPair(name)),
  ];
  const names = ordered.map(([name]) => name);
  return {
    names,
    weights: Float32Array.from(ordered, ([, n]) => Math.log((1 + plain.length) / (1 + n)) + 1),
    numbers: new Map(names.map((name, i) => [name, i])),
  };
}

/**
 * One row per text: each occurrence of a term counts its weight; the row is divided by the root of
 * the occurrences' summed squares, which a graph can do without counting equal terms.
 */
export function termRows(plain: readonly string[], terms: Terms): SparseRows {
  const starts = new Int32Array(plain.length + 1);
  const columns: number[] = [];
  const values: number[] = [];
  plain.forEach((text, row) => {
    const counts = new Map<number, number>();
    let squares = 0;
    for (const name of termsOf(text)) {
      const term = terms.numbers.get(name);
      if (term === undefined) continue;
      counts.set(term, (counts.get(term) ?? 0) + 1);
      squares += terms.weights[term]! ** 2;
    }
    for (const [term, count] of counts) {
      columns.push(term);
      values.push((count * terms.weights[term]!) / Math.sqrt(squares));
    }
    starts[row + 1] = columns.length;
  });
  return {
    starts,
    columns: Int32Array.from(columns),
    values: Float32Array.from(values),
    width: terms.names.length,
  };
}
