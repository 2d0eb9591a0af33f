// TensorFlow.js with its wasm backend as a peer: the process that bench/engine/peer.ts starts.

import { createRequire } from "node:module";
import os from "node:os";
import * as tf from "@tensorflow/tfjs";
import { getThreadsCount, setThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import { workloadBatch } from "./batch.ts";
import { serve } from "./serve.ts";
import { build, oneHot } from "./tfjs-models.ts";
import { adamW, type Workload } from "./workloads.ts";

const require = createRequire(import.meta.url);

/**
 * Lets the wasm backend use threads in Node, which it refuses by a flag of its own: its workers are
 * started from a blob's address, which only browsers can do, so they get the same source as text.
 * It also caps its pool at half the cores that it sees; twice the wanted number lifts that.
 */
function allowThreads(threads: number): void {
  const threadsModule = require("node:worker_threads");
  const folder = "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd";
  const source: string = require(`${folder}.worker.js`).wasmWorkerContents.replace(/\n/g, "\\n");
  const main = require.resolve(`${folder}.js`);
  threadsModule.Worker = class extends threadsModule.Worker {
    constructor() {
      super(source, { eval: true });
    }
    postMessage(message: { cmd?: string }, transfer?: unknown[]) {
      super.postMessage(
        message.cmd === "load" ? { ...message, urlOrBlob: main } : message,
        transfer,
      );
    }
  };
  const [cpu] = os.cpus();
  os.cpus = () => Array.from({ length: 2 * threads }, () => cpu!);
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", true);
  setThreadsCount(threads);
}

let step: () => Promise<number>;

/** A training step: Adam of the library, with AdamW's decay of the weights before it. */
function trainStep(workload: Workload): () => Promise<number> {
  const batch = workloadBatch(workload);
  const input = tf.tensor(batch.inputs, [...batch.inputShape]);
  const labels = oneHot(tf.tensor1d(batch.labels!, "int32"), batch.classes);
  const network = build(workload);
  const { learningRate, beta1, beta2, epsilon, weightDecay } = adamW;
  const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  const variables = Object.values(tf.engine().registeredVariables);
  return async () => {
    const loss = tf.tidy(() => {
      for (const variable of variables)
        variable.assign(variable.mul(1 - learningRate * weightDecay));
      return optimizer.minimize(
        () => tf.losses.softmaxCrossEntropy(labels, network(input).reshape(labels.shape)),
        true,
      )!;
    });
    const [value] = await loss.data();
    loss.dispose();
    return value!;
  };
}

/** An inference step, with its output on the host. */
function inferStep(workload: Workload): () => Promise<number> {
  const batch = workloadBatch(workload);
  const input = tf.tensor(batch.inputs, [...batch.inputShape], "int32");
  const network = build(workload);
  return async () => {
    const output = tf.tidy(() => network(input));
    const [value] = await output.data();
    output.dispose();
    return value!;
  };
}

await serve({
  async setup(workload, threads) {
    if (threads > 1) allowThreads(threads);
    await tf.setBackend("wasm");
    step = workload.kind === "encoder" ? inferStep(workload) : trainStep(workload);
    return { version: tf.version.tfjs, threads: threads > 1 ? getThreadsCount() : 1 };
  },
  step: () => step(),
});
