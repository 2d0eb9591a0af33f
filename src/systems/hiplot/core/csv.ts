// CSV by bytes (RFC 4180, and what spreadsheets make of it) into columns: a million rows in seconds.
import type { Column } from "./columns.ts";
import { hashPrime, hashStart, NotNumbers, TextColumnBuilder } from "./text-column.ts";

/** A CSV text that cannot be read, with the place. */
export class CsvError extends SyntaxError {
  override readonly name = "CsvError";
  /** From 1. */
  readonly line: number;
  readonly column: number;

  constructor(line: number, column: number, problem: string) {
    super(`line ${line}, column ${column}: ${problem}`);
    this.line = line;
    this.column = column;
  }
}

/** What a CSV text holds. */
export interface CsvTable {
  readonly columns: readonly Column[];
  readonly rows: number;
  /** What had to be assumed or mended, one sentence each. */
  readonly notes: readonly string[];
}

const comma = 44;
const quote = 34;
const lineFeed = 10;
const carriageReturn = 13;

const delimiterNames = new Map([
  [59, "semicolon"],
  [9, "tab"],
  [124, "vertical bar"],
]);

/** Notes of one kind are cut to this many lines. */
const listedLines = 5;

/**
 * Reads a CSV text with a header. Comma, semicolon, tab or bar follow from the header; UTF-16 with a
 * mark is turned into UTF-8. All cells are texts.
 *
 * @throws CsvError with line and column
 */
export function parseCsv(file: Uint8Array): CsvTable {
  const notes: string[] = [];
  const source = withoutMark(file, notes);
  if (source.length === 0)
    throw new CsvError(1, 1, "expected a header line, but the file is empty");
  const delimiter = delimiterOf(source);
  if (delimiter !== comma)
    notes.push(`the columns are separated by ${delimiterNames.get(delimiter)}`);
  const texts = new Set<string>();
  while (true) {
    try {
      return new CsvReader(source, delimiter, texts, [...notes]).read();
    } catch (error) {
      // Seldom: some hundred thousand rows down, a column of numbers holds something else.
      if (!(error instanceof NotNumbers) || texts.has(error.column)) throw error;
      texts.add(error.column);
    }
  }
}

function withoutMark(file: Uint8Array, notes: string[]): Uint8Array {
  if (file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf) {
    notes.push("the file begins with a byte-order mark, which was left out");
    return file.subarray(3);
  }
  const encoding =
    file[0] === 0xff && file[1] === 0xfe
      ? "utf-16le"
      : file[0] === 0xfe && file[1] === 0xff
        ? "utf-16be"
        : undefined;
  if (encoding === undefined) return file;
  notes.push(`the file is encoded in ${encoding.toUpperCase()}`);
  return new TextEncoder().encode(new TextDecoder(encoding).decode(file));
}

