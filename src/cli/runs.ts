// `deepdive runs …`: what the data folder holds, and what can be done with it.
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type {
  JobProgress,
  LabRegistry,
  MetricsResult,
  RunDetails,
  RunRecord,
} from "../lab/index.ts";
import { toCsv } from "../server/csv.ts";
import { formatSeconds, formatTable, oneLine } from "./format.ts";
import type { CommonOptions } from "./options.ts";
import { ProgressPrinter } from "./progress.ts";
import { stopSignal } from "./signals.ts";
import { openWorkbench, type Workbench } from "./workbench.ts";

/** Which runs are meant. */
export interface FilterOptions extends CommonOptions {
  readonly lab?: string;
  readonly status?: string;
  readonly project?: string;
  readonly sweep?: string;
  readonly limit: number;
}

/** Lists runs, newest first. */
export async function listRuns(options: FilterOptions, registry: LabRegistry): Promise<void> {
  if (!hasStore(options)) {
    process.stdout.write(options.json ? "[]\n" : `There are no runs in ${options.dataDir} yet.\n`);
    return;
  }
  await withWorkbench(options, registry, async (bench) => {
    const found = await readRuns(bench, options);
    if (options.json) return JSON.stringify(found);
    if (found.length === 0) return "There are no runs yet.";
    return formatTable(
      ["id", "name", "status", "started", ">took", "figures"],
      found.map((run) => [
        run.id,
        oneLine(run.name, 32),
        run.status,
        (run.started ?? run.created).slice(0, 16).replace("T", " "),
        duration(run),
        oneLine(run.error ?? figures(run), 60),
      ]),
    );
  });
}

/** Shows one run. */
export async function showRun(
  start: string,
  options: CommonOptions,
  registry: LabRegistry,
): Promise<void> {
  await withRun(start, options, registry, async (bench, id) => {
    const run = await bench.json<RunDetails>(`/api/runs/${id}`);
    if (options.json) return JSON.stringify(run);
    const rows = [
      ["id", run.id],
      ["name", oneLine(run.name, 80)],
      ["lab", run.lab],
      ["status", run.status],
      ["started", run.started ?? "–"],
      ["took", duration(run)],
      ["config", oneLine(JSON.stringify(run.config), 200)],
      ["figures", figures(run)],
      ["artifacts", run.artifacts.map(({ name }) => name).join(", ")],
      ...(run.error ? [["error", oneLine(run.error, 400)]] : []),
    ];
    return rows.map(([name, value]) => `${name.padEnd(11)}${value}`).join("\n");
  });
}

/** Prints what a run's process wrote. */
export async function printLog(
  start: string,
  options: CommonOptions,
  registry: LabRegistry,
): Promise<void> {
  await withRun(start, options, registry, async (bench, id) => {
    const log = (await bench.bytes(`/api/runs/${id}/log?tail=${2 ** 20}`)).toString("utf8");
    return options.json ? JSON.stringify({ id, log }) : log.trimEnd();
  });
}

/** Longer than a run gets to keep its checkpoint before its process is killed. */
const stopPatienceMs = 30_000;

/** Stops runs and waits until they have. */
export async function stopRuns(
  starts: readonly string[],
  options: CommonOptions & { readonly wait: boolean },
  registry: LabRegistry,
): Promise<void> {
  await withRuns(starts, options, registry, async (bench, ids) => {
    for (const id of ids) await bench.json(`/api/runs/${id}/stop`, { method: "POST" });
    const until = performance.now() + (options.wait ? stopPatienceMs : 0);
    const stopped: RunRecord[] = [];
    for (const id of ids) {
      let run = await bench.json<RunRecord>(`/api/runs/${id}`);
      while (run.ended === null && performance.now() < until) {
        await sleep(200);
        run = await bench.json<RunRecord>(`/api/runs/${id}`);
      }
      stopped.push(run);
    }
    return describeStates(stopped, options);
  });
}

