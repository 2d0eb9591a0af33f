// The writing side of one run: metrics in batches, artifacts as files, and the words that end it.
import { artifactPath, encodeArtifact, writeFileAtomic } from "./artifacts.ts";
import type { Database } from "./database.ts";
import { checkMetrics } from "./metric-names.ts";
import type { MetricPoint, RunRecord, RunStatus, StoreEvent } from "./records.ts";
import {
  type ArtifactContent,
  type ArtifactInfo,
  type ArtifactKind,
  type ArtifactOptions,
  artifactKinds,
  type JobProgress,
  type RunHandle,
} from "./run.ts";

const flushAfterMs = 200;
const flushAtRows = 500;

interface PendingPoint {
  readonly step: number;
  readonly name: string;
  readonly value: number;
  readonly time: string;
}

/** What a run needs of its store. */
export interface RunContext {
  readonly database: Database;
  readonly publish: (event: StoreEvent) => void;
  readonly setStatus: (
    id: string,
    attempt: number,
    status: RunStatus,
    end: { summary?: object; error?: string },
  ) => Promise<RunRecord>;
  /** Called once when the run has ended here. */
  readonly ended: (id: string) => void;
}

/** The run has been given to another worker, or was taken away: what this one says no longer counts. */
export class RunLostError extends Error {
  override readonly name = "RunLostError";

  constructor(runId: string) {
    super(`run ${runId} is no longer this worker's: it was taken over or removed`);
  }
}

/** Which attempt at a run this is, and what it goes on from. */
export interface RunPlace {
  readonly id: string;
  readonly folder: string;
  readonly attempt: number;
  readonly parentFolder?: string;
}

/** A run that is being written. It ends by exactly one of `finish`, `fail` and `stop`. */
export class Run implements RunHandle {
  readonly id: string;
  readonly folder: string;
  readonly parentFolder?: string;
  readonly attempt: number;
  #context: RunContext;
  #pending: PendingPoint[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #ended = false;

  constructor({ id, folder, attempt, parentFolder }: RunPlace, context: RunContext) {
    this.id = id;
    this.folder = folder;
    this.attempt = attempt;
    if (parentFolder !== undefined) this.parentFolder = parentFolder;
    this.#context = context;
  }

  metrics(step: number, values: Readonly<Record<string, number>>): void {
    this.#assertOpen("metrics");
    checkMetrics(step, values);
    const time = new Date().toISOString();
    for (const [name, value] of Object.entries(values)) {
      this.#pending.push({ step, name, value, time });
    }
    if (this.#pending.length >= flushAtRows) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), flushAfterMs);
  }

  async flush(): Promise<void> {
    this.#write();
    await this.#writing;
    if (this.#failure) throw this.#failure;
  }

  async artifact(
    name: string,
    kind: ArtifactKind,
    content: ArtifactContent,
    options: ArtifactOptions = {},
  ): Promise<ArtifactInfo> {
    this.#assertOpen("artifact");
    if (!artifactKinds.includes(kind)) {
      throw new Error(
        `artifact ${name}: kind must be one of ${artifactKinds.join(", ")}, got ${kind}`,
      );
    }
    const path = artifactPath(this.folder, name);
    const { bytes, mediaType: usual } = encodeArtifact(name, content);
    const mediaType = options.mediaType ?? usual;
    await writeFileAtomic(path, bytes);
    // The row comes after the file: whoever finds the row finds the whole content.
    const { rows } = await this.#context.database.query(
      `insert into artifacts (run_id, name, kind, media_type, bytes)
       select $1, $2, $3, $4, $5::bigint ${ifStillOurs}
       on conflict (run_id, name) do update
       set kind = excluded.kind, media_type = excluded.media_type, bytes = excluded.bytes
       returning name`,
      [this.id, name, kind, mediaType, bytes.byteLength, this.attempt],
    );
    if (rows.length === 0) throw new RunLostError(this.id);
    const artifact = { name, kind, mediaType, bytes: bytes.byteLength };
    this.#context.publish({ type: "artifact", runId: this.id, artifact });
    return artifact;
  }

  /** Passes on what the job says of itself; kept only while the run lasts. */
  progress(progress: JobProgress): void {
    this.#context.publish({ type: "progress", runId: this.id, progress });
  }

  /** Stores what is buffered and marks the run as done. `summary` holds its headline figures. */
  finish(summary: object = {}): Promise<RunRecord> {
    return this.#end("done", { summary });
  }

  /** Stores what is buffered and marks the run as failed with one clear message. */
  fail(error: unknown): Promise<RunRecord> {
    return this.#end("failed", { error: error instanceof Error ? error.message : String(error) });
  }

  /** Stores what is buffered and marks the run as stopped by the user. */
  stop(): Promise<RunRecord> {
    return this.#end("stopped", {});
  }

  /** Stores what is buffered and marks the run as cut off: who did the work went away. */
  interrupt(why: string): Promise<RunRecord> {
    return this.#end("interrupted", { error: why });
  }

  async #end(status: RunStatus, end: { summary?: object; error?: string }): Promise<RunRecord> {
    this.#assertOpen(status);
    await this.flush();
    this.#ended = true;
    try {
      return await this.#context.setStatus(this.id, this.attempt, status, end);
    } finally {
      this.#context.ended(this.id);
    }
  }

  /** Gives the run up without a word in the store: it is another worker's, or will be. */
  abandon(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#pending = [];
    this.#context.ended(this.id);
  }

  #assertOpen(what: string): void {
    if (this.#ended) throw new Error(`${what}: run ${this.id} has ended`);
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    const rows = this.#pending;
    this.#pending = [];
    this.#writing = this.#writing
      .then(() => this.#insert(rows))
      .catch((error: Error) => {
        this.#failure ??= error;
      });
  }

  async #insert(pending: readonly PendingPoint[]): Promise<void> {
    // One statement may not touch a row twice: of a step's values the last one counts.
    const rows = [...new Map(pending.map((row) => [`${row.step} ${row.name}`, row])).values()];
    const { rows: stored } = await this.#context.database.query<{ seq: number }>(
      `insert into metrics (run_id, step, name, value, time)
       select $1, step, name, value, time
       from unnest($2::bigint[], $3::text[], $4::float8[], $5::timestamptz[])
         with ordinality as point (step, name, value, time, place)
       ${ifStillOurs}
       order by place
       on conflict (run_id, name, step) do update
       set value = excluded.value, time = excluded.time, seq = default
       returning seq::float8 as seq`,
      [
        this.id,
        rows.map((row) => row.step),
        rows.map((row) => row.name),
        rows.map((row) => row.value),
        rows.map((row) => row.time),
        this.attempt,
      ],
    );
    if (stored.length < rows.length) throw new RunLostError(this.id);
    const points: MetricPoint[] = rows.map((row, index) => ({ ...row, seq: stored[index].seq }));
    this.#context.publish({ type: "metrics", runId: this.id, points });
  }
}

/** Lets a statement touch nothing once another worker has the run; `$1` is its id, `$6` the attempt. */
const ifStillOurs =
  "where exists (select 1 from runs where id = $1 and attempt = $6 and status = 'running')";
