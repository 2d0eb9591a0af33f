// Runs that are still being recorded: their rows are told as they reach the journals.

import type { Datapoint } from "../core/types.ts";
import { listRuns, type RecordedRun, type RunListing, readRun, runsExperiment } from "./runs.ts";

/** How often the journals are looked at. */
const usualEveryMs = 1_000;

/** What is followed. */
export interface FollowOptions {
  readonly dataDir: string;
  /** One experiment; default all. */
  readonly experiment?: string;
  /** One run of it; default all. */
  readonly run?: string;
  readonly everyMs?: number;
}

/**
 * Calls back with the rows of every run whose journal has grown since the call, or since it was told
 * last: all its rows, as a run's verdict changes with its curve. Returns how to stop.
 */
export function followRuns(
  options: FollowOptions,
  put: (points: readonly Datapoint[]) => void,
): () => void {
  const { dataDir, experiment, run, everyMs = usualEveryMs } = options;
  const key = ({ experiment: name, id }: RunListing) => `${name}/${id}`;
  let known: Map<string, number> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const look = async () => {
    const listed = (await listRuns(dataDir, experiment)).filter(
      ({ id }) => run === undefined || id === run,
    );
    const before = known;
    known = new Map(listed.map((each) => [key(each), each.bytes]));
    if (before === null) return;
    const grown = listed.filter((each) => before.get(key(each)) !== each.bytes);
    if (grown.length === 0 || stopped) return;
    const runs = grown.map((each) => readRun(dataDir, each.experiment, each.id));
    put(withForks(runs, runsExperiment(runs).datapoints));
  };
  const again = async () => {
    // A journal that is removed while it is read is no reason to stop following the others.
    await look().catch(() => {});
    if (!stopped) timer = setTimeout(again, everyMs);
  };
  void again();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** The first row of a fork comes from another run's row, also where that run is not among those that are told. */
function withForks(runs: readonly RecordedRun[], points: readonly Datapoint[]): Datapoint[] {
  const origin = new Map<string, string>(
    runs.flatMap(({ id, from, epochs }) => {
      const [first] = epochs.keys();
      return from && first !== undefined
        ? [[`${id}_${first}`, `${from.run}_${from.epoch}`] as const]
        : [];
    }),
  );
  return points.map((point) => ({ ...point, fromUid: origin.get(point.uid) ?? point.fromUid }));
}