/** Lets a run go on: in the process that has the folder, or on the database; else here, until it ends. */
export async function resumeRun(
  start: string,
  options: CommonOptions,
  registry: LabRegistry,
): Promise<void> {
  const output = options.json ? process.stderr : process.stdout;
  await withRun(start, options, registry, async (bench, id) => {
    await bench.json(`/api/runs/${id}/resume`, { method: "POST" });
    const here = bench.own && !bench.own.store.database.shared ? bench.own : undefined;
    if (!here) {
      const run = await bench.json<RunRecord>(`/api/runs/${id}`);
      if (bench.own && !options.json) {
        output.write("It waits for a server or a worker (deepdive worker) of this database.\n");
      }
      return describeStates([run], options);
    }
    const { signal, release } = stopSignal(() => output.write("\nStopping …\n"));
    signal.addEventListener("abort", () => here.store.requestStop(id).catch(() => {}));
    const printer = new ProgressPrinter(output);
    const onProgress = (_: string, progress: JobProgress) => printer.update(progress);
    try {
      const sweep = (await here.store.run(id))?.lab === "sweep";
      // The trials of a sweep are runs that wait, too.
      if (sweep) here.queue.work({ registry });
      else await here.queue.workOn(id, { registry, onProgress });
      let run = (await here.store.run(id)) as RunRecord;
      while (run.ended === null) {
        await sleep(200);
        run = (await here.store.run(id)) as RunRecord;
      }
      printer.finish(run.status === "done");
      if (run.status !== "done") process.exitCode = signal.aborted ? 130 : 1;
      if (run.error && !options.json) process.stderr.write(`error: ${run.error}\n`);
      return describeStates([run], options);
    } finally {
      release();
    }
  });
}

/** Removes runs that have ended. */
export async function removeRuns(
  starts: readonly string[],
  options: CommonOptions & { readonly trials?: boolean },
  registry: LabRegistry,
): Promise<void> {
  await withRuns(starts, options, registry, async (bench, ids) => {
    const removed: string[] = [];
    for (const id of ids) {
      const trials = options.trials ? await readRuns(bench, { sweep: id, limit: 10_000 }) : [];
      for (const one of [...trials.map((trial) => trial.id), id]) {
        await bench.json(`/api/runs/${one}`, { method: "DELETE" });
        removed.push(one);
      }
    }
    return options.json
      ? JSON.stringify({ removed })
      : removed.map((id) => `${id}  removed`).join("\n");
  });
}

/** Writes runs as a table, or one run with its curves and files. */
export async function exportRuns(
  start: string | undefined,
  options: FilterOptions & { readonly out?: string },
  registry: LabRegistry,
): Promise<void> {
  const { json, out } = options;
  if (start === undefined) {
    await withWorkbench(options, registry, async (bench) => {
      const runs = await readRuns(bench, options);
      const text = json ? JSON.stringify(runs) : toCsv(runs.map(toRow)).trimEnd();
      if (out === undefined) return text;
      await writeFile(out, `${text}\n`);
      return json ? JSON.stringify({ out, runs: runs.length }) : `${runs.length} runs in ${out}`;
    });
    return;
  }
  await withRun(start, options, registry, async (bench, id) => {
    const run = await bench.json<RunDetails>(`/api/runs/${id}`);
    const path = `/api/runs/${id}/metrics?maxPoints=100000`;
    const { series } = await bench.json<MetricsResult>(path);
    if (out === undefined)
      return json ? JSON.stringify({ run, series }) : toCurves(series).trimEnd();
    const files = [
      ["run.json", Buffer.from(`${JSON.stringify(run, null, 2)}\n`)],
      ["metrics.csv", Buffer.from(toCurves(series))],
      ["log.txt", await bench.bytes(`/api/runs/${id}/log?tail=${2 ** 20}`)],
    ] as [string, Buffer][];
    for (const { name } of run.artifacts) {
      files.push([join("artifacts", name), await bench.bytes(`/api/runs/${id}/artifacts/${name}`)]);
    }
    for (const [name, bytes] of files) {
      await mkdir(dirname(join(out, name)), { recursive: true });
      await writeFile(join(out, name), bytes);
    }
    const names = files.map(([name]) => name);
    return json ? JSON.stringify({ out, files: names }) : `${names.length} files in ${out}`;
  });
}

