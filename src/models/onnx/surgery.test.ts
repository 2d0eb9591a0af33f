/** @file Surgery on imported models, and writing them back. */
import { describe, expect, test } from "vitest";
import {
  compile,
  evaluate,
  gradients,
  randomKey,
  sum,
  type Tensor,
  tensor,
} from "../../engine/index.ts";
import { assign, Linear, trainable } from "../../nn/index.ts";
import { Sgd } from "../../optim/index.ts";
import { importOnnx } from "./import.ts";
import type { OnnxModel } from "./model.ts";
import { OpaqueSession } from "./session.ts";
import { floats, modelBytes, type TestGraph } from "./testing/build.ts";
import { noise } from "./testing/compare.ts";
import { ELEMENT } from "./types.ts";

const FLOAT = ELEMENT.FLOAT;
const values = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.sin(i * 1.7 + seed));

/** Two layers, the second by a Gemm with its rows as outputs. */
const layers: TestGraph = {
  inputs: [{ name: "x", type: FLOAT, shape: ["batch", 3] }],
  outputs: [{ name: "y", type: FLOAT, shape: ["batch", 2] }],
  nodes: [
    { op: "MatMul", name: "/first/MatMul", inputs: ["x", "w1"], outputs: ["a"] },
    { op: "Add", inputs: ["a", "b1"], outputs: ["h"] },
    { op: "Tanh", inputs: ["h"], outputs: ["t"] },
    {
      op: "Gemm",
      name: "/second/Gemm",
      inputs: ["t", "w2", "b2"],
      outputs: ["y"],
      attributes: { transB: 1 },
    },
  ],
  stored: {
    w1: floats(values(12, 1), [3, 4]),
    b1: floats(values(4, 2), [4]),
    w2: floats(values(8, 3), [2, 4]),
    b2: floats(values(2, 4), [2]),
  },
};
const bytes = modelBytes(layers, 17);
const x = noise([5, 3]);

async function run(model: OnnxModel, name = "y"): Promise<number[]> {
  return (await model.run({ x }))[name].numbers();
}

/** What ONNX Runtime makes of a file. */
async function runFile(file: Uint8Array, name = "y"): Promise<number[]> {
  const session = await OpaqueSession.open({ bytes: file });
  const outputs = await session.run({ x });
  await session.close();
  return outputs[name].numbers();
}

function expectClose(a: readonly number[], b: readonly number[], tolerance = 1e-6): void {
  expect(a).toHaveLength(b.length);
  for (const [i, v] of a.entries()) expect(Math.abs(v - b[i])).toBeLessThan(tolerance);
}

/** One step of gradient descent on the sum of the outputs. */
async function trained(model: OnnxModel): Promise<OnnxModel> {
  const optimizer = new Sgd({ learningRate: 0.1 });
  const step = compile((m: OnnxModel, input: Tensor) => {
    const params = trainable(m);
    const grads = gradients(sum(m.call({ x: input }).y.square()), params) as typeof params;
    return assign(m, optimizer.update(params, grads, optimizer.init(params)).params);
  });
  return step(model, x);
}

describe("outputs", () => {
  test("a tap adds intermediate values; only keeps them alone, without unneeded weights", async () => {
    const model = await importOnnx(bytes);
    const tapped = model.tap("t", "h");
    expect(tapped.outputs).toEqual(["y", "t", "h"]);
    const outputs = await tapped.run({ x });
    expectClose(await outputs.t.numbers(), (await outputs.h.numbers()).map(Math.tanh));
    const cut = model.only("t");
    expect(Object.keys(cut.weights)).toEqual(["w1", "b1"]);
    expectClose(await run(cut, "t"), await outputs.t.numbers());
    expect(model.outputs).toEqual(["y"]);
    expect(() => model.tap("nowhere")).toThrow('no value "nowhere"');
  });
});

describe("heads", () => {
  test("stand on the input of the last product, or on a named value", async () => {
    const model = await importOnnx(bytes);
    const head = new Linear({ in: 4, out: 7, key: randomKey(0) });
    const replaced = model.replaceHead(head);
    expect(replaced.outputs).toEqual(["y"]);
    expect((await replaced.run({ x })).y.shape).toEqual([5, 7]);
    expect([...replaced.parameters().keys()]).toEqual([
      "weights.w1",
      "weights.b1",
      "head.weight",
      "head.bias",
    ]);
    const t = (await model.only("t").run({ x })).t;
    expectClose(await run(replaced), await head.forward(t).numbers());
    const early = model.replaceHead(head, { from: "h", output: "z" });
    expect(early.outputs).toEqual(["z"]);
    expect(() => model.replaceHead(head, { from: "nothing" })).toThrow('no value "nothing"');
  });

  test("cannot be written into the file they were not part of", async () => {
    const model = (await importOnnx(bytes)).replaceHead(
      new Linear({ in: 4, out: 7, key: randomKey(0) }),
    );
    await expect(model.toOnnx()).rejects.toThrow("saveOnnx");
  });
});

