import { describe, expect, it } from "vitest";
import { evaluate, randomKey, tensor } from "../../engine/index.ts";
import { trainable } from "../../nn/index.ts";
import { type EncodedText, makeBatch, textData } from "./features.ts";
import { TextModel, type TextModelShape, textLoss } from "./model.ts";
import { WideDeepOptimizer } from "./optimizer.ts";
import { planTraining } from "./plan.ts";

const limits = { maxTokens: 32, patch: 2, maxColumns: 8 };
const shape: TextModelShape = {
  classes: 3,
  vocabulary: 20,
  features: 10,
  ...limits,
  embedding: 4,
  width: 8,
  heads: 2,
  layers: 1,
  dropout: 0.2,
  deepShare: 0.5,
};
const text = (ids: number[], columns: number[], values: number[]): EncodedText => ({
  ids: Int32Array.from(ids),
  columns: Int32Array.from(columns),
  values: Float32Array.from(values),
});
const short = text([3, 4, 5], [1, 2], [0.6, 0.8]);
const long = text(
  Array.from({ length: 30 }, (_, i) => i % 20),
  [1, 2, 3, 4, 5],
  [0.5, 0.5, 0.5, 0.4, 0.3],
);

describe("the model", () => {
  const model = new TextModel(shape, randomKey(1));

  it("does not see padding: a text has the same logits beside a long one as alone", async () => {
    const alone = model.forward(makeBatch([short], [0], limits)).logits;
    const beside = model.forward(makeBatch([short, long], [0, 0], limits)).logits;
    expect(beside.shape).toEqual([2, 3]);
    const [a, b] = [await alone.data(), await beside.data()] as Float32Array[];
    a!.forEach((value, i) => {
      expect(b![i]).toBeCloseTo(value, 5);
    });
  });

  it("adds up the weighted rows of the wide table", async () => {
    const rows = Array.from({ length: 30 }, (_, i) => i);
    model.wide.weight = tensor(rows, { shape: [10, 3], dtype: "float32" });
    model.wide.bias = tensor([1, 0, -1]);
    const { wide } = model.forward(makeBatch([short], [0], limits));
    const sums = [0, 1, 2].map((c) => 0.6 * (3 + c) + 0.8 * (6 + c) + (1 - c));
    ((await wide.data()) as Float32Array).forEach((value, c) => {
      expect(value).toBeCloseTo(sums[c]!, 5);
    });
  });

  it("has finite logits for a text without tokens", async () => {
    const { logits } = model.forward(makeBatch([text([], [], [])], [0], limits));
    expect([...((await logits.data()) as Float32Array)].every(Number.isFinite)).toBe(true);
  });

  it("counts the cross-entropy of the mean logits outside training", async () => {
    const batch = makeBatch([short, long], [2, 1], limits);
    const { loss, metrics } = textLoss(model, batch, { step: tensor(0, { dtype: "int32" }) });
    const logits = (await model.forward(batch).logits.array()) as number[][];
    const nll = (row: number[], label: number) =>
      Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0)) - row[label]!;
    const expected = (nll(logits[0]!, 2) + nll(logits[1]!, 1)) / 2;
    expect(await loss.item()).toBeCloseTo(expected, 4);
    expect(await metrics.crossEntropy.item()).toBeCloseTo(expected, 4);
  });
});

it("moves the wide table by plain gradient descent, in the order of the parameters", async () => {
  const params = trainable(new TextModel(shape, randomKey(2)));
  const grads = Object.fromEntries(
    Object.entries(params).map(([path, t]) => [path, t.mul(0).add(1)]),
  );
  const optimizer = new WideDeepOptimizer(1e-3, 100);
  const next = optimizer.update(params, grads, optimizer.init(params));
  expect(Object.keys(next.params)).toEqual(Object.keys(params));
  await evaluate(next);
  const moved = (await next.params["wide.weight"]!.data()) as Float32Array;
  expect(moved[5]).toBeCloseTo(-0.1, 6);
  // Adam's first step has the size of the rate.
  expect((await next.params["wide.bias"]!.data())[0]).toBeCloseTo(-1e-3, 6);
});

it("pads batches to one of three sizes", () => {
  const data = textData([short, long], Int32Array.of(0, 1), limits, { batchSize: 1 });
  const sizes = [0, 1].map((row) => {
    const rows = Int32Array.of(row);
    const { ids, columns } = data.load({ epoch: 0, index: 0, rows, valid: 1 }) as ReturnType<
      typeof makeBatch
    >;
    return [ids.shape[1], columns.shape[1]];
  });
  expect(sizes).toEqual([
    [8, 2],
    [32, 8],
  ]);
});

describe("the plan", () => {
  it("joins neighbours and cuts where texts are long, and reads all of short ones", () => {
    const long = planTraining(new Array(5000).fill(700), 2);
    expect(long.limits).toEqual({ maxTokens: 256, patch: 4, maxColumns: 1024 });
    const short = planTraining(new Array(5000).fill(12), 77);
    expect(short.limits).toMatchObject({ maxTokens: 12, patch: 1, maxColumns: 24 });
  });

  it("makes more passes over few texts and over many classes", () => {
    const epochs = (rows: number, classes: number) =>
      planTraining(new Array(rows).fill(50), classes).epochs;
    expect(epochs(40, 2)).toBe(40);
    expect(epochs(5000, 2)).toBe(6);
    expect(epochs(5000, 77)).toBeGreaterThan(15);
    expect(epochs(200_000, 2)).toBe(2);
    expect(planTraining([10, 10], 2, 3).epochs).toBe(3);
  });
});
