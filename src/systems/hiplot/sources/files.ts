// Experiments out of files: CSV, JSON in its three shapes, JSON lines, Parquet, and HTML that HiPlot wrote.
import { readFile, stat } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import type { DuckDBConnection } from "@duckdb/node-api";
import { CsvError, parseCsv } from "../core/csv.ts";
import { JsonError, parseJson, parseJsonAt } from "../core/json.ts";
import { frameOfTable } from "../core/table-frame.ts";
import { bytesOfText } from "../core/text-bytes.ts";
import type { ExperimentJson } from "../core/types.ts";
import { decodeFrame } from "../core/wire.ts";
import { HiplotError } from "../errors.ts";
import { ExperimentData, experimentOptions, pointsOf, type Row } from "../experiment.ts";
import { ValueDefinition } from "../value-definition.ts";
import { sqlText, withDuckdb } from "./duckdb.ts";
import { asPythonText } from "./python-text.ts";
import { frameOfParquet, frameOfQuery, type QueriedFrame } from "./query-frame.ts";
import { isWandbCurves, wandbCurves } from "./wandb.ts";

/** What every reader takes. */
export interface ReadOptions {
  /** Rename double ids and drop links to missing parents instead of refusing; notes say what was done. */
  readonly repair?: boolean;
}

/** Longest JSON text that is read into memory; a longer list of rows goes through the database. */
const longestText = 400_000_000;

/** Longest CSV file that is read into memory; of a longer one the database guesses the types. */
const longestBytes = 1_500_000_000;

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new HiplotError("file-missing", `${path}: there is no such file`);
    if (code === "EISDIR")
      throw new HiplotError("file-missing", `${path}: this is a folder, not a file`);
    throw new HiplotError(
      "file-missing",
      `${path}: cannot be read (${code ?? (error as Error).message})`,
    );
  }
}

/** Reads a CSV file, or its bytes. @throws HiplotError with line and column */
export async function readCsv(
  source: string | Uint8Array,
  options: ReadOptions = {},
): Promise<ExperimentData> {
  if (typeof source === "string" && (await sizeOf(source)) > longestBytes) {
    return readQuery(`select * from read_csv(${sqlText(source)})`, options, source);
  }
  const bytes = typeof source === "string" ? await bytesOf(source) : source;
  const where = typeof source === "string" ? `${source}: ` : "";
  try {
    const table = parseCsv(bytes);
    if (isWandbCurves(table)) return wandbCurves(table);
    const { frame, notes } = frameOfTable(table.columns, options);
    return new ExperimentData({ frame, notes: [...table.notes, ...notes] });
  } catch (error) {
    if (error instanceof CsvError) throw new HiplotError("format", `${where}${error.message}`);
    if (error instanceof HiplotError) throw new HiplotError(error.code, `${where}${error.message}`);
    throw error;
  }
}

/** Reads a JSON file: a list of rows, an experiment object, or what Nevergrad logs. @throws HiplotError */
export async function readJson(path: string, options: ReadOptions = {}): Promise<ExperimentData> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > longestText)
    return readQuery(`select * from read_json_auto(${sqlText(path)})`, options);
  const text = new TextDecoder().decode(await bytesOf(path));
  try {
    return repaired(fromJsonValue(parseJson(text)), options);
  } catch (error) {
    if (error instanceof JsonError) throw new HiplotError("format", `${path}: ${error.message}`);
    if (error instanceof HiplotError)
      throw new HiplotError(error.code, `${path}: ${error.message}`);
    throw error;
  }
}

function repaired(made: ExperimentData, { repair = false }: ReadOptions): ExperimentData {
  if (repair) made.repair();
  return made;
}

/** Makes an experiment of a parsed JSON value. @throws HiplotError for any other value */
export function fromJsonValue(value: unknown): ExperimentData {
  if (Array.isArray(value)) return fromList(value);
  const object = value as ExperimentJson | null;
  if (object !== null && typeof object === "object") {
    if (object.datapoints || object.datapoints_compressed) {
      return new ExperimentData(experimentOptions(object));
    }
  }
  throw new HiplotError(
    "format",
    "JSON: expected a list of rows or an experiment object with datapoints",
  );
}

interface NevergradRow {
  readonly job_id: unknown;
  readonly kwargs: Record<string, unknown>;
  readonly results: { readonly scores: Record<string, unknown> };
}

