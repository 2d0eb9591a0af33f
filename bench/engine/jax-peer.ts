// jax-js with its wasm backend as a peer: the process that bench/engine/peer.ts starts.

import { resolveObjectURL } from "node:buffer";
import { Worker } from "node:worker_threads";
import type { Array as JaxArray } from "@jax-js/jax";
import { workloadBatch } from "./batch.ts";
import type { Pass } from "./jax-models.ts";
import { serve } from "./serve.ts";
import { adamW, type Workload } from "./workloads.ts";

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

async function prepare(workload: Workload): Promise<() => Promise<number>> {
  // Loaded late, because the library looks for threads when it is imported.
  const { jit, nn, numpy: np, valueAndGrad } = await import("@jax-js/jax");
  const { Shapes, build } = await import("./jax-models.ts");
  const shapes = new Shapes();
  const network = build(shapes, workload);
  const batch = workloadBatch(workload);
  const input = np.array(batch.inputs).reshape([...batch.inputShape]);
  const random = (scale: number) => (2 * Math.random() - 1) * scale;
  let parameters = shapes.parameters.map(({ shape, scale, offset }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return np
      .array(Float32Array.from({ length: size }, () => offset + random(scale)))
      .reshape(shape);
  });
  let statistics = shapes.statistics.map(({ shape, value }) => np.full(shape, value));
  const refs = (arrays: readonly JaxArray[]) => arrays.map((array) => array.ref);

  if (batch.labels === undefined) {
    const infer = jit((values: JaxArray[], x: JaxArray) =>
      network({ parameters: values, statistics: [], newStatistics: [] }, x),
    );
    return async () => (await infer(refs(parameters), input.ref).data())[0]!;
  }

  const labels = np.array(batch.labels);
  const loss = (values: JaxArray[], old: JaxArray[], x: JaxArray, y: JaxArray) => {
    const pass: Pass = { parameters: values, statistics: old, newStatistics: [] };
    const logits = network(pass, x).reshape([-1, batch.classes]);
    const picked = nn.logSoftmax(logits).mul(nn.oneHot(y, batch.classes));
    const value = np.mean(np.sum(picked, -1)).neg();
    return [value, pass.newStatistics] as [JaxArray, JaxArray[]];
  };
  const { learningRate, beta1, beta2, epsilon, weightDecay } = adamW;
  const train = jit(
    (
      values: JaxArray[],
      first: JaxArray[],
      second: JaxArray[],
      old: JaxArray[],
      correction: JaxArray,
      x: JaxArray,
      y: JaxArray,
    ) => {
      const [[value, fresh], gradients] = valueAndGrad(loss, { hasAux: true })(
        refs(values),
        old,
        x,
        y,
      ) as unknown as [[JaxArray, JaxArray[]], JaxArray[]];
      const newFirst = gradients.map((g, i) => first[i]!.mul(beta1).add(g.ref.mul(1 - beta1)));
      const newSecond = gradients.map((g, i) =>
        second[i]!.mul(beta2).add(np.square(g).mul(1 - beta2)),
      );
      const rate = correction.ref.slice(0);
      const root = correction.slice(1);
      const updated = values.map((p, i) => {
        const denominator = np.sqrt(newSecond[i]!.ref).mul(root.ref).add(epsilon);
        const move = newFirst[i]!.ref.mul(rate.ref).div(denominator);
        return p.mul(1 - learningRate * weightDecay).sub(move);
      });
      return [value, updated, newFirst, newSecond, fresh] as [
        JaxArray,
        JaxArray[],
        JaxArray[],
        JaxArray[],
        JaxArray[],
      ];
    },
  );
  const zeros = () => shapes.parameters.map(({ shape }) => np.zeros(shape));
  let [first, second, count] = [zeros(), zeros(), 0];
  return async () => {
    count++;
    const rate = learningRate / (1 - beta1 ** count);
    const root = 1 / Math.sqrt(1 - beta2 ** count);
    let value: JaxArray;
    [value, parameters, first, second, statistics] = train(
      parameters,
      first,
      second,
      statistics,
      np.array(new Float32Array([rate, root])),
      input.ref,
      labels.ref,
    );
    const [number] = await value.data();
    return number!;
  };
}

await serve({
  async setup(workload, threads) {
    if (threads > 1) {
      Object.assign(globalThis, { Worker: BrowserWorker });
      Object.defineProperty(navigator, "hardwareConcurrency", { value: threads });
    }
    step = await prepare(workload);
    return { threads };
  },
  step: () => step(),
});
