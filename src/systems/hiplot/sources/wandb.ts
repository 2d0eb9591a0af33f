// CSV files that Weights & Biases exports: a chart's curves become chains of rows, one per run.
import { cellOf } from "../core/columns.ts";
import type { CsvTable } from "../core/csv.ts";
import { ExperimentData, pointsOf, type Row } from "../experiment.ts";

/** Columns of a chart export: `<run> - <metric>`, with `__MIN` and `__MAX` beside it. */
const curveName = /^(.+) - (.+?)(__MIN|__MAX)?$/;

/** Whether a table is a chart export: a step, and for each run a column with its band. */
export function isWandbCurves({ columns }: CsvTable): boolean {
  const names = columns.map(({ name }) => name);
  return names.length > 1 && names.some((name) => name.endsWith("__MIN") && curveName.test(name));
}

/** One row per run and step; each comes from the step before. */
export function wandbCurves({ columns, rows, notes }: CsvTable): ExperimentData {
  const [step, ...curves] = columns;
  const runs = new Map<string, Map<number, Record<string, unknown>>>();
  for (const column of curves) {
    const found = curveName.exec(column.name);
    if (!found || found[3]) continue;
    const [, run, metric] = found as unknown as [string, string, string];
    const points = runs.get(run) ?? new Map<number, Record<string, unknown>>();
    runs.set(run, points);
    for (let row = 0; row < rows; row++) {
      const cell = cellOf(column, row);
      if (cell === undefined || cell === "") continue;
      const point = points.get(row) ?? { run, [step!.name]: cellOf(step!, row) };
      point[metric] = cell;
      points.set(row, point);
    }
  }
  const datapoints: Row[] = [];
  for (const [run, points] of runs) {
    let before: string | null = null;
    for (const [row, values] of [...points].sort((a, b) => a[0] - b[0])) {
      const uid = `${run}_${row}`;
      datapoints.push({ uid, from_uid: before, ...values });
      before = uid;
    }
  }
  return new ExperimentData({ datapoints: pointsOf(datapoints), notes });
}
