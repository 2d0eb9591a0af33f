// From a list of URIs to an experiment: each is offered to the fetchers in turn, several are merged.
import { realpath } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Store } from "../../../lab/index.ts";
import { parseJsonAt } from "../core/json.ts";
import { DoesNotApply, HiplotError } from "../errors.ts";
import { ExperimentData, mergedOptions } from "../experiment.ts";
import { demoExperiment, demoNames } from "./demos.ts";
import { readFairseq, readWav2letter } from "./fairseq.ts";
import {
  fromJsonValue,
  type ReadOptions,
  readCsv,
  readHtml,
  readJson,
  readJsonl,
  readParquet,
  readQuery,
} from "./files.ts";
import { readMlflow } from "./mlflow.ts";
import { readOptuna } from "./optuna.ts";
import { readRuns } from "./runs.ts";
import { readTensorboard } from "./tensorboard.ts";

/** Makes an experiment of a URI, or throws `DoesNotApply` where the URI is not its own. */
export type Fetch = (uri: string) => ExperimentData | Promise<ExperimentData>;

/** A fetcher with the name that an error lists. */
export interface Fetcher {
  readonly name: string;
  readonly fetch: Fetch;
  /** How much of the text belongs to the URI, where it may go over several lines. */
  readonly length?: (text: string) => number;
}

/** Options of `loadUri`. */
export interface LoadOptions extends ReadOptions {
  /** Asked before our own. */
  readonly fetchers?: readonly Fetcher[];
  /** Where `run://` looks; default `.deepdive`. */
  readonly dataDir?: string;
  /** The store whose runs `run://` finds besides, where it is open already. */
  readonly store?: Store;
  /**
   * The only folders from which files are read; paths are taken from the first. For readers who are
   * not the owner of the machine: nothing else is read, nor any database asked.
   */
  readonly within?: readonly string[];
}

/** Demos that were meant, but misspelt, are worth a word. */
function demo(uri: string): ExperimentData {
  const found = demoExperiment(uri);
  if (found) return found;
  throw new DoesNotApply(`${uri} is none of ${demoNames.join(", ")}`);
}

function suffixed(
  name: string,
  pattern: RegExp,
  read: (path: string, options: ReadOptions) => Promise<ExperimentData>,
  options: LoadOptions,
): Fetcher {
  return {
    name,
    fetch: async (uri) => {
      if (!pattern.test(uri)) throw new DoesNotApply(`${uri} does not end like a ${name} file`);
      return read(await confinedPath(uri, options.within), options);
    },
  };
}

/** A path, or what it leads to where only some folders may be read. @throws HiplotError beyond them */
async function confinedPath(path: string, within: readonly string[] | undefined): Promise<string> {
  if (within === undefined) return path;
  const refusal = new HiplotError(
    "file-missing",
    `${path}: there is no such file that may be read`,
  );
  for (const folder of within) {
    // Links are followed first: what they lead to must lie inside as well.
    const found = await realpath(resolve(folder, path)).catch(() => undefined);
    const root = await realpath(folder).catch(() => undefined);
    if (found !== undefined && root !== undefined && found.startsWith(root + sep)) return found;
  }
  throw refusal;
}

function prefixed(
  name: string,
  read: (rest: string) => ExperimentData | Promise<ExperimentData>,
): Fetcher {
  return {
    name,
    fetch: (uri) => {
      if (!uri.startsWith(name)) throw new DoesNotApply(`${uri} does not begin with ${name}`);
      return read(uri.slice(name.length));
    },
  };
}

/** The JSON after a prefix may span lines; what follows it on its last line is the next URI. */
function jsonLength(prefix: string): (text: string) => number {
  return (text) => {
    if (!text.startsWith(prefix)) throw new DoesNotApply("another prefix");
    return parsed(text, prefix).end;
  };
}

function parsed(text: string, prefix: string): { value: unknown; end: number } {
  try {
    return parseJsonAt(text, prefix.length);
  } catch (error) {
    throw new HiplotError("format", `${prefix} ${(error as Error).message}`);
  }
}

