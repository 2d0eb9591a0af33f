// Trains a network on handwritten digits inside a web page: by WebGPU where the browser has it, else by
// WebAssembly (`?backend=webgpu` or `?backend=onnx` chooses). Start it with `npx vite examples/browser-mnist`.

import * as dd from "../../src/engine/index.ts";
import {
  assign,
  crossEntropy,
  kaimingNormal,
  Linear,
  Sequential,
  trainable,
} from "../../src/nn/index.ts";
import { Adam, type AdamState, linear } from "../../src/optim/index.ts";
import { readDigits } from "./digits.ts";

const BATCH = 50;
const EPOCHS = 3;

const status = document.querySelector("#status") as HTMLElement;
const progress = document.querySelector("#progress") as HTMLProgressElement;

async function chooseBackend(): Promise<dd.BackendName> {
  const wanted = new URLSearchParams(location.search).get("backend");
  const gpu = (navigator as { gpu?: { requestAdapter(): Promise<unknown> } }).gpu;
  const adapter = wanted === "onnx" ? null : await gpu?.requestAdapter();
  if (wanted === "webgpu" && !adapter) throw new Error("this browser gives no WebGPU adapter");
  return adapter ? "webgpu" : "onnx";
}

async function train(): Promise<void> {
  const backend = await chooseBackend();
  dd.setBackend(backend);
  // The two halves of the test part have different writers: from picture 4,000, 1,000 of each.
  const [pictures, held] = await Promise.all([
    readDigits("train", 0, 2000),
    readDigits("t10k", 4000, 2000),
  ]);
  const steps = (EPOCHS * pictures.count) / BATCH;
  const optimizer = new Adam({ learningRate: linear({ from: 2e-3, to: 0, steps }) });

  interface State {
    readonly model: Sequential;
    readonly adam: AdamState;
  }

  /** One step: the loss of a batch, and the model and optimizer after it. */
  const step = dd.compile(
    ({ model, adam }: State, pixels: dd.Tensor, labels: dd.Tensor) => {
      const params = trainable(model);
      const loss = crossEntropy(model.forward(pixels), labels);
      const next = optimizer.update(params, dd.gradients(loss, params), adam);
      return { loss, state: { model: assign(model, next.params), adam: next.state } };
    },
    { name: "step", donate: [0] },
  );

  const [first, second, third] = dd.splitKey(dd.randomKey(1), 3);
  const init = { weight: kaimingNormal() };
  const model = new Sequential(
    new Linear({ in: 784, out: 512, init, key: first }),
    dd.relu,
    new Linear({ in: 512, out: 512, init, key: second }),
    dd.relu,
    new Linear({ in: 512, out: 10, init, key: third }),
  );
  let state: State = { model, adam: optimizer.init(trainable(model)) };
  const start = performance.now();
  for (let i = 0; i < steps; i++) {
    // Moved by a pixel or not at all, each time differently: 2,000 pictures alone are soon known by heart.
    const [right, down] = [(i % 3) - 1, (Math.floor(i / 3) % 3) - 1];
    const batch = pictures.batch((i * BATCH) % pictures.count, BATCH, right, down);
    const result = await step(state, batch.pixels, batch.labels);
    state = result.state;
    progress.value = (i + 1) / steps;
    status.textContent = `Step ${i + 1} of ${steps}: loss ${(await result.loss.item()).toFixed(3)}`;
  }
  const seconds = (performance.now() - start) / 1000;

  const predict = dd.compile((net: Sequential, x: dd.Tensor) => dd.argmax(net.forward(x)));
  const all = held.batch(0, held.count);
  const found = await (await predict(state.model, all.pixels)).data();
  const truth = await all.labels.data();
  const accuracy = truth.filter((label, i) => label === found[i]).length / held.count;
  status.textContent =
    `${(100 * accuracy).toFixed(1)}% of ${held.count} unseen digits are read right ` +
    `after ${seconds.toFixed(1)} s on ${backend === "webgpu" ? "WebGPU" : "WebAssembly"}.`;
  status.dataset.accuracy = String(accuracy);
  status.dataset.seconds = String(seconds);
}

train().catch((error: Error) => {
  status.textContent = `It failed: ${error.message}`;
  status.dataset.error = error.stack ?? error.message;
});
