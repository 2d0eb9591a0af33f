/** @file The worker side of `prefetchInWorker`: makes items while it has credit and sends them. */
import { parentPort, workerData } from "node:worker_threads";
import { DataError } from "./errors.ts";
import type { WorkerMessage, WorkerTask } from "./prefetch-in-worker.ts";

const task = workerData as WorkerTask;
const credit = new Int32Array(task.credit);

function send(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}

/** The buffers of all typed arrays in a plain tree, each once. */
function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    // Small Buffers share a pool that must stay here; a whole buffer may go.
    const whole = value.byteOffset === 0 && value.byteLength === value.buffer.byteLength;
    if (whole && value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (typeof value === "object" && value !== null) {
    for (const each of Object.values(value)) buffersOf(each, found);
  }
  return found;
}

// Waiting for credit does not by itself keep a thread alive.
const alive = setInterval(() => {}, 2 ** 30);
try {
  const produce = (await import(task.module)).produce as (
    options: unknown,
  ) => AsyncIterable<unknown> | Iterable<unknown>;
  for await (const item of produce(task.options)) {
    while (Atomics.load(credit, 0) <= 0) await Atomics.waitAsync(credit, 0, 0).value;
    Atomics.sub(credit, 0, 1);
    send({ kind: "item", item }, [...buffersOf(item)]);
  }
  send({ kind: "end" });
} catch (error) {
  send({ kind: "error", error, ...(error instanceof DataError && { issue: error.issue }) });
} finally {
  clearInterval(alive);
}
