/** @file Prepares items ahead of their use in a worker thread, also while this thread is blocked. */
import { Worker } from "node:worker_threads";
import { DataError, type DataIssue } from "./errors.ts";

/** What a worker sends: an item, the end, or what went wrong. */
export type WorkerMessage =
  | { readonly kind: "item"; readonly item: unknown }
  | { readonly kind: "end" }
  | { readonly kind: "error"; readonly error: unknown; readonly issue?: DataIssue };

/** What a worker is given. */
export interface WorkerTask {
  readonly module: string;
  readonly options: unknown;
  /** One Int32 that counts the items the worker may still make. */
  readonly credit: SharedArrayBuffer;
}

/**
 * Runs the function `produce(options)` that `module` exports in a worker thread and gives the items of
 * the iterable it returns, at most `depth` ahead, even while this thread is blocked by a running step.
 * Items and options are cloned; the buffers of typed arrays move without a copy.
 */
export async function* prefetchInWorker<T>(
  module: URL,
  options: unknown,
  depth = 4,
): AsyncGenerator<T> {
  const credit = new Int32Array(new SharedArrayBuffer(4));
  credit[0] = Math.max(1, depth);
  const task: WorkerTask = { module: module.href, options, credit: credit.buffer };
  const suffix = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
  const worker = new Worker(new URL(`./prefetch-worker${suffix}`, import.meta.url), {
    workerData: task,
  });
  const queue: WorkerMessage[] = [];
  let wake = () => {};
  const receive = (message: WorkerMessage) => {
    queue.push(message);
    wake();
  };
  worker.on("message", receive);
  worker.on("error", (error) => receive({ kind: "error", error }));
  worker.on("exit", () => receive({ kind: "end" }));
  try {
    while (true) {
      while (queue.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const message = queue.shift()!;
      if (message.kind === "end") return;
      if (message.kind === "error")
        throw message.issue ? new DataError(message.issue) : message.error;
      Atomics.add(credit, 0, 1);
      Atomics.notify(credit, 0);
      yield message.item as T;
    }
  } finally {
    await worker.terminate();
  }
}
