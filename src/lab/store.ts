// The store: runs, their metrics and their artifacts, in a folder of one process or on a server for many.
import { lstat, mkdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { artifactPath, isArtifactName, removeTemporaryFiles } from "./artifacts.ts";
import { type Database, openDatabase } from "./database.ts";
import { EventBus } from "./event-bus.ts";
import { makeFolder } from "./folders.ts";
import { adoptRun, insertRun } from "./insert-run.ts";
import { acquireLock, type HolderApi, type Lock } from "./lock.ts";
import type {
  MetricPoint,
  MetricsResult,
  RunDetails,
  RunRecord,
  RunStatus,
  StoreEvent,
} from "./records.ts";
import type { ArtifactInfo } from "./run.ts";
import {
  type CurveRow,
  cleanText,
  isRunId,
  newRunId,
  type RunRow,
  runColumns,
  toRecord,
  toSeries,
} from "./run-rows.ts";
import { Run, type RunContext, RunLostError } from "./run-writer.ts";
import { checkFolder } from "./shared-folder.ts";
import type {
  ArtifactFile,
  ForeignRun,
  MetricFilter,
  NewRun,
  OpenStoreOptions,
  RunFilter,
} from "./store-options.ts";

const usualLeaseSeconds = 15;

const workerName = `${hostname()}:${process.pid}`;

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
  if (options.database !== undefined) {
    const { openServerDatabase } = await import("./database-server.ts");
    const store = new Store(path, await openServerDatabase(options.database), undefined, options);
    try {
      await store._begin();
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }
  const note = options.note ?? process.argv.slice(1, 3).join(" ");
  const lock = await acquireLock(path, note, options.patienceMs);
  try {
    const store = new Store(path, await openDatabase(path), lock);
    await store._begin();
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
  #lock: Lock | undefined;
  readonly #events: EventBus;
  /** Runs that are being written here, and what ends their work. */
  #open = new Map<string, { attempt: number; lost: AbortController; stop: AbortController }>();
  readonly #leaseSeconds: number;
  #heartbeat: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    folder: string,
    database: Database,
    lock?: Lock,
    { leaseSeconds = usualLeaseSeconds }: OpenStoreOptions = {},
  ) {
    this.#leaseSeconds = leaseSeconds;
    this.folder = folder;
    this.#database = database;
    this.#lock = lock;
    this.#events = new EventBus(database, {
      run: (id) => this.#record(id),
      metricsSince: (id, cursor) => this.metricsSince(id, cursor),
    });
    this.#events.subscribe((event) => {
      if (event.type === "stop") this.#open.get(event.runId)?.stop.abort();
    });
  }

  /** The database, for the queue. */
  get database(): Database {
    return this.#database;
  }

  /** Starts a run: a row with status `running` and a folder for its files. */
  async createRun(run: NewRun): Promise<Run> {
    const { id } = await this.#insertRun(run, "running");
    return this.#write(id, 1, run.parent);
  }

  /**
   * A run that another program does and tells of: made where there is none, else taken up where it was
   * left. Undefined while another process of the database writes it.
   */
  async adoptRun(run: ForeignRun): Promise<Run | undefined> {
    await makeFolder(join(this.runFolder(run.id), "artifacts"));
    const worker = { name: workerName, leaseSeconds: this.#leaseSeconds };
    const record = await adoptRun(this.#database, run, worker);
    if (!record) return undefined;
    this.#events.publish({ type: "run", run: record });
    return this.#write(run.id, record.attempt, record.parent ?? undefined);
  }

  /** Makes a run that waits for a worker. */
  enqueueRun(run: NewRun): Promise<RunRecord> {
    return this.#insertRun(run, "queued");
  }

  /**
   * Takes a waiting run, for one worker alone: undefined when another one was quicker or it waits no
   * longer. What an earlier attempt has stored stays.
   */
  async claimRun(id: string): Promise<Run | undefined> {
    const { rows } = await this.#database.query<RunRow>(
      `update runs set status = 'running', attempt = attempt + 1, worker = $2,
         lease_until = now() + $3::float8 * interval '1 second',
         started = coalesce(started, now()), ended = null, error = null, stop_requested = false
       where id = $1 and status = 'queued' returning ${runColumns}`,
      [id, workerName, this.#leaseSeconds],
    );
    if (!rows[0]) return undefined;
    const run = toRecord(rows[0]);
    this.#events.publish({ type: "run", run });
    return this.#write(id, run.attempt, run.parent ?? undefined);
  }

  /** Puts a run that was stopped, cut off or failed back among those that wait; false if it is not. */
  async requeueRun(id: string): Promise<boolean> {
    const { rows } = await this.#database.query<RunRow>(
      `update runs set status = 'queued', queued = true, ended = null, error = null,
         stop_requested = false, summary = null
       where id = $1 and status in ('stopped', 'interrupted', 'failed') returning ${runColumns}`,
      [id],
    );
    if (rows[0]) this.#events.publish({ type: "run", run: toRecord(rows[0]) });
    return rows.length > 0;
  }

  /**
   * Asks a run to stop, wherever it is worked on: it keeps its checkpoint and ends as `stopped`. One
   * that waits is stopped at once. False when it neither runs nor waits.
   */
  async requestStop(id: string): Promise<boolean> {
    const { rows } = await this.#database.query<RunRow>(
      `update runs set stop_requested = true,
         ended = case when status = 'queued' then now() end,
         status = case when status = 'queued' then 'stopped' else status end
       where id = $1 and status in ('queued', 'running') returning ${runColumns}`,
      [id],
    );
    if (!rows[0]) return false;
    const run = toRecord(rows[0]);
    if (run.status === "stopped") this.#events.publish({ type: "run", run });
    else this.#events.publish({ type: "stop", runId: id });
    return true;
  }

  /**
   * Removes a run that has ended: its row, curves, reviews and files. What was made from it stays. False
   * when it waits or is worked on, or is not there.
   */
  async removeRun(id: string): Promise<boolean> {
    const { rows } = await this.#database.query(
      "delete from runs where id = $1 and status not in ('queued', 'running') returning id",
      [id],
    );
    if (rows.length === 0) return false;
    await rm(this.runFolder(id), { recursive: true, force: true });
    this.#events.publish({ type: "removed", runId: id });
    return true;
  }

  /** Fires when somebody asks the run to stop (`stop`), or when it is another worker's (`lost`). */
  signalsOf(run: Run): { readonly stop: AbortSignal; readonly lost: AbortSignal } {
    const own = this.#open.get(run.id);
    if (!own) throw new Error(`internal: run ${run.id} is not written here`);
    return { stop: own.stop.signal, lost: own.lost.signal };
  }

  /**
   * Runs of the queue whose worker went away wait again; others that it had are `interrupted`.
   *
   * @param all take no lease into account: nobody but this process can have a run.
   * @returns the ids of all runs that wait.
   */
  async recover({ all = false } = {}): Promise<string[]> {
    const { rows } = await this.#database.query<RunRow>(
      `update runs set
         status = case when queued and not stop_requested then 'queued' else 'interrupted' end,
         ended = case when queued and not stop_requested then null
           else coalesce((select max(time) from metrics where run_id = runs.id), started, created) end,
         error = case when queued and not stop_requested then null
           else 'The process that ran it ended without finishing it.' end
       where status = 'running' and (lease_until is null or lease_until < now() or $1)
         and id <> all($2::text[])
       returning ${runColumns}`,
      [all, [...this.#open.keys()]],
    );
    for (const row of rows) this.#events.publish({ type: "run", run: toRecord(row) });
    await Promise.all(rows.map(({ id }) => removeTemporaryFiles(this.runFolder(id))));
    const waiting = await this.#database.query<{ id: string }>(
      "select id from runs where status = 'queued' order by created",
    );
    return waiting.rows.map(({ id }) => id);
  }

  async #insertRun(run: NewRun, status: "running" | "queued"): Promise<RunRecord> {
    const id = newRunId();
    await makeFolder(join(this.runFolder(id), "artifacts"));
    const worker = { name: workerName, leaseSeconds: this.#leaseSeconds };
    const record = await insertRun(this.#database, { ...run, id, status }, worker);
    this.#events.publish({ type: "run", run: record });
    return record;
  }

  #write(id: string, attempt: number, parent?: string): Run {
    const context: RunContext = {
      database: this.#database,
      publish: (event) => this.#events.publish(event),
      setStatus: (...args) => this.#setStatus(...args),
      ended: (ended) => this.#open.delete(ended),
    };
    const lost = new AbortController();
    this.#open.set(id, { attempt, lost, stop: new AbortController() });
    const parentFolder = parent === undefined ? undefined : this.runFolder(parent);
    return new Run({ id, folder: this.runFolder(id), attempt, parentFolder }, context);
  }

  /** Says that the runs written here are alive, and hears which of them should not go on. */
  async #beat(): Promise<void> {
    const ids = [...this.#open.keys()];
    if (ids.length === 0) return;
    const { rows } = await this.#database.query<{ id: string; attempt: number; stop: boolean }>(
      `update runs set lease_until = now() + $2::float8 * interval '1 second'
       where id = any($1::text[]) and status = 'running' and worker = $3
       returning id, attempt, stop_requested as stop`,
      [ids, this.#leaseSeconds, workerName],
    );
    const rowOf = new Map(rows.map((row) => [row.id, row]));
    for (const id of ids) {
      const own = this.#open.get(id);
      const row = rowOf.get(id);
      if (own && row?.attempt !== own.attempt) own.lost.abort();
      if (row?.stop) own?.stop.abort();
    }
  }

  /** Lists runs, newest first. */
  async runs(filter: RunFilter = {}): Promise<RunRecord[]> {
    const { id, lab, status, project, sweep, limit = 100 } = filter;
    // All rows as one text: a row at a time costs six times as much to read.
    const { rows } = await this.#database.query<{ list: string | null }>(
      `select json_agg(run)::text as list from (select ${runColumns} from runs
       where ($1::text is null or lab = $1) and ($2::text is null or status = $2)
         and ($3::text is null or project = $3) and ($4::text is null or sweep = $4)
         and ($5::text is null or starts_with(id, $5))
       order by created desc, id limit $6) run`,
      [lab ?? null, status ?? null, project ?? null, sweep ?? null, id ?? null, limit],
    );
    return (JSON.parse(rows[0]?.list ?? "[]") as RunRow[]).map(toRecord);
  }

  /** One run with the list of its artifacts; undefined when there is none. `id` is a whole id. */
  async run(id: string): Promise<RunDetails | undefined> {
    const found = await this.#database.query<RunRow & Pick<RunDetails, "environment">>(
      `select ${runColumns}, environment from runs where id = $1`,
      [cleanText(id)],
    );
    if (!found.rows[0]) return undefined;
    const { environment } = found.rows[0];
    const run = { ...toRecord(found.rows[0]), environment };
    const { rows } = await this.#database.query<ArtifactInfo>(
      `select name, kind, media_type as "mediaType", bytes::float8 as bytes
       from artifacts where run_id = $1 order by name`,
      [id],
    );
    return { ...run, artifacts: rows, progress: this.#events.progressOf(id) ?? null };
  }

  /** Curves of a run, one per name in alphabetical order. */
  async metrics(id: string, filter: MetricFilter = {}): Promise<MetricsResult> {
    const { names, afterStep, maxPoints } = filter;
    // One row per curve: a row per point costs more to read than all else together.
    const { rows } = await this.#database.query<CurveRow>(
      `select name, max(seq)::float8 as last, string_agg(step::text, ',' order by step) as steps,
         string_agg(value::text, ',' order by step) as values from metrics
       where run_id = $1 and ($2::text[] is null or name = any($2)) and step > $3
       group by name order by name`,
      [id, names ? [...names] : null, afterStep ?? -1],
    );
    const cursor = rows.reduce((last, row) => Math.max(last, row.last), 0);
    return { cursor, series: rows.map((row) => toSeries(row, maxPoints)) };
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
    return this.#events.subscribe(listener);
  }

  /** Changes what another process is told when it finds the folder taken. */
  annotate(note: string, api?: HolderApi): Promise<void> {
    return this.#lock?.annotate(note, api) ?? Promise.resolve();
  }

  /** Closes the database and gives the folder back. Later calls do nothing. */
  close(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#closing ??= this.#events
      .settled()
      .then(() => this.#database.close())
      .finally(() => this.#lock?.release());
    return this.#closing;
  }

  /** For `openStore` only. */
  async _begin(): Promise<void> {
    if (this.#database.shared) await checkFolder(this.folder, this.#database);
    await this.recover({ all: !this.#database.shared });
    if (!this.#database.shared) return;
    await this.#events.listen();
    const beatMs = (1_000 * this.#leaseSeconds) / 5;
    this.#heartbeat = setInterval(() => this.#beat().catch(() => {}), beatMs);
    this.#heartbeat.unref();
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
    attempt: number,
    status: RunStatus,
    { summary, error }: { summary?: object; error?: string },
  ): Promise<RunRecord> {
    const { rows } = await this.#database.query<RunRow>(
      `update runs set status = $2, ended = now(), summary = $3::text::json, error = $4
       where id = $1 and attempt = $5 and status = 'running' returning ${runColumns}`,
      [
        id,
        status,
        summary ? JSON.stringify(summary) : null,
        error ? cleanText(error) : null,
        attempt,
      ],
    );
    if (!rows[0]) throw new RunLostError(id);
    const run = toRecord(rows[0]);
    this.#events.publish({ type: "run", run });
    return run;
  }
}
