// Runs of other tools into the tracker: each chain of rows becomes a journal, a branch a fork.
import type { ExperimentData } from "../experiment.ts";
import { type TrackedRun, track } from "./tracker.ts";

/** Names of columns that number the rows of a run. */
const stepNames = ["epoch", "step", "generation", "iteration"];

/** Copies all rows of an experiment; a row's children after the first begin runs of their own. */
export function importRunsInto(
  source: ExperimentData,
  target: { readonly experiment: string; readonly dataDir?: string },
): number {
  const frame = source.frame();
  const step = stepNames.find((name) => frame.column(name));
  const runs = new Map<number, { run: TrackedRun; epoch: number }>();
  const continued = new Set<number>();
  const started: TrackedRun[] = [];
  for (let row = 0; row < frame.rows; row++) {
    const parent = frame.parentOf(row);
    const before = parent < 0 ? undefined : runs.get(parent);
    const goesOn = before !== undefined && !continued.has(parent);
    const run = goesOn
      ? before.run
      : track({ ...target, ...(before && { from: { run: before.run.id, epoch: before.epoch } }) });
    if (goesOn) continued.add(parent);
    else started.push(run);
    const { values } = frame.datapoint(row);
    const given = step === undefined ? undefined : Number(values[step]);
    const epoch = given !== undefined && Number.isFinite(given) ? given : (before?.epoch ?? -1) + 1;
    run.log({ ...values, epoch });
    runs.set(row, { run, epoch });
  }
  for (const run of started) run.finish();
  return started.length;
}
