// A labelled corpus as a table: CSV, TSV, JSONL or Parquet, with its scores and all that the rows had.
import { rename, rm } from "node:fs/promises";
import { writeFileAtomically } from "../../../data/atomic-file.ts";
import { DataError } from "../../../data/errors.ts";
import type { CorpusLabels } from "../api.ts";

/** A column of the table; null where a value is missing. */
interface OutColumn {
  readonly name: string;
  readonly type: "text" | "number";
  value(row: number): string | number | null;
  /** What JSON takes in its place. */
  raw?(row: number): unknown;
}

const rowsAtOnce = 4096;

/**
 * Writes a labelled corpus: id, text, label, confidence, margin, second (the next best label), given
 * (the label that a row came with), one column of votes per source where there are several, and the
 * rows' other fields. The suffix of the path decides the format. The file is there whole or not at all.
 *
 * @throws DataError for a suffix that is none of .csv, .tsv, .jsonl, .parquet
 */
export async function writeLabelled(path: string, corpus: CorpusLabels): Promise<void> {
  const suffix = tableSuffix(path);
  const columns = columnsOf(corpus);
  const rows = corpus.rows.length;
  if (suffix === "parquet") return writeParquet(path, columns, rows);
  if (suffix === "csv" || suffix === "tsv") {
    const delimiter = suffix === "csv" ? "," : "\t";
    const header = columns.map((column) => quoteField(column.name, delimiter)).join(delimiter);
    const line = (row: number) =>
      columns.map((column) => quoteField(column.value(row), delimiter)).join(delimiter);
    return writeFileAtomically(path, blocksOf(rows, line, header));
  }
  const line = (row: number) => JSON.stringify(objectOf(columns, row));
  return writeFileAtomically(path, blocksOf(rows, line));
}

/**
 * The suffix of a table's name, lower case and without the dot.
 *
 * @throws DataError for a suffix that is none of .csv, .tsv, .jsonl, .ndjson, .parquet
 */
export function tableSuffix(path: string): string {
  const suffix = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  if (["csv", "tsv", "jsonl", "ndjson", "parquet"].includes(suffix)) return suffix;
  throw new DataError({
    code: "format-unknown",
    path,
    expected: "a name that ends in .csv, .tsv, .jsonl or .parquet",
    received: suffix === "" ? "a name without a suffix" : `the suffix .${suffix}`,
  });
}

function columnsOf(corpus: CorpusLabels): OutColumn[] {
  const { names, rows, guess, confidence, margin, second, voters, votes } = corpus;
  const nameOf = (label: number) => (label < 0 ? null : names[label]!);
  const text = (name: string, value: OutColumn["value"]): OutColumn => ({
    name,
    type: "text",
    value,
  });
  const number = (name: string, values: Float32Array): OutColumn => ({
    name,
    type: "number",
    // A row without a label has no scores either.
    value: (row) => (guess[row]! < 0 ? null : Number(values[row]!.toPrecision(6))),
  });
  const columns = [
    ...(rows.some((row) => row.id !== undefined)
      ? [text("id", (row) => rows[row]!.id ?? null)]
      : []),
    text("text", (row) => rows[row]!.text),
    text("label", (row) => nameOf(guess[row]!)),
    number("confidence", confidence),
    number("margin", margin),
    text("second", (row) => nameOf(second[row]!)),
  ];
  if (rows.some((row) => row.label !== undefined)) {
    columns.push(text("given", (row) => rows[row]!.label ?? null));
  }
  if (voters.length > 1) {
    voters.forEach((voter, v) => {
      columns.push(text(`vote: ${voter}`, (row) => nameOf(votes[row * voters.length + v]!)));
    });
  }
  const own = new Set(columns.map((column) => column.name));
  const fields = new Set(rows.flatMap((row) => Object.keys(row.fields ?? {})));
  for (const field of fields) {
    const name = own.has(field) ? `original ${field}` : field;
    const raw = (row: number) => rows[row]!.fields?.[field] ?? null;
    columns.push({ ...text(name, (row) => fieldText(raw(row))), raw });
  }
  return columns;
}

function fieldText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A row of JSON; the rows' other fields keep their types. */
function objectOf(columns: readonly OutColumn[], row: number) {
  return Object.fromEntries(
    columns.map(({ name, value, raw }) => [name, raw ? raw(row) : value(row)]),
  );
}

function* blocksOf(
  rows: number,
  line: (row: number) => string,
  header?: string,
): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  if (header !== undefined) yield encoder.encode(`${header}\n`);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - from);
    const lines = Array.from({ length: count }, (_, i) => `${line(from + i)}\n`);
    yield encoder.encode(lines.join(""));
  }
}

function quoteField(value: string | number | null, delimiter: string): string {
  if (value === null) return "";
  const text = String(value);
  return /["\r\n]/.test(text) || text.includes(delimiter)
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

async function writeParquet(path: string, columns: readonly OutColumn[], rows: number) {
  const duckdb = await import("@duckdb/node-api");
  const instance = await duckdb.DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const partial = `${path}.${process.pid}.tmp`;
  const name = (text: string) => `"${text.replaceAll('"', '""')}"`;
  try {
    const types = { text: "VARCHAR", number: "DOUBLE" };
    const list = columns.map((column) => `${name(column.name)} ${types[column.type]}`);
    await connection.run(`CREATE TABLE labelled (${list.join(", ")})`);
    const appender = await connection.createAppender("labelled");
    for (let row = 0; row < rows; row++) {
      for (const column of columns) {
        const value = column.value(row);
        if (value === null) appender.appendNull();
        else if (column.type === "number") appender.appendDouble(Number(value));
        else appender.appendVarchar(String(value));
      }
      appender.endRow();
    }
    appender.closeSync();
    await connection.run(`COPY labelled TO '${partial.replaceAll("'", "''")}' (FORMAT parquet)`);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Where the rows of a table that could not be read are listed: beside it. */
export function badRowsFile(table: string): string {
  return table.replace(/(\.[^./\\]+)?$/, ".bad.jsonl");
}

/** Writes rows that could not be read, one JSON object a line: `{ line, message, row }`. */
export function writeBadRows(
  path: string,
  bad: readonly { readonly line?: number; readonly message: string; readonly row: string }[],
): Promise<void> {
  return writeFileAtomically(
    path,
    blocksOf(bad.length, (row) => JSON.stringify(bad[row])),
  );
}
