// Runs of any lab out of the store: every training lands in the plot by itself.
import type { MetricSeries, RunRecord, Store } from "../../../lab/index.ts";
import type { Datapoint, Value } from "../core/types.ts";
import { ExperimentData } from "../experiment.ts";

/** Points per curve; a training of a million steps is drawn by these. */
const pointsPerCurve = 200;

/**
 * One row per run and validated step (any step where nothing was validated): the run's settings, its
 * metrics at that step or last before it. A run that continues another comes from that one's last row.
 */
export async function storeExperiment(
  store: Store,
  filter: { readonly lab?: string; readonly run?: string } = {},
): Promise<ExperimentData> {
  const { lab, run: wanted } = filter;
  const runs = (await store.runs({ ...(lab !== undefined && { lab }), limit: 100_000 })).filter(
    ({ id }) => wanted === undefined || id === wanted,
  );
  const datapoints: Datapoint[] = [];
  const lastRow = new Map<string, string>();
  // Parents are older than their children.
  for (const run of runs.reverse()) {
    const { series } = await store.metrics(run.id, { maxPoints: pointsPerCurve });
    const rows = rowsOf(run, series, (run.parent && lastRow.get(run.parent)) || null);
    datapoints.push(...rows);
    lastRow.set(run.id, rows.at(-1)!.uid);
  }
  return new ExperimentData({ datapoints });
}

function rowsOf(run: RunRecord, series: readonly MetricSeries[], from: string | null): Datapoint[] {
  const settings = { run: run.name, lab: run.lab, status: run.status, ...plain(run.config) };
  const validated = series.filter(({ name }) => name.startsWith("valid/"));
  const marking = validated.length > 0 ? validated : series;
  const steps = [...new Set(marking.flatMap((each) => [...each.steps]))].sort((a, b) => a - b);
  if (steps.length === 0) {
    return [{ uid: run.id, fromUid: from, values: { ...settings, ...plain(run.summary) } }];
  }
  let before = from;
  return steps.map((step) => {
    const values: Record<string, Value> = { ...settings, step };
    for (const { name, steps: at, values: found } of series) {
      const index = at.findLastIndex((each) => each <= step);
      if (index >= 0) values[name] = found[index]!;
    }
    const row = { uid: `${run.id}_${step}`, fromUid: before, values };
    before = row.uid;
    return row;
  });
}

/** What of a configuration or a summary is a column: numbers, texts and switches, inner ones by a path. */
function plain(json: unknown, prefix = ""): Record<string, Value> {
  if (json === null || typeof json !== "object" || Array.isArray(json)) return {};
  return Object.fromEntries(
    Object.entries(json).flatMap(([key, value]): [string, Value][] => {
      const name = prefix + key;
      if (value !== null && typeof value === "object")
        return Object.entries(plain(value, `${name}.`));
      const isPlain =
        ["number", "boolean"].includes(typeof value) ||
        (typeof value === "string" && value.length <= 200);
      return isPlain ? [[name, value as Value]] : [];
    }),
  );
}
