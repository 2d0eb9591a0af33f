/** @file CSV records out of line blocks (RFC 4180, any delimiter), with the line each record began on. */
import { DataError, quoted } from "../errors.ts";
import { nearestName } from "../nearest.ts";
import { defaultMaxLineBytes, emptyFile, type LineBlock, lineTooLong } from "./source.ts";

/** Records of one block and the file line on which each began. */
export interface CsvBlock {
  readonly records: readonly (readonly string[])[];
  readonly lines: readonly number[];
}

/** Options of `readCsvBlocks`. */
export interface CsvOptions {
  /** One character; default: whichever of comma, semicolon, tab and bar the first line has most of. */
  readonly delimiter?: string;
  /** Longest record, which a quoted field may spread over many lines; default 16 MiB. */
  readonly maxLineBytes?: number;
  /**
   * Takes a line whose quotes are broken, instead of the error; reading goes on with the next line.
   * The header is an error in any case.
   */
  readonly onBadRow?: OnBadRow;
}

type OnBadRow = (error: DataError, row: string) => void;

const quote = 34;
const lineFeed = 10;
const carriageReturn = 13;

/**
 * Splits blocks of lines into records. Fields may be quoted, with `""` for a quote inside, and may
 * then contain delimiters and line breaks; empty lines are skipped. Throws a `DataError` for text
 * after a closing quote, a quote that is never closed and a record over the limit, unless `onBadRow`
 * takes it.
 */
export async function* readCsvBlocks(
  blocks: AsyncIterable<LineBlock>,
  path: string,
  options: CsvOptions = {},
): AsyncGenerator<CsvBlock> {
  const { maxLineBytes: limit = defaultMaxLineBytes, onBadRow } = options;
  let delimiter = options.delimiter;
  let carried = "";
  let line = 1;
  for await (const block of blocks) {
    carried += block.text;
    delimiter ??= guessDelimiter(carried);
    for (let whole = false; !whole; ) {
      const parsed = parseRecords(carried, delimiter, line, path, false, onBadRow);
      line = parsed.nextLine;
      carried = carried.slice(parsed.end);
      if (parsed.records.length > 0) yield parsed;
      whole = carried.length <= limit;
      if (whole) continue;
      const error = lineTooLong(path, line, limit);
      if (onBadRow === undefined || line === 1) throw error;
      const end = carried.indexOf("\n") + 1 || carried.length;
      onBadRow(error, carried.slice(0, end).trimEnd());
      carried = carried.slice(end);
      line++;
    }
  }
  const parsed = parseRecords(carried, delimiter ?? ",", line, path, true, onBadRow);
  if (parsed.records.length > 0) yield parsed;
}

/** The delimiter that the first line with text has most of, outside quotes; a comma where none. */
export function guessDelimiter(text: string): string {
  const counts = new Map([
    [",", 0],
    ["\t", 0],
    [";", 0],
    ["|", 0],
  ]);
  let inside = false;
  let seen = false;
  for (const character of text) {
    if (character === '"') inside = !inside;
    else if (!inside && (character === "\n" || character === "\r")) {
      if (seen) break;
      continue;
    } else if (!inside) {
      const count = counts.get(character);
      if (count !== undefined) counts.set(character, count + 1);
    }
    seen = true;
  }
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}

interface Parsed extends CsvBlock {
  /** Where the first record begins that the text does not finish. */
  readonly end: number;
  readonly nextLine: number;
}

function parseRecords(
  text: string,
  delimiter: string,
  firstLine: number,
  path: string,
  last: boolean,
  onBadRow: OnBadRow | undefined,
): Parsed {
  const records: string[][] = [];
  const lines: number[] = [];
  const separator = delimiter.charCodeAt(0);
  let at = 0;
  let line = firstLine;
  let recordStart = 0;
  let recordLine = line;
  let record: string[] = [];
  /** Gives a broken record's first line away, and goes on behind it. */
  const leaveOut = (error: DataError) => {
    if (onBadRow === undefined || recordLine === 1) throw error;
    const end = text.indexOf("\n", recordStart) + 1 || text.length;
    onBadRow(error, text.slice(recordStart, end).trimEnd());
    record = [];
    at = end;
    recordStart = end;
    line = recordLine + 1;
    recordLine = line;
  };
  while (at < text.length || record.length > 0) {
    if (text.charCodeAt(at) === quote) {
      const close = closingQuote(text, at + 1);
      if (close === -1) {
        if (!last) break;
        leaveOut(unclosedQuote(path, line));
        continue;
      }
      const after = text.charCodeAt(close + 1);
      const ends = after === separator || after === lineFeed || after === carriageReturn;
      if (!ends && close + 1 < text.length) {
        leaveOut(strayText(text, close, path, recordLine));
        continue;
      }
      const field = text.slice(at + 1, close);
      record.push(field.includes('"') ? field.replaceAll('""', '"') : field);
      line += countLineFeeds(field);
      at = close + 1;
    } else {
      let end = at;
      for (; end < text.length; end++) {
        const code = text.charCodeAt(end);
        if (code === separator || code === lineFeed || code === carriageReturn) break;
      }
      record.push(text.slice(at, end));
      at = end;
    }
    if (at < text.length && text.charCodeAt(at) === separator) {
      at++;
      continue;
    }
    if (at >= text.length && !last) break;
    if (text.charCodeAt(at) === carriageReturn && text.charCodeAt(at + 1) === lineFeed) at++;
    at++;
    if (record.length > 1 || record[0] !== "") {
      records.push(record);
      lines.push(recordLine);
    }
    record = [];
    line++;
    recordLine = line;
    recordStart = at;
  }
  const end = Math.min(recordStart, text.length);
  return { records, lines, end, nextLine: recordLine };
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1 && text.charCodeAt(at + 1) === quote) at = text.indexOf('"', at + 2);
  return at;
}

function countLineFeeds(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

function unclosedQuote(path: string, line: number): DataError {
  return new DataError({
    code: "malformed",
    path,
    line,
    expected: "a closing quote for the field that begins here",
    received: "the end of the file",
    hint: 'Inside a quoted field write a quote as "".',
  });
}

function strayText(text: string, close: number, path: string, line: number): DataError {
  return new DataError({
    code: "malformed",
    path,
    line,
    expected: "a delimiter or the end of the line after a closing quote",
    received: quoted(text.slice(close + 1, close + 24)),
    hint: 'Inside a quoted field write a quote as "".',
  });
}

/** The header's column names, checked: present, not repeated, none empty (those become `column3`). */
export function headerNames(header: readonly string[] | undefined, path: string): string[] {
  if (header === undefined) throw emptyFile(path);
  const names = header.map((name, i) => (name === "" ? `column${i + 1}` : name));
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) {
    throw new DataError({
      code: "malformed",
      path,
      line: 1,
      expected: "a header with different column names",
      received: `${quoted(repeated)} twice`,
    });
  }
  return names;
}

/** The error for a column that the table lacks: names those it has and the nearest match. */
export function missingColumn(field: string, columns: readonly string[], path?: string): DataError {
  const nearest = nearestName(field, columns);
  const shown = columns.slice(0, 20).map((name) => JSON.stringify(name));
  const more = columns.length > 20 ? ` and ${columns.length - 20} more` : "";
  return new DataError({
    code: "column-missing",
    field: `column ${JSON.stringify(field)}`,
    columns,
    expected: `one of ${shown.join(", ")}${more}`,
    received: "a name that is not among them",
    ...(path === undefined ? {} : { path }),
    ...(nearest === undefined ? {} : { nearest, hint: `Did you mean ${JSON.stringify(nearest)}?` }),
  });
}
