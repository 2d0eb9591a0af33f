// Tables as an explainer sees them: numbers and categories, one number per cell, NaN where missing.
import type { Cell, Column, Table } from "../../../data/read/table.ts";
import { LimeError, quote } from "../errors.ts";

/** A column's kind; a category's cells are numbered by its values, or numbers themselves. */
export interface ColumnSchema {
  readonly name: string;
  readonly type: "number" | "category";
  /** A category's values in the order of their numbers. Default: those of the training rows, sorted. */
  readonly values?: readonly string[];
}

/** What a schema file says of a table. */
export interface TableSchema {
  readonly columns: readonly ColumnSchema[];
  /** The column the model predicts; not among its inputs. */
  readonly target?: string;
}

/** Numbers in rows, for callers that have no `Table`. Categories are whole numbers. */
export interface NumberTable {
  readonly names: readonly string[];
  readonly rows: readonly ArrayLike<number>[];
}

/** A column of training values. */
export interface TrainColumn {
  readonly name: string;
  readonly type: "number" | "category";
  /** NaN where missing. */
  readonly values: Float64Array;
  /** Texts of a category's numbers; absent where its cells were numbers. */
  readonly labels?: readonly string[];
}

/** How the caller's table is to be read. */
export interface ReadOptions {
  /** Names of numeric columns that are categories; texts and booleans always are. */
  readonly categories?: readonly string[];
  readonly schema?: TableSchema;
  /** See `TableSchema`. */
  readonly target?: string;
}

/** Reads the training columns; the target is left out and handed back by itself. */
export function readColumns(
  table: Table | NumberTable,
  { categories = [], schema, target = schema?.target }: ReadOptions,
): { columns: TrainColumn[]; target: TrainColumn | undefined } {
  const names = namesOf(table);
  const wanted = schema?.columns.map((each) => each.name) ?? names;
  for (const name of [...wanted, ...categories, ...(target === undefined ? [] : [target])]) {
    if (names.includes(name)) continue;
    throw new LimeError(`column ${quote(name)}`, {
      expected: `one of the table's columns ${names.map(quote).join(", ")}`,
      received: "no such column",
    });
  }
  const read = (name: string) => {
    const given = schema?.columns.find((each) => each.name === name);
    const asked = given?.type === "category" || categories.includes(name);
    return readColumn(table, names.indexOf(name), name, asked, given?.values);
  };
  const columns = wanted.filter((name) => name !== target).map(read);
  for (const { name, values } of columns) {
    if (values.length > 0 && !values.every(Number.isNaN)) continue;
    throw new LimeError(`column ${quote(name)}`, {
      expected: "at least one value in the training rows",
      received: values.length === 0 ? "no rows" : `${values.length} missing cells`,
    });
  }
  return { columns, target: target === undefined ? undefined : read(target) };
}

function namesOf(table: Table | NumberTable): readonly string[] {
  return "names" in table ? table.names : table.columns.map((column) => column.name);
}

function readColumn(
  table: Table | NumberTable,
  index: number,
  name: string,
  category: boolean,
  labels: readonly string[] | undefined,
): TrainColumn {
  if ("names" in table) {
    const values = Float64Array.from(table.rows, (row) => row[index]!);
    return { name, type: category ? "category" : "number", values };
  }
  const column = table.columns[index]!;
  const numeric = column.type === "int32" || column.type === "float64";
  if (numeric && labels === undefined) {
    const values = Float64Array.from(column.values as ArrayLike<number>, (value, row) =>
      column.missing?.[row] === 1 ? Number.NaN : value,
    );
    return { name, type: category ? "category" : "number", values };
  }
  const texts = textsOf(column, table.rows);
  const known = labels ?? [...new Set(texts.filter((text) => text !== null))].sort();
  const values = Float64Array.from(texts, (text) =>
    text === null ? Number.NaN : categoryNumber(name, known, text),
  );
  return { name, type: "category", values, labels: known };
}

function textsOf(column: Column, rows: number): (string | null)[] {
  return Array.from({ length: rows }, (_, row) => {
    if (column.missing?.[row] === 1) return null;
    const value = column.values[row];
    if (value === null || value === undefined) return null;
    if (column.type === "bool") return value === 1 ? "true" : "false";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  });
}

function categoryNumber(name: string, labels: readonly string[], text: string): number {
  const index = labels.indexOf(text);
  if (index >= 0) return index;
  throw new LimeError(`column ${quote(name)}`, {
    expected: `one of the values ${labels.slice(0, 12).map(quote).join(", ")}${labels.length > 12 ? ", …" : ""}`,
    received: quote(text),
    hint: 'Set `unseen: "other"` to explain such rows all the same.',
  });
}

/** A row to explain: numbers in the order of the columns, or cells by name. */
export type RowInput = ArrayLike<number> | Readonly<Record<string, Cell>>;

/** The row as numbers. A category not among the training values is an error, or `other`. */
export function readRow(
  row: RowInput,
  columns: readonly TrainColumn[],
  unseen: "error" | "other",
): Float64Array {
  const list =
    "length" in row && typeof row.length === "number" ? (row as ArrayLike<number>) : null;
  if (list !== null && list.length !== columns.length) {
    throw new LimeError("row", {
      expected: `${columns.length} cells (${columns.map((each) => each.name).join(", ")})`,
      received: `${list.length}`,
    });
  }
  return Float64Array.from(columns, (column, i) => {
    const cell = list === null ? (row as Record<string, Cell>)[column.name] : list[i]!;
    if (cell === undefined) {
      const expected = `a cell for each of ${columns.map((each) => quote(each.name)).join(", ")}`;
      throw new LimeError("row", { expected, received: `none for ${quote(column.name)}` });
    }
    return readCell(cell, column, unseen);
  });
}

function readCell(cell: Cell, column: TrainColumn, unseen: "error" | "other"): number {
  if (cell === null || (typeof cell === "number" && Number.isNaN(cell))) return Number.NaN;
  const { name, type, labels, values } = column;
  if (labels !== undefined && typeof cell !== "number") {
    const index = labels.indexOf(String(cell));
    if (index >= 0) return index;
    return unseen === "other" ? labels.length : categoryNumber(name, labels, String(cell));
  }
  const number = typeof cell === "boolean" ? Number(cell) : cell;
  if (typeof number !== "number" || !Number.isFinite(number)) {
    const received = quote(String(cell));
    throw new LimeError(`column ${quote(name)}`, { expected: "a number", received });
  }
  if (type === "category" && unseen === "error" && !values.includes(number)) {
    const known =
      labels ??
      [...new Set(values)]
        .filter(Number.isFinite)
        .sort((a, b) => a - b)
        .map(String);
    return categoryNumber(name, known, String(labels?.[number] ?? number));
  }
  return number;
}

/** A cell as a reader would write it. */
export function cellText(value: number, { labels, type }: TrainColumn): string {
  if (Number.isNaN(value)) return "missing";
  if (labels !== undefined) return labels[value] ?? "other";
  return type === "category" ? String(value) : twoDecimals(value);
}

/** Two decimals, exact halves to the even digit as C's printf has it. */
export function twoDecimals(value: number): string {
  const eighths = Math.abs(value) * 8;
  const downwards = Number.isInteger(eighths) && eighths % 4 === 1;
  if (!downwards) return value.toFixed(2);
  return (value - Math.sign(value) * 0.001).toFixed(2);
}
