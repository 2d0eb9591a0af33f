// A user's texts, row by row: tables with a column of texts, or a file of plain lines.
import type { DataError } from "../../../data/errors.ts";
import { checkFile, readLineBlocks } from "../../../data/read/source.ts";
import { type Row, readRows, tableFormat } from "../../../data/read/tables.ts";
import type { CorpusRow } from "../api.ts";

/** Options of `readCorpus`. */
export interface CorpusFileOptions {
  /** Column of the texts. Default `text`. */
  readonly textColumn?: string;
  /** Column of known labels. Default `label` or `labels`, where there is one. */
  readonly labelColumn?: string;
  /** Default `id`, where there is one. */
  readonly idColumn?: string;
  /** Leave rows that cannot be read out, and list them; default: the first is an error. */
  readonly skipBad?: boolean;
}

/** A row that could not be read. */
export interface BadRow {
  readonly line?: number;
  readonly message: string;
  readonly row: string;
}

/** What was found on the way; complete once all rows have been read. */
export interface CorpusFileReport {
  /** Rows given out. */
  rows: number;
  /** Rows in which bytes, surrogates or NULs that are no text were replaced by U+FFFD. */
  replaced: number;
  readonly bad: BadRow[];
}

/** Rows of a file, and a report that fills as they are read. */
export interface CorpusFile {
  readonly rows: AsyncGenerator<CorpusRow>;
  readonly report: CorpusFileReport;
}

/**
 * Reads CSV, TSV, JSONL, JSON and Parquet files (see `readRows`), and `.txt` files of one text per
 * line, without holding more than a part of them. A missing text is an empty one. Several labels,
 * as a list or as `a|b`, are in the row's fields as `labels`; `label` is the first.
 *
 * @throws DataError naming the file and the column, or the line that cannot be read
 */
export function readCorpus(path: string, options: CorpusFileOptions = {}): CorpusFile {
  const report: CorpusFileReport = { rows: 0, replaced: 0, bad: [] };
  return { rows: read(path, options, report), report };
}

async function* read(
  path: string,
  options: CorpusFileOptions,
  report: CorpusFileReport,
): AsyncGenerator<CorpusRow> {
  const rows = /\.txt(\.gz)?$/i.test(path) ? plainLines(path) : tableRows(path, options, report);
  for await (const row of rows) {
    const text = row.text.replaceAll("\0", "\uFFFD").toWellFormed();
    if (text.includes("\uFFFD")) report.replaced++;
    report.rows++;
    yield { ...row, text };
  }
}

async function* plainLines(path: string): AsyncGenerator<CorpusRow> {
  for await (const { text } of readLineBlocks(path, { invalidBytes: "replace" })) {
    for (const line of text.split("\n")) {
      const plain = line.replace(/\r$/, "");
      if (plain.trim() !== "") yield { text: plain };
    }
  }
}

async function* tableRows(
  path: string,
  options: CorpusFileOptions,
  report: CorpusFileReport,
): AsyncGenerator<CorpusRow> {
  const { textColumn = "text", labelColumn, idColumn, skipBad = false } = options;
  await checkFile(path);
  const names = await columnNames(path);
  const first = (...wanted: string[]) => wanted.find((name) => names.includes(name));
  const labels = labelColumn ?? first("label", "labels");
  const id = idColumn ?? first("id");
  const needed = [textColumn, labelColumn, idColumn].filter((name) => name !== undefined);
  // As texts: a column of numbers and words would otherwise break off where its type changes.
  const asText = Object.fromEntries([...names, ...needed].map((name) => [name, "string" as const]));
  const isCsv = (await tableFormat(path)) === "csv";
  const onBadRow = (error: DataError, row: string) => {
    const { line } = error.issue;
    report.bad.push({ message: error.message, row, ...(line !== undefined && { line }) });
  };
  const blocks = readRows(path, {
    types: isCsv ? asText : Object.fromEntries(needed.map((name) => [name, "json" as const])),
    invalidBytes: "replace",
    ...(skipBad && { onBadRow }),
  });
  for await (const block of blocks) {
    for (const row of block) yield toCorpusRow(row, textColumn, labels, id);
  }
}

/** Names of the columns; where rows differ (JSONL), those of the first ones. */
async function columnNames(path: string): Promise<string[]> {
  const first = readRows(path, { limit: 1, invalidBytes: "replace", onBadRow: () => {} });
  for await (const [row] of first) return Object.keys(row ?? {});
  return [];
}

function toCorpusRow(
  row: Row,
  textColumn: string,
  labelColumn: string | undefined,
  idColumn: string | undefined,
): CorpusRow {
  const given = labelColumn === undefined ? null : row[labelColumn];
  const labels = labelList(given);
  const id = idColumn === undefined ? null : row[idColumn];
  const fields = Object.fromEntries(
    Object.entries(row).filter(([name]) => ![textColumn, labelColumn, idColumn].includes(name)),
  );
  if (labels.length > 1) fields.labels = labels;
  const text = row[textColumn];
  return {
    text: text === null || text === undefined ? "" : asText(text),
    ...(id !== null && id !== undefined && { id: asText(id) }),
    ...(labels.length > 0 && { label: labels[0]! }),
    ...(Object.keys(fields).length > 0 && { fields }),
  };
}

function labelList(value: unknown): string[] {
  const list = Array.isArray(value) ? value.map(String) : asText(value ?? "").split("|");
  return list.map((each) => each.trim()).filter((each) => each !== "");
}

function asText(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