/** All fetchers in the order in which they are asked; the user's own come first. */
function fetchersOf(options: LoadOptions = {}): Fetcher[] {
  const inside = (path: string) => confinedPath(path, options.within);
  const fetchers: Fetcher[] = [
    ...(options.fetchers ?? []),
    { name: "demo", fetch: demo },
    {
      ...prefixed("json://", (rest) => fromJsonValue(parsed(rest, "").value)),
      length: jsonLength("json://"),
    },
    prefixed("fairseq://", async (path) => readFairseq(await inside(path))),
    prefixed("w2l://", async (path) => readWav2letter(await inside(path))),
    prefixed("sql://", (sql) => {
      if (options.within === undefined) return readQuery(sql, options);
      throw new HiplotError("option", "sql:// could read any file, so it is not answered here");
    }),
    prefixed("optuna://", async (path) => readOptuna(await inside(path))),
    prefixed("tensorboard://", async (path) => readTensorboard(await inside(path))),
    prefixed("mlflow://", async (path) => readMlflow(await inside(path))),
    prefixed("run://", (rest) => readRuns(rest, options.dataDir, options.store)),
    suffixed("csv", /\.(csv|tsv)$/i, readCsv, options),
    suffixed("json", /\.json$/i, readJson, options),
    suffixed("jsonl", /\.(jsonl|ndjson)$/i, readJsonl, options),
    suffixed("parquet", /\.parquet$/i, readParquet, options),
    suffixed("html", /\.html?$/i, readHtml, options),
    suffixed("optuna", /\.(log|db|sqlite3?)$/i, (path) => readOptuna(path), options),
    suffixed("tensorboard", /(^|[/\\])events\.out\.tfevents\.[^/\\]*$/, readTensorboard, options),
    suffixed("mlflow", /(^|[/\\])mlruns[/\\]?$/, readMlflow, options),
  ];
  fetchers.push({
    ...prefixed("multi://", (rest) => multiple(parsed(rest, "").value, options)),
    length: jsonLength("multi://"),
  });
  return fetchers;
}

async function multiple(parts: unknown, options: LoadOptions): Promise<ExperimentData> {
  const named: [string, string][] = Array.isArray(parts)
    ? parts.map((uri) => [String(uri), String(uri)])
    : Object.entries((parts ?? {}) as Record<string, string>).map(([name, uri]) => [
        name,
        String(uri),
      ]);
  if (named.length === 0)
    throw new HiplotError("format", "multi:// expected a list or object of URIs");
  const loaded: Record<string, ExperimentData> = {};
  for (const [name, uri] of named) loaded[name] = await loadUri(uri, options);
  return new ExperimentData(mergedOptions(loaded));
}

/**
 * Loads one or more URIs, one per line; several are merged under the names `0`, `1`, …
 *
 * @throws HiplotError `no-fetcher` with the list of those that were asked; else what the fetcher says
 */
export async function loadUri(text: string, options: LoadOptions = {}): Promise<ExperimentData> {
  const fetchers = fetchersOf(options);
  const loaded: ExperimentData[] = [];
  let rest = text.trimStart();
  while (rest !== "") {
    const { experiment, length } = await loadFirst(fetchers, rest);
    loaded.push(experiment);
    rest = rest.slice(length).trimStart();
  }
  if (loaded.length === 0) throw new HiplotError("no-fetcher", "uri: expected one, got none");
  return loaded.length === 1
    ? loaded[0]!
    : new ExperimentData(mergedOptions(Object.fromEntries(loaded.entries())));
}

async function loadFirst(
  fetchers: readonly Fetcher[],
  text: string,
): Promise<{ experiment: ExperimentData; length: number }> {
  const lineEnd = text.indexOf("\n");
  for (const { fetch, length: lengthOf } of fetchers) {
    try {
      const length = lengthOf?.(text) ?? (lineEnd < 0 ? text.length : lineEnd);
      return { experiment: await fetch(text.slice(0, length).trimEnd()), length };
    } catch (error) {
      // By name as well: a fetcher of the user may throw its own class.
      if (!(error instanceof DoesNotApply) && (error as Error).name !== "DoesNotApply") throw error;
    }
  }
  const uri = text.slice(0, lineEnd < 0 ? 200 : Math.min(lineEnd, 200));
  const asked = [...new Set(fetchers.map(({ name }) => name))].join(", ");
  throw new HiplotError("no-fetcher", `no fetcher for ${uri}; asked: ${asked}`);
}

/** Imports a fetcher: a module with `export function fetch(uri)`. @throws HiplotError */
export async function importFetcher(path: string): Promise<Fetcher> {
  const module = (await import(pathToFileURL(resolve(path)).href)) as { fetch?: unknown };
  if (typeof module.fetch === "function") return { name: path, fetch: module.fetch as Fetch };
  throw new HiplotError("option", `${path}: expected a module that exports fetch(uri)`);
}
