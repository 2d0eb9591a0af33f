// Does the steps of the main job that are not done yet, one after the other, each with its progress.
import {
  type JobProgress,
  type LabRegistry,
  parseDimension,
  prepareInput,
  type Queue,
  type RunRecord,
  runJob,
  type Store,
} from "../../lab/index.ts";
import { type Output, ProgressPrinter } from "../progress.ts";
import { runWithProgress } from "../run-lab.ts";
import { untilEnded } from "../sweep.ts";
import { type JobStep, type LabStep, projectName, type Step, type SweepStep } from "./plan.ts";

/** What the steps are done with. */
export interface StepsContext {
  readonly store: Store;
  readonly queue: Queue;
  readonly registry: LabRegistry;
  /** The module with the jobs of `JobStep`. */
  readonly jobs: URL;
  readonly signal: AbortSignal;
  readonly output: Output;
  /** Do finished steps again as well. */
  readonly again?: boolean;
}

/** Runs of the steps by their names. @throws as `runJob` where a step fails or is stopped */
export async function runSteps(
  steps: readonly Step[],
  context: StepsContext,
): Promise<ReadonlyMap<string, RunRecord>> {
  const { store, output, again } = context;
  const earlier = await store.runs({ project: projectName, limit: 1_000 });
  const done = new Map<string, RunRecord>();
  for (const [place, step] of steps.entries()) {
    context.signal.throwIfAborted();
    const known = earlier.filter(({ name, sweep }) => name === step.name && sweep === null);
    const finished = again ? undefined : known.find(({ status }) => status === "done");
    const head = `${place + 1}/${steps.length} ${step.name}`;
    output.write(finished ? `${head}: done earlier\n` : `\n${head}\n`);
    const run = finished ?? (await runStep(step, context, done, again ? [] : known));
    done.set(step.name, run);
    if (!finished) output.write(describeStep(run));
  }
  return done;
}

function runStep(
  step: Step,
  context: StepsContext,
  done: ReadonlyMap<string, RunRecord>,
  earlier: readonly RunRecord[],
): Promise<RunRecord> {
  if (step.kind === "job") return runJobStep(step, context, done);
  if (step.kind === "lab") return runLabStep(step, context);
  return runSweepStep(step, context, earlier);
}

async function runJobStep(
  { name, lab, function: job, after, config }: JobStep,
  { store, jobs, signal, output }: StepsContext,
  done: ReadonlyMap<string, RunRecord>,
): Promise<RunRecord> {
  const printer = new ProgressPrinter(output);
  const parent = after === undefined ? undefined : done.get(after)?.id;
  try {
    const run = await runJob({
      ...{ store, lab, name, parent, project: projectName, signal },
      ...{ module: jobs, function: job, config },
      onProgress: (progress: JobProgress) => printer.update(progress),
    });
    printer.finish(true);
    return run;
  } catch (error) {
    printer.finish(false);
    throw error;
  }
}

async function runLabStep(
  { name, lab, input }: LabStep,
  { store, registry, signal, output, again }: StepsContext,
): Promise<RunRecord> {
  const checked = await prepareInput(registry, lab, input);
  const work = { store, registry, lab, input: checked, name, project: projectName };
  return runWithProgress({ ...work, signal, output, again });
}

/** A sweep that was cut off goes on: its finished trials count. */
async function runSweepStep(
  { name, sweep, space }: SweepStep,
  { store, queue, registry, signal, output }: StepsContext,
  earlier: readonly RunRecord[],
): Promise<RunRecord> {
  const dimensions = Object.entries(space).map(([field, text]) => {
    return [field, parseDimension(field, text)] as const;
  });
  const spec = { ...sweep, space: Object.fromEntries(dimensions) };
  const [open] = earlier;
  if (open?.ended) await queue.resume(open.id);
  const id =
    open?.id ?? (await queue.submitSweep(registry, spec, { name, project: projectName })).id;
  const printer = new ProgressPrinter(output);
  const run = await untilEnded(store, id, printer, signal);
  printer.finish(run.status === "done");
  signal.throwIfAborted();
  if (run.status !== "done") throw new Error(run.error ?? `the sweep ended as ${run.status}`);
  return run;
}

/** What a step came to, in a sentence of its own and with its accuracy. */
function describeStep({ summary }: RunRecord): string {
  const { about, accuracy } = (summary ?? {}) as { about?: string; accuracy?: number };
  const figure = accuracy === undefined ? "" : `  accuracy ${(100 * accuracy).toFixed(1)}%\n`;
  return `${about ? `  ${about}\n` : ""}${figure}`;
}
