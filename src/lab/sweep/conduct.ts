// Conducts a sweep: makes its trials as runs in the queue, ends the hopeless ones, and says which was best.
import type { RunRecord } from "../records.ts";
import type { LabRegistry } from "../registry.ts";
import { type FileResolver, localFile, prepareInput, resolveFiles } from "../run-lab.ts";
import type { Run } from "../run-writer.ts";
import type { Store } from "../store.ts";
import type { NewRun } from "../store-options.ts";
import { shouldStop } from "./early-stop.ts";
import { nextStep, type Trial } from "./plan.ts";
import type { Assignment, SweepValue } from "./space.ts";
import { parseSweep, type SweepSpec } from "./spec.ts";

/** The name under which sweeps stand in the store, beside labs. */
export const sweepLab = "sweep";

/** What a sweep needs: the store, the labs, and a way to make runs that wait for a worker. */
export interface Conductor {
  readonly store: Store;
  readonly registry: LabRegistry;
  readonly submit: (
    run: Pick<NewRun, "lab" | "name" | "parent" | "project" | "sweep"> & { readonly input: object },
  ) => Promise<RunRecord>;
}

/** One line of the table of trials. */
export interface TrialRow {
  readonly run: string;
  readonly status: string;
  readonly value: number | null;
  readonly budget?: number;
  readonly [field: string]: unknown;
}

/** The summary of a sweep's run. */
export interface SweepSummary {
  readonly trials: number;
  readonly metric: string;
  readonly best: {
    readonly run: string;
    readonly value: number;
    readonly input: Assignment;
  } | null;
}

/** Checks a sweep against its lab: every field it names must be one of the lab's; files become absolute. */
export async function checkSweep(
  registry: LabRegistry,
  input: unknown,
  resolveFile: FileResolver = localFile,
): Promise<SweepSpec> {
  const spec = parseSweep(input);
  const lab = await registry.find(spec.lab);
  if (!lab) {
    await registry.load(spec.lab);
    throw new Error(`sweep: there is no lab ${spec.lab}`);
  }
  const fields = Object.keys(lab.input.properties);
  const named = [...Object.keys(spec.space), ...Object.keys(spec.input)];
  for (const field of [...named, ...(spec.budget ? [spec.budget.field] : [])]) {
    if (!fields.includes(field)) {
      throw new Error(`sweep: ${lab.name} has no field ${field}; it has: ${fields.join(", ")}`);
    }
  }
  // Choices may be files too: a request must not reach any by them either.
  const space = await Promise.all(
    Object.entries(spec.space).map(async ([field, dimension]) => {
      if (dimension.kind !== "choice") return [field, dimension] as const;
      const found = dimension.values.map((value) =>
        resolveFiles(lab, { [field]: value }, resolveFile).then((one) => one[field] as SweepValue),
      );
      return [field, { ...dimension, values: await Promise.all(found) }] as const;
    }),
  );
  const fixed = await resolveFiles(lab, spec.input, resolveFile);
  return { ...spec, lab: lab.id, space: Object.fromEntries(space), input: fixed };
}

/** Works on a sweep until it is done; `run` is the sweep's own, already claimed. */
export async function conductSweep(
  conductor: Conductor,
  run: Run,
  config: unknown,
  signal: AbortSignal,
): Promise<SweepSummary> {
  const { store } = conductor;
  const spec = await checkSweep(conductor.registry, config);
  const news = new News(store, run.id);
  try {
    for (;;) {
      signal.throwIfAborted();
      const runs = await trialRuns(store, run.id);
      const trials = await Promise.all(runs.map((one) => describeTrial(store, spec, one)));
      if (spec.earlyStop) await stopHopeless(store, spec, runs);
      const ended = trials.filter((trial) => trial.ended).length;
      run.progress({
        phase: "sweep",
        done: ended,
        total: Math.max(trials.length, spec.method === "grid" ? trials.length : spec.trials),
        message: `${ended} of ${trials.length} trials ended`,
      });
      const working = trials.length - ended;
      const step = working < spec.parallel ? nextStep(spec, trials) : { type: "wait" as const };
      if (step.type === "trial") {
        const number = trials.length + 1;
        await submitTrial(conductor, run.id, spec, step, number, runs[step.continues ?? -1]?.id);
      } else if (step.type === "done" && working === 0) {
        return await summarize(run, spec, runs, trials);
      } else {
        await news.next(signal);
      }
    }
  } finally {
    news.close();
  }
}

async function submitTrial(
  { registry, submit }: Conductor,
  sweep: string,
  spec: SweepSpec,
  step: { readonly assignment: Assignment; readonly budget?: number },
  number: number,
  parent?: string,
): Promise<void> {
  const budget =
    spec.budget && step.budget !== undefined ? { [spec.budget.field]: step.budget } : {};
  const given = { ...spec.input, ...step.assignment, ...budget };
  const input = await prepareInput(registry, spec.lab, given);
  await submit({ lab: spec.lab, name: `${spec.lab} ${number}`, sweep, parent, input });
}