function fromList(rows: readonly unknown[]): ExperimentData {
  rows.forEach((row, i) => {
    if (row !== null && typeof row === "object" && !Array.isArray(row)) return;
    const message = `JSON: expected an object as row ${i}, got ${JSON.stringify(row)?.slice(0, 60)}`;
    throw new HiplotError("format", message);
  });
  const first = rows[0] as Partial<NevergradRow> | undefined;
  if (first && "job_id" in first && "kwargs" in first && "results" in first) {
    return new ExperimentData({ datapoints: pointsOf((rows as NevergradRow[]).map(nevergradRow)) });
  }
  return new ExperimentData({ datapoints: pointsOf(rows as Row[]) });
}

function nevergradRow({ job_id: id, kwargs, results }: NevergradRow): Row {
  const settings = Object.entries(kwargs).map(([name, value]) => [name, asPythonText(value)]);
  return { id, ...Object.fromEntries(settings), ...results.scores };
}

/** Reads JSON lines: one object per line. @throws HiplotError with the line */
export async function readJsonl(path: string, options: ReadOptions = {}): Promise<ExperimentData> {
  const text = new TextDecoder().decode(await bytesOf(path));
  const rows: Row[] = [];
  text.split("\n").forEach((line, i) => {
    if (line.trim() === "") return;
    try {
      rows.push(parseJson(line) as Row);
    } catch (error) {
      const { column, message } = error as JsonError;
      const problem = message.replace(/^line \d+, column \d+: /, "");
      throw new HiplotError("format", `${path}: line ${i + 1}, column ${column}: ${problem}`);
    }
  });
  return repaired(fromList(rows), options);
}

/** Reads a Parquet file. */
export async function readParquet(
  path: string,
  options: ReadOptions = {},
): Promise<ExperimentData> {
  await stat(path).catch(() => {
    throw new HiplotError("file-missing", `${path}: there is no such file`);
  });
  return readQueried(path, (connection) => frameOfParquet(connection, path, options));
}

/** Runs a query of DuckDB, which may read files by name. */
export async function readQuery(
  sql: string,
  options: ReadOptions = {},
  name = "sql",
): Promise<ExperimentData> {
  return readQueried(name, (connection) => frameOfQuery(connection, sql, options));
}

async function readQueried(
  name: string,
  read: (connection: DuckDBConnection) => Promise<QueriedFrame>,
): Promise<ExperimentData> {
  try {
    const { frame, timestamps, notes } = await withDuckdb(read);
    const parametersDefinition = Object.fromEntries(
      timestamps.map((column) => [column, new ValueDefinition({ type: "timestamp" })]),
    );
    return new ExperimentData({ frame, notes, parametersDefinition });
  } catch (error) {
    if (error instanceof HiplotError)
      throw new HiplotError(error.code, `${name}: ${error.message}`);
    const [firstLine] = (error as Error).message.split("\n");
    throw new HiplotError("format", `${name}: ${firstLine}`);
  }
}

/**
 * Reads a page that HiPlot (or this library) wrote: the experiment is taken out of its script as data,
 * nothing in the page is run.
 */
export async function readHtml(path: string, options: ReadOptions = {}): Promise<ExperimentData> {
  const text = new TextDecoder().decode(await bytesOf(path));
  const own = /<script type="[^"]*" id="deepdive-data">([^<]*)<\/script>/.exec(text);
  if (own) {
    const { frame, experiment } = decodeFrame(gunzipSync(bytesOfText(own[1]!)));
    return new ExperimentData({
      ...experimentOptions({ ...experiment, datapoints: [] }),
      frame,
      datapoints: undefined,
    });
  }
  // HiPlot writes `Object.assign(options, eval('(' + "…" + ')'))`, the dots being JSON in a JSON string.
  const start = /Object\.assign\(\s*options\s*,\s*(eval\s*\(\s*'\('\s*\+\s*)?(?=["{])/g;
  for (const match of text.matchAll(start)) {
    const found = optionsAt(text, match.index + match[0].length);
    if (found?.experiment) return repaired(fromJsonValue(found.experiment), options);
  }
  throw new HiplotError(
    "format",
    `${path}: expected a page written by HiPlot, found no experiment in it`,
  );
}

function optionsAt(text: string, start: number): { experiment?: unknown } | undefined {
  try {
    const { value } = parseJsonAt(text, start);
    return (typeof value === "string" ? parseJson(value) : value) as { experiment?: unknown };
  } catch {
    return undefined;
  }
}
