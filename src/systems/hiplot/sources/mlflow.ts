// MLflow's folder of runs: one row per run and step with metrics, settings repeated on each.
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { parse } from "yaml";
import { HiplotError } from "../errors.ts";
import { ExperimentData, pointsOf, type Row } from "../experiment.ts";

/** Reads `mlruns`, one experiment's folder, or one run's. */
export async function readMlflow(path: string): Promise<ExperimentData> {
  const runs = await findRuns(path);
  if (runs.length === 0) {
    throw new HiplotError(
      "format",
      `${path}: expected MLflow's <experiment>/<run>/meta.yaml in it, found none`,
    );
  }
  const rows: Row[] = [];
  for (const run of runs) rows.push(...(await readRun(run)));
  return new ExperimentData({ datapoints: pointsOf(rows) });
}

/** Folders with `metrics` or `params` beside a `meta.yaml`, at most two levels down. */
async function findRuns(path: string, depth = 0): Promise<string[]> {
  const names = await readdir(path).catch(() => {
    throw new HiplotError("file-missing", `${path}: there is no such folder`);
  });
  if (names.includes("meta.yaml") && (names.includes("metrics") || names.includes("params"))) {
    return [path];
  }
  if (depth === 2) return [];
  const found: string[] = [];
  for (const name of names.sort()) {
    const folder = join(path, name);
    if ((await stat(folder)).isDirectory()) found.push(...(await findRuns(folder, depth + 1)));
  }
  return found;
}

async function readRun(folder: string): Promise<Row[]> {
  const meta = parse(await readFile(join(folder, "meta.yaml"), "utf8")) as {
    run_id?: string;
    run_name?: string;
  };
  const id = meta.run_id ?? folder;
  const shared: Record<string, unknown> = { run: meta.run_name ?? id };
  for (const file of await filesIn(join(folder, "params"))) {
    shared[file.name] = numberOrText((await readFile(file.path, "utf8")).trimEnd());
  }
  const steps = new Map<number, Record<string, unknown>>();
  for (const file of await filesIn(join(folder, "metrics"))) {
    for (const line of (await readFile(file.path, "utf8")).split("\n")) {
      if (line.trim() === "") continue;
      const [time, value, step] = line.trim().split(/\s+/);
      const at = Number(step ?? 0);
      const row = steps.get(at) ?? { step: at, time: Math.floor(Number(time) / 1000) };
      row[file.name] = Number(value?.replace(/^(-?)inf(inity)?$/i, "$1Infinity"));
      steps.set(at, row);
    }
  }
  if (steps.size === 0) return [{ uid: id, ...shared }];
  let before: string | null = null;
  return [...steps]
    .sort((a, b) => a[0] - b[0])
    .map(([step, values]) => {
      const row = { uid: `${id}_${step}`, from_uid: before, ...shared, ...values };
      before = row.uid;
      return row;
    });
}

/** Files below a folder; a metric called `train/loss` lies in a folder `train`. */
async function filesIn(folder: string): Promise<{ name: string; path: string }[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { path, name: relative(folder, path).replaceAll("\\", "/") };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function numberOrText(text: string): number | string {
  return text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
}