/** A row per step, a column per curve. */
function toCurves(series: MetricsResult["series"]): string {
  const rows = new Map<number, Record<string, unknown>>();
  for (const { name, steps, values } of series) {
    for (const [place, step] of steps.entries()) {
      const row = rows.get(step) ?? { step };
      row[name] = values[place];
      rows.set(step, row);
    }
  }
  return toCsv([...rows.values()].sort((a, b) => Number(a.step) - Number(b.step)));
}

/** Settings and figures as columns beside the rest. */
function toRow({ config, summary, ...run }: RunRecord): Record<string, unknown> {
  const named = (prefix: string, value: unknown) =>
    Object.fromEntries(
      Object.entries((value ?? {}) as object).map(([key, inner]) => [`${prefix}.${key}`, inner]),
    );
  return { ...run, ...named("config", config), ...named("summary", summary) };
}

function hasStore({ database, dataDir }: CommonOptions): boolean {
  return database !== undefined || existsSync(join(dataDir, "database"));
}

/** Does the work with the workbench and prints what it gives. */
async function withWorkbench(
  options: CommonOptions,
  registry: LabRegistry,
  work: (bench: Workbench) => Promise<string>,
): Promise<void> {
  if (!hasStore(options)) throw new Error(`id: there are no runs in ${options.dataDir} yet`);
  const bench = await openWorkbench(options, registry);
  try {
    process.stdout.write(`${await work(bench)}\n`);
  } finally {
    await bench.close();
  }
}

function withRuns(
  starts: readonly string[],
  options: CommonOptions,
  registry: LabRegistry,
  work: (bench: Workbench, ids: readonly string[]) => Promise<string>,
): Promise<void> {
  return withWorkbench(options, registry, async (bench) => {
    const ids: string[] = [];
    for (const start of starts) ids.push(await findId(bench, start));
    return work(bench, ids);
  });
}

function withRun(
  start: string,
  options: CommonOptions,
  registry: LabRegistry,
  work: (bench: Workbench, id: string) => Promise<string>,
): Promise<void> {
  return withRuns([start], options, registry, (bench, [id]) => work(bench, id as string));
}

async function readRuns(bench: Workbench, filter: Partial<FilterOptions> & { id?: string }) {
  const query = new URLSearchParams();
  for (const key of ["id", "lab", "status", "project", "sweep", "limit"] as const) {
    if (filter[key] !== undefined) query.set(key, String(filter[key]));
  }
  return (await bench.json<{ runs: RunRecord[] }>(`/api/runs?${query}`)).runs;
}

async function findId(bench: Workbench, start: string): Promise<string> {
  const matches = start.length > 10 ? [] : await readRuns(bench, { id: start, limit: 20 });
  if (matches.length === 0) throw new Error(`id: there is no run ${oneLine(start, 40)}`);
  if (matches.length === 1) return matches[0].id;
  const ids = matches.map(({ id }) => id).join(", ");
  throw new Error(`id: ${start} is the beginning of several runs: ${ids}`);
}

function describeStates(runs: readonly RunRecord[], { json }: CommonOptions): string {
  if (json)
    return JSON.stringify({ runs: runs.map(({ id, name, status }) => ({ id, name, status })) });
  return runs.map(({ id, name, status }) => `${id}  ${oneLine(name, 40)}  ${status}`).join("\n");
}

function duration({ started, ended }: RunRecord): string {
  if (!started || !ended) return "–";
  return formatSeconds((Date.parse(ended) - Date.parse(started)) / 1_000);
}

/** The numbers of a summary, the first few. */
function figures({ summary }: RunRecord): string {
  const entries = Object.entries((summary ?? {}) as Record<string, unknown>);
  return entries
    .filter(([, value]) => typeof value === "number")
    .slice(0, 3)
    .map(([name, value]) => `${name} ${Number((value as number).toPrecision(4))}`)
    .join(", ");
}
