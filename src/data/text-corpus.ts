/** @file Labelled texts for learning: a corpus or a user's table, divided so that nothing leaks. */
import { basename } from "node:path";
import { loadSpamAssassin } from "./datasets/spam-assassin.ts";
import { DataError } from "./errors.ts";
import type { LabelledTexts } from "./labelled.ts";
import { groupNearDuplicates } from "./near-duplicates.ts";
import { splitRows } from "./split.ts";
import { loadTextDataset } from "./text-dataset.ts";

/** The user's own table: a CSV, JSONL or Parquet file and the names of its two columns. */
export interface TextTable {
  readonly path: string;
  readonly textColumn: string;
  readonly labelColumn: string;
}

/** Where the texts come from: the real mails of SpamAssassin (subject and body only), or a table. */
export type TextSource = "spam-assassin" | TextTable;

/** Rows per class in each part. */
export interface ClassCount {
  readonly label: string;
  readonly train: number;
  readonly valid: number;
  readonly test: number;
}

/** What was read and how it was divided. */
export interface DatasetSummary {
  /** `SpamAssassin public mail corpus`, or the file's name. */
  readonly source: string;
  readonly rows: number;
  /** Rows left out because text or label is empty. */
  readonly skipped: number;
  /** Groups of near-duplicates; a group is never divided between parts. */
  readonly groups: number;
  readonly classes: readonly ClassCount[];
}

/** Labelled texts and where they came from. */
export interface Corpus extends LabelledTexts {
  /** For a person: the corpus, or the file's name. */
  readonly source: string;
  readonly path?: string;
  /** Row of each text in the source. */
  readonly rows: Int32Array;
  /** Rows left out because text or label is empty. */
  readonly skipped: number;
}

/** The parts of a run's data. */
export const partNames = ["train", "test", "valid"] as const;

/** Indices of the texts of each part, ascending. */
export type Parts = Readonly<Record<(typeof partNames)[number], Int32Array>>;

/** Parts, and how many groups of near-duplicates there are. */
export interface Division {
  readonly parts: Parts;
  readonly groups: number;
}

const mostClasses = 1000;

/** Reads the texts. @throws DataError for anything wrong with the file, its columns or its labels */
export async function readCorpus(data: TextSource): Promise<Corpus> {
  if (data === "spam-assassin") {
    const mails = await loadSpamAssassin();
    const rows = Int32Array.from(mails.texts, (_, row) => row);
    return { ...mails, rows, skipped: 0, source: "SpamAssassin public mail corpus" };
  }
  const empty = { emptyTexts: "skip", missingLabels: "skip" } as const;
  const table = await loadTextDataset({ ...data, ...empty });
  const { path, labelColumn } = data;
  if (table.classes.length > mostClasses) {
    throw new DataError({
      code: "too-many-classes",
      path,
      field: `column ${JSON.stringify(labelColumn)}`,
      classes: table.classes,
      expected: `at most ${mostClasses} different labels`,
      received: `${table.classes.length}`,
      hint: "Is it the right column?",
    });
  }
  return { ...table, path, skipped: table.skipped.length, source: basename(path) };
}

/**
 * A fifth is held out for the test and a tenth of the rest for validation; each has its share of
 * every class, and near-duplicates are never on two sides.
 *
 * @throws DataError where the texts are too few or too alike to hold out some of two classes
 */
export function divide(corpus: Corpus, seed: number): Division {
  const { texts, labels, path } = corpus;
  const groups = groupNearDuplicates(texts);
  const shares = { train: 0.72, test: 0.2, valid: 0.08 };
  const parts = splitRows(texts.length, shares, { labels, groups, seed });
  const classesOf = (rows: Int32Array) => new Set(Array.from(rows, (row) => labels[row])).size;
  if (classesOf(parts.train) < 2 || classesOf(parts.test) < 2) {
    throw new DataError({
      code: "value",
      ...(path === undefined ? {} : { path }),
      expected: "enough texts to train on and to hold out some of two classes at least",
      received: `${texts.length} texts in ${new Set(groups).size} groups of near-duplicates`,
      hint: "Add texts that differ from one another.",
    });
  }
  return { parts, groups: new Set(groups).size };
}

/** The texts of one part. */
export function partOf(corpus: Corpus, rows: Int32Array): LabelledTexts {
  return {
    texts: Array.from(rows, (row) => corpus.texts[row]!),
    labels: Int32Array.from(rows, (row) => corpus.labels[row]!),
    classes: corpus.classes,
  };
}

/** What the page says of the data. */
export function summarizeData(corpus: Corpus, { parts, groups }: Division): DatasetSummary {
  const count = (rows: Int32Array, label: number) =>
    rows.reduce((sum, row) => sum + (corpus.labels[row] === label ? 1 : 0), 0);
  return {
    source: corpus.source,
    rows: corpus.texts.length + corpus.skipped,
    skipped: corpus.skipped,
    groups,
    classes: corpus.classes.map((label, index) => ({
      label,
      train: count(parts.train, index),
      valid: count(parts.valid, index),
      test: count(parts.test, index),
    })),
  };
}
