/** @file JSONL (one object a line) and JSON (an array of objects) as blocks of cells. */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { DataError, quoted } from "../errors.ts";
import type { CellBlock, ReadOptions } from "./cells.ts";
import { missingColumn } from "./csv.ts";
import { checkFile, emptyFile, firstInvalidUtf8, isGzip, readLineBlocks } from "./source.ts";
import type { Cell } from "./table.ts";

type JsonRow = Record<string, Cell>;

/** Largest JSON array that is read unless the caller asks for more: 128 MiB. */
const defaultMaxJsonBytes = 128 * 2 ** 20;

/** The cells of a JSONL file: an object a line, empty lines skipped, a missing key is a missing value. */
export async function* readJsonlCells(
  path: string,
  options: ReadOptions,
): AsyncGenerator<CellBlock> {
  const names = new NameList(options, path);
  let seen = 0;
  for await (const block of readLineBlocks(path, options)) {
    const rows: JsonRow[] = [];
    block.text.split("\n").forEach((text, i) => {
      if (text.trim() === "") return;
      try {
        rows.push(parseRow(text, path, block.firstLine + i));
      } catch (error) {
        if (options.onBadRow === undefined || !(error instanceof DataError)) throw error;
        options.onBadRow(error, text);
      }
    });
    if (rows.length === 0) continue;
    seen += rows.length;
    yield names.block(rows);
    if (seen >= (options.limit ?? Infinity)) break;
  }
  if (seen === 0) throw emptyFile(path);
  names.check();
}

/** The cells of a JSON file that holds one array of objects, in one block. */
export async function* readJsonCells(
  path: string,
  options: ReadOptions,
): AsyncGenerator<CellBlock> {
  const expected = "a JSON array of objects";
  const limit = options.maxJsonBytes ?? defaultMaxJsonBytes;
  const bytes = await checkFile(path);
  if (bytes > limit) throw arrayTooLarge(path, limit, `${bytes} bytes`);
  const file = await readFile(path);
  const content = isGzip(file) ? gunzipped(file, path, limit) : file;
  const invalid = firstInvalidUtf8(content);
  if (invalid !== -1) {
    const line = content.subarray(0, invalid).toString("latin1").split("\n").length;
    const received = `an invalid byte at ${invalid}`;
    throw new DataError({
      code: "encoding",
      path,
      line,
      byteInFile: invalid,
      expected: "UTF-8 text",
      received,
    });
  }
  const parsed = parseJson(content.toString("utf8").replace(/^\uFEFF/, ""), path, expected);
  if (!Array.isArray(parsed)) {
    const hint = "One object a line is JSONL: name the file .jsonl or pass format jsonl.";
    const received = describe(parsed);
    throw new DataError({ code: "malformed", path, expected, received, hint });
  }
  if (parsed.length === 0) throw emptyFile(path);
  parsed.forEach((row, i) => {
    if (isRow(row)) return;
    const received = describe(row);
    throw new DataError({ code: "malformed", path, field: `entry ${i}`, expected, received });
  });
  const names = new NameList(options, path);
  yield names.block(parsed as JsonRow[]);
  names.check();
}

/** Collects the keys of the rows in the order of their first appearance. */
class NameList {
  readonly #names = new Set<string>();
  readonly #options: ReadOptions;
  readonly #path: string;

  constructor(options: ReadOptions, path: string) {
    this.#options = options;
    this.#path = path;
  }

  block(rows: readonly JsonRow[]): CellBlock {
    for (const row of rows) for (const name of Object.keys(row)) this.#names.add(name);
    const names = this.#options.columns ?? [...this.#names];
    const cells = names.map((name) =>
      rows.map((row) => (Object.hasOwn(row, name) ? row[name]! : null)),
    );
    return { names, cells, rows: rows.length };
  }

  check(): void {
    const wanted = [...(this.#options.columns ?? []), ...Object.keys(this.#options.types ?? {})];
    const missing = wanted.find((name) => !this.#names.has(name));
    if (missing !== undefined) throw missingColumn(missing, [...this.#names], this.#path);
  }
}

function parseRow(text: string, path: string, line: number): JsonRow {
  const expected = "a JSON object on each line";
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (cause) {
    const place = /position (\d+)/.exec((cause as Error).message)?.[1];
    const at = place === undefined ? text.length : Number(place);
    const rest = text.slice(at).trimEnd();
    const what = rest === "" ? "the end of the line" : quoted(rest.slice(0, 24));
    const received = `text that is not JSON from column ${at + 1} on: ${what}`;
    const hint = text.trim() === "[" || text.trim() === "{" ? jsonHint : undefined;
    throw new DataError(
      { code: "malformed", path, line, expected, received, ...(hint && { hint }) },
      { cause },
    );
  }
  if (isRow(row)) return row;
  const hint = Array.isArray(row) ? jsonHint : undefined;
  const received = describe(row);
  throw new DataError({ code: "malformed", path, line, expected, received, ...(hint && { hint }) });
}

const jsonHint = "A file that is one JSON array is read with format json.";

function parseJson(text: string, path: string, expected: string): unknown {
  if (text.trim() === "") throw emptyFile(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const received = `text that is not JSON (${(cause as Error).message})`;
    throw new DataError({ code: "malformed", path, expected, received }, { cause });
  }
}

function gunzipped(file: Buffer, path: string, limit: number): Buffer {
  try {
    return gunzipSync(file, { maxOutputLength: limit });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") throw arrayTooLarge(path, limit, "more once gunzipped");
    const expected = "a whole gzip file";
    throw new DataError({ code: "file-unreadable", path, expected, received: message }, { cause });
  }
}

function arrayTooLarge(path: string, limitBytes: number, received: string): DataError {
  return new DataError({
    code: "file-too-large",
    path,
    limitBytes,
    expected: `a JSON array of at most ${limitBytes} bytes`,
    received,
    hint: "Write it as JSONL (one object a line), which is read piece by piece, or raise maxJsonBytes.",
  });
}

function isRow(value: unknown): value is JsonRow {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}
