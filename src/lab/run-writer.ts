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
    status: RunStatus,
    end: { summary?: object; error?: string },
  ) => Promise<RunRecord>;
}

/** A run that is being written. It ends by exactly one of `finish`, `fail` and `stop`. */
export class Run implements RunHandle {
  readonly id: string;
  readonly folder: string;
  readonly parentFolder?: string;
  #context: RunContext;
  #pending: PendingPoint[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #ended = false;

  constructor(id: string, folder: string, context: RunContext, parentFolder?: string) {
    this.id = id;
    this.folder = folder;
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
    await this.#context.database.query(
      `insert into artifacts (run_id, name, kind, media_type, bytes) values ($1, $2, $3, $4, $5)
       on conflict (run_id, name) do update
       set kind = excluded.kind, media_type = excluded.media_type, bytes = excluded.bytes`,
      [this.id, name, kind, mediaType, bytes.byteLength],
    );
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

  async #end(status: RunStatus, end: { summary?: object; error?: string }): Promise<RunRecord> {
    this.#assertOpen(status);
    await this.flush();
    this.#ended = true;
    return this.#context.setStatus(this.id, status, end);
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

  async #insert(rows: readonly PendingPoint[]): Promise<void> {
    const { rows: stored } = await this.#context.database.query<{ seq: number }>(
      `insert into metrics (run_id, step, name, value, time)
       select $1, step, name, value, time
       from unnest($2::bigint[], $3::text[], $4::float8[], $5::timestamptz[])
         with ordinality as point (step, name, value, time, place)
       order by place
       returning seq::float8 as seq`,
      [
        this.id,
        rows.map((row) => row.step),
        rows.map((row) => row.name),
        rows.map((row) => row.value),
        rows.map((row) => row.time),
      ],
    );
    const points: MetricPoint[] = rows.map((row, index) => ({ ...row, seq: stored[index].seq }));
    this.#context.publish({ type: "metrics", runId: this.id, points });
  }
}