/** The trials of a sweep in the order of their making. */
async function trialRuns(store: Store, sweep: string): Promise<RunRecord[]> {
  return (await store.runs({ sweep, limit: 10_000 })).reverse();
}

async function describeTrial(store: Store, spec: SweepSpec, run: RunRecord): Promise<Trial> {
  const config = run.config as Record<string, never>;
  const assignment = Object.fromEntries(
    Object.keys(spec.space).map((field) => [field, config[field]]),
  ) as Assignment;
  const ended = !["queued", "running"].includes(run.status);
  const value = ended ? await trialValue(store, spec, run) : undefined;
  const sign = spec.goal === "minimize" ? 1 : -1;
  return {
    assignment,
    ended,
    ...(spec.budget ? { budget: config[spec.budget.field] as number } : {}),
    ...(ended ? { loss: value === undefined ? Number.POSITIVE_INFINITY : sign * value } : {}),
  };
}

/** What a trial came to: its summary's figure, else the last point of the curve of that name. */
async function trialValue(
  store: Store,
  { metric }: SweepSpec,
  run: RunRecord,
): Promise<number | undefined> {
  const summary = run.summary as Record<string, unknown> | null;
  const figure = summary?.[metric];
  if (typeof figure === "number") return figure;
  const curve = (await store.metrics(run.id, { names: [metric] })).series[0];
  const last = curve?.values.at(-1);
  return last !== undefined && Number.isFinite(last) ? last : undefined;
}

async function stopHopeless(
  store: Store,
  spec: SweepSpec,
  runs: readonly RunRecord[],
): Promise<void> {
  const rule = spec.earlyStop;
  const active = runs.filter(({ status }) => status === "running");
  if (!rule || active.length === 0) return;
  const sign = spec.goal === "minimize" ? 1 : -1;
  const curves = new Map<string, number[]>();
  for (const { id } of runs) {
    const [curve] = (await store.metrics(id, { names: [spec.metric] })).series;
    curves.set(id, curve?.values.map((value) => sign * value) ?? []);
  }
  for (const { id } of active) {
    const others = runs.filter(
      (one) => one.id !== id && (rule.type === "hyperband" || one.status === "done"),
    );
    const rest = others.map((one) => curves.get(one.id) as number[]);
    const own = curves.get(id) as number[];
    // Points may have come in a bunch: each of them is looked at.
    const hopeless = own.some((_, index) => shouldStop(rule, own.slice(0, index + 1), rest));
    if (hopeless) await store.requestStop(id);
  }
}

async function summarize(
  run: Run,
  spec: SweepSpec,
  runs: readonly RunRecord[],
  trials: readonly Trial[],
): Promise<SweepSummary> {
  const sign = spec.goal === "minimize" ? 1 : -1;
  const rows = runs.map((one, index): TrialRow => {
    const { assignment, loss, budget } = trials[index] as Trial;
    const value = loss !== undefined && Number.isFinite(loss) ? sign * loss : null;
    return {
      run: one.id,
      status: one.status,
      value,
      ...(budget === undefined ? {} : { budget }),
      ...assignment,
    };
  });
  const rank = ({ value, budget = 0 }: TrialRow) => [
    -budget,
    value === null ? Infinity : sign * value,
  ];
  const sorted = [...rows].sort((a, b) => {
    const [budgetA, lossA] = rank(a) as [number, number];
    const [budgetB, lossB] = rank(b) as [number, number];
    return budgetA - budgetB || lossA - lossB || 0;
  });
  await run.artifact("trials", "table", sorted);
  const best = sorted.find(({ value }) => value !== null);
  return {
    trials: rows.length,
    metric: spec.metric,
    best: best
      ? {
          run: best.run,
          value: best.value as number,
          input: (trials[rows.indexOf(best)] as Trial).assignment,
        }
      : null,
  };
}

/** Waits for a change of one of the sweep's trials; one that came before the wait counts. */
class News {
  readonly #leave: () => void;
  #fresh = false;
  #hear: () => void = () => {};

  constructor(store: Store, sweep: string) {
    const own = new Set<string>();
    this.#leave = store.subscribe((event) => {
      if (event.type === "run" && event.run.sweep === sweep) own.add(event.run.id);
      else if (event.type !== "metrics" || !own.has(event.runId)) return;
      this.#fresh = true;
      this.#hear();
    });
  }

  /** At the latest after two seconds, should a word have been lost on its way. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#hear = () => {};
        this.#fresh = false;
        resolve();
      };
      const timer = setTimeout(end, 2_000);
      if (this.#fresh) return end();
      this.#hear = end;
      signal.addEventListener("abort", end, { once: true });
    });
  }

  close(): void {
    this.#leave();
  }
}
