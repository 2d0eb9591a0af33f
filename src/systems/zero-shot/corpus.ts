// Whole-corpus mode: the texts are labelled together, so that they teach one another.
import type { Encoder } from "../../models/encoders/encoder.ts";
import type {
  Balance,
  CorpusLabels,
  CorpusReport,
  CorpusRow,
  LabelCorpusOptions,
  Labels,
} from "./api.ts";
import { balance, best, estimateShares, spreadOf } from "./balance.ts";
import { withCalibration } from "./calibrated.ts";
import { type EmbeddedLabels, reportOf, summarize } from "./corpus-summary.ts";
import { fitDiscriminant, type LinearHead } from "./discriminant.ts";
import { defaultEncoder, type EmbeddedTexts, embedTexts, labelVectors } from "./label-vectors.ts";
import { votesOf } from "./labelling.ts";
import {
  checkShares,
  ensembleTemplates,
  type LabelSet,
  labelNumber,
  optionError,
  parseLabels,
} from "./labels.ts";
import { parentLabels } from "./parents.ts";
import { chooseSpace, inSpace, type WantedProjection } from "./space.ts";
import { meanVector, products, project, takeVectors, unitRows, type Vectors } from "./vectors.ts";
import { withVotes } from "./voting.ts";
import { embedWindows } from "./windows.ts";

/** Temperature of cosines in step 3. */
const COSINE_TEMPERATURE = 0.05;
/** Passes of the balance on cosines, and on scores of a round. */
const FIRST_PASSES = 50;
const LATER_PASSES = 20;
/** Share of each class's texts, the surest first, that teaches the next round; at least so many. */
const TEACHING_SHARE = 0.6;
const TEACHING_LEAST = 3;
/** The discriminant's log-odds are far too sure of themselves; of 1 to 16 this labels best. */
const SCORE_TEMPERATURE = 4;
/** Plain labels less spread than this (entropy over its maximum): most classes do not occur. */
const LEAST_SPREAD = 0.5;

/**
 * Labels a corpus as a whole, from label names or descriptions alone:
 *
 * 1. a label's vector is its mean over six templates;
 * 2. texts and labels are centred on their means, and compared by cosine;
 * 3. the classes' shares are balanced (`balance`);
 * 4. in rounds, the surest 60% of each class teach a linear discriminant, which labels all anew, with
 *    the shares balanced again (as PET distils, Schick and Schütze 2021, arXiv 2001.07676).
 *
 * With a projection, labels and texts are compared through it in steps 2 and 3; the discriminant of
 * step 4 learns from the texts' own vectors in any case. Once 30 rows are checked, confidences are
 * calibrated on them (`withCalibration`).
 *
 * Steps 2 to 4 assume that most classes occur. Where the plain cosines say otherwise they are used as
 * they are, with estimated shares, and a note says so. Memory grows with rows x (dim + labels).
 *
 * @throws DataError for labels, shares or reviewed labels that cannot be used
 */
export async function labelCorpus(
  rows: AsyncIterable<CorpusRow> | Iterable<CorpusRow>,
  labels: Labels,
  options: LabelCorpusOptions = {},
): Promise<CorpusLabels> {
  const { onProgress, signal } = options;
  const parsed = parseLabels(labels);
  const set = options.parents === true ? parentLabels(parsed) : parsed;
  const shares = sharesOf(options.balance, set);
  const encoder = options.encoder ?? (await defaultEncoder());
  const started = performance.now();
  const all: CorpusRow[] = [];
  for await (const row of rows) all.push(row);
  const taught = taughtLabels(all, set, options.reviewed);
  const texts = all.map((row) => row.text);
  const vectors = options.windows
    ? await embedWindows(encoder, texts, signal)
    : await embedTexts(encoder, texts, { signal, onProgress });
  const embedded = performance.now();
  const functions = options.sources ?? [];
  const votes = votesOf(functions, all, set.names);
  const others = functions.map(({ name }, source) => ({ name, votes: votes[source]! }));
  const { labels: found, calibratedOn } = await withCalibration(
    async (known) => {
      const result = await labelEmbedded(encoder, vectors, set, {
        shares,
        taught: known,
        rounds: options.rounds ?? 3,
        projection: options.projection,
        onProgress,
        signal,
      });
      const joined = withVotes(result, others, vectors.empty, set.names.length, known);
      return { ...joined, report: result.report };
    },
    taught,
    vectors.empty,
  );
  const { reports, report, ...voted } = found;
  const done = performance.now();
  return {
    ...voted,
    names: set.names,
    rows: all,
    vectors: vectors.data,
    report: {
      ...report,
      ...(reports && { sources: reports }),
      ...(calibratedOn > 0 && { calibratedOn }),
      notes: [...set.notes, ...report.notes],
      seconds: { embed: (embedded - started) / 1000, label: (done - embedded) / 1000 },
    },
  };
}

