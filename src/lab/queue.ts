// The queue: pg-boss brings waiting runs to workers, in one process or on many machines. The run's row is the truth.
import type PgBoss from "pg-boss";
import { JobStoppedError, workOnRun } from "./job.ts";
import type { RunRecord } from "./records.ts";
import type { LabRegistry } from "./registry.ts";
import type { JobProgress } from "./run.ts";
import { type FileResolver, labJob, prepareInput } from "./run-lab.ts";
import { type Run, RunLostError } from "./run-writer.ts";
import { fileOf } from "./shared-folder.ts";
import type { Store } from "./store.ts";
import type { NewRun } from "./store-options.ts";
import { checkSweep, conductSweep, sweepLab } from "./sweep/conduct.ts";

const queueName = "runs";
/** A delivery that no worker has taken up by then is made again. */
const deliverySeconds = 60;
const pollMs = 1_000;
const recoverMs = 2_000;

/** Arguments of `Queue.submit`: a lab, its input as `prepareInput` gave it, and what a run can have. */
export type Submission = Pick<NewRun, "lab" | "name" | "parent" | "project" | "sweep"> & {
  readonly input: object;
};

/** Options of `Queue.work`. */
export interface WorkOptions {
  readonly registry: LabRegistry;
  /** Runs at a time; default 1. */
  readonly concurrency?: number;
  readonly onRun?: (run: RunRecord) => void;
  readonly onProgress?: (runId: string, progress: JobProgress) => void;
}

/**
 * Brings runs to workers. A worker takes a run by a conditional update of its row and says every few
 * seconds that it is alive; a run whose worker has gone silent waits again, and the next worker goes on
 * from its last checkpoint. So deliveries may be late or double, and no run is lost or done twice.
 */
export class Queue {
  readonly #store: Store;
  readonly #boss: PgBoss;
  /** Ends the waits of the loops that have nothing to do. */
  readonly #idlers = new Set<() => void>();
  #leave: () => void = () => {};
  #stopping = new AbortController();
  /** Sweeps are conducted beside the runs: they wait for them. */
  readonly #sweeps = new Set<Promise<void>>();
  #working: Promise<unknown> = Promise.resolve();

  private constructor(store: Store, boss: PgBoss) {
    this.#store = store;
    this.#boss = boss;
  }

  /** Opens the queue in the store's database; makes its tables where there are none. */
  static async open(store: Store): Promise<Queue> {
    const { database } = store;
    const { default: Boss } = await import("pg-boss");
    const boss = new Boss({
      db: {
        executeSql: (sql, values) =>
          values && values.length > 0
            ? (database.query(sql, values) as ReturnType<PgBoss.Db["executeSql"]>)
            : (database.exec(sql) as ReturnType<PgBoss.Db["executeSql"]>),
      },
      schema: "deepdive_queue",
      schedule: false,
      // Deliveries that were dropped are found by `recover`, old ones are swept up by maintenance.
      maintenanceIntervalSeconds: 60,
    });
    boss.on("error", () => {});
    await boss.start();
    // `short`: at most one waiting delivery per run.
    await boss.createQueue(queueName, { name: queueName, policy: "short" });
    return new Queue(store, boss);
  }

  /** Makes a run that waits for a worker. */
  async submit({ input, ...run }: Submission): Promise<RunRecord> {
    const record = await this.#store.enqueueRun({ ...run, config: input });
    await this.#deliver(record.id);
    return record;
  }

  /** Makes a sweep that waits for a worker; its trials are runs with its id as `sweep`. */
  async submitSweep(
    registry: LabRegistry,
    input: unknown,
    options: {
      readonly name?: string;
      readonly project?: string;
      readonly resolveFile?: FileResolver;
    } = {},
  ): Promise<RunRecord> {
    const { name, project, resolveFile } = options;
    const config = await checkSweep(registry, input, resolveFile);
    return this.submit({
      lab: sweepLab,
      name: name ?? `sweep of ${config.lab}`,
      project,
      input: config,
    });
  }

