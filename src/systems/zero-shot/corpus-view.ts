// A labelled corpus as the Studio shows it: labellings side by side, what each threshold keeps, the texts of the map.
import { permutation } from "../../data/random.ts";
import type { CorpusLabels, CorpusRow } from "./api.ts";
import { labelIndex } from "./labels.ts";
import type { Vectors } from "./vectors.ts";
import type { Labelling, LabellingKind, SimilarRows, Thresholds } from "./wire.ts";

/** Labels of rows, by column. */
export interface RowLabels {
  readonly guess: ArrayLike<number>;
  readonly second: ArrayLike<number>;
  readonly confidence: ArrayLike<number>;
}

/** Most texts of a map: beyond that points hide one another, and the map takes its time. */
export const MAP_TEXTS = 2500;
/** Characters of a text that are kept: what a person reads to judge it. */
const SHOWN = 1000;
const STEPS = 100;

/** Rows on the map: all that can be judged, or as many as fit by chance, in their order. */
export function mapRows(vectors: Vectors & { empty: Uint8Array }, most = MAP_TEXTS): Int32Array {
  const there = Int32Array.from(vectors.empty.keys()).filter((row) => vectors.empty[row] === 0);
  if (there.length <= most) return there;
  const drawn = permutation(there.length, 1).subarray(0, most);
  return Int32Array.from(drawn, (place) => there[place]!).sort();
}

/** A text as the page gets it. */
export function shownText(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN).toWellFormed()}…` : text;
}

/** Six digits, as the labelled table has them: thresholds mean the same in both. */
export function sixDigits(value: number): number {
  return Number(value.toPrecision(6));
}

/** What is kept at each share of the surest texts, exactly; ties stay together. */
export function thresholdsOf(
  { guess, confidence }: Pick<RowLabels, "guess" | "confidence">,
  labels: number,
  truth?: ArrayLike<number>,
): Thresholds {
  const sure = Float64Array.from(confidence, sixDigits);
  const order = Array.from(guess, (_, row) => row)
    .filter((row) => guess[row]! >= 0)
    .sort((a, b) => sure[b]! - sure[a]!);
  const least: number[] = [];
  const kept = Array.from({ length: labels }, (): number[] => []);
  const known: number[] = [];
  const right: number[] = [];
  const counts = new Int32Array(labels);
  let [place, knownSoFar, rightSoFar] = [0, 0, 0];
  for (let step = 0; step <= STEPS; step++) {
    const wanted = Math.round((step / STEPS) * order.length);
    const threshold = wanted === 0 ? 1.000001 : sure[order[wanted - 1]!]!;
    while (place < order.length && sure[order[place]!]! >= threshold) {
      const row = order[place++]!;
      counts[guess[row]!]!++;
      const own = truth?.[row] ?? -1;
      if (own >= 0) knownSoFar++;
      if (own === guess[row]) rightSoFar++;
    }
    least.push(threshold);
    for (const [label, list] of kept.entries()) list.push(counts[label]!);
    known.push(knownSoFar);
    right.push(rightSoFar);
  }
  return { least, kept, ...(truth && { known, right }) };
}

/**
 * A labelling for the page.
 *
 * @param mapped places of the map's texts among the labelling's rows
 */
export function labellingOf(
  kind: LabellingKind,
  given: RowLabels,
  mapped: ArrayLike<number>,
  labels: number,
  truth?: ArrayLike<number>,
): Labelling {
  const taken = (values: ArrayLike<number>) => Array.from(mapped, (row) => values[row]!);
  return {
    kind,
    rows: given.guess.length,
    guess: taken(given.guess),
    second: taken(given.second),
    confidence: taken(given.confidence).map(sixDigits),
    thresholds: thresholdsOf(given, labels, truth),
  };
}

/** True labels by a column that only judges; undefined where no row has one. */
export function truthOf(
  rows: readonly CorpusRow[],
  names: readonly string[],
  column: string | undefined,
): Int32Array | undefined {
  if (column === undefined) return undefined;
  const truth = Int32Array.from(rows, ({ fields }) => {
    const value = fields?.[column];
    return value === undefined || value === null ? -1 : labelIndex(names, String(value));
  });
  return truth.some((label) => label >= 0) ? truth : undefined;
}

/**
 * For each row the rows among them whose cosine is at least `least`, the nearest first, at most `most`.
 *
 * @param cosines [rows, rows]
 */
export function similarRows(
  rows: readonly number[],
  cosines: Float32Array,
  { least = 0.6, most = 12 }: { least?: number; most?: number } = {},
): SimilarRows {
  const found: Record<string, [number, number][]> = {};
  rows.forEach((row, i) => {
    const own = rows.flatMap((other, j): [number, number][] => {
      const cosine = cosines[i * rows.length + j]!;
      return i !== j && cosine >= least ? [[other, Number(cosine.toFixed(3))]] : [];
    });
    if (own.length > 0) found[row] = own.sort((a, b) => b[1] - a[1]).slice(0, most);
  });
  return found;
}

/** Rows that wait for a person: a guess that is no known label, the most doubtful first. */
export function doubtfulRows(
  { second, confidence }: Pick<CorpusLabels, "second" | "confidence">,
  most: number,
): number[] {
  return [...confidence.keys()]
    .filter((row) => second[row]! >= 0 && confidence[row]! < 1)
    .sort((a, b) => confidence[a]! - confidence[b]! || a - b)
    .slice(0, most);
}
