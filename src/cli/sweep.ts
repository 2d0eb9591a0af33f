// `deepdive sweep`: many runs of one lab over a search space, and their comparison.
import { readFile } from "node:fs/promises";
import {
  checkSweep,
  goalOf,
  type LabRegistry,
  type ListedLab,
  parseDimension,
  Queue,
  type RunDetails,
  readSweepYaml,
  type Store,
  type SweepInput,
  type SweepSummary,
  type TrialRow,
} from "../lab/index.ts";
import { formatTable, oneLine } from "./format.ts";
import { parseField } from "./lab-options.ts";
import { ProgressPrinter } from "./progress.ts";
import { stopSignal, whenStopped } from "./signals.ts";
import { openDataFolder, openStudio, type ServerCommandOptions } from "./studio.ts";
import { offerApi } from "./workbench.ts";

/** Options of `deepdive sweep`. */
export interface SweepOptions extends ServerCommandOptions {
  readonly set?: readonly string[];
  readonly method?: SweepInput["method"];
  readonly trials?: number;
  readonly gridPoints?: number;
  readonly metric?: string;
  readonly goal?: SweepInput["goal"];
  readonly seed?: number;
  readonly budget?: string;
  readonly eta?: number;
  readonly earlyStop?: "median" | "hyperband";
  readonly parallel?: number;
  readonly runName?: string;
  readonly open: boolean;
}

