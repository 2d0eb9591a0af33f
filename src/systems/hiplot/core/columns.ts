// Columns of a million cells: numbers as they are, everything else as codes into a dictionary.
import { isoSeconds, numberOf, type Value } from "./types.ts";

/** The distinct values behind the codes of a column, by code. Some may be used by no row. */
export interface Dictionary {
  readonly length: number;
  at(code: number): Value;
}

/** A column whose cells are numbers, save for a few tagged ones. */
export interface NumberColumn {
  readonly kind: "number";
  readonly name: string;
  /** NaN where the cell is tagged. */
  readonly values: Float64Array;
  /** Per row 0 for a number, else 1 + the index in `oddities`; null where no cell is tagged. */
  readonly tags: Uint8Array | null;
  /** What tagged cells hold; `undefined` is a cell that is not there. */
  readonly oddities: readonly (Value | undefined)[];
  /** The cells came as text (CSV): they are numbers, but were not given as such. */
  readonly fromText: boolean;
}

/** A column of any values. */
export interface CodedColumn {
  readonly kind: "coded";
  readonly name: string;
  /** Per row the code of its value; `missingCode` where there is none. */
  readonly codes: Uint32Array;
  readonly dictionary: Dictionary;
}

export type Column = NumberColumn | CodedColumn;

/** The code of a cell that is not there. */
export const missingCode = 0xffffffff;

/** The value of a cell; `undefined` where there is none. Numbers that came as text are given as text. */
export function cellOf(column: Column, row: number): Value | undefined {
  if (column.kind === "coded") {
    const code = column.codes[row]!;
    return code === missingCode ? undefined : column.dictionary.at(code);
  }
  const tag = column.tags?.[row] ?? 0;
  if (tag > 0) return column.oddities[tag - 1];
  return column.fromText ? String(column.values[row]) : column.values[row];
}

const numbersCache = new WeakMap<Column, Float64Array>();

/** The number of each cell (`parseFloat`), NaN where there is none. Made once per column. */
export function numbersOf(column: Column): Float64Array {
  const known = numbersCache.get(column);
  if (known) return known;
  const numbers = column.kind === "number" ? plainNumbers(column) : codedNumbers(column);
  numbersCache.set(column, numbers);
  return numbers;
}

function plainNumbers({ values, tags, oddities }: NumberColumn): Float64Array {
  const odd = oddities.map(numberOf);
  // Tagged cells are mostly null or missing, which are NaN already.
  if (tags === null || odd.every(Number.isNaN)) return values;
  return values.map((value, row) => (tags[row]! > 0 ? odd[tags[row]! - 1]! : value));
}

function codedNumbers({ codes, dictionary }: CodedColumn): Float64Array {
  const byCode = new Float64Array(dictionary.length);
  // Dates as text count as times; to parseFloat they would all be their year.
  const read = holdsDates(dictionary) ? isoSeconds : numberOf;
  for (let code = 0; code < byCode.length; code++) byCode[code] = read(dictionary.at(code));
  const numbers = new Float64Array(codes.length);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    numbers[row] = code === missingCode ? Number.NaN : byCode[code]!;
  }
  return numbers;
}

/** Whether all values are dates as ISO text (empty ones and nulls aside). */
export function holdsDates(dictionary: Dictionary): boolean {
  let found = false;
  for (let code = 0; code < dictionary.length; code++) {
    const value = dictionary.at(code);
    if (value === null || value === "") continue;
    if (Number.isNaN(isoSeconds(value))) return false;
    found = true;
  }
  return found;
}

/** Whether the row has a cell in this column at all. */
export function isMissing(column: Column, row: number): boolean {
  if (column.kind === "coded") return column.codes[row] === missingCode;
  const tag = column.tags?.[row] ?? 0;
  return tag > 0 && column.oddities[tag - 1] === undefined;
}

/**
 * Makes a column of cells, `undefined` where there is none. All numbers (nulls and gaps aside): a
 * number column; otherwise codes in the order of first appearance.
 */
export function columnOf(name: string, cells: ArrayLike<Value | undefined>): Column {
  const numeric = numberColumn(name, cells);
  if (numeric !== null) return numeric;
  const codes = new Uint32Array(cells.length);
  const values: Value[] = [];
  const codeOf = new Map<Value, number>();
  for (let row = 0; row < cells.length; row++) {
    const value = cells[row];
    let code = value === undefined ? missingCode : codeOf.get(value);
    if (code === undefined) {
      code = values.push(value as Value) - 1;
      codeOf.set(value as Value, code);
    }
    codes[row] = code;
  }
  return { kind: "coded", name, codes, dictionary: dictionaryOf(values) };
}

function numberColumn(name: string, cells: ArrayLike<Value | undefined>): NumberColumn | null {
  const values = new Float64Array(cells.length);
  let tags: Uint8Array | null = null;
  let numbers = 0;
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row];
    if (typeof cell === "number") {
      values[row] = cell;
      numbers++;
    } else if (cell === null || cell === undefined) {
      values[row] = Number.NaN;
      tags ??= new Uint8Array(cells.length);
      tags[row] = cell === null ? 1 : 2;
    } else return null;
  }
  if (numbers === 0 && cells.length > 0) return null;
  return { kind: "number", name, values, tags, oddities: [null, undefined], fromText: false };
}

/** A dictionary of values in a list. */
export function dictionaryOf(values: readonly Value[]): Dictionary {
  return { length: values.length, at: (code) => values[code]! };
}

/** Texts as UTF-8 end to end, decoded when asked for: a million row ids in a few megabytes. */
export class PackedTexts implements Dictionary {
  readonly length: number;
  readonly bytes: Uint8Array;
  /** `length` + 1 places in `bytes`. */
  readonly offsets: Uint32Array;
  static #decoder = new TextDecoder();

  constructor(bytes: Uint8Array, offsets: Uint32Array) {
    this.bytes = bytes;
    this.offsets = offsets;
    this.length = offsets.length - 1;
  }

  at(code: number): string {
    const from = this.offsets[code]!;
    const to = this.offsets[code + 1]!;
    if (to - from > 24) return PackedTexts.#decoder.decode(this.bytes.subarray(from, to));
    let text = "";
    for (let i = from; i < to; i++) {
      const byte = this.bytes[i]!;
      if (byte > 127) return PackedTexts.#decoder.decode(this.bytes.subarray(from, to));
      text += String.fromCharCode(byte);
    }
    return text;
  }

  static from(texts: readonly string[]): PackedTexts {
    const offsets = new Uint32Array(texts.length + 1);
    const bytes = new TextEncoder().encode(texts.join(""));
    let at = 0;
    for (let i = 0; i < texts.length; i++) {
      at += utf8Length(texts[i]!);
      offsets[i + 1] = at;
    }
    return new PackedTexts(bytes, offsets);
  }
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}
