// What a labelled corpus comes down to: best and second label of each row, how sure they are, and counts.
import type { CorpusLabels, CorpusReport } from "./api.ts";
import { spreadOf } from "./balance.ts";
import { takeVectors } from "./vectors.ts";

/** What `labelEmbedded` finds: see `CorpusLabels`. */
export type EmbeddedLabels = Pick<CorpusLabels, "guess" | "confidence" | "margin" | "second"> & {
  readonly report: Omit<CorpusReport, "seconds">;
  /** [rows, labels] row by row; zeros for a row without anything to judge. */
  readonly probabilities: Float32Array;
};

/** What a corpus' labels say of it. */
export function reportOf(
  guess: Int32Array,
  empty: Uint8Array,
  classes: number,
  {
    kind,
    spread,
    notes,
  }: { kind: CorpusReport["balance"]; spread: number; notes: readonly string[] },
): Omit<CorpusReport, "seconds"> {
  const counts = new Array<number>(classes).fill(0);
  for (const label of guess) if (label >= 0) counts[label]!++;
  const without = empty.reduce((sum, flag) => sum + flag, 0);
  return { rows: guess.length, empty: without, counts, balance: kind, spread, notes };
}

/** Labels and a report from probabilities [rows, classes] as they are, with known labels put in. */
export function summarizeScores(
  probabilities: Float32Array,
  empty: Uint8Array,
  classes: number,
  taught: Int32Array,
  { kind, notes }: { kind: CorpusReport["balance"]; notes: readonly string[] },
): EmbeddedLabels {
  const present = Int32Array.from(empty.keys()).filter((row) => empty[row] === 0);
  const rows = { data: probabilities, count: empty.length, dim: classes };
  const own = takeVectors(rows, present).data;
  const found = summarize(own, own, present, empty.length, classes, taught);
  const spread = spreadOf(found.guess, classes);
  return { ...found, report: reportOf(found.guess, empty, classes, { kind, spread, notes }) };
}

/**
 * Best and second label of each row, with known labels in place of guesses. A label's confidence is
 * the geometric mean of what the rounds and what the cosines alone give it: either is too sure of
 * itself, and a text on which both agree is right more often than one that only the rounds are sure of.
 */
export function summarize(
  probabilities: Float32Array,
  first: Float32Array,
  present: Int32Array,
  count: number,
  classes: number,
  taught: Int32Array,
): Omit<EmbeddedLabels, "report"> {
  const guess = new Int32Array(count).fill(-1);
  const second = new Int32Array(count).fill(-1);
  const confidence = new Float32Array(count);
  const margin = new Float32Array(count);
  const all = new Float32Array(count * classes);
  present.forEach((row, i) => {
    const own = probabilities.subarray(i * classes, (i + 1) * classes);
    all.set(own, row * classes);
    const [top, next] = bestTwo(own);
    const sureness = (label: number) =>
      classes === 1 ? own[0]! : Math.sqrt(own[label]! * first[i * classes + label]!);
    guess[row] = top;
    second[row] = next;
    confidence[row] = sureness(top);
    // The cosines alone may prefer the second: then there is no margin at all.
    margin[row] = next < 0 ? sureness(top) : Math.max(0, sureness(top) - sureness(next));
  });
  taught.forEach((label, row) => {
    if (label < 0) return;
    if (guess[row] !== label) second[row] = guess[row]!;
    guess[row] = label;
    confidence[row] = 1;
    margin[row] = 1;
    all.fill(0, row * classes, (row + 1) * classes);
    all[row * classes + label] = 1;
  });
  return { guess, second, confidence, margin, probabilities: all };
}

/** Numbers of the highest and the second highest value; -1 for a second where there is one value. */
export function bestTwo(values: ArrayLike<number>): [number, number] {
  let top = 0;
  let next = -1;
  for (let c = 1; c < values.length; c++) {
    if (values[c]! > values[top]!) {
      next = top;
      top = c;
    } else if (next < 0 || values[c]! > values[next]!) next = c;
  }
  return [top, next];
}
