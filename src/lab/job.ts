// Runs a job in a process of its own: the store and the server stay free, and a crash of native code stays there.
import { type ChildProcess, fork } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JobMessage, JobReply, JobStart } from "./job-messages.ts";
import type { RunRecord } from "./records.ts";
import type { JobProgress } from "./run.ts";
import { type Run, RunLostError } from "./run-writer.ts";
import type { Store } from "./store.ts";
import type { NewRun } from "./store-options.ts";

/** Arguments of `runJob`. */
export interface RunJobOptions extends NewRun {
  readonly store: Store;
  /** The module with the job, and the name of its export. */
  readonly module: URL;
  readonly function: string;
  /** Kept as the run's config. */
  readonly config: object;
  /** Passed to the job as it is, together with `run`, `signal` and `onProgress`; default: the config. */
  readonly options?: object;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: JobProgress) => void;
  /** Let everything else on the machine go first, as a server beside it needs. */
  readonly background?: boolean;
  /** Called once the run has its row. */
  readonly onStart?: (run: Run) => void;
}

/** The job itself failed; the message is fit for a user, `stack` is the job's own. */
export class JobError extends Error {
  override readonly name = "JobError";
  readonly runId: string;

  constructor(runId: string, message: string, stack?: string) {
    super(message);
    this.runId = runId;
    if (stack) this.stack = stack;
  }
}

/** The job was stopped by its signal. */
export class JobStoppedError extends Error {
  override readonly name = "JobStoppedError";
  readonly runId: string;

  constructor(runId: string) {
    super(`run ${runId} was stopped`);
    this.runId = runId;
  }
}

/** A job that has not saved and ended by itself this long after the signal is killed. */
const stopPatienceMs = 20_000;
const keptErrorOutput = 4_000;

/**
 * Makes a run, calls the job in a worker process and ends the run by how the job ended. What the job
 * writes to stdout and stderr goes into the run's `log.txt`.
 *
 * @returns the finished run; its `summary` is what the job returned.
 * @throws JobError, JobStoppedError
 */
export async function runJob(options: RunJobOptions): Promise<RunRecord> {
  const { store, lab, name, config, parent, project, sweep, signal } = options;
  signal?.throwIfAborted();
  const run = await store.createRun({ lab, name, config, parent, project, sweep });
  return workOnRun(run, options);
}

/**
 * The same for a run that is there already, `Store.claimRun`'s. One that another worker has taken over
 * meanwhile rejects with RunLostError and is left alone.
 */
export async function workOnRun(
  run: Run,
  options: Omit<RunJobOptions, keyof NewRun> & { readonly config: object },
): Promise<RunRecord> {
  const { store } = options;
  const { stop, lost } = store.signalsOf(run);
  const signal = AbortSignal.any([stop, lost, ...(options.signal ? [options.signal] : [])]);
  options.onStart?.(run);
  const log = createWriteStream(join(run.folder, "log.txt"), { flags: "a" });
  log.on("error", () => {});
  const child = startWorker(options.background);
  try {
    const summary = await converse(child, run, { ...options, signal }, log);
    return await run.finish(summary);
  } catch (error) {
    if (lost.aborted || error instanceof RunLostError) {
      run.abandon();
      throw new RunLostError(run.id);
    }
    // A store that cannot be written must not hide why the job failed.
    if (signal.aborted) {
      await run.stop().catch(() => {});
      throw new JobStoppedError(run.id);
    }
    log.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
    await run.fail(error).catch(() => {});
    throw error;
  } finally {
    if (child.exitCode === null) child.kill("SIGKILL");
    log.end();
  }
}

function startWorker(background = false): ChildProcess {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const entry = fileURLToPath(new URL(`./job-worker.${extension}`, import.meta.url));
  const child = fork(entry, [], {
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  if (background && child.pid !== undefined) {
    try {
      setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // A system that does not allow it works all the same.
    }
  }
  return child;
}

/** Speaks with the worker until it has a result or is gone. */
function converse(
  child: ChildProcess,
  run: Run,
  options: Omit<RunJobOptions, keyof NewRun> & { readonly config: object },
  log: WriteStream,
): Promise<object> {
  const { module, config, signal, onProgress } = options;
  return new Promise<object>((resolve, reject) => {
    let errorOutput = "";
    let patience: NodeJS.Timeout | undefined;
    const send = (message: JobStart | JobReply) => child.send(message, () => {});
    const abort = () => {
      send({ type: "abort" });
      patience = setTimeout(() => child.kill("SIGKILL"), stopPatienceMs);
    };
    const answer = async (id: number, work: Promise<unknown>) => {
      try {
        send({ type: "reply", id, value: await work });
      } catch (error) {
        send({ type: "reply", id, error: (error as Error).message });
      }
    };
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errorOutput = (errorOutput + text).slice(-keptErrorOutput);
      if (process.env.DEEPDIVE_DEBUG) process.stderr.write(text);
    });
    child.on("message", (raw) => {
      const message = raw as JobMessage;
      switch (message.type) {
        case "metrics":
          return run.metrics(message.step, message.values);
        case "flush":
          return void answer(message.id, run.flush());
        case "artifact":
          return void answer(message.id, run.artifact(...message.arguments));
        case "progress":
          run.progress(message.progress);
          return onProgress?.(message.progress);
        case "done":
          return resolve(message.summary);
        case "failed":
          return reject(new JobError(run.id, message.message, message.stack));
        default:
          throw new Error(`internal: unknown job message ${message satisfies never as string}`);
      }
    });
    child.on("error", (error) => reject(new JobError(run.id, error.message, error.stack)));
    // `close` and not `exit`: all of the worker's messages and words have been read by then.
    child.on("close", (code, killedBy) => {
      clearTimeout(patience);
      signal?.removeEventListener("abort", abort);
      const lastWords = errorOutput.trim().split("\n").at(-1);
      const how = killedBy ? `was ended by ${killedBy}` : `ended with code ${code}`;
      const why = lastWords ? `: ${lastWords}` : "";
      reject(new JobError(run.id, `the worker process ${how} before the job was done${why}`));
    });
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    send({
      type: "start",
      module: module.href,
      function: options.function,
      options: options.options ?? config,
      runId: run.id,
      folder: run.folder,
      parentFolder: run.parentFolder,
    });
  });
}
