// What the store hands out: plain records, ready to be sent as JSON.
import type { ArtifactInfo, JobProgress, Json } from "./run.ts";

/** All states of a run; `interrupted` means that its process went away without a word. */
export const runStatuses = [
  "queued",
  "running",
  "done",
  "failed",
  "stopped",
  "interrupted",
] as const;

/** The state of a run. */
export type RunStatus = (typeof runStatuses)[number];

/** A run as the store knows it. Times are ISO 8601 in UTC. */
export interface RunRecord {
  readonly id: string;
  readonly lab: string;
  readonly name: string;
  readonly status: RunStatus;
  readonly config: Json;
  readonly summary: Json;
  /** One clear message where the run failed or was cut off. */
  readonly error: string | null;
  readonly parent: string | null;
  /** The sweep that this run is a trial of. */
  readonly sweep: string | null;
  /** How many times the run was taken up by a worker. */
  readonly attempt: number;
  /** Host and process of the worker that has it, or had it last. */
  readonly worker: string | null;
  /** What it is a step of. */
  readonly project: string | null;
  readonly created: string;
  readonly started: string | null;
  readonly ended: string | null;
}

/** A run with the list of what it left behind. */
export interface RunDetails extends RunRecord {
  /** Versions and machine. */
  readonly environment: Json;
  readonly artifacts: readonly ArtifactInfo[];
  /** What its job said last, while it runs. */
  readonly progress: JobProgress | null;
}

/** One measured value. `seq` grows over the whole store and is the cursor of live readers. */
export interface MetricPoint {
  readonly seq: number;
  readonly step: number;
  readonly name: string;
  readonly value: number;
  readonly time: string;
}

/** One curve in columns, ascending by step; `values[i]` belongs to `steps[i]`. */
export interface MetricSeries {
  readonly name: string;
  /** Points recorded, before any thinning. */
  readonly count: number;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** Curves of a run; points recorded later have a `seq` above `cursor`. */
export interface MetricsResult {
  readonly cursor: number;
  readonly series: readonly MetricSeries[];
}

/** What the store tells its subscribers, after it is stored; progress is not stored. */
export type StoreEvent =
  | { readonly type: "run"; readonly run: RunRecord }
  | { readonly type: "metrics"; readonly runId: string; readonly points: readonly MetricPoint[] }
  | { readonly type: "artifact"; readonly runId: string; readonly artifact: ArtifactInfo }
  | { readonly type: "progress"; readonly runId: string; readonly progress: JobProgress }
  | { readonly type: "stop"; readonly runId: string }
  | { readonly type: "removed"; readonly runId: string };
