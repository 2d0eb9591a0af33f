/** @file Labelled texts: the input of text classification, and the checks that it must pass. */
import { DataError, listed, quoted } from "./errors.ts";
import { nearestName } from "./nearest.ts";

/** Texts with a class each. */
export interface LabelledTexts {
  readonly texts: readonly string[];
  /** Number of each text's class in `classes`. */
  readonly labels: Int32Array;
  readonly classes: readonly string[];
}

/** Options of `labelTexts`. */
export interface LabelOptions {
  /** The classes to use, in order, as a trained model has them; default: those that occur, sorted. */
  readonly classes?: readonly string[];
  /** Rows whose text is empty: an error, or left out. Default `error`. */
  readonly emptyTexts?: "error" | "skip";
  /** Rows without a label: an error, or left out. Default `error`. */
  readonly missingLabels?: "error" | "skip";
  /** The file, for messages. */
  readonly path?: string;
  /** The columns, for messages. */
  readonly textColumn?: string;
  readonly labelColumn?: string;
}

/** Labelled texts, and where they stood in the source. */
export interface LabelledRows extends LabelledTexts {
  /** Row of each text in the source, from 0. */
  readonly rows: Int32Array;
  /** Rows left out, from 0. */
  readonly skipped: readonly number[];
}

/**
 * Pairs texts with labels. Throws a `DataError` for empty texts and missing labels (with their rows),
 * for fewer than two classes, for a label that is not among the given classes, and for labels that
 * never repeat. Rows in messages count from 1, the header not counted.
 */
export function labelTexts(
  texts: readonly (string | null)[],
  labels: readonly (string | null)[],
  options: LabelOptions = {},
): LabelledRows {
  const blank = (value: string | null | undefined) => value == null || value.trim() === "";
  const all = Array.from(texts.keys());
  const withoutText = all.filter((row) => blank(texts[row]));
  const withoutLabel = all.filter((row) => blank(labels[row]));
  if (options.missingLabels !== "skip" && withoutLabel.length > 0) {
    throw emptyCells("label-missing", options, withoutLabel, all.length);
  }
  if (options.emptyTexts !== "skip" && withoutText.length > 0) {
    throw emptyCells("text-empty", options, withoutText, all.length);
  }
  const skipped = new Set([...withoutText, ...withoutLabel]);
  const kept = all.filter((row) => !skipped.has(row));
  if (kept.length === 0) throw noRows(options, all.length);
  const names = kept.map((row) => labels[row]!.trim());
  const classes = options.classes ?? distinct(names, options);
  const numbers = new Map(classes.map((name, i) => [name, i]));
  const unseen = names.findIndex((name) => !numbers.has(name));
  if (unseen !== -1) throw unseenLabel(names[unseen]!, kept[unseen]!, classes, options);
  return {
    texts: kept.map((row) => texts[row]!),
    labels: Int32Array.from(names, (name) => numbers.get(name)!),
    classes,
    rows: Int32Array.from(kept),
    skipped: [...skipped].sort((a, b) => a - b),
  };
}

function distinct(names: readonly string[], options: LabelOptions): string[] {
  const classes = [...new Set(names)].sort();
  const expected = "labels of at least two classes";
  if (classes.length < 2) {
    const received = `only ${quoted(classes[0]!)} in ${names.length} rows`;
    throw new DataError({
      code: "one-class",
      ...about(options, "label"),
      classes,
      expected,
      received,
    });
  }
  if (classes.length === names.length && names.length > 2) {
    throw new DataError({
      code: "too-many-classes",
      ...about(options, "label"),
      classes,
      expected: "labels that repeat",
      received: `${names.length} rows with ${classes.length} different ones`,
      hint: "Is it the right column?",
    });
  }
  return classes;
}

function about(options: LabelOptions, which: "text" | "label") {
  const column = which === "text" ? options.textColumn : options.labelColumn;
  return {
    ...(options.path === undefined ? {} : { path: options.path }),
    ...(column === undefined ? {} : { field: `column ${JSON.stringify(column)}` }),
  };
}

function emptyCells(
  code: "text-empty" | "label-missing",
  options: LabelOptions,
  rows: readonly number[],
  total: number,
): DataError {
  const which = code === "text-empty" ? "text" : "label";
  const option = code === "text-empty" ? "emptyTexts" : "missingLabels";
  const shown = listed(rows.map((row) => row + 1));
  return new DataError({
    code,
    ...about(options, which),
    rows,
    expected: `a ${which} in each row`,
    received: `none in ${rows.length} of ${total} rows (row ${shown})`,
    hint: `Fill them in, or leave such rows out with ${option}: "skip".`,
  });
}

function noRows(options: LabelOptions, total: number): DataError {
  return new DataError({
    code: "text-empty",
    ...about(options, "text"),
    rows: Array.from({ length: total }, (_, row) => row),
    expected: "at least one row with a text and a label",
    received: total === 0 ? "a table without rows" : `${total} rows, none of which has both`,
  });
}

function unseenLabel(
  label: string,
  row: number,
  known: readonly string[],
  options: LabelOptions,
): DataError {
  const nearest = nearestName(label, known);
  return new DataError({
    code: "label-unseen",
    ...about(options, "label"),
    label,
    known,
    expected: `one of ${listed(known.map((name) => JSON.stringify(name)))}`,
    received: `${quoted(label)} in row ${row + 1}`,
    hint:
      nearest === undefined
        ? "Train on data that has this label, or leave such rows out."
        : `Did you mean ${JSON.stringify(nearest)}?`,
  });
}
