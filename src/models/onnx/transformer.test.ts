/** @file A transformer that PyTorch exported: same outputs, and the losses of PyTorch's own training. */
import { describe, expect, test } from "vitest";
import {
  compile,
  evaluate,
  gradients,
  randomKey,
  type Tensor,
  tensor,
} from "../../engine/index.ts";
import { assign, crossEntropy, Linear, trainable } from "../../nn/index.ts";
import { AdamW } from "../../optim/index.ts";
import recorded from "../fixtures/transformer.json" with { type: "json" };
import { importOnnx } from "./import.ts";
import type { OnnxModel } from "./model.ts";

const [BATCH, LENGTH, VOCABULARY, CLASSES] = [8, 24, 96, 3];
const TOLERANCE = 1e-3;

/** What `transformer.py` feeds at a step. */
function batchOf(step: number): { inputs: Record<string, Tensor>; labels: Tensor } {
  const ids: number[] = [];
  const mask: number[] = [];
  const labels: number[] = [];
  for (let row = 0; row < BATCH; row++) {
    const length = 6 + ((step * 5 + row * 3) % (LENGTH - 6));
    const line = Array.from(
      { length: LENGTH },
      (_, i) => (step * 31 + row * 17 + i * (row + 3)) % VOCABULARY,
    );
    ids.push(...line);
    mask.push(...line.map((_, i) => (i < length ? 1 : 0)));
    labels.push((line.slice(0, length).reduce((a, b) => a + b, 0) + row) % CLASSES);
  }
  const shape = [BATCH, LENGTH];
  const integers = (values: number[]): Tensor => tensor(values, { dtype: "int64", shape });
  return {
    inputs: { ids: integers(ids), mask: integers(mask) },
    labels: tensor(labels, { dtype: "int32" }),
  };
}

async function losses(start: OnnxModel, learningRate: number, steps: number): Promise<number[]> {
  const optimizer = new AdamW({ learningRate, weightDecay: 0.01 });
  const step = compile(
    (
      model: OnnxModel,
      state: ReturnType<typeof optimizer.init>,
      batch: ReturnType<typeof batchOf>,
    ) => {
      const params = trainable(model);
      const loss = crossEntropy(model.call(batch.inputs).logits, batch.labels);
      const grads = gradients(loss, params) as typeof params;
      const next = optimizer.update(params, grads, state);
      return { model: assign(model, next.params), state: next.state, loss };
    },
  );
  let model = start;
  let state = await evaluate(optimizer.init(trainable(model)));
  const seen: number[] = [];
  for (let k = 0; k < steps; k++) {
    const result = await step(model, state, batchOf(k % 4));
    ({ model, state } = result);
    seen.push(await result.loss.item());
  }
  return seen;
}

function worst(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((v, i) => Math.abs(v - b[i])));
}

describe.each(["traced", "exported"])("a transformer that PyTorch has %s", (form) => {
  const path = new URL(`../fixtures/transformer-${form}.onnx`, import.meta.url);

  test("gives PyTorch's logits", async () => {
    const model = await importOnnx(path);
    expect(model.blockers).toEqual([]);
    const { logits } = await model.run(batchOf(0).inputs);
    expect(worst(await logits.numbers(), recorded.logits)).toBeLessThan(1e-5);
  });

  test("takes other sizes by tracing again", async () => {
    const model = await importOnnx(path);
    const few = (t: Tensor): Tensor => t.slice([0, 0], [2, 20]);
    const { inputs } = batchOf(0);
    const { logits } = await model.run({ ids: few(inputs.ids), mask: few(inputs.mask) });
    expect(logits.shape).toEqual([2, CLASSES]);
    // The first row is 6 long: what is cut off was padding.
    expect(worst((await logits.numbers()).slice(0, 3), recorded.logits)).toBeLessThan(1e-5);
  });

  test("loses what PyTorch lost at each of 20 steps of AdamW", async () => {
    const model = await importOnnx(path);
    const seen = await losses(model, 1e-3, 20);
    expect(worst(seen, recorded.losses)).toBeLessThan(TOLERANCE);
    expect(Math.max(...seen) - Math.min(...seen)).toBeGreaterThan(0.1);
  });

  test("loses what PyTorch lost with low-rank adapters alone", async () => {
    const imported = await importOnnx(path);
    const products = imported.nodes.filter((n) => n.op === "MatMul");
    // In each block: the product of queries, keys and values, and the first of the wide layer.
    const wide = new Set(
      products.flatMap((n) => {
        const weight = imported.weights[n.inputs[1]];
        return weight && weight.shape[1] > weight.shape[0] ? [n.inputs[1]] : [];
      }),
    );
    expect(wide.size).toBe(4);
    const model = imported.withLora((name) => wide.has(name), {
      rank: 4,
      alpha: 8,
      key: randomKey(0),
    });
    for (const [name, { a, b }] of Object.entries(model.lora)) {
      const [rows, rank] = a.shape;
      const pattern = Array.from({ length: rows * rank }, (_, k) => {
        const [i, j] = [Math.floor(k / rank), k % rank];
        return Math.sin(7 * i + 3 * j + 1) / Math.sqrt(rows);
      });
      model.lora[name] = { a: tensor(pattern, { shape: [rows, rank] }), b };
    }
    expect(Object.keys(trainable(model)).every((path) => path.startsWith("lora."))).toBe(true);
    const seen = await losses(model, 1e-2, 20);
    expect(worst(seen, recorded.loraLosses)).toBeLessThan(TOLERANCE);
  });

  test("shows attention probabilities to a tap", async () => {
    const model = await importOnnx(path);
    const softmax = model.nodes.find((n) => n.op === "Softmax");
    const name = softmax?.outputs[0] as string;
    const tapped = model.tap(name);
    const outputs = await tapped.run(batchOf(0).inputs);
    expect(outputs[name].shape).toEqual([BATCH, 4, LENGTH, LENGTH]);
    const first = (await outputs[name].numbers()).slice(0, recorded.attention.length);
    expect(worst(first, recorded.attention)).toBeLessThan(1e-6);
    expect(Object.keys(outputs)).toEqual(["logits", name]);
  });

  test("takes another head, which alone can be trained", async () => {
    const imported = await importOnnx(path);
    const head = new Linear({ in: 32, out: 5, key: randomKey(1) });
    const model = imported.replaceHead(head, { output: "topics" }).freeze("weights");
    const { topics } = await model.run(batchOf(0).inputs);
    expect(topics.shape).toEqual([BATCH, 5]);
    expect(Object.keys(trainable(model))).toEqual(["head.weight", "head.bias"]);
    expect(Object.keys(imported.weights)).toContain("head.weight");
    expect(Object.keys(model.weights)).not.toContain("head.weight");
  });
});
