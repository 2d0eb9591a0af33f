// The store: runs, their metrics and their artifacts in a data folder that one process owns at a time.
import { randomInt } from "node:crypto";
import { lstat, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { artifactPath, isArtifactName, removeTemporaryFiles } from "./artifacts.ts";
import { type Database, openDatabase } from "./database.ts";
import { describeEnvironment } from "./environment.ts";
import { acquireLock, type Lock } from "./lock.ts";
import type {
  MetricPoint,
  MetricSeries,
  MetricsResult,
  RunDetails,
  RunRecord,
  RunStatus,
  StoreEvent,
} from "./records.ts";
import type { ArtifactInfo, JobProgress } from "./run.ts";
import { Run, type RunContext } from "./run-writer.ts";
import { thinIndices } from "./thin.ts";

/** Options of `openStore`. */
export interface OpenStoreOptions {
  /** What another process is told when it finds the folder taken; default: this command line. */
  readonly note?: string;
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
}

/** Which runs `Store.runs` lists. */
export interface RunFilter {
  readonly lab?: string;
  readonly status?: RunStatus;
  readonly project?: string;
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

/** Where an artifact's bytes lie. */
export interface ArtifactFile extends ArtifactInfo {
  readonly path: string;
}

const runColumns = `id, lab, name, status, config, environment, summary, error, parent, project,
  created, started, ended`;

type RunRow = {
  [Key in keyof RunRecord]: Key extends "created" | "started" | "ended"
    ? Date | null
    : RunRecord[Key];
};

/**
 * Opens (or makes) the store in `folder` and takes its lock. Runs that a former process left without
 * an end are marked `interrupted`.
 *
 * @throws StoreLockedError when another live process has the folder open.
 */
export async function openStore(folder: string, options: OpenStoreOptions = {}): Promise<Store> {
  const path = resolve(folder);
  await mkdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`data folder ${path} cannot be made (${error.code}); choose another one`);
  });
  const lock = await acquireLock(path, options.note ?? process.argv.slice(1, 3).join(" "));
  try {
    const database = await openDatabase(path);
    const store = new Store(path, database, lock);
    await store._markInterrupted();
    return store;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** An open store; see `openStore`. */
export class Store {
  readonly folder: string;
  #database: Database;
  #lock: Lock;
  #listeners = new Set<(event: StoreEvent) => void>();
  #progress = new Map<string, JobProgress>();
  #closing: Promise<void> | undefined;

  constructor(folder: string, database: Database, lock: Lock) {
    this.folder = folder;
    this.#database = database;
    this.#lock = lock;
  }

  /** Starts a run: a row with status `running` and a folder for its files. */
  async createRun({ lab, name = lab, config = {}, parent, project }: NewRun): Promise<Run> {
    const id = newRunId();
    const folder = this.runFolder(id);
    await mkdir(join(folder, "artifacts"), { recursive: true });
    await this.#database.query(
      `insert into runs (id, lab, name, status, config, environment, parent, project, started)
       values ($1, $2, $3, 'running', $4::text::json, $5::text::json, $6, $7, now())`,
      [
        id,
        cleanText(lab),
        cleanText(name),
        JSON.stringify(config),
        JSON.stringify(describeEnvironment()),
        parent ?? null,
        project === undefined ? null : cleanText(project),
      ],
    );
    this.#publish({ type: "run", run: (await this.#record(id)) as RunRecord });
    const context: RunContext = {
      database: this.#database,
      publish: (event) => this.#publish(event),
      setStatus: (...args) => this.#setStatus(...args),
    };
    return new Run(id, folder, context, parent === undefined ? undefined : this.runFolder(parent));
  }

  /** Lists runs, newest first. */
  async runs({ lab, status, project, limit = 100 }: RunFilter = {}): Promise<RunRecord[]> {
    const { rows } = await this.#database.query<RunRow>(
      `select ${runColumns} from runs
       where ($1::text is null or lab = $1) and ($2::text is null or status = $2)
         and ($3::text is null or project = $3)
       order by created desc, id limit $4`,
      [lab ?? null, status ?? null, project ?? null, limit],
    );
    return rows.map(toRecord);
  }

  /** One run with the list of its artifacts; undefined when there is none. `id` is a whole id. */
  async run(id: string): Promise<RunDetails | undefined> {
    const run = await this.#record(id);
    if (!run) return undefined;
    const { rows } = await this.#database.query<ArtifactInfo>(
      `select name, kind, media_type as "mediaType", bytes::float8 as bytes
       from artifacts where run_id = $1 order by name`,
      [id],
    );
    return { ...run, artifacts: rows, progress: this.#progress.get(id) ?? null };
  }

  /** Curves of a run, one per name in alphabetical order. */
  async metrics(id: string, filter: MetricFilter = {}): Promise<MetricsResult> {
    const { names, afterStep, maxPoints } = filter;
    const { rows } = await this.#database.query<MetricPoint>(
      `select seq::float8 as seq, step::float8 as step, name, value from metrics
       where run_id = $1 and ($2::text[] is null or name = any($2)) and step > $3
       order by name, step, seq`,
      [id, names ? [...names] : null, afterStep ?? -1],
    );
    const byName = Map.groupBy(rows, (row) => row.name);
    const series = [...byName].map(([name, points]) => toSeries(name, points, maxPoints));
    return { cursor: rows.reduce((last, row) => Math.max(last, row.seq), 0), series };
  }

  /** Points of a run recorded after a cursor, in the order of recording, at most `limit`. */
  async metricsSince(id: string, cursor: number, limit = 5_000): Promise<MetricPoint[]> {
    const { rows } = await this.#database.query<Omit<MetricPoint, "time"> & { time: Date }>(
      `select seq::float8 as seq, step::float8 as step, name, value, time from metrics
       where run_id = $1 and seq > $2 order by seq limit $3`,
      [id, cursor, limit],
    );
    return rows.map((row) => ({ ...row, time: row.time.toISOString() }));
  }

  /** Where an artifact lies; undefined when the run has none of this name. */
  async artifact(id: string, name: string): Promise<ArtifactFile | undefined> {
    if (!isArtifactName(name)) return undefined;
    const { rows } = await this.#database.query<ArtifactInfo>(
      `select name, kind, media_type as "mediaType" from artifacts where run_id = $1 and name = $2`,
      [id, name],
    );
    if (!rows[0]) return undefined;
    const path = artifactPath(this.runFolder(id), name);
    // The file is the truth: after a crash between file and row the row may be one version behind.
    const file = await lstat(path).catch(() => undefined);
    return file?.isFile() ? { ...rows[0], bytes: file.size, path } : undefined;
  }

  /** The folder of a run's files; throws on what cannot be a run's id. */
  runFolder(id: string): string {
    if (!isRunId(id)) throw new Error(`run: ${JSON.stringify(id.slice(0, 40))} is not a run's id`);
    return join(this.folder, "runs", id);
  }

  /** Calls `listener` after each change; returns the function that ends it. */
  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Changes what another process is told when it finds the folder taken. */
  annotate(note: string): Promise<void> {
    return this.#lock.annotate(note);
  }

  /** Closes the database and gives the folder back. Later calls do nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#database.close().finally(() => this.#lock.release());
    return this.#closing;
  }

  /** For `openStore` only. */
  async _markInterrupted(): Promise<void> {
    const { rows } = await this.#database.query<{ id: string }>(
      `update runs set status = 'interrupted',
         ended = coalesce((select max(time) from metrics where run_id = runs.id), started, created),
         error = 'The process that ran it ended without finishing it.'
       where status = 'running' returning id`,
    );
    await Promise.all(rows.map(({ id }) => removeTemporaryFiles(this.runFolder(id))));
  }

  async #record(id: string): Promise<RunRecord | undefined> {
    const { rows } = await this.#database.query<RunRow>(
      `select ${runColumns} from runs where id = $1`,
      [cleanText(id)],
    );
    return rows[0] && toRecord(rows[0]);
  }

  async #setStatus(
    id: string,
    status: RunStatus,
    { summary, error }: { summary?: object; error?: string },
  ): Promise<RunRecord> {
    const { rows } = await this.#database.query<RunRow>(
      `update runs set status = $2, ended = now(), summary = $3::text::json, error = $4
       where id = $1 returning ${runColumns}`,
      [id, status, summary ? JSON.stringify(summary) : null, error ? cleanText(error) : null],
    );
    const run = toRecord(rows[0]);
    this.#publish({ type: "run", run });
    return run;
  }

  #publish(event: StoreEvent): void {
    if (event.type === "progress") this.#progress.set(event.runId, event.progress);
    if (event.type === "run" && event.run.ended) this.#progress.delete(event.run.id);
    for (const listener of this.#listeners) listener(event);
  }
}

const idLetters = "0123456789abcdefghjkmnpqrstvwxyz";

/** Ten letters without look-alikes: 50 bits, easy to read out, safe as a folder's name. */
function newRunId(): string {
  return Array.from({ length: 10 }, () => idLetters[randomInt(idLetters.length)]).join("");
}

/** Whether `text` has the form of a run's id. */
export function isRunId(text: string): boolean {
  return /^[0-9a-hjkmnp-tv-z]{10}$/.test(text);
}

/** PostgreSQL's text cannot hold the NUL character. */
function cleanText(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}

function toRecord(row: RunRow): RunRecord {
  return {
    ...row,
    created: (row.created as Date).toISOString(),
    started: row.started?.toISOString() ?? null,
    ended: row.ended?.toISOString() ?? null,
  };
}

function toSeries(name: string, points: readonly MetricPoint[], maxPoints?: number): MetricSeries {
  const values = points.map((point) => point.value);
  const kept = maxPoints === undefined ? undefined : thinIndices(values, Math.max(2, maxPoints));
  return {
    name,
    count: points.length,
    steps: kept ? kept.map((index) => points[index].step) : points.map((point) => point.step),
    values: kept ? kept.map((index) => values[index]) : values,
  };
}
