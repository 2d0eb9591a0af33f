// jax-js with its wasm backend as a peer: the process that bench/engine/peer.ts starts.

import { resolveObjectURL } from "node:buffer";
import { Worker } from "node:worker_threads";
import { serve } from "./serve.ts";

/**
 * The browser's Worker over Node's threads, as far as jax-js needs it: it computes on several
 * threads only where a global Worker exists, and Node has none.
 */
class BrowserWorker {
  onmessage: (event: { data: unknown }) => void = () => {};
  onerror: (error: Error) => void = () => {};
  readonly #thread: Promise<Worker>;

  constructor(url: string) {
    const head = `const { parentPort } = require("node:worker_threads");
      globalThis.self = globalThis;
      globalThis.postMessage = (data) => parentPort.postMessage(data);
      parentPort.on("message", (data) => self.onmessage({ data }));`;
    this.#thread = resolveObjectURL(url)!
      .text()
      .then((source) => {
        const thread = new Worker(`${head}\n${source}`, { eval: true });
        thread.on("message", (data) => this.onmessage({ data }));
        thread.on("error", (error) => this.onerror(error as Error));
        return thread;
      });
  }

  postMessage(message: unknown): void {
    void this.#thread.then((thread) => thread.postMessage(message));
  }
}

let step: () => Promise<number>;

await serve({
  async setup(workload, threads) {
    if (threads > 1) {
      Object.assign(globalThis, { Worker: BrowserWorker });
      Object.defineProperty(navigator, "hardwareConcurrency", { value: threads });
    }
    // Loaded only now, because the library looks for threads when it is imported.
    step = (await import("./jax-step.ts")).prepare(workload);
    return { threads };
  },
  step: () => step(),
});
