// What the store's calls take, and what they give back beside records.
import type { RunStatus } from "./records.ts";
import type { ArtifactInfo } from "./run.ts";

/** Options of `openStore`. */
export interface OpenStoreOptions {
  /** What another process is told when it finds the folder taken; default: this command line. */
  readonly note?: string;
  /** How long to wait for a process that has the folder and answers nobody; default 0 ms. */
  readonly patienceMs?: number;
  /**
   * URL of a PostgreSQL server that holds the runs in place of the folder's own database. Then several
   * processes may have the store open; the folder (files of runs) must be the same for all of them.
   */
  readonly database?: string;
  /**
   * On a server: a run that this process works on is given to another one when this one has not been
   * heard of for so long; default 15.
   */
  readonly leaseSeconds?: number;
}

/** Arguments of `Store.createRun`. */
export interface NewRun {
  /** The kind of work, e.g. `text-classifier`. */
  readonly lab: string;
  /** What a person calls it; default: the lab's name. */
  readonly name?: string;
  readonly config?: object;
  /** The run that this one continues. */
  readonly parent?: string;
  /** What it is a step of: runs of one project are shown together, in the order they were made. */
  readonly project?: string;
  /** The sweep that this run is a trial of. */
  readonly sweep?: string;
}

/** Which runs `Store.runs` lists. */
export interface RunFilter {
  /** Only runs whose ids begin so. */
  readonly id?: string;
  readonly lab?: string;
  readonly status?: RunStatus;
  readonly project?: string;
  /** Only trials of this sweep. */
  readonly sweep?: string;
  /** At most this many, newest first; default 100. */
  readonly limit?: number;
}

/** Which points `Store.metrics` returns. */
export interface MetricFilter {
  readonly names?: readonly string[];
  /** Only steps above this one. */
  readonly afterStep?: number;
  /** At most this many points per curve, its ends and peaks kept. */
  readonly maxPoints?: number;
}

/** Argument of `Store.adoptRun`. */
export type ForeignRun = Pick<NewRun, "lab" | "name" | "config" | "parent"> & {
  readonly id: string;
  readonly created: Date;
};

/** Where an artifact's bytes lie. */
export interface ArtifactFile extends ArtifactInfo {
  readonly path: string;
}
