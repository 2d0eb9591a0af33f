/** @file What the tabular readers have in common: blocks of cells, column by column. */
import type { DataError } from "../errors.ts";
import type { Cell, ColumnType } from "./table.ts";

/** Formats of tables. Each of the text formats may be gzipped. */
export type TableFormat = "csv" | "jsonl" | "json" | "parquet";

/** Options of the tabular readers. */
export interface ReadOptions {
  /** Default: from the file's name, e.g. `.csv`, `.tsv`, `.jsonl.gz`, `.parquet`. */
  readonly format?: TableFormat;
  /** Names of the columns to read, in the order wanted; default all. */
  readonly columns?: readonly string[];
  /** Types of columns by name, where they shall not follow from the values. */
  readonly types?: Readonly<Record<string, ColumnType>>;
  /** Number of rows to read; default all. */
  readonly limit?: number;
  /** CSV: the delimiter; default: guessed from the first line. */
  readonly delimiter?: string;
  /** CSV and JSONL: any name that `TextDecoder` knows; default UTF-8, or by byte order mark. */
  readonly encoding?: string;
  /** CSV and JSONL: longest line or record that is read; default 16 MiB. */
  readonly maxLineBytes?: number;
  /** JSON (one array, which cannot be read piece by piece): largest file; default 128 MiB. */
  readonly maxJsonBytes?: number;
  /** CSV and JSONL: bytes that are no UTF-8 are an error (default), or each read as U+FFFD. */
  readonly invalidBytes?: "error" | "replace";
  /** CSV and JSONL: told of rows that cannot be read, which are then left out; default: an error. */
  readonly onBadRow?: (error: DataError, row: string) => void;
}

/** Some rows of a table: `cells[c][r]` belongs to column `names[c]`. */
export interface CellBlock {
  readonly names: readonly string[];
  readonly cells: readonly (readonly Cell[])[];
  readonly rows: number;
}
