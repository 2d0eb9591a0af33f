/** @file Tables from CSV, JSONL, JSON and Parquet files, whole or as a stream of rows. */
import { DataError } from "../errors.ts";
import type { CellBlock, ReadOptions, TableFormat } from "./cells.ts";
import { type OnTypeBroken, readCsvCells, typeBroken } from "./csv-cells.ts";
import { readJsonCells, readJsonlCells } from "./json-cells.ts";
import { readParquetCells } from "./parquet-cells.ts";
import { checkFile, readHead } from "./source.ts";
import { type Cell, type Column, type ColumnType, makeColumn, type Table } from "./table.ts";

/** A row of a table by column name; null where a value is missing. */
export type Row = Record<string, Cell>;

/**
 * Reads a whole table into named, typed columns. Types follow from all values unless `types` says
 * otherwise (see `Column`). Throws a `DataError` for anything that is wrong with the file.
 */
export async function readTable(path: string, options: ReadOptions = {}): Promise<Table> {
  const format = await tableFormat(path, options.format);
  const broken = new Map<string, ColumnType>();
  let collected = await collect(
    readCells(format, path, options, (name) => broken.set(name, "string")),
    options.limit,
  );
  // A column that looked like numbers until some later row is read once more, as text.
  if (broken.size > 0) {
    const again = { ...options, types: { ...Object.fromEntries(broken), ...options.types } };
    collected = await collect(
      readCells(format, path, again, () => {}),
      options.limit,
    );
  }
  const columns: Column[] = [];
  for (const [name, cells] of collected.columns) {
    columns.push(named(path, () => makeColumn(name, cells, options.types?.[name])));
  }
  return { columns, rows: collected.rows };
}

/**
 * Reads a table as a stream of arrays of rows, each from about 1 MiB of the file, without holding more
 * than that (a JSON array comes whole). CSV types follow from the first such array: a later value that breaks them is a
 * `DataError` that says how to fix the type.
 */
export async function* readRows(path: string, options: ReadOptions = {}): AsyncGenerator<Row[]> {
  const format = await tableFormat(path, options.format);
  let left = options.limit ?? Infinity;
  let rowsBefore = 0;
  if (left <= 0) return;
  for await (const block of readCells(format, path, options, typeBroken(path))) {
    const typed = block.names.map((name, c) => {
      const type = options.types?.[name];
      if (type === undefined || type === "json") return block.cells[c]!;
      const padded = named(path, () => makeColumn(name, block.cells[c]!, type), rowsBefore);
      return cellsOf(padded);
    });
    const rows: Row[] = [];
    for (let r = 0; r < Math.min(block.rows, left); r++) {
      rows.push(Object.fromEntries(block.names.map((name, c) => [name, typed[c]![r]!])));
    }
    rowsBefore += block.rows;
    left -= rows.length;
    if (rows.length > 0) yield rows;
    if (left <= 0) return;
  }
}

/** The format of a table file, from its name or, failing that, from its first bytes. */
export async function tableFormat(path: string, format?: TableFormat): Promise<TableFormat> {
  await checkFile(path);
  const head = await readHead(path, 4);
  const magic = head.toString("latin1");
  if (magic === "PAR1") return "parquet";
  const expected = "a CSV, TSV, JSONL, JSON or Parquet file";
  const otherwise = magic.startsWith("PK")
    ? ["a ZIP archive, such as an Excel workbook", "Export the sheet as CSV."]
    : magic === "%PDF"
      ? ["a PDF document", "Extract the table as CSV first."]
      : undefined;
  if (otherwise !== undefined) {
    const [received, hint] = otherwise as [string, string];
    throw new DataError({ code: "format-unknown", path, expected, received, hint });
  }
  if (format !== undefined) return format;
  const suffix = /\.([^./\\]+?)(?:\.gz)?$/.exec(path.toLowerCase())?.[1] ?? "";
  const found = formatBySuffix.get(suffix);
  if (found !== undefined) return found;
  throw new DataError({
    code: "format-unknown",
    path,
    expected,
    received: suffix === "" ? "a name without a suffix" : `the suffix .${suffix}`,
    hint: "Pass the format: csv, jsonl, json or parquet.",
  });
}

const formatBySuffix = new Map<string, TableFormat>([
  ["csv", "csv"],
  ["tsv", "csv"],
  ["txt", "csv"],
  ["jsonl", "jsonl"],
  ["ndjson", "jsonl"],
  ["json", "json"],
  ["parquet", "parquet"],
]);

function readCells(
  format: TableFormat,
  path: string,
  options: ReadOptions,
  onTypeBroken: OnTypeBroken,
): AsyncGenerator<CellBlock> {
  if (format === "csv") return readCsvCells(path, options, onTypeBroken);
  if (format === "jsonl") return readJsonlCells(path, options);
  return format === "json" ? readJsonCells(path, options) : readParquetCells(path, options);
}

async function collect(
  blocks: AsyncGenerator<CellBlock>,
  limit = Infinity,
): Promise<{ columns: Map<string, Cell[]>; rows: number }> {
  const columns = new Map<string, Cell[]>();
  let rows = 0;
  for await (const block of blocks) {
    const taken = Math.min(block.rows, limit - rows);
    block.names.forEach((name, c) => {
      let cells = columns.get(name);
      if (cells === undefined) {
        // A key that JSONL rows show for the first time was missing in all rows before.
        cells = new Array<Cell>(rows).fill(null);
        columns.set(name, cells);
      }
      const from = block.cells[c]!;
      for (let r = 0; r < taken; r++) cells.push(from[r]!);
    });
    rows += taken;
  }
  return { columns, rows };
}

/** Adds the file to an error about a value. */
function named(path: string, make: () => Column, rowsBefore = 0): Column {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const field = error.issue.field?.replace(
      /row (\d+)$/,
      (_, row) => `row ${Number(row) + rowsBefore}`,
    );
    throw new DataError({ ...error.issue, path, ...(field && { field }) });
  }
}

function cellsOf(column: Column): Cell[] {
  return Array.from(column.values as ArrayLike<Cell>, (value, row) => {
    if (column.missing?.[row] === 1) return null;
    return column.type === "bool" ? value === 1 : value;
  });
}
