// Trains a network on handwritten digits inside a web page: by WebGPU where the browser has it, else by
// WebAssembly (`?backend=webgpu` or `?backend=onnx` chooses). Start it with `npx vite examples/browser-mnist`.

import * as dd from "../../src/engine/index.ts";
import { readDigits } from "./digits.ts";
import { type Adam, adamStart, adamStep, logits, type Mlp, mlpStart } from "./mlp.ts";

const CLASSES = 10;
const BATCH = 100;
const EPOCHS = 4;
const FIRST_RATE = 3e-3;

const status = document.querySelector("#status") as HTMLElement;
const progress = document.querySelector("#progress") as HTMLProgressElement;

interface State {
  readonly model: Mlp;
  readonly adam: Adam;
}

/** One step: the loss of a batch, and the model and optimizer state after it. */
const step = dd.compile(
  (state: State, pixels: dd.Tensor, labels: dd.Tensor, rate: dd.Tensor) => {
    const loss = dd.mean(dd.crossEntropyRows(logits(state.model, pixels), labels));
    const slopes = dd.gradients(loss, state.model);
    return { loss, state: adamStep(state.model, slopes, state.adam, rate) };
  },
  { name: "step", donate: [0] },
);

const predict = dd.compile((model: Mlp, pixels: dd.Tensor) => dd.argmax(logits(model, pixels)), {
  name: "predict",
});

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
  const model = mlpStart(dd.randomKey(1), [784, 512, 512, CLASSES]);
  let state: State = { model, adam: adamStart(model) };
  const start = performance.now();
  const steps = (EPOCHS * pictures.count) / BATCH;
  for (let i = 0; i < steps; i++) {
    // Moved by a pixel or not at all, each time differently: 2,000 pictures alone are soon known by heart.
    const [right, down] = [(i % 3) - 1, (Math.floor(i / 3) % 3) - 1];
    const batch = pictures.batch((i * BATCH) % pictures.count, BATCH, right, down);
    const rate = dd.scalar(FIRST_RATE * (1 - i / steps));
    const result = await step(state, batch.pixels, batch.labels, rate);
    state = result.state;
    progress.value = (i + 1) / steps;
    status.textContent = `Step ${i + 1} of ${steps}: loss ${(await result.loss.item()).toFixed(3)}`;
  }
  const seconds = (performance.now() - start) / 1000;
  const all = held.batch(0, held.count);
  const found = await (await predict(state.model, all.pixels)).data();
  const truth = await all.labels.data();
  const right = truth.filter((label, i) => label === found[i]).length;
  const accuracy = right / held.count;
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
