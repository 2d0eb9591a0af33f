// Recorded runs as an experiment: one row per run and epoch, each coming from the epoch before.
import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Badge, fitBadge } from "../core/badges.ts";
import { higherIsBetter, type MeasurePair, measurePairs } from "../core/metrics.ts";
import type { Datapoint, Value } from "../core/types.ts";
import { HiplotError } from "../errors.ts";
import { ExperimentData } from "../experiment.ts";
import { readJournal } from "./journal.ts";
import { journalFolder, type Params } from "./tracker.ts";

/** A recorded run. */
export interface RecordedRun {
  readonly experiment: string;
  readonly id: string;
  readonly name: string;
  readonly params: Params;
  readonly from: { readonly run: string; readonly epoch: number } | null;
  readonly finished: boolean;
  /** Values by epoch, ascending; of an epoch that was logged twice the later. */
  readonly epochs: ReadonlyMap<number, Readonly<Record<string, Value>>>;
}

/** A run as `track ls` lists it. */
export interface RunListing {
  readonly experiment: string;
  readonly id: string;
  readonly bytes: number;
  readonly changed: Date;
}

/** The journals of a data folder, of one experiment or of all; nothing is read but their sizes. */
export async function listRuns(dataDir: string, experiment?: string): Promise<RunListing[]> {
  const folder = join(resolve(dataDir), journalFolder);
  if (!existsSync(folder)) return [];
  const experiments = experiment === undefined ? await readdir(folder) : [experiment];
  const listed = experiments.sort().map(async (name) => {
    const files = await readdir(join(folder, name)).catch(() => [] as string[]);
    return Promise.all(
      files
        .filter((file) => file.endsWith(".jsonl"))
        .map(async (file): Promise<RunListing> => {
          const { size, mtime } = await stat(join(folder, name, file));
          return { experiment: name, id: file.slice(0, -6), bytes: size, changed: mtime };
        }),
    );
  });
  return (await Promise.all(listed)).flat();
}

/** Reads one run's journal. */
export function readRun(dataDir: string, experiment: string, id: string): RecordedRun {
  const path = join(resolve(dataDir), journalFolder, experiment, `${id}.jsonl`);
  if (!existsSync(path)) {
    throw new HiplotError("tracker", `run ${id}: there is none of this id in ${experiment}`);
  }
  const records = readJournal(path);
  const start = records.find(({ kind }) => kind === "start") ?? {};
  const epochs = new Map<number, Record<string, Value>>();
  for (const { kind, epoch, ...values } of records) {
    if (kind === undefined && typeof epoch === "number") {
      epochs.set(epoch, values as Record<string, Value>);
    }
  }
  return {
    experiment,
    id,
    name: String(start.name ?? id),
    params: (start.params ?? {}) as Params,
    from: (start.from ?? null) as RecordedRun["from"],
    finished: records.some(({ kind }) => kind === "finish"),
    epochs: new Map([...epochs].sort((a, b) => a[0] - b[0])),
  };
}

/** Removes a run's journal. */
export async function removeRun(dataDir: string, experiment: string, id: string): Promise<void> {
  readRun(dataDir, experiment, id);
  await rm(join(resolve(dataDir), journalFolder, experiment, `${id}.jsonl`));
}

/** The metric for badges: one with both `train/…` and `valid/…` (or `train_…`, `valid_…`). */
function badgePair(runs: readonly RecordedRun[], wanted?: string): MeasurePair | undefined {
  const names = new Set(
    runs.flatMap(({ epochs }) => Object.keys(epochs.values().next().value ?? {})),
  );
  const pairs = measurePairs([...names]);
  return wanted === undefined ? pairs[0] : pairs.find(({ measure }) => measure === wanted);
}

/** A verdict for each run by its id. */
export function badgesOf(runs: readonly RecordedRun[], metric?: string): Map<string, Badge> {
  const pair = badgePair(runs, metric);
  if (pair === undefined) return new Map();
  const lowerIsBetter = !higherIsBetter(pair.valid);
  const curves = runs.map((run) => ({
    id: run.id,
    train: curve(run, pair.train),
    valid: curve(run, pair.valid),
  }));
  const ends = curves.map(({ valid }) => valid.at(-1)!).filter(Number.isFinite);
  const bestOfAll = lowerIsBetter ? Math.min(...ends) : Math.max(...ends);
  return new Map(
    curves.map(({ id, train, valid }) => [
      id,
      fitBadge({ train, valid, lowerIsBetter, bestOfAll }),
    ]),
  );
}

function curve({ epochs }: RecordedRun, name: string): number[] {
  return Array.from(epochs.values(), (row) => row[name]).filter(
    (value) => typeof value === "number",
  );
}

/** Rows of runs: settings, epoch and metrics as columns, besides `run` and the run's `fit`. */
export function runsExperiment(runs: readonly RecordedRun[]): ExperimentData {
  const badges = badgesOf(runs);
  const datapoints: Datapoint[] = [];
  const uids = new Set<string>();
  for (const run of runs) {
    const badge = badges.get(run.id);
    let before = run.from && `${run.from.run}_${run.from.epoch}`;
    for (const [epoch, values] of run.epochs) {
      const uid = `${run.id}_${epoch}`;
      datapoints.push({
        uid,
        fromUid: before,
        values: {
          run: run.name,
          ...run.params,
          epoch,
          ...values,
          ...(badge && { fit: badge.fit }),
        },
      });
      uids.add(uid);
      before = uid;
    }
  }
  // A parent that is still to be written, or was removed, is no reason not to show the child.
  for (const point of datapoints) {
    if (point.fromUid !== null && !uids.has(point.fromUid)) point.fromUid = null;
  }
  return new ExperimentData({ datapoints });
}
