/** @file CSV as blocks of typed cells; types follow from the values. */
import { DataError, quoted } from "../errors.ts";
import type { CellBlock, ReadOptions } from "./cells.ts";
import { headerNames, missingColumn, readCsvBlocks } from "./csv.ts";
import { emptyFile, readLineBlocks } from "./source.ts";
import { type Cell, type ColumnType, TextTypeGuess } from "./table.ts";

/** Called when a column's values up to here had a type that a later one breaks. */
export type OnTypeBroken = (name: string, line: number, before: string, text: string) => void;

interface CsvColumn {
  readonly name: string;
  readonly index: number;
  readonly fixed: ColumnType | undefined;
  readonly guess: TextTypeGuess;
}

/**
 * The cells of a CSV file with a header line. Throws a `DataError` for a missing column and for a row
 * with more or fewer fields than the header has.
 */
export async function* readCsvCells(
  path: string,
  options: ReadOptions,
  onTypeBroken: OnTypeBroken,
): AsyncGenerator<CellBlock> {
  const delimiter = options.delimiter ?? (/\.tsv(\.gz)?$/i.test(path) ? "\t" : undefined);
  const settings = { ...options, ...(delimiter === undefined ? {} : { delimiter }) };
  let header: string[] | undefined;
  let columns: CsvColumn[] = [];
  let seen = 0;
  for await (const block of readCsvBlocks(readLineBlocks(path, options), path, settings)) {
    let first = 0;
    if (header === undefined) {
      header = headerNames(block.records[0], path);
      columns = chooseColumns(header, path, options);
      first = 1;
    }
    const good: number[] = [];
    for (let r = first; r < block.records.length; r++) {
      const record = block.records[r]!;
      if (record.length === header.length) good.push(r);
      else {
        const error = rowLength(path, block.lines[r]!, header.length, record.length);
        if (options.onBadRow === undefined) throw error;
        options.onBadRow(error, record.join(delimiter ?? ","));
      }
    }
    const rows = good.length;
    const cells = columns.map((column) => {
      const texts = good.map((r) => block.records[r]![column.index]!);
      const lines = good.map((r) => block.lines[r]!);
      return columnCells(column, texts, lines, onTypeBroken);
    });
    yield { names: columns.map((column) => column.name), cells, rows };
    seen += rows;
    if (seen >= (options.limit ?? Infinity)) return;
  }
  if (header === undefined) throw emptyFile(path);
}

function chooseColumns(header: string[], path: string, options: ReadOptions): CsvColumn[] {
  for (const name of Object.keys(options.types ?? {})) {
    if (!header.includes(name)) throw missingColumn(name, header, path);
  }
  return (options.columns ?? header).map((name) => {
    const index = header.indexOf(name);
    if (index === -1) throw missingColumn(name, header, path);
    return { name, index, fixed: options.types?.[name], guess: new TextTypeGuess() };
  });
}

function columnCells(
  column: CsvColumn,
  texts: string[],
  lines: number[],
  onTypeBroken: OnTypeBroken,
): Cell[] {
  if (column.fixed !== undefined) return texts.map((text) => (text === "" ? null : text));
  const { guess } = column;
  let changed = false;
  const cells = texts.map((text, r) => {
    const before = guess.type;
    const cell = guess.read(text);
    if (guess.type !== before) {
      changed = true;
      if (guess.settled) onTypeBroken(column.name, lines[r]!, before, text);
    }
    return cell;
  });
  guess.settle();
  // Within a block a change of mind costs nothing: its first cells are just taken as text again.
  const asText = changed && guess.type === "string";
  return asText ? texts.map((text) => (text === "" ? null : text)) : cells;
}

function rowLength(path: string, line: number, expected: number, received: number): DataError {
  return new DataError({
    code: "row-length",
    path,
    line,
    expected: `${expected} fields, as many as the header has`,
    received: `${received}`,
    hint: "Quote fields that contain the delimiter or a line break.",
  });
}

/** The error where a stream of rows meets a value that breaks the type of the rows given out before. */
export function typeBroken(path: string): OnTypeBroken {
  return (name, line, before, text) => {
    throw new DataError({
      code: "value",
      path,
      line,
      field: `column ${JSON.stringify(name)}`,
      expected: `a ${before}, like the values above it`,
      received: quoted(text),
      hint: `Read the column as text with types: { ${JSON.stringify(name)}: "string" }.`,
    });
  };
}
