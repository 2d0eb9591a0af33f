// What a job sees of its run: where to report metrics and artifacts. The store and the lab runner implement it.

/** What the Studio and the CLI know how to show. */
export const artifactKinds = [
  "table",
  "image",
  "audio",
  "plot",
  "mesh",
  "text",
  "model",
  "html",
] as const;

/** Decides how the Studio renders an artifact; the media type says how its bytes are read. */
export type ArtifactKind = (typeof artifactKinds)[number];

/** Any value that survives `JSON.stringify` and `JSON.parse` unchanged. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** Bytes are stored as they are, strings as UTF-8 text, everything else as JSON. */
export type ArtifactContent = string | Uint8Array | object;

/** How an artifact is stored. */
export interface ArtifactOptions {
  /** MIME type; the default follows from the content (JSON, UTF-8 text or octets) and the name. */
  mediaType?: string;
}

/** One stored artifact, without its content. */
export interface ArtifactInfo {
  readonly name: string;
  readonly kind: ArtifactKind;
  readonly mediaType: string;
  readonly bytes: number;
}

/**
 * A job's side of a run. It works the same in the process of the store and in a worker process.
 * Who starts the job marks the run as finished, failed or stopped; the job returns or throws.
 */
export interface RunHandle {
  readonly id: string;
  /**
   * The run's own folder (absolute, exists). Artifacts are kept in its `artifacts/`; a job may write
   * whatever else it needs beside that, say `checkpoints/`.
   */
  readonly folder: string;
  /** The folder of the run that this one continues, where there is such a run. */
  readonly parentFolder?: string;
  /**
   * Records values at a step, e.g. `metrics(120, { "train/loss": 0.31 })`. Names are `part/measure`
   * or `measure`: the Studio draws one chart per measure with one line per part. Buffered and cheap;
   * a value that is not finite is kept as such (a loss that became NaN is worth seeing).
   */
  metrics(step: number, values: Readonly<Record<string, number>>): void;
  /** Resolves when all metrics so far are stored. */
  flush(): Promise<void>;
  /**
   * Stores (or replaces) an artifact. `name` is one to four segments of lower-case letters, digits,
   * `.`, `_` and `-` joined by `/`, e.g. `model/weights.safetensors`; anything else is refused.
   */
  artifact(
    name: string,
    kind: ArtifactKind,
    content: ArtifactContent,
    options?: ArtifactOptions,
  ): Promise<ArtifactInfo>;
}

/** What a job tells while it works; the CLI draws a bar from it, the Studio a line. */
export interface JobProgress {
  /** A short word for the part of the job at hand, e.g. `tokenize`, `train`. */
  readonly phase: string;
  /** Steps done and to do in this phase; leave both out where the number is not known. */
  readonly done?: number;
  readonly total?: number;
  /** One short sentence for a person, e.g. `4 096 pieces learned`. */
  readonly message?: string;
  /** Figures worth showing beside the bar, e.g. `{ loss: 0.21, "mails/s": 310 }`. */
  readonly values?: Readonly<Record<string, number>>;
  readonly secondsLeft?: number;
}
