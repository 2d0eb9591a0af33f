// The server's API as the page sees it: the shapes of its JSON, and how they are fetched.

export type RunStatus = "queued" | "running" | "done" | "failed" | "stopped" | "interrupted";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface RunRecord {
  readonly id: string;
  readonly lab: string;
  readonly name: string;
  readonly status: RunStatus;
  readonly config: Json;
  readonly summary: Json;
  readonly error: string | null;
  /** How often its job was begun. */
  readonly attempt: number;
  readonly parent: string | null;
  readonly project: string | null;
  /** The sweep that this run is a trial of. */
  readonly sweep: string | null;
  readonly created: string;
  readonly started: string | null;
  readonly ended: string | null;
}

export interface ArtifactInfo {
  readonly name: string;
  readonly kind: string;
  readonly mediaType: string;
  readonly bytes: number;
}

export interface JobProgress {
  readonly phase: string;
  readonly done?: number;
  readonly total?: number;
  readonly message?: string;
  readonly values?: Readonly<Record<string, number>>;
  readonly secondsLeft?: number;
}

export interface RunDetails extends RunRecord {
  readonly environment: Json;
  readonly artifacts: readonly ArtifactInfo[];
  readonly progress: JobProgress | null;
}

/** `values[i]` belongs to `steps[i]`; null stands for what is not a finite number. */
export interface MetricSeries {
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly (number | null)[];
}

export interface MetricsResult {
  readonly cursor: number;
  readonly series: readonly MetricSeries[];
}

export interface MetricPoint {
  readonly name: string;
  readonly step: number;
  readonly value: number | null;
}

export interface ConfusionMatrix {
  readonly classes: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

export interface Mistake {
  readonly index: number;
  readonly text: string;
  readonly truth: string;
  readonly predicted: string;
  readonly confidence: number;
}

export interface ComparisonRow {
  readonly model: string;
  readonly role: "model" | "baseline";
  readonly accuracy: number;
  readonly f1: number;
  readonly auroc: number;
  readonly seconds: number;
}

export interface DatasetSummary {
  readonly source: string;
  readonly rows: number;
  readonly skipped: number;
  readonly groups: number;
  readonly classes: readonly {
    readonly label: string;
    readonly train: number;
    readonly valid: number;
    readonly test: number;
  }[];
}

/** An answer of the server that is an error; `message` is meant for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Fetches JSON from the server. Throws `ApiError`, or `TypeError` when the server is away. */
export async function fetchJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(path, { signal });
  if (answer.ok) return (await answer.json()) as T;
  const body = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
  throw new ApiError(
    answer.status,
    body?.error?.message ?? `The server answered ${answer.status}.`,
  );
}

/** The address of a run's artifact. */
export function artifactUrl(runId: string, name: string): string {
  return `/api/runs/${runId}/artifacts/${name}`;
}
