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

/** One row per step that was measured, below the step before it. */
export function stepsData(runs: readonly RunRecord[], metrics: readonly MetricsResult[]): ViewData {
  const points: Datapoint[] = [];
  for (const [place, run] of runs.entries()) {
    const rows = new Map<number, Record<string, Value>>();
    for (const { name, steps, values } of metrics[place]?.series ?? []) {
      for (const [i, step] of steps.entries()) {
        const row = rows.get(step) ?? {};
        row[name] = values[i];
        rows.set(step, row);
      }
    }
    const settings: Record<string, Value> = { run: run.name };
    collect(settings, run.config);
    let before: string | null = null;
    for (const [step, measured] of [...rows].sort(([a], [b]) => a - b)) {
      const uid = `${run.id}_${step}`;
      points.push({ uid, fromUid: before, values: { ...settings, step, ...measured } });
      before = uid;
    }
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
