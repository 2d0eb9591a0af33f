// The work of `deepdive hiplot …`: show, serve, render, and what the tracker recorded.
import { once } from "node:events";
import { stat } from "node:fs/promises";
import {
  type Datapoint,
  Experiment,
  followRuns,
  importFetcher,
  importRunsInto,
  type LoadOptions,
  listRuns,
  loadUri,
  serveHiplot,
} from "../systems/hiplot/index.ts";
import { generateRuns } from "../systems/hiplot/sources/datagen.ts";
import { removeRun } from "../systems/hiplot/tracker/runs.ts";
import { csvText } from "../systems/hiplot/write.ts";
import { formatTable } from "./format.ts";

interface DataOptions {
  readonly dataDir: string;
  readonly repair?: boolean;
  readonly json?: boolean;
}

/** The result as JSON where that was asked for, else in words. */
function say({ json }: { readonly json?: boolean }, result: object, words: string): void {
  process.stdout.write(`${json ? JSON.stringify(result) : words}\n`);
}

async function loadOptions(
  { dataDir, repair = false }: DataOptions,
  fetchers: readonly string[] = [],
): Promise<LoadOptions> {
  return { dataDir, repair, fetchers: await Promise.all(fetchers.map(importFetcher)) };
}

/** Loads what a URI names, says what had to be assumed, and drops settings that cannot be applied. */
async function load(uri: string, options: LoadOptions): Promise<Experiment> {
  const experiment = Experiment.of(await loadUri(await withScheme(uri), options));
  const dropped = experiment.dropUnusableSettings();
  for (const note of [...experiment.notes, ...dropped]) process.stderr.write(`note: ${note}\n`);
  return experiment.validate();
}

/** A folder is read by what lies in it. */
async function withScheme(uri: string): Promise<string> {
  if (uri.includes("\n") || /^\w+:\/\//.test(uri)) return uri;
  const found = await stat(uri).catch(() => undefined);
  if (!found?.isDirectory()) return uri;
  return /mlruns[/\\]?$/.test(uri) ? `mlflow://${uri}` : `tensorboard://${uri}`;
}

/** Rows as `put` takes them. */
function rowsOf(points: readonly Datapoint[]): Record<string, unknown>[] {
  return points.map(({ uid, fromUid, values }) => ({ ...values, uid, from_uid: fromUid }));
}

/** Serves one experiment and opens it in the browser; ends with Ctrl-C. */
export async function open(
  uri: string | undefined,
  options: DataOptions & { readonly port?: number; readonly open: boolean },
): Promise<void> {
  const experiment = await load(uri ?? "run://", await loadOptions(options));
  const displayed = experiment.display({ open: options.open, port: options.port ?? 0 });
  const url = await displayed.url;
  say(options, { url }, url);
  const recorded = /^run:\/\/([^/\n]*)(?:\/([^/\n]+))?$/.exec(uri ?? "run://");
  const follow = {
    dataDir: options.dataDir,
    experiment: recorded?.[1] || undefined,
    run: recorded?.[2],
  };
  const stop = recorded ? followRuns(follow, (points) => displayed.put(rowsOf(points))) : () => {};
  await once(process, "SIGINT");
  stop();
  await displayed.close();
}

/** Serves a page that loads URIs; ends with Ctrl-C. */
export async function serve(
  fetchers: readonly string[],
  options: DataOptions & { readonly host: string; readonly port: number },
): Promise<void> {
  const loading = await loadOptions(options, fetchers);
  const { host, port } = options;
  const server = await serveHiplot({ host, port, load: (uri) => load(uri, loading) });
  say(options, { url: server.url }, server.url);
  await once(process, "SIGINT");
  await server.close();
}

/** Writes a plot in one of the formats. */
export async function render(
  uri: string,
  fetchers: readonly string[],
  options: DataOptions & {
    readonly format: "html" | "csv" | "json" | "png" | "svg" | "pdf";
    readonly out?: string;
  },
): Promise<void> {
  const experiment = await load(uri, await loadOptions(options, fetchers));
  const { out } = options;
  // JSON on the standard output is the plot itself as JSON.
  const format = options.json && out === undefined ? "json" : options.format;
  if (out !== undefined && format === "csv") {
    await experiment.toCsv(out);
    if (options.json) say(options, { out, format }, "");
    return;
  }
  const pieces = await rendered(experiment, format);
  if (out === undefined) {
    for (const piece of pieces)
      if (!process.stdout.write(piece)) await once(process.stdout, "drain");
    return;
  }
  const { writeFileAtomically } = await import("../data/atomic-file.ts");
  const encoder = new TextEncoder();
  const bytes = (piece: string | Uint8Array) =>
    typeof piece === "string" ? encoder.encode(piece) : piece;
  await writeFileAtomically(out, Array.from(pieces, bytes));
  if (options.json) say(options, { out, format }, "");
}

async function rendered(
  experiment: Experiment,
  format: "html" | "csv" | "json" | "png" | "svg" | "pdf",
): Promise<Iterable<string | Uint8Array>> {
  if (format === "csv") return csvText(experiment);
  if (format === "html") return [await experiment.toHtml()];
  if (format === "json") return [`${experiment.toJsonText()}\n`];
  return [await experiment.toImage({ format })];
}

/** Lists what the tracker recorded. */
export async function listTracked(
  experiment: string | undefined,
  options: DataOptions,
): Promise<void> {
  const runs = await listRuns(options.dataDir, experiment);
  if (options.json) {
    process.stdout.write(`${JSON.stringify(runs)}\n`);
    return;
  }
  const rows = runs.map((run) => [
    run.experiment,
    run.id,
    run.changed.toISOString().slice(0, 16).replace("T", " "),
    `${Math.ceil(run.bytes / 1_024)} kB`,
  ]);
  const table = formatTable(["experiment", "run", "last change", ">size"], rows);
  process.stdout.write(runs.length === 0 ? "There are no recorded runs yet.\n" : `${table}\n`);
}

/** Removes a recorded run. */
export async function removeTracked(
  experiment: string,
  run: string,
  options: DataOptions,
): Promise<void> {
  await removeRun(options.dataDir, experiment, run);
  if (options.json) say(options, { removed: run, experiment }, "");
}

/** Writes recorded runs as CSV. */
export async function exportTracked(
  experiment: string | undefined,
  options: DataOptions,
): Promise<void> {
  const found = await load(`run://${experiment ?? ""}`, await loadOptions(options));
  if (options.json) {
    process.stdout.write(`${found.toJsonText()}\n`);
    return;
  }
  for (const piece of csvText(found)) process.stdout.write(piece);
}

/** Copies the runs of a source into the tracker. */
export async function importRuns(
  uri: string,
  options: DataOptions & { readonly experiment: string },
): Promise<void> {
  const found = await load(uri, await loadOptions(options));
  const { experiment, dataDir } = options;
  const runs = importRunsInto(found, { experiment, dataDir });
  say(options, { runs, rows: found.size }, `${runs} runs, ${found.size} rows`);
}

/** Writes a generated table. */
export async function generate(options: {
  readonly runs: number;
  readonly epochs: number;
  readonly seed: number;
  readonly out: string;
  readonly json?: boolean;
}): Promise<void> {
  const { out: file, runs, epochs, seed } = options;
  await generateRuns({ file, runs, epochs, seed });
  const rows = runs * epochs;
  say(options, { file, rows }, `${file}: ${rows} rows`);
}
