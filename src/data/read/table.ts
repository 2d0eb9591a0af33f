/** @file Tables: named, typed columns, and how their types follow from the values. */
import { DataError, quoted } from "../errors.ts";
import { missingColumn } from "./csv.ts";

/** A cell as a reader hands it over; objects and lists come from JSON and Parquet. */
export type Cell = string | number | boolean | null | readonly unknown[] | object;

/** Type of a column's values. */
export type ColumnType = "string" | "int32" | "float64" | "bool" | "json";

interface ColumnBase {
  readonly name: string;
  /** 1 where the value is missing; null where none is. */
  readonly missing: Uint8Array | null;
}

/**
 * A column. Missing values are null in `string` and `json`, NaN in `float64` and 0 in `bool` and
 * `int32`; whole numbers outside int32 are `float64`, those past 2^53 `string`.
 */
export type Column = ColumnBase &
  (
    | { readonly type: "string"; readonly values: readonly (string | null)[] }
    | { readonly type: "int32"; readonly values: Int32Array }
    | { readonly type: "float64"; readonly values: Float64Array }
    | { readonly type: "bool"; readonly values: Uint8Array }
    | { readonly type: "json"; readonly values: readonly Cell[] }
  );

/** Columns of equal length, in the order of the file. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: number;
}

/** The column of that name; a `DataError` that names the columns there are and the nearest match. */
export function column(table: Table, name: string): Column {
  const found = table.columns.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  throw missingColumn(
    name,
    table.columns.map((candidate) => candidate.name),
  );
}

/** The row's values by column name: numbers, strings, booleans, null where missing. */
export function tableRow(table: Table, row: number): Record<string, Cell> {
  return Object.fromEntries(table.columns.map((each) => [each.name, cellAt(each, row)]));
}

function cellAt(from: Column, row: number): Cell {
  if (from.missing?.[row] === 1) return null;
  const value = from.values[row]!;
  return from.type === "bool" ? value === 1 : value;
}

/**
 * Makes a column of cells. Without `wanted` its type is the narrowest that holds all values; with it,
 * a value that does not convert is a `DataError` that names the row (from 1, header not counted).
 */
export function makeColumn(name: string, cells: readonly Cell[], wanted?: ColumnType): Column {
  const type = wanted ?? narrowestType(cells);
  const missing = new Uint8Array(cells.length);
  let anyMissing = false;
  cells.forEach((cell, row) => {
    if (cell === null) {
      missing[row] = 1;
      anyMissing = true;
    }
  });
  const base = { name, missing: anyMissing ? missing : null };
  if (type === "json") return { ...base, type, values: cells };
  if (type === "string") return { ...base, type, values: cells.map(toText) };
  const values =
    type === "int32"
      ? new Int32Array(cells.length)
      : type === "float64"
        ? new Float64Array(cells.length)
        : new Uint8Array(cells.length);
  cells.forEach((cell, row) => {
    values[row] = cell === null ? Number.NaN : toNumber(cell, type, name, row);
  });
  return { ...base, type, values } as Column;
}

/** The narrowest type that holds every cell without loss. */
function narrowestType(cells: readonly Cell[]): ColumnType {
  let type: ColumnType | undefined;
  for (const cell of cells) {
    if (cell === null) continue;
    const next = cellType(cell);
    if (type === undefined || type === next) type = next;
    else if (isNumeric(type) && isNumeric(next)) type = "float64";
    else return "json";
  }
  return type ?? "string";
}

function cellType(cell: Cell): ColumnType {
  if (typeof cell === "string") return "string";
  if (typeof cell === "boolean") return "bool";
  if (typeof cell === "number") return (cell | 0) === cell ? "int32" : "float64";
  return "json";
}

function isNumeric(type: ColumnType): boolean {
  return type === "int32" || type === "float64";
}

function toText(cell: Cell): string | null {
  if (cell === null || typeof cell === "string") return cell;
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

function toNumber(cell: Cell, type: ColumnType, name: string, row: number): number {
  if (type === "bool") {
    if (cell === true || cell === 1 || cell === "true" || cell === "1") return 1;
    if (cell === false || cell === 0 || cell === "false" || cell === "0") return 0;
  } else {
    const number =
      typeof cell === "number" ? cell : typeof cell === "string" ? parseNumber(cell) : undefined;
    if (number !== undefined && (type === "float64" || (number | 0) === number)) return number;
  }
  throw new DataError({
    code: "value",
    field: `column ${JSON.stringify(name)}, row ${row + 1}`,
    expected: `a value of type ${type}`,
    received: quoted(toText(cell)!),
  });
}

// No leading zeros: such texts (postcodes, account numbers) are names made of digits.
const numberPattern = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The number a text stands for, or undefined; also NaN and infinities, as other tools write them. */
export function parseNumber(text: string): number | undefined {
  if (numberPattern.test(text)) {
    const value = Number(text);
    // A whole number that a double cannot hold would silently become its neighbour.
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER || /[.eE]/.test(text) ? value : undefined;
  }
  if (/^nan$/i.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  return infinite === null ? undefined : infinite[1] === "-" ? -Infinity : Infinity;
}

/** The type of CSV values: empty ones are missing, `true`/`false` are booleans. */
export class TextTypeGuess {
  #type: "number" | "boolean" | "string" | undefined;
  #settled = false;

  /** Takes a text into account; gives its cell, which holds as long as the type stays what it is. */
  read(text: string): Cell {
    if (text === "") return null;
    if (this.#type === "string") return text;
    const lower = text.length <= 5 ? text.toLowerCase() : "";
    const truth = lower === "true" ? true : lower === "false" ? false : undefined;
    const cell = truth ?? parseNumber(text) ?? text;
    const next = typeof cell as "number" | "boolean" | "string";
    if (this.#type === undefined) this.#type = next;
    else if (this.#type !== next) this.#type = "string";
    return this.#type === "string" ? text : cell;
  }

  /** Remembers that cells of the present type have been given out. */
  settle(): void {
    this.#settled = this.#type !== undefined;
  }

  get settled(): boolean {
    return this.#settled;
  }

  get type(): "number" | "boolean" | "string" {
    return this.#type ?? "string";
  }
}
