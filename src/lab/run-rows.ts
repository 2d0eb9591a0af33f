// Between the rows of the database and the records that the store hands out.
import { randomInt } from "node:crypto";
import type { MetricSeries, RunRecord } from "./records.ts";
import { thinIndices } from "./thin.ts";

/** The columns of a run, for `select` and `returning`. */
export const runColumns = `id, lab, name, status, config, summary, error, parent, project,
  sweep, attempt, worker, created, started, ended`;

/** A run as the database returns it. */
export type RunRow = {
  [Key in keyof RunRecord]: Key extends "created" | "started" | "ended"
    ? Date | string | null
    : RunRecord[Key];
};

/** Times as text. */
export function toRecord(row: RunRow): RunRecord {
  return {
    ...row,
    created: toTime(row.created as Date | string),
    started: row.started && toTime(row.started),
    ended: row.ended && toTime(row.ended),
  };
}

/** Inside of JSON the database writes times as text, of its own precision and time zone. */
function toTime(time: Date | string): string {
  return new Date(time).toISOString();
}

/** A curve as the database returns it: steps and values in step order, joined by commas. */
export interface CurveRow {
  readonly name: string;
  /** The greatest `seq` among its points. */
  readonly last: number;
  readonly steps: string;
  readonly values: string;
}

/** A curve in columns, with at most `maxPoints` of its points. */
export function toSeries({ name, ...row }: CurveRow, maxPoints?: number): MetricSeries {
  const steps = row.steps.split(",").map(Number);
  const values = row.values.split(",").map(Number);
  const kept = maxPoints === undefined ? undefined : thinIndices(values, Math.max(2, maxPoints));
  return {
    name,
    count: steps.length,
    steps: kept ? kept.map((index) => steps[index]) : steps,
    values: kept ? kept.map((index) => values[index]) : values,
  };
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