describe("low-rank adapters", () => {
  test("change nothing at first, then train alone, then merge into the weights", async () => {
    const model = await importOnnx(bytes);
    const before = await run(model);
    const adapted = model.withLora(/./, { rank: 2, alpha: 4, key: randomKey(3) });
    expect(Object.keys(adapted.lora)).toEqual(["w1", "w2"]);
    expect(adapted.lora.w1.a.shape).toEqual([3, 2]);
    expect(adapted.lora.w2.b.shape).toEqual([2, 2]);
    expectClose(await run(adapted), before);
    expect(Object.keys(trainable(adapted))).toEqual([
      "lora.w1.a",
      "lora.w1.b",
      "lora.w2.a",
      "lora.w2.b",
    ]);
    const after = await trained(await trained(adapted));
    const learned = await run(after);
    expect(learned[0]).not.toBeCloseTo(before[0], 3);
    expect(await after.weights.w1.numbers()).toEqual(await model.weights.w1.numbers());
    const merged = await after.mergeLora();
    expect(merged.lora).toEqual({});
    expectClose(await run(merged), learned);
    expectClose(await runFile(await after.toOnnx()), learned);
  });

  test("are placed by the weight's name or the node's", async () => {
    const model = await importOnnx(bytes);
    const options = { rank: 1, key: randomKey(0) };
    expect(Object.keys(model.withLora("w2", options).lora)).toEqual(["w2"]);
    expect(Object.keys(model.withLora(/first/, options).lora)).toEqual(["w1"]);
    expect(() => model.withLora(/third/, options)).toThrow("/third/");
    expect(() => model.withLora("w1", { rank: 0, key: randomKey(0) })).toThrow("rank 0");
  });
});

describe("writing back", () => {
  test("keeps names and open sizes, and holds the weights of now", async () => {
    const model = await importOnnx(bytes);
    expectClose(await runFile(await model.toOnnx()), await runFile(bytes));
    const after = await trained(model);
    const file = await after.toOnnx();
    expectClose(await runFile(file), await run(after));
    const again = await importOnnx(file);
    expect(again.inputs).toEqual(model.inputs);
    expect(Object.keys(again.weights)).toEqual(Object.keys(model.weights));
    expect(await again.weights.w2.numbers()).toEqual(await after.weights.w2.numbers());
  });

  test("writes a cut graph, and what was quantized as real numbers", async () => {
    const cut = (await importOnnx(bytes)).only("t");
    const file = await cut.toOnnx();
    expect(Object.keys((await importOnnx(file)).weights)).toEqual(["w1", "b1"]);
    expectClose(await runFile(file, "t"), await run(cut, "t"));
    const w1 = {
      shape: [3, 4],
      type: ELEMENT.INT8,
      bytes: Uint8Array.from({ length: 12 }, (_, i) => i),
    };
    const quantized = modelBytes(
      {
        ...layers,
        nodes: [
          { op: "DequantizeLinear", inputs: ["w1", "scale"], outputs: ["real"] },
          { ...layers.nodes[0], inputs: ["x", "real"] },
          ...layers.nodes.slice(1),
        ],
        stored: { ...layers.stored, w1, scale: floats([0.125], []) },
      },
      17,
    );
    const model = await importOnnx(quantized);
    const real = floats(
      Array.from({ length: 12 }, (_, i) => i * 0.125),
      [3, 4],
    );
    const plain = modelBytes({ ...layers, stored: { ...layers.stored, w1: real } }, 17);
    expectClose(await run(model), await runFile(plain));
    const after = await trained(model);
    expectClose(await runFile(await after.toOnnx()), await run(after), 1e-4);
  });

  test("float16 weights that were widened are float16 in the file again", async () => {
    const half = await evaluate(tensor(values(12, 1), { shape: [3, 4] }).cast("float16"));
    const data = new Uint8Array(((await half.data()) as Uint16Array).slice().buffer);
    const file = modelBytes(
      {
        ...layers,
        nodes: [
          { op: "Cast", inputs: ["w1"], outputs: ["wide"], attributes: { to: FLOAT } },
          { ...layers.nodes[0], inputs: ["x", "wide"] },
          ...layers.nodes.slice(1),
        ],
        stored: { ...layers.stored, w1: { shape: [3, 4], type: ELEMENT.FLOAT16, bytes: data } },
      },
      17,
    );
    const model = await importOnnx(file);
    expect(model.weights.w1.dtype).toBe("float32");
    const written = await model.toOnnx();
    expectClose(await runFile(written), await runFile(file));
  });
});

test("freezing takes weights out of training by their names", async () => {
  const model = (await importOnnx(bytes)).freeze(/w\d/);
  expect(Object.keys(trainable(model))).toEqual(["weights.b1", "weights.b2"]);
  expect(Object.keys(trainable(model.only("t")))).toEqual(["weights.b1"]);
});

test("a model with one input is a layer", async () => {
  const model = await importOnnx(bytes);
  expectClose(await model.forward(x).numbers(), await run(model));
});
