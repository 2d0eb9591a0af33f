/** @file The recorded transformer of `transformer.py`: its batches, and training it as PyTorch did. */
import {
  compile,
  evaluate,
  gradients,
  randomKey,
  type Tensor,
  tensor,
} from "../../engine/index.ts";
import { assign, crossEntropy, trainable } from "../../nn/index.ts";
import { AdamW } from "../../optim/index.ts";
import { importOnnx } from "../onnx/import.ts";
import type { OnnxModel } from "../onnx/model.ts";

/** Which of PyTorch's exporters wrote the file: by tracing, or by torch.export. */
export type Exporter = "traced" | "exported";

/** The fixture's file. */
export function transformerFile(exporter: Exporter): URL {
  return new URL(`../fixtures/transformer-${exporter}.onnx`, import.meta.url);
}

/** Sizes of the batches and the model. */
export const [BATCH, LENGTH, VOCABULARY, CLASSES] = [8, 24, 96, 3];

/** What `transformer.py` feeds at a step. */
export function batchOf(step: number): { inputs: Record<string, Tensor>; labels: Tensor } {
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

/** The losses of some steps of AdamW. */
export async function losses(
  start: OnnxModel,
  learningRate: number,
  steps: number,
): Promise<number[]> {
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

/**
 * The model with adapters where `transformer.py` has them, with its first factors: in each block on
 * the product of queries, keys and values, and on the first of the wide layer.
 */
export async function adaptedTransformer(exporter: Exporter): Promise<OnnxModel> {
  const imported = await importOnnx(transformerFile(exporter));
  const wide = new Set(
    imported.nodes.flatMap(({ op, inputs }) => {
      const weight = op === "MatMul" ? imported.weights[inputs[1]] : undefined;
      return weight && weight.shape[1] > weight.shape[0] ? [inputs[1]] : [];
    }),
  );
  const options = { rank: 4, alpha: 8, key: randomKey(0) };
  const model = imported.withLora((name) => wide.has(name), options);
  for (const [name, { a, b }] of Object.entries(model.lora)) {
    const [rows, rank] = a.shape;
    const pattern = Array.from({ length: rows * rank }, (_, k) => {
      const [i, j] = [Math.floor(k / rank), k % rank];
      return Math.sin(7 * i + 3 * j + 1) / Math.sqrt(rows);
    });
    model.lora[name] = { a: tensor(pattern, { shape: [rows, rank] }), b };
  }
  return model;
}

/** The largest difference. */
export function worst(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((v, i) => Math.abs(v - b[i])));
}
