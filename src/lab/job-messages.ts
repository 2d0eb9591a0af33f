// What the process of the store and a worker process say to each other.
import type { ArtifactContent, ArtifactKind, ArtifactOptions, JobProgress } from "./run.ts";

/** The first message to a worker: which function of which module to call, and with what. */
export interface JobStart {
  readonly type: "start";
  readonly module: string;
  readonly function: string;
  readonly options: object;
  readonly runId: string;
  readonly folder: string;
  readonly parentFolder?: string;
}

/** Later messages to a worker. */
export type JobReply =
  | { readonly type: "abort" }
  | { readonly type: "reply"; readonly id: number; readonly value: unknown }
  | { readonly type: "reply"; readonly id: number; readonly error: string };

/** Messages from a worker. */
export type JobMessage =
  | {
      readonly type: "metrics";
      readonly step: number;
      readonly values: Readonly<Record<string, number>>;
    }
  | { readonly type: "flush"; readonly id: number }
  | {
      readonly type: "artifact";
      readonly id: number;
      readonly arguments: [string, ArtifactKind, ArtifactContent, ArtifactOptions?];
    }
  | { readonly type: "progress"; readonly progress: JobProgress }
  | { readonly type: "done"; readonly summary: object }
  | { readonly type: "failed"; readonly message: string; readonly stack?: string };
