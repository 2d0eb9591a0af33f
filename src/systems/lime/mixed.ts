// Explains a model that reads a text together with columns: which words and which cells its output hangs on.
import type {
  DistanceFn,
  Explained,
  Predict,
  TableRow,
  TabularExplanation,
  TextExplanation,
} from "./api.ts";
import { LimeError } from "./errors.ts";
import { explainSubject } from "./explain.ts";
import { joinedPerturbation, mappedPerturbation } from "./neighbourhood/joined.ts";
import type { Perturbation, Subject } from "./neighbourhood/perturbation.ts";
import { randomSource } from "./random.ts";
import type { RowInput } from "./table/table.ts";
import { bothSigns, type RowPart, type TabularExplainer, tableWidth } from "./tabular.ts";
import {
  type TextOptions,
  type TextPart,
  textPart,
  textScale,
  textWidth,
  withPositions,
} from "./text.ts";

/** What the model is asked about. */
export interface MixedInput {
  readonly text: string;
  /** One number per column, categories as their place; empty where there are no columns. */
  readonly columns: TableRow;
}

/** Options of `explainMixed`. */
export interface MixedOptions extends TextOptions {
  /** Draws the columns, as the training rows have them. Left out: there are no columns. */
  readonly table?: TabularExplainer;
  /** The width of each part's kernel. Default: 25 for the text, 0.75 sqrt(columns) for the columns. */
  readonly widths?: { readonly text?: number; readonly columns?: number };
}

/** An explanation over words and columns; the features are the words, then the columns. */
export interface MixedExplanation extends Explained<MixedInput> {
  readonly kind: "mixed";
  readonly text: string;
  /** Of the words alone: feature i is a word where `positions` has an entry i, else column i - words. */
  readonly positions: TextExplanation["positions"];
  readonly cells: TabularExplanation["cells"];
}

/**
 * Explains a model of `{ text, columns }` with one neighbourhood: every neighbour hides words and has
 * its columns drawn anew, independently. Its distance is sqrt((Dt / 25)^2 + (Dc / (0.75 sqrt(m)))^2),
 * Dt being that of the text alone, Dc that of its m columns, and the kernel's width 1. So a neighbour
 * counts as much as its text would alone, times as much as its columns would: each part is measured in
 * its own kernel's width. Without columns this is `explainText`, without a word `TabularExplainer`.
 *
 * @throws LimeError where there is neither a word nor a column.
 */
export async function explainMixed(
  { text = "", columns }: { readonly text?: string; readonly columns?: RowInput },
  predict: Predict<MixedInput>,
  options: MixedOptions = {},
): Promise<MixedExplanation> {
  const { table, widths = {} } = options;
  const random = randomSource(options);
  if ((table === undefined) !== (columns === undefined)) {
    throw new LimeError(table === undefined ? "table" : "columns", {
      expected: "both `columns` and a TabularExplainer as option `table`, or neither",
      received: `only ${table === undefined ? "`columns`" : "`table`"}`,
    });
  }
  const row = table?.part(columns!, options, random);
  const hasWords = row === undefined || splitsIntoSome(text, options);
  const words = hasWords ? textPart(text, options, random) : undefined;
  const subject = mixedSubject(text, words, row, widths);
  const { classNames } = table ?? {};
  const given = classNames === undefined ? options : { classNames, ...options };
  const result = await explainSubject(subject, predict, given);
  result.notes.push(...(row?.notes ?? []));
  if (!hasWords) result.notes.push("The text has no word: only the columns are explained.");
  const split = words?.names.length ?? 0;
  const positions = words?.positions ?? [];
  const signed = row?.mode === "regression" ? bothSigns(result) : result;
  return {
    ...{ kind: "mixed", text, positions, cells: row?.cells ?? [] },
    features: subject.names,
    ...signed,
    explanations: signed.explanations.map((each) => withPositions(each, positions)),
    hide: (hidden) => ({
      text: words?.hide(hidden.filter((feature) => feature < split)) ?? text,
      columns:
        row?.hide(hidden.filter((f) => f >= split).map((f) => f - split)) ?? new Float64Array(0),
    }),
  };
}

/** Whether a text has features: those of own splitting rules are trusted to find some. */
function splitsIntoSome(text: string, { split, charLevel }: MixedOptions): boolean {
  return split === undefined && !charLevel ? /[\p{L}\p{N}_]/u.test(text) : text.trim() !== "";
}

function mixedSubject(
  text: string,
  words: TextPart | undefined,
  row: RowPart | undefined,
  widths: NonNullable<MixedOptions["widths"]>,
): Subject<MixedInput> {
  const split = words?.names.length ?? 0;
  return {
    perturbation: perturbationOf(text, words, row),
    names: [...(words?.names ?? []), ...(row?.names ?? [])],
    mode: row?.mode ?? "classification",
    id: JSON.stringify(["mixed", words?.id ?? text, row?.id ?? null]),
    defaults: {
      distance: mixedDistance(split, row?.names.length ?? 0, widths),
      distanceScale: 1,
      kernelWidth: 1,
      samples: 5000,
      features: 10,
      batchSize: 100,
    },
  };
}

function perturbationOf(
  text: string,
  words: TextPart | undefined,
  row: RowPart | undefined,
): Perturbation<MixedInput> {
  const none = new Float64Array(0);
  if (words === undefined) {
    return mappedPerturbation(row!.perturbation, (columns) => ({ text, columns }));
  }
  if (row === undefined) {
    return mappedPerturbation(words.perturbation, (shown) => ({ text: shown, columns: none }));
  }
  return joinedPerturbation(words.perturbation, row.perturbation, (shown, columns) => {
    return { text: shown, columns };
  });
}

/** Both parts' distances to the first row, each in its kernel's width, as the legs of a right angle. */
function mixedDistance(
  words: number,
  columns: number,
  { text = textWidth, columns: wide = tableWidth(columns) }: NonNullable<MixedOptions["widths"]>,
): DistanceFn {
  return (row, first) => {
    let shown = 0;
    for (let j = 0; j < words; j++) shown += row[j]!;
    let squares = 0;
    for (let j = words; j < words + columns; j++) squares += (row[j]! - first[j]!) ** 2;
    const ofText = words === 0 ? 0 : (textScale * (1 - Math.sqrt(shown / words))) / text;
    const ofColumns = columns === 0 ? 0 : Math.sqrt(squares) / wide;
    return Math.hypot(ofText, ofColumns);
  };
}
