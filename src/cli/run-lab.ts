// `deepdive <lab> …`: runs a lab, shows its progress and what came of it.
import { readdirSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import type { LabInfo } from "../lab/define.ts";
import {
  type JobProgress,
  JobStoppedError,
  LabInputError,
  type LabRegistry,
  prepareInput,
  type RunDetails,
  type RunRecord,
  runLab,
  type Store,
} from "../lab/index.ts";
import { formatCount, oneLine } from "./format.ts";
import { savesItself, toFlag, toInput } from "./lab-options.ts";
import type { CommonOptions } from "./options.ts";
import { type Output, ProgressPrinter } from "./progress.ts";
import { stopSignal } from "./signals.ts";
import { openDataFolder } from "./studio.ts";
import { offerApi } from "./workbench.ts";

/** Options of every lab's command beside the lab's own. */
export interface LabCommandOptions extends CommonOptions {
  readonly runName?: string;
  readonly out?: string;
  readonly again?: boolean;
  readonly [field: string]: unknown;
}

/** Runs the lab of a command line and prints its summary and where its artifacts lie. */
export async function runLabCommand(
  registry: LabRegistry,
  lab: LabInfo,
  words: string | readonly string[] | undefined,
  options: LabCommandOptions,
): Promise<void> {
  const input = await withFlags(() => prepareInput(registry, lab.id, toInput(lab, words, options)));
  const out = savesItself(lab) ? undefined : options.out;
  // Whoever types the command may run code: labs take modules and commands as models here, and not
  // from a request to the server.
  process.env.DEEPDIVE_ALLOW_CODE = "1";
  const output = options.json ? process.stderr : process.stdout;
  const { signal, release } = stopSignal(() => output.write("\nStopping …\n"));
  const store = await openDataFolder(options, output);
  const endApi = offerApi(store, registry);
  try {
    const { runName: name, again } = options;
    const job = { store, registry, lab: lab.id, input, name, signal, output, again };
    const { id } = await runWithProgress(job);
    const run = (await store.run(id)) as RunDetails;
    const files = await saveArtifacts(store, run, out);
    if (options.json) process.stdout.write(`${JSON.stringify({ run, files })}\n`);
    else output.write(`\n${describeRun(run, files)}\n`);
  } finally {
    release();
    await endApi();
    await store.close();
  }
}

/** Arguments of `runWithProgress`. */
export interface LabWork {
  readonly store: Store;
  readonly registry: LabRegistry;
  /** The lab's id. */
  readonly lab: string;
  /** As `prepareInput` gave it. */
  readonly input: object;
  readonly name?: string;
  /** What the run is a step of. */
  readonly project?: string;
  readonly signal: AbortSignal;
  readonly output: Output;
  /** Begin anew even where a stopped run of the same input could be continued. */
  readonly again?: boolean;
}

/** Runs a lab and shows its progress on `output`. Rejects as `runLab` does. */
export async function runWithProgress(work: LabWork): Promise<RunRecord> {
  const { output, again, ...job } = work;
  const { store, lab, input } = job;
  const stopped = again ? undefined : await findStopped(store, lab, input);
  if (stopped) {
    output.write(`Continuing run ${stopped.id}, which was stopped; --again starts anew.\n`);
  }
  const printer = new ProgressPrinter(output);
  const onProgress = (progress: JobProgress) => printer.update(progress);
  try {
    const run = await runLab({ ...job, parent: stopped?.id, onProgress });
    printer.finish(true);
    return run;
  } catch (error) {
    printer.finish(false);
    if (error instanceof JobStoppedError && (await findStopped(store, lab, input))) {
      output.write("What it has learned is kept: the same command goes on from there.\n");
    }
    throw error;
  }
}

/** Runs of a lab with this very input, newest first. */
export async function runsOf(store: Store, lab: string, input: object): Promise<RunRecord[]> {
  const runs = await store.runs({ lab, limit: 1_000 });
  // As stored: JSON has no undefined.
  return runs.filter((run) => JSON.stringify(run.config) === JSON.stringify(input));
}

/** The newest run of this input, if it was stopped or cut off and left a checkpoint. */
async function findStopped(store: Store, lab: string, input: object) {
  const [newest] = await runsOf(store, lab, input);
  if (newest?.status !== "stopped" && newest?.status !== "interrupted") return undefined;
  return hasFiles(join(store.runFolder(newest.id), "checkpoints")) ? newest : undefined;
}

/** A folder with nothing but marks of what it is for holds no checkpoint. */
function hasFiles(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => /\.(safetensors|json|bin|block)$/.test(name));
  } catch {
    return false;
  }
}

/** Errors of an input name the flag and not the field. */
export async function withFlags<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LabInputError) || !error.field) throw error;
    const [field, ...inner] = error.field.split(".");
    const message = error.message.slice(error.field.length + 2);
    throw new Error(`${[`--${toFlag(field)}`, ...inner].join(".")}: ${message}`);
  }
}

/**
 * Where each artifact lies, by name; copied to the folder `out` where that is given. `out` may also name a
 * file, such as `report.html`: it becomes the first artifact with that ending.
 */
export async function saveArtifacts(store: Store, run: RunDetails, out?: string) {
  const ending = extname(out ?? "").toLowerCase();
  const single = ending && run.artifacts.find(({ name }) => name.toLowerCase().endsWith(ending));
  const files: Record<string, string> = {};
  for (const { name } of run.artifacts) {
    const artifact = await store.artifact(run.id, name);
    if (!artifact) continue;
    files[name] = artifact.path;
    if (out === undefined || (single && single.name !== name)) continue;
    files[name] = single ? resolve(out) : resolve(out, name);
    await mkdir(dirname(files[name]), { recursive: true });
    await copyFile(artifact.path, files[name]);
  }
  return files;
}

function describeRun(run: RunDetails, files: Readonly<Record<string, string>>): string {
  const summary = Object.entries((run.summary ?? {}) as Record<string, unknown>);
  const facts = summary.map(([name, value]): [string, string] => [name, describeValue(value)]);
  const rows: [string, string][] = [["run", run.id], ...facts];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  const paths = Object.values(files).map((path) => `  ${path}`);
  return [...lines, ...(paths.length > 0 ? ["", "Files:", ...paths] : [])].join("\n");
}

function describeValue(value: unknown): string {
  if (typeof value === "number") {
    return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(5)));
  }
  return oneLine(typeof value === "string" ? value : JSON.stringify(value), 200);
}
