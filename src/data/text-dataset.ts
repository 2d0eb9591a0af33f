/** @file The user's own table as labelled texts. */
import { type LabelledRows, type LabelOptions, labelTexts } from "./labelled.ts";
import type { ReadOptions } from "./read/cells.ts";
import { column, type Table } from "./read/table.ts";
import { readTable } from "./read/tables.ts";

/** Options of `loadTextDataset`. */
export interface TextDatasetOptions
  extends Pick<LabelOptions, "classes" | "emptyTexts" | "missingLabels">,
    Pick<
      ReadOptions,
      "format" | "limit" | "delimiter" | "encoding" | "maxLineBytes" | "maxJsonBytes"
    > {
  /** A CSV, TSV, JSONL, JSON or Parquet file. */
  readonly path: string;
  readonly textColumn: string;
  readonly labelColumn: string;
}

/**
 * Reads texts and their labels from a table. Labels are taken as text, so 1 and "1" are the same
 * class. Throws a `DataError` for anything that is wrong with the file, the columns or the labels
 * (see `readTable` and `labelTexts`). To evaluate a model, pass its `classes`.
 */
export async function loadTextDataset(options: TextDatasetOptions): Promise<LabelledRows> {
  const { path, textColumn, labelColumn, classes, emptyTexts, missingLabels, ...reading } = options;
  const table = await readTable(path, {
    ...reading,
    columns: [...new Set([textColumn, labelColumn])],
    types: { [textColumn]: "string", [labelColumn]: "string" },
  });
  return labelTexts(stringsOf(table, textColumn), stringsOf(table, labelColumn), {
    path,
    textColumn,
    labelColumn,
    ...(classes && { classes }),
    ...(emptyTexts && { emptyTexts }),
    ...(missingLabels && { missingLabels }),
  });
}

function stringsOf(table: Table, name: string): readonly (string | null)[] {
  return column(table, name).values as readonly (string | null)[];
}
