// Training steps on WebGPU: every node there, state that stays there, the losses of the js backend.

import { describe, expect, it } from "vitest";
import {
  add,
  type BackendName,
  compile,
  foldIn,
  gradients,
  mean,
  randomKey,
  randomNormal,
  scalar,
  splitKey,
  type Tensor,
  tensor,
  treeLeaves,
} from "../engine/index.ts";
import { startGpu } from "../engine/testing/gpu.ts";
import {
  Activation,
  assign,
  BatchNorm,
  Conv2d,
  crossEntropy,
  Dropout,
  Flatten,
  Gpt,
  type Layer,
  Linear,
  MaxPool,
  type Module,
  Rng,
  Sequential,
  trainable,
} from "../nn/index.ts";
import { AdamW } from "../optim/index.ts";
import { copyTree } from "./step.ts";

const gpu = await startGpu("training steps on WebGPU");
const optimizer = new AdamW({ learningRate: 3e-3 });

interface State {
  readonly model: Module & Layer;
  readonly optimizer: ReturnType<AdamW["init"]>;
  readonly step: Tensor;
}

/** A training step as `fit` makes it. */
const stepOn = (backend: BackendName) =>
  compile(
    (state: State, inputs: Tensor, labels: Tensor, key: Tensor) => {
      const { model, step } = state;
      const params = trainable(model);
      const rng = new Rng(foldIn(key, step));
      const loss = mean(crossEntropy(model.forward(inputs, { training: true, rng }), labels));
      const next = optimizer.update(params, gradients(loss, params), state.optimizer);
      assign(model, next.params);
      return { loss, state: { model, optimizer: next.state, step: add(step, 1) } };
    },
    { donate: [0], backend, name: "training step" },
  );

const start = (model: Module & Layer): State => ({
  model,
  optimizer: optimizer.init(trainable(model)),
  step: scalar(0, "int32"),
});

const ids = (count: number, limit: number, ...shape: number[]) =>
  tensor(
    Int32Array.from({ length: count }, (_, i) => (i * i + 3 * i) % limit),
    { shape },
  );

const keys = splitKey(randomKey(7), 8);

const mlp = () =>
  new Sequential(
    new Linear({ in: 20, out: 48, key: keys[0] }),
    new Activation("relu"),
    new Dropout({ rate: 0.2 }),
    new Linear({ in: 48, out: 5, key: keys[1] }),
  );

const cnn = () =>
  new Sequential(
    new Conv2d({ in: 1, out: 6, kernel: 3, padding: 1, bias: false, key: keys[2] }),
    new BatchNorm({ channels: 6 }),
    new Activation("relu"),
    new MaxPool({ size: 2 }),
    new Conv2d({ in: 6, out: 8, kernel: 3, stride: 2, key: keys[3] }),
    new Activation("relu"),
    new Flatten(),
    new Linear({ in: 8 * 2 * 2, out: 5, key: keys[4] }),
  );

const gpt = () =>
  new Gpt({
    vocabulary: 17,
    layers: 2,
    width: 32,
    heads: 2,
    maxLength: 12,
    dropout: 0.1,
    key: keys[5],
  });

const workloads = [
  { name: "mlp", make: mlp, inputs: randomNormal(keys[6], [32, 20]), labels: ids(32, 5, 32) },
  { name: "cnn", make: cnn, inputs: randomNormal(keys[7], [8, 1, 12, 12]), labels: ids(8, 5, 8) },
  { name: "gpt", make: gpt, inputs: ids(48, 17, 4, 12), labels: ids(48, 13, 4, 12) },
];

describe.skipIf(!gpu).each(workloads)(
  "a step of $name on WebGPU",
  { timeout: 60_000 },
  ({ make, inputs, labels }) => {
    const key = randomKey(3);

    it("follows the losses of the oracle with state that stays on the GPU", async () => {
      const losses = async (backend: BackendName): Promise<{ values: number[]; state: State }> => {
        const step = stepOn(backend);
        let state = await copyTree(start(make()));
        const values: number[] = [];
        for (let i = 0; i < 4; i++) {
          const result = await step(state, inputs, labels, key);
          state = result.state;
          values.push(await result.loss.item());
        }
        return { values, state };
      };
      const expected = await losses("js");
      const found = await losses("webgpu");
      for (const [i, value] of expected.values.entries())
        expect(Math.abs(found.values[i] - value) / value).toBeLessThan(1e-4);
      const kept = treeLeaves(found.state).filter((t) => t.size > 1);
      expect(kept.length).toBeGreaterThan(8);
      for (const t of kept) {
        expect(t._storage?.device?.device).toBe("webgpu");
        expect(t._storage?.host).toBeNull();
      }
    });

    it("runs nothing on the CPU", async () => {
      const step = stepOn("webgpu");
      const nodes = await step.report(await copyTree(start(make())), inputs, labels, key);
      expect(nodes.length).toBeGreaterThan(20);
      expect(new Set(nodes.map((n) => n.provider))).toEqual(new Set(["webgpu"]));
    });
  },
);

describe.skipIf(!gpu)("memory on WebGPU", () => {
  // A leak shows in every window; what allocators and caches settle on shows in some.
  it("stops growing over windows of 80 steps", async () => {
    const step = stepOn("webgpu");
    let state = await copyTree(start(mlp()));
    const { inputs, labels } = workloads[0];
    const residentAfter = async (steps: number): Promise<number> => {
      for (let i = 0; i < steps; i++) {
        const result = await step(state, inputs, labels, randomKey(3));
        state = result.state;
        await result.loss.item();
      }
      return process.memoryUsage().rss;
    };
    const sizes = [await residentAfter(60)];
    for (let window = 0; window < 4; window++) sizes.push(await residentAfter(80));
    const growth = sizes.slice(1).map((size, i) => size / sizes[i]);
    expect(Math.min(...growth)).toBeLessThan(1.01);
  }, 60_000);
});