/** How shares are set, with those that are given. */
export type Shares = { readonly kind: CorpusReport["balance"]; readonly given?: readonly number[] };

interface EmbeddedOptions {
  readonly shares: Shares;
  /** Known label of each row, -1 where there is none. */
  readonly taught: Int32Array;
  readonly rounds: number;
  readonly projection?: WantedProjection;
  readonly onProgress?: LabelCorpusOptions["onProgress"] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Steps 1 to 4 on vectors. */
export async function labelEmbedded(
  encoder: Encoder,
  all: EmbeddedTexts,
  set: LabelSet,
  { shares, taught, rounds, projection, onProgress, signal }: EmbeddedOptions,
): Promise<EmbeddedLabels> {
  const classes = set.labels.length;
  const present = Int32Array.from(all.empty.keys()).filter((row) => all.empty[row] === 0);
  const texts = takeVectors(all, present);
  const known = Int32Array.from(present, (row) => taught[row]!);
  const named = await labelVectors(encoder, set, ["{}"], signal);
  const space = await chooseSpace(projection, encoder, texts, set, named);
  const notes = [...space.notes];
  const mapped = inSpace(texts, space);
  const plain = await products(mapped, inSpace(named, space));
  const spread = spreadOf(best({ values: plain, rows: texts.count, classes }), classes);
  let kind = shares.kind;
  let outcome: Float32Array;
  let first: Float32Array | undefined;
  const table = (values: Float32Array) => ({ values, rows: texts.count, classes });
  if (classes === 1) {
    outcome = plain;
    notes.push("one label: its confidence is the raw cosine");
  } else if (spread < LEAST_SPREAD && kind === "equal") {
    kind = "estimate";
    notes.push(
      `few of the labels occur (spread ${spread.toFixed(2)} of 1): plain cosines with estimated ` +
        "shares instead of balanced ones; give the shares where they are known",
    );
    const soft = balance(table(plain), undefined, { temperature: COSINE_TEMPERATURE });
    const estimated = estimateShares(soft, texts.count, classes);
    outcome = weighted(soft, estimated);
  } else {
    const labelled = inSpace(await labelVectors(encoder, set, ensembleTemplates, signal), space);
    const cosines = await products(
      unitRows(mapped, meanVector(mapped)),
      unitRows(labelled, meanVector(labelled)),
    );
    const centred = unitRows(texts, meanVector(texts));
    const target = sharesFor(shares, cosines, texts.count, classes);
    outcome = balance(table(cosines), target, {
      temperature: COSINE_TEMPERATURE,
      rounds: FIRST_PASSES,
    });
    first = outcome;
    for (let round = 0; round < rounds; round++) {
      signal?.throwIfAborted();
      onProgress?.({ phase: "learn", done: round, total: rounds });
      const teachers = surest(outcome, texts.count, classes, known);
      const head = await fitDiscriminant(centred, teachers, classes);
      const scores = await scoresOf(centred, head, classes);
      outcome = balance(table(scores), target, {
        temperature: SCORE_TEMPERATURE,
        rounds: LATER_PASSES,
      });
    }
  }
  const found = summarize(outcome, first ?? outcome, present, all.count, classes, taught);
  return { ...found, report: reportOf(found.guess, all.empty, classes, { kind, spread, notes }) };
}

/** Scores of rows: x weights + bias. A class that nothing was learned of scores far below the others. */
export async function scoresOf(
  vectors: Vectors,
  { weights, bias }: LinearHead,
  classes: number,
): Promise<Float32Array> {
  const scores = await project(vectors, weights, classes);
  for (let i = 0; i < scores.length; i++) scores[i]! += Math.max(bias[i % classes]!, -1e6);
  return scores;
}

/**
 * Label of each row that may teach, else -1: rows with a known label, and of each class the surest
 * 60%, at least three.
 */
function surest(
  probabilities: Float32Array,
  rows: number,
  classes: number,
  known: Int32Array,
): Int32Array {
  const guess = best({ values: probabilities, rows, classes });
  const members = Array.from({ length: classes }, (): number[] => []);
  guess.forEach((label, row) => {
    if (known[row]! < 0) members[label]!.push(row);
  });
  const teachers = Int32Array.from(known);
  members.forEach((own, label) => {
    const sureness = (row: number) => probabilities[row * classes + label]!;
    own.sort((a, b) => sureness(b) - sureness(a));
    const count = Math.max(TEACHING_LEAST, Math.round(TEACHING_SHARE * own.length));
    for (const row of own.slice(0, count)) teachers[row] = label;
  });
  return teachers;
}

function weighted(probabilities: Float32Array, shares: Float64Array) {
  const classes = shares.length;
  for (let from = 0; from < probabilities.length; from += classes) {
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += probabilities[from + c]! * shares[c]!;
    for (let c = 0; c < classes; c++) probabilities[from + c]! *= shares[c]! / sum;
  }
  return probabilities;
}

/** The shares that an option or the labels' priors ask for. @throws DataError where they are none */
export function sharesOf(wanted: Balance | undefined, set: LabelSet): Shares {
  if (wanted === undefined) {
    return set.priors ? { kind: "given", given: set.priors } : { kind: "equal" };
  }
  if (wanted === false) return { kind: "off" };
  if (wanted === "equal" || wanted === "estimate") return { kind: wanted };
  if (!Array.isArray(wanted)) {
    const expected = '"equal", "estimate", false or a list of shares';
    throw optionError("balance", expected, JSON.stringify(wanted));
  }
  return { kind: "given", given: checkShares(wanted, set.labels.length, "balance") };
}

function sharesFor(
  { kind, given }: Shares,
  cosines: Float32Array,
  rows: number,
  classes: number,
): ArrayLike<number> | undefined {
  if (kind === "off") return undefined;
  if (kind === "given") return given;
  if (kind === "equal") return new Float64Array(classes).fill(1 / classes);
  const table = { values: cosines, rows, classes };
  const soft = balance(table, undefined, { temperature: COSINE_TEMPERATURE });
  return estimateShares(soft, rows, classes);
}

/**
 * The known label of each row, -1 where there is none: what a reviewer gave its text, or else the label
 * that it came with where that is one of the labels.
 */
export function taughtLabels(
  rows: readonly CorpusRow[],
  set: LabelSet,
  reviewed: LabelCorpusOptions["reviewed"] = [],
): Int32Array {
  const byText = new Map(reviewed.map(({ text, label }) => [text, numberOf(label, set)]));
  const own = ({ label }: CorpusRow) =>
    label === undefined || label === "" ? -1 : labelNumber(set, label);
  return Int32Array.from(rows, (row) => byText.get(row.text) ?? own(row));
}

/** Number of a label that an example or a reviewer gives. @throws DataError where it is not among them */
export function numberOf(label: string, set: LabelSet): number {
  const found = labelNumber(set, label);
  if (found >= 0) return found;
  throw optionError(
    "label",
    `one of the labels ${set.names.slice(0, 8).join(", ")}${set.names.length > 8 ? ", …" : ""}`,
    JSON.stringify(label),
    "Add it to the labels, or correct the example.",
  );
}