/** The separator that the header has most of, outside quotes. */
function delimiterOf(source: Uint8Array): number {
  const counts = new Map<number, number>();
  let quoted = false;
  for (const byte of source) {
    if (byte === quote) quoted = !quoted;
    if (quoted) continue;
    if (byte === lineFeed || byte === carriageReturn) break;
    if (byte === comma || delimiterNames.has(byte)) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? comma;
}

class CsvReader {
  #source: Uint8Array;
  #delimiter: number;
  #texts: ReadonlySet<string>;
  #notes: string[];
  #at = 0;
  #line = 1;
  #lineStart = 0;
  /** Bytes of a quoted cell with its doubled quotes made single. */
  #scratch = new Uint8Array(1_024);
  #cell: Uint8Array;
  #from = 0;
  #to = 0;
  #hash = 0;

  constructor(source: Uint8Array, delimiter: number, texts: ReadonlySet<string>, notes: string[]) {
    this.#source = source;
    this.#cell = source;
    this.#delimiter = delimiter;
    this.#texts = texts;
    this.#notes = notes;
  }

  read(): CsvTable {
    const names = this.#header();
    const builders = names.map((name) => new TextColumnBuilder(name, this.#texts.has(name)));
    const short: number[] = [];
    const long: number[] = [];
    let rows = 0;
    while (this.#at < this.#source.length) {
      const line = this.#line;
      if (this.#skipBlankLine()) continue;
      const cells = this.#row(builders);
      if (cells < builders.length) {
        for (let c = cells; c < builders.length; c++) builders[c]!.addMissing();
        short.push(line);
      } else if (cells > builders.length) long.push(line);
      rows++;
    }
    this.#noteLines(short, `has fewer than ${names.length} cells; the last ones are missing`);
    this.#noteLines(long, `has more than ${names.length} cells; those beyond are left out`);
    return { columns: builders.map((builder) => builder.finish()), rows, notes: this.#notes };
  }

  #noteLines(lines: readonly number[], what: string): void {
    if (lines.length === 0) return;
    const listed = lines.slice(0, listedLines).join(", ");
    const more = lines.length > listedLines ? ` and ${lines.length - listedLines} more` : "";
    this.#notes.push(`line ${listed}${more} ${what}`);
  }

  #header(): string[] {
    const decoder = new TextDecoder();
    const names: string[] = [];
    while (this.#skipBlankLine());
    for (let more = true; more; ) {
      more = this.#next();
      names.push(decoder.decode(this.#cell.subarray(this.#from, this.#to)));
    }
    const taken = new Set<string>();
    return names.map((name, i) => {
      const wanted = name === "" ? `column ${i + 1}` : name;
      let unique = wanted;
      for (let n = 2; taken.has(unique); n++) unique = `${wanted}.${n}`;
      taken.add(unique);
      if (unique !== wanted)
        this.#notes.push(`the column ${wanted} occurs again, here as ${unique}`);
      return unique;
    });
  }

  /** Reads a line into the columns; says how many cells it had. */
  #row(builders: readonly TextColumnBuilder[]): number {
    const width = builders.length;
    let cells = 0;
    for (let more = true; more; cells++) {
      more = this.#next();
      if (cells < width) builders[cells]!.add(this.#cell, this.#from, this.#to, this.#hash);
    }
    return cells;
  }

  #skipBlankLine(): boolean {
    const byte = this.#source[this.#at];
    if (byte !== lineFeed && byte !== carriageReturn) return false;
    this.#endLine();
    return true;
  }

  #endLine(): void {
    if (this.#source[this.#at] === carriageReturn) this.#at++;
    if (this.#source[this.#at] === lineFeed) this.#at++;
    this.#line++;
    this.#lineStart = this.#at;
  }

  /** Finds the next cell; says whether the line goes on after it. */
  #next(): boolean {
    const source = this.#source;
    const delimiter = this.#delimiter;
    let at = this.#at;
    if (source[at] === quote) this.#quoted();
    else {
      this.#cell = source;
      this.#from = at;
      const length = source.length;
      let hash = hashStart;
      for (; at < length; at++) {
        const byte = source[at]!;
        if (byte === delimiter || byte === lineFeed || byte === carriageReturn) break;
        hash = Math.imul(hash ^ byte, hashPrime);
      }
      this.#hash = hash;
      this.#to = at;
      this.#at = at;
    }
    if (source[this.#at] === delimiter) {
      this.#at++;
      return true;
    }
    if (this.#at < source.length) this.#endLine();
    return false;
  }

  #quoted(): void {
    const source = this.#source;
    const line = this.#line;
    const column = this.#at - this.#lineStart + 1;
    let at = this.#at + 1;
    let size = 0;
    while (true) {
      if (at >= source.length) {
        throw new CsvError(line, column, "a quote is opened here and never closed");
      }
      const byte = source[at]!;
      if (byte === quote) {
        if (source[at + 1] !== quote) break;
        at++;
      } else if (byte === lineFeed) {
        this.#line++;
        this.#lineStart = at + 1;
      }
      if (size === this.#scratch.length) {
        const grown = new Uint8Array(2 * size);
        grown.set(this.#scratch);
        this.#scratch = grown;
      }
      this.#scratch[size++] = byte;
      at++;
    }
    // What follows the closing quote up to the separator belongs to the cell, as Python reads it.
    for (at++; at < source.length; at++) {
      const byte = source[at]!;
      if (byte === this.#delimiter || byte === lineFeed || byte === carriageReturn) break;
      if (size === this.#scratch.length) this.#scratch = Uint8Array.of(...this.#scratch, 0);
      this.#scratch[size++] = byte;
    }
    let hash = hashStart;
    for (let i = 0; i < size; i++) hash = Math.imul(hash ^ this.#scratch[i]!, hashPrime);
    this.#hash = hash;
    this.#cell = this.#scratch;
    this.#from = 0;
    this.#to = size;
    this.#at = at;
  }
}