  /** Lets a run that was stopped, cut off or failed go on; false when it is none of these. */
  async resume(runId: string): Promise<boolean> {
    if (!(await this.#store.requeueRun(runId))) return false;
    await this.#deliver(runId);
    return true;
  }

  /** Works on one waiting run here, whatever else waits; resolves when it has ended. */
  workOn(runId: string, options: Omit<WorkOptions, "concurrency">): Promise<void> {
    return this.#take(runId, options);
  }

  /** Takes up runs until `stop`. */
  work(options: WorkOptions): void {
    const { concurrency = 1 } = options;
    this.#leave = this.#store.subscribe((event) => {
      if (event.type === "run" && event.run.status === "queued") this.#wakeAll();
    });
    const loops = Array.from({ length: concurrency }, () => this.#loop(options));
    this.#working = Promise.all([...loops, this.#watch()]);
  }

  /** Resolves when no run waits or is worked on, here or elsewhere. */
  async whenEmpty(): Promise<void> {
    for (;;) {
      const waiting = await this.#store.runs({ status: "queued", limit: 1 });
      const running = await this.#store.runs({ status: "running", limit: 1 });
      if (waiting.length + running.length === 0) return;
      if (await this.#pause(300)) return;
    }
  }

  /**
   * Ends the work. Runs under way are asked to keep a checkpoint and wait again, for this worker's next
   * start or another one.
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wakeAll();
    this.#leave();
    await this.#working;
    await Promise.all(this.#sweeps);
    await this.#boss.stop({ graceful: false });
  }

  async #deliver(runId: string): Promise<void> {
    await this.#boss.send(
      queueName,
      { runId },
      { singletonKey: runId, expireInSeconds: deliverySeconds, retryLimit: 0 },
    );
  }

  /** Finds runs whose worker is gone and deliveries that never arrived. */
  async #watch(): Promise<void> {
    for (;;) {
      try {
        for (const id of await this.#store.recover()) await this.#deliver(id);
        this.#wakeAll();
      } catch {
        // The database is away for a moment: the next look finds the same.
      }
      if (await this.#pause(recoverMs)) return;
    }
  }

  async #loop(options: WorkOptions): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const runId = await this.#fetch().catch(() => undefined);
      if (runId !== undefined) await this.#take(runId, options).catch(() => {});
      else await this.#idle();
    }
  }

  async #fetch(): Promise<string | undefined> {
    const [job] = (await this.#boss.fetch<{ runId: string }>(queueName)) ?? [];
    if (!job) return undefined;
    // From here on the row's heartbeat stands for the run, not the delivery.
    await this.#boss.complete(queueName, job.id);
    return job.data.runId;
  }

  async #take(runId: string, options: WorkOptions): Promise<void> {
    const run = await this.#store.claimRun(runId);
    if (!run) return;
    const record = await this.#store.run(runId);
    if (record?.lab !== sweepLab) return this.#runLab(run, record, options);
    const sweep = this.#conduct(run, record, options).finally(() => this.#sweeps.delete(sweep));
    this.#sweeps.add(sweep);
  }

  /** Works on a sweep; its trials go through the queue like all runs. */
  async #conduct(run: Run, record: RunRecord, { registry, onRun }: WorkOptions): Promise<void> {
    const store = this.#store;
    const { stop, lost } = store.signalsOf(run);
    const signal = AbortSignal.any([stop, lost, this.#stopping.signal]);
    // Trials are part of what the sweep is a step of.
    const project = record.project ?? undefined;
    const submit = (submission: Submission) => this.submit({ ...submission, project });
    try {
      await run.finish(await conductSweep({ store, registry, submit }, run, record.config, signal));
    } catch (error) {
      if (lost.aborted || error instanceof RunLostError) return run.abandon();
      if (!signal.aborted) {
        await run.fail(error).catch(() => {});
      } else {
        await run.stop().catch(() => {});
        if (!stop.aborted) await store.requeueRun(run.id).catch(() => false);
        else await this.#stopTrials(run.id).catch(() => {});
      }
    }
    const ended = onRun && (await store.run(run.id).catch(() => undefined));
    if (ended) onRun(ended);
  }

  async #stopTrials(sweep: string): Promise<void> {
    for (const { id, status } of await this.#store.runs({ sweep, limit: 10_000 })) {
      if (status === "queued" || status === "running") await this.#store.requestStop(id);
    }
  }

  async #runLab(
    run: Run,
    record: RunRecord | undefined,
    { registry, onRun, onProgress }: WorkOptions,
  ): Promise<void> {
    const runId = run.id;
    const tell = async () => {
      const ended = onRun && (await this.#store.run(runId));
      if (ended) onRun(ended);
    };
    try {
      const config = record?.config as object;
      const { lab, module } = await registry.load(record?.lab ?? "");
      const resolveFile = this.#store.database.shared ? fileOf(this.#store.folder) : undefined;
      const input = await prepareInput(registry, lab.id, config, resolveFile);
      await workOnRun(run, {
        store: this.#store,
        config,
        ...labJob(module, lab.id, input),
        background: true,
        signal: this.#stopping.signal,
        onProgress: (progress) => onProgress?.(runId, progress),
      });
    } catch (error) {
      if (error instanceof RunLostError) return;
      if (error instanceof JobStoppedError && this.#stopping.signal.aborted) {
        await this.#store.requeueRun(runId);
        return;
      }
      // A lab that is not there, say: the run must not stay open.
      await run.fail(error).catch(() => {});
    }
    await tell();
  }

  /** Waits for news, or for the next look. */
  #idle(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#idlers.delete(end);
        resolve();
      };
      const timer = setTimeout(end, pollMs);
      this.#idlers.add(end);
      if (this.#stopping.signal.aborted) end();
    });
  }

  #wakeAll(): void {
    for (const end of this.#idlers) end();
  }

  /** True when the work has ended meanwhile. */
  #pause(milliseconds: number): Promise<boolean> {
    const { signal } = this.#stopping;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(true);
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", end);
        resolve(false);
      }, milliseconds);
      function end(): void {
        clearTimeout(timer);
        resolve(true);
      }
      signal.addEventListener("abort", end, { once: true });
    });
  }
}
