// Runs as rows of the plot: settings and results side by side, each run below the one it continues.
import { frameOf } from "../../systems/hiplot/core/frame.ts";
import type { Datapoint, Value } from "../../systems/hiplot/core/types.ts";
import type { Json, MetricsResult, RunRecord } from "../api.ts";
import type { ViewData } from "../hiplot/element.ts";
import { isRecord } from "../summary.ts";

/** Ids of runs say nothing on an axis; the table has them. */
export const withoutIds = { displayData: { PARALLEL_PLOT: { hide: ["uid", "from_uid"] } } };

/** One row per run: its lab, state, settings, figures and length. */
export function runsData(runs: readonly RunRecord[]): ViewData {
  const ids = new Set(runs.map(({ id }) => id));
  const points = runs.toReversed().map((run): Datapoint => {
    const values: Record<string, Value> = { run: run.name, lab: run.lab, status: run.status };
    collect(values, run.config);
    collect(values, run.summary);
    const seconds = secondsOf(run);
    if (seconds !== null) values.seconds = seconds;
    const parent = run.parent && ids.has(run.parent) ? run.parent : null;
    return { uid: run.id, fromUid: parent, values };
  });
  return { frame: frameOf(points), settings: withoutIds };
}

/** What was measured of each run, by its id. */
export type StepsByRun = ReadonlyMap<string, MetricsResult>;

/**
 * One row per validated step (any step where nothing was validated), below the step before it: each
 * measure at that step, or last before it. A run that continues another comes from that one's last row.
 */
export function stepsData(runs: readonly RunRecord[], metrics: StepsByRun): ViewData {
  const points: Datapoint[] = [];
  const lastRow = new Map<string, string>();
  // Parents are older than their children.
  for (const run of runs.toReversed()) {
    const series = metrics.get(run.id)?.series ?? [];
    const settings: Record<string, Value> = { run: run.name };
    collect(settings, run.config);
    const validated = series.filter(({ name }) => name.startsWith("valid/"));
    const marking = validated.length > 0 ? validated : series;
    const steps = [...new Set(marking.flatMap((each) => each.steps))].sort((a, b) => a - b);
    let before = (run.parent && lastRow.get(run.parent)) || null;
    for (const step of steps) {
      const uid = `${run.id}_${step}`;
      const values: Record<string, Value> = { ...settings, step };
      for (const { name, steps: at, values: found } of series) {
        const place = at.findLastIndex((each) => each <= step);
        if (place >= 0) values[name] = found[place];
      }
      points.push({ uid, fromUid: before, values });
      before = uid;
    }
    if (before !== null) lastRow.set(run.id, before);
  }
  return { frame: frameOf(points), settings: withoutIds };
}

const longestText = 60;

/** Plain values, and those of objects one level down; long texts say nothing on an axis. */
function collect(values: Record<string, Value>, from: Json, prefix = ""): void {
  if (!isRecord(from)) return;
  for (const [name, value] of Object.entries(from)) {
    const key = `${prefix}${name}`;
    if (isRecord(value) && prefix === "") collect(values, value, `${name} `);
    else if (typeof value === "number" || typeof value === "boolean") values[key] ??= value;
    else if (typeof value === "string" && value.length <= longestText) values[key] ??= value;
  }
}

function secondsOf({ started, ended }: RunRecord): number | null {
  return started && ended ? (Date.parse(ended) - Date.parse(started)) / 1_000 : null;
}