/** Runs a sweep to its end, prints its trials, and serves their comparison until Ctrl-C. */
export async function sweep(
  words: readonly string[],
  options: SweepOptions,
  registry: LabRegistry,
): Promise<void> {
  const spec = await checkSweep(registry, await readSpec(words, options, registry));
  const output = options.json ? process.stderr : process.stdout;
  const { signal, release } = stopSignal(() => output.write("\nStopping …\n"));
  const serving = options.open && !options.json;
  const parallel = spec.parallel;
  const studio = serving
    ? await openStudio({ ...options, workers: parallel }, output, registry)
    : undefined;
  const store = studio?.store ?? (await openDataFolder(options, output));
  let queue = studio?.queue;
  let endApi = async () => {};
  try {
    if (!queue) {
      queue = await Queue.open(store);
      queue.work({ registry, concurrency: parallel });
      endApi = offerApi(store, registry, queue);
    }
    const { id } = await queue.submitSweep(registry, spec, { name: options.runName });
    const address = studio ? `${studio.server.url}/compare?sweep=${id}` : undefined;
    if (address) output.write(`Follow the sweep at ${address}\n\n`);
    const printer = new ProgressPrinter(output);
    const run = await untilEnded(store, id, printer, signal);
    printer.finish(run.status === "done");
    if (run.status === "failed") throw new Error(run.error ?? "the sweep failed");
    const trials = await readTrials(store, id);
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ run, trials })}\n`);
    } else {
      output.write(`\n${describe(run, trials, Object.keys(spec.space))}\n`);
      if (address) output.write(`\nThe comparison is at ${address}\nCtrl-C stops the Studio.\n`);
      else output.write("\nSee it:  deepdive serve\n");
    }
    if (studio && !signal.aborted) await whenStopped(signal);
    if (run.status !== "done") process.exitCode = 130;
  } finally {
    release();
    if (studio) {
      await studio.close();
    } else {
      await endApi();
      await queue?.stop();
      await store.close();
    }
  }
}

async function readSpec(
  words: readonly string[],
  options: SweepOptions,
  registry: LabRegistry,
): Promise<SweepInput> {
  const [first = ""] = words;
  const isFile = /\.ya?ml$/.test(first);
  const file = isFile
    ? readSweepYaml(await readText(first), words.slice(1).join(" ") || undefined)
    : undefined;
  const name = file?.lab ?? words.join(" ");
  const lab = await registry.find(name);
  if (!lab) {
    const names = (await registry.list()).map((one) => one.name).join(", ");
    throw new Error(
      `lab: there is no lab ${JSON.stringify(oneLine(name, 60))}; there are: ${names}`,
    );
  }
  const space: Record<string, ReturnType<typeof parseDimension>> = { ...file?.space };
  const input: Record<string, unknown> = { ...file?.input };
  for (const assignment of options.set ?? []) readAssignment(lab, assignment, space, input);
  const metric = options.metric ?? file?.metric;
  if (metric === undefined) {
    throw new Error(
      "--metric: name what decides, a field of the summary or a curve, e.g. accuracy",
    );
  }
  const given = options.metric === undefined ? file?.goal : undefined;
  const { method, trials, gridPoints, seed, eta, parallel } = options;
  return {
    ...file,
    ...withoutUndefined({ method, trials, gridPoints, seed, eta, parallel }),
    lab: lab.id,
    space,
    input,
    metric,
    goal: options.goal ?? given ?? goalOf(metric) ?? "minimize",
    ...(options.budget === undefined ? {} : { budget: readBudget(options.budget) }),
    ...(options.earlyStop === undefined ? {} : { earlyStop: earlyStop(options.earlyStop) }),
  };
}

function earlyStop(type: "median" | "hyperband"): SweepInput["earlyStop"] {
  return type === "median" ? { type } : { type, brackets: [3, 9, 27, 81], eta: 3 };
}

/** `rate=log(1e-4,1e-2)` varies a field; `steps=20` sets it. */
function readAssignment(
  lab: ListedLab,
  text: string,
  space: Record<string, ReturnType<typeof parseDimension>>,
  input: Record<string, unknown>,
): void {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new Error(`--set: ${JSON.stringify(text)} must be field=values, e.g. lr=log(1e-4,1e-2)`);
  }
  const field = name.trim().replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const schema = lab.input.properties[field];
  if (!schema) {
    const fields = Object.keys(lab.input.properties).join(", ");
    throw new Error(`--set: ${lab.name} has no field ${field}; it has: ${fields}`);
  }
  delete space[field];
  delete input[field];
  if (/^[a-z_]+\(.*\)$/.test(value.trim()) || value.includes(",")) {
    space[field] = parseDimension(field, value);
    return;
  }
  try {
    input[field] = parseField(schema, value);
  } catch (error) {
    throw new Error(`--set: ${field}: ${JSON.stringify(value)}: ${(error as Error).message}`);
  }
}

function readBudget(text: string): SweepInput["budget"] {
  const [, field, min, max] = /^([\w-]+)=([\d.]+)\.\.([\d.]+)$/.exec(text) ?? [];
  if (field === undefined)
    throw new Error(`--budget: ${JSON.stringify(text)} must be like epochs=1..9`);
  return { field, min: Number(min), max: Number(max) };
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`file: ${path} cannot be read (${error.code})`);
  });
}

/** Shows the sweep's progress until it has ended; Ctrl-C stops it. */
export async function untilEnded(
  store: Store,
  id: string,
  printer: ProgressPrinter,
  signal: AbortSignal,
): Promise<RunDetails> {
  const stop = () => void store.requestStop(id);
  signal.addEventListener("abort", stop, { once: true });
  await new Promise<void>((resolve) => {
    const leave = store.subscribe((event) => {
      if (event.type === "progress" && event.runId === id) printer.update(event.progress);
      if (event.type !== "run" || event.run.id !== id || event.run.ended === null) return;
      leave();
      resolve();
    });
    if (signal.aborted) stop();
  });
  signal.removeEventListener("abort", stop);
  return (await store.run(id)) as RunDetails;
}

async function readTrials(store: Store, id: string): Promise<TrialRow[]> {
  const artifact = await store.artifact(id, "trials");
  return artifact ? (JSON.parse(await readFile(artifact.path, "utf8")) as TrialRow[]) : [];
}

function describe(run: RunDetails, trials: readonly TrialRow[], fields: readonly string[]): string {
  const summary = run.summary as unknown as SweepSummary | null;
  if (!summary) return `The sweep ${run.id} was stopped.`;
  const shown = trials.slice(0, 20);
  const table = formatTable(
    ["run", `>${summary.metric}`, ...fields.map((field) => `>${field}`), "status"],
    shown.map((trial) => [
      trial.run,
      trial.value === null ? "–" : String(Number(trial.value.toPrecision(5))),
      ...fields.map((field) => describeValue(trial[field])),
      trial.status,
    ]),
  );
  const rest = trials.length - shown.length;
  return rest > 0 ? `${table}\n… and ${rest} more` : table;
}

function describeValue(value: unknown): string {
  return typeof value === "number"
    ? String(Number(value.toPrecision(4)))
    : oneLine(String(value), 24);
}
