// Between the rows of the database and the records that the store hands out.
import { randomInt } from "node:crypto";
import type { MetricPoint, MetricSeries, RunRecord } from "./records.ts";
import { thinIndices } from "./thin.ts";

/** The columns of a run, for `select` and `returning`. */
export const runColumns = `id, lab, name, status, config, environment, summary, error, parent, project,
  sweep, attempt, worker, created, started, ended`;

/** A run as the database returns it. */
export type RunRow = {
  [Key in keyof RunRecord]: Key extends "created" | "started" | "ended"
    ? Date | null
    : RunRecord[Key];
};

/** Times as text. */
export function toRecord(row: RunRow): RunRecord {
  return {
    ...row,
    created: (row.created as Date).toISOString(),
    started: row.started?.toISOString() ?? null,
    ended: row.ended?.toISOString() ?? null,
  };
}

/** Points ordered by name and step as one curve per name, each with at most `maxPoints`. */
export function toSeries(rows: readonly MetricPoint[], maxPoints?: number): MetricSeries[] {
  const byName = new Map<string, MetricPoint[]>();
  for (const row of rows) {
    const points = byName.get(row.name);
    if (points) points.push(row);
    else byName.set(row.name, [row]);
  }
  return [...byName].map(([name, points]) => {
    const values = points.map((point) => point.value);
    const all = points.map((point) => point.step);
    const kept = maxPoints === undefined ? undefined : thinIndices(values, Math.max(2, maxPoints));
    return {
      name,
      count: points.length,
      steps: kept ? kept.map((index) => all[index]) : all,
      values: kept ? kept.map((index) => values[index]) : values,
    };
  });
}

const idLetters = "0123456789abcdefghjkmnpqrstvwxyz";

/** Ten letters without look-alikes: 50 bits, easy to read out, safe as a folder's name. */
export function newRunId(): string {
  return Array.from({ length: 10 }, () => idLetters[randomInt(idLetters.length)]).join("");
}

/** Whether `text` has the form of a run's id. */
export function isRunId(text: string): boolean {
  return /^[0-9a-hjkmnp-tv-z]{10}$/.test(text);
}

/** PostgreSQL's text cannot hold the NUL character. */
export function cleanText(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}
