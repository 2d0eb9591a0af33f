/** @file What files may hold: every way to store a tensor, open sizes, bodies, functions, foreign operators. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, grad, sum, type Tensor, tensor, treeLeaves } from "../../engine/index.ts";
import { ONNX_TYPE } from "../../engine/onnx/model.ts";
import { importOnnx } from "./import.ts";
import {
  encode,
  floats,
  graphProto,
  ints,
  modelBytes,
  modelProto,
  type Stored,
  stored,
  type TestGraph,
} from "./testing/build.ts";
import { noise } from "./testing/compare.ts";
import { ELEMENT } from "./types.ts";

const FLOAT = ELEMENT.FLOAT;
const W = [0.5, -1.25, 2, 3.5, -0.75, 1];

/** `x·w` with a weight of `[2, 3]`, stored as given. */
function product(w: Stored, type: number = FLOAT): TestGraph {
  return {
    inputs: [{ name: "x", type, shape: ["batch", 2] }],
    outputs: [{ name: "y", type }],
    nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
    stored: { w },
  };
}

const bits16 = (values: readonly number[]): Uint8Array =>
  new Uint8Array(Uint16Array.from(values).buffer);

describe("stored tensors", () => {
  const ones = tensor([[1, 1]]);
  const sums = [4, -2, 3];

  test("raw bytes and typed fields hold the same", async () => {
    const raw = await importOnnx(modelBytes(product(floats(W, [2, 3]))));
    expect(await raw.weights.w.numbers()).toEqual(W);
    const proto = modelProto(product(floats(W, [2, 3])));
    const [w] = proto.graph?.initializer ?? [];
    Object.assign(w, { rawData: null, floatData: W });
    const typed = await importOnnx(encode(proto));
    expect(await typed.weights.w.numbers()).toEqual(W);
    expect(await (await typed.run({ x: ones })).y.numbers()).toEqual(sums);
  });

  test("float16 is widened, or stays on request", async () => {
    const half = [0x3800, 0xbd00, 0x4000, 0x4300, 0xba00, 0x3c00];
    const bytes = modelBytes(
      product({ shape: [2, 3], type: ELEMENT.FLOAT16, bytes: bits16(half) }, ELEMENT.FLOAT16),
    );
    const kept = await importOnnx(bytes, { widen: false });
    expect(kept.weights.w.dtype).toBe("float16");
    const { y } = kept.call({ x: ones.cast("float16") });
    expect(y.dtype).toBe("float16");
    expect(await y.numbers()).toEqual(sums);
    const widened = await importOnnx(bytes);
    expect(widened.weights.w.dtype).toBe("float32");
    expect(await (await widened.run({ x: ones })).y.numbers()).toEqual(sums);
  });

  test("bfloat16 is the upper half of a float32", async () => {
    const words = new Uint32Array(Float32Array.from(W).buffer);
    const bytes = bits16([...words].map((v) => v >>> 16));
    const graph = product({ shape: [2, 3], type: ELEMENT.BFLOAT16, bytes });
    const model = await importOnnx(modelBytes(graph));
    expect(await model.weights.w.numbers()).toEqual(W);
  });

  test("int8 with a scale is a weight of real numbers that trains", async () => {
    const bytes = new Uint8Array(Int8Array.of(1, -2, 3, 4, -128, 127).buffer);
    const graph: TestGraph = {
      ...product({ shape: [2, 3], type: ELEMENT.INT8, bytes }),
      nodes: [
        {
          op: "DequantizeLinear",
          inputs: ["w", "scale", "zero"],
          outputs: ["real"],
          attributes: { axis: 1 },
        },
        { op: "MatMul", inputs: ["x", "real"], outputs: ["y"] },
      ],
    };
    const scale = floats([0.5, 0.25, 2], [3]);
    const zero = { shape: [3], type: ELEMENT.INT8, bytes: new Uint8Array([1, 0, 0]) };
    const model = await importOnnx(
      modelBytes({ ...graph, stored: { ...graph.stored, scale, zero } }),
    );
    expect(Object.keys(model.weights)).toEqual(["w"]);
    expect(await model.weights.w.numbers()).toEqual([0, -0.5, 6, 1.5, -32, 254]);
    const slope = grad((w: Tensor) => {
      model.weights.w = w;
      return sum(model.call({ x: ones }).y);
    })(model.weights.w);
    expect(await slope.numbers()).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test("quantized activations let gradients through within their range", async () => {
    const model = await importOnnx(
      modelBytes({
        inputs: [{ name: "x", type: FLOAT, shape: [4] }],
        outputs: [{ name: "y", type: FLOAT }],
        nodes: [
          { op: "QuantizeLinear", inputs: ["x", "scale", "zero"], outputs: ["q"] },
          { op: "DequantizeLinear", inputs: ["q", "scale", "zero"], outputs: ["y"] },
        ],
        stored: {
          scale: floats([0.5], []),
          zero: { shape: [], type: ELEMENT.INT8, bytes: new Uint8Array([3]) },
        },
      }),
    );
    const x = tensor([0.3, -1.1, 100, -100]);
    expect(await model.call({ x }).y.numbers()).toEqual([0.5, -1, 62, -65.5]);
    const slope = grad((v: Tensor) => sum(model.call({ x: v }).y))(x);
    expect(await slope.numbers()).toEqual([1, 1, 0, 0]);
  });

  test("4-bit integers in blocks", async () => {
    const graph = product({
      shape: [2, 4],
      type: ELEMENT.INT4,
      bytes: Uint8Array.of(0x21, 0xf8, 0x43, 0x07),
    });
    const model = await importOnnx(
      modelBytes({
        ...graph,
        nodes: [
          {
            op: "DequantizeLinear",
            inputs: ["w", "scale"],
            outputs: ["real"],
            attributes: { axis: 1, block_size: 2 },
          },
          { op: "MatMul", inputs: ["x", "real"], outputs: ["y"] },
        ],
        stored: { ...graph.stored, scale: floats([1, 10, 100, 1000], [2, 2]) },
      }),
    );
    expect(await model.weights.w.numbers()).toEqual([1, 2, -80, -10, 300, 400, 7000, 0]);
  });

  test("masks and scalars are constants; what stands where weights stand is a weight", async () => {
    const model = await importOnnx(
      modelBytes({
        inputs: [{ name: "x", type: FLOAT, shape: [2, 2] }],
        outputs: [{ name: "y", type: FLOAT }],
        nodes: [
          { op: "Div", inputs: ["x", "root"], outputs: ["a"] },
          { op: "Add", inputs: ["a", "mask"], outputs: ["b"] },
          { op: "Add", inputs: ["b", "shift"], outputs: ["c"] },
          { op: "MatMul", inputs: ["c", "kernel"], outputs: ["d"] },
          { op: "Add", inputs: ["d", "bias"], outputs: ["y"] },
        ],
        stored: {
          root: floats([8], []),
          mask: floats([0, -3.4e38, 0, 0], [2, 2]),
          shift: floats([1, 2], [2]),
          kernel: floats([1, 2], [2, 1]),
          bias: floats([1], [1]),
        },
      }),
    );
    expect(Object.keys(model.weights)).toEqual(["shift", "kernel", "bias"]);
    const bytes = modelBytes(product(floats(W, [2, 3])));
    expect(Object.keys((await importOnnx(bytes, { weights: /^nothing$/ })).weights)).toEqual([]);
  });

  test("large weights are views on the file's own bytes", async () => {
    const values = noise([200, 300]);
    const data = (await values.data()) as Float32Array;
    const folder = await mkdtemp(join(tmpdir(), "deepdive-"));
    try {
      for (const name of ["w", "wxyz", "weights"]) {
        const graph = product(floats([], [0]));
        const path = join(folder, `${name}.onnx`);
        await writeFile(
          path,
          modelBytes({
            ...graph,
            inputs: [{ name: "x", type: FLOAT, shape: [1, 200] }],
            nodes: [{ op: "MatMul", inputs: ["x", name], outputs: ["y"] }],
            stored: { [name]: stored(data, "float32", [200, 300]) },
          }),
        );
        const model = await importOnnx(path);
        const view = (await model.weights[name].data()) as Float32Array;
        expect(view.buffer.byteLength).toBeGreaterThan(view.byteLength);
        expect(view).toEqual(data);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("external data", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deepdive-"));
    const body = new Uint8Array(8 + 24);
    body.set(new Uint8Array(Float32Array.from(W).buffer), 8);
    await writeFile(join(folder, "weights.bin"), body);
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function write(entries: Readonly<Record<string, string>>): Promise<string> {
    const proto = modelProto(product(floats([], [2, 3])));
    const [w] = proto.graph?.initializer ?? [];
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    Object.assign(w, { rawData: null, dataLocation: 1, externalData });
    const path = join(folder, "model.onnx");
    await writeFile(path, encode(proto));
    return path;
  }

  test("is read from beside the model", async () => {
    const path = await write({ location: "weights.bin", offset: "8", length: "24" });
    const model = await importOnnx(path);
    expect(await model.weights.w.numbers()).toEqual(W);
  });

  test.each([
    [{ location: "../weights.bin" }, "own folder"],
    [{ location: "/etc/hostname" }, "own folder"],
    [{ location: "model.onnx" }, "the model itself"],
    [{ location: "none.bin" }, "the file none.bin beside the model"],
    [{ location: "weights.bin", offset: "20", length: "24" }, "bytes within the 32"],
    [{ location: "weights.bin", offset: "-8", length: "24" }, "bytes within the 32"],
    [{ location: "weights.bin", offset: "0", length: "16" }, "24 bytes for float"],
  ])("%j is refused", async (entries, message) => {
    await expect(importOnnx(await write(entries as never))).rejects.toThrow(message);
  });

  test("cannot come with bytes alone", async () => {
    const proto = modelProto(product(floats([], [2, 3])));
    Object.assign((proto.graph?.initializer ?? [])[0], { rawData: null, dataLocation: 1 });
    await expect(importOnnx(encode(proto))).rejects.toThrow("given as a path");
  });
});

describe("graphs", () => {
  const port = (name: string, shape: (number | string)[], type: number = FLOAT) => ({
    name,
    type,
    shape,
  });

  test("open sizes are bound at each call; shapes computed from them are folded", async () => {
    const model = await importOnnx(
      modelBytes({
        inputs: [port("x", ["batch", "time", 4])],
        outputs: [port("y", [])],
        nodes: [
          { op: "Shape", inputs: ["x"], outputs: ["s"] },
          { op: "Gather", inputs: ["s", "zero"], outputs: ["b"] },
          { op: "Unsqueeze", inputs: ["b", "axes"], outputs: ["bs"] },
          { op: "Concat", inputs: ["bs", "rest"], outputs: ["to"], attributes: { axis: 0 } },
          { op: "Reshape", inputs: ["x", "to"], outputs: ["y"] },
        ],
        stored: { zero: ints([0], []), axes: ints([0]), rest: ints([-1]) },
      }),
    );
    const forward = compile((x: Tensor) => model.call({ x }).y);
    expect((await forward(noise([2, 3, 4]))).shape).toEqual([2, 12]);
    expect((await forward(noise([5, 2, 4]))).shape).toEqual([5, 8]);
    expect(forward.traces).toBe(2);
    expect(await forward.explain(noise([2, 3, 4]))).not.toContain("concat");
  });

  test("inputs are checked by name, dtype and shape", async () => {
    const model = await importOnnx(modelBytes(product(floats(W, [2, 3]))));
    expect(() => model.call({})).toThrow("input x is missing");
    expect(() => model.call({ x: noise([1, 2]), z: noise([1]) })).toThrow("no input z");
    expect(() => model.call({ x: noise([1, 3]) })).toThrow("expected [batch, 2]");
    expect(() => model.call({ x: noise([1, 2]).cast("int32") })).toThrow("expected float32");
  });

  test("int32 is taken for int64", async () => {
    const model = await importOnnx(
      modelBytes({
        inputs: [port("ids", ["n"], ELEMENT.INT64)],
        outputs: [port("y", [])],
        nodes: [{ op: "Gather", inputs: ["table", "ids"], outputs: ["y"] }],
        stored: { table: floats(W, [3, 2]) },
      }),
    );
    const { y } = await model.run({ ids: tensor([2, 0], { dtype: "int32" }) });
    expect(await y.numbers()).toEqual([-0.75, 1, 0.5, -1.25]);
  });

  test("a condition that is known chooses its branch", async () => {
    const branch = (op: string) =>
      graphProto({
        inputs: [],
        outputs: [port("r", [])],
        nodes: [{ op, inputs: ["x"], outputs: ["r"] }],
      });
    const model = await importOnnx(
      modelBytes({
        inputs: [port("x", ["n"])],
        outputs: [port("y", [])],
        nodes: [
          { op: "Size", inputs: ["x"], outputs: ["n"] },
          { op: "Greater", inputs: ["n", "two"], outputs: ["large"] },
          {
            op: "If",
            inputs: ["large"],
            outputs: ["y"],
            attributes: {
              then_branch: { graph: branch("Neg") },
              else_branch: { graph: branch("Exp") },
            },
          },
        ],
        stored: { two: ints([2], []) },
      }),
    );
    expect(await model.call({ x: tensor([1, 2, 3]) }).y.numbers()).toEqual([-1, -2, -3]);
    expect(await model.call({ x: tensor([0, 0]) }).y.numbers()).toEqual([1, 1]);
  });

  test("loops run as often as is known, and scans along an axis", async () => {
    const body = graphProto({
      inputs: [port("i", [], ELEMENT.INT64), port("go", [], ELEMENT.BOOL), port("a", [])],
      outputs: [port("go", [], ELEMENT.BOOL), port("next", []), port("seen", [])],
      nodes: [
        { op: "Add", inputs: ["a", "x"], outputs: ["next"] },
        { op: "Identity", inputs: ["next"], outputs: ["seen"] },
      ],
    });
    const step = graphProto({
      inputs: [port("s", []), port("e", [])],
      outputs: [port("t", []), port("o", [])],
      nodes: [
        { op: "Mul", inputs: ["s", "e"], outputs: ["t"] },
        { op: "Neg", inputs: ["t"], outputs: ["o"] },
      ],
    });
    const model = await importOnnx(
      modelBytes({
        inputs: [port("x", [2])],
        outputs: [port("last", []), port("all", []), port("product", []), port("steps", [])],
        nodes: [
          {
            op: "Loop",
            inputs: ["three", "", "x"],
            outputs: ["last", "all"],
            attributes: { body: { graph: body } },
          },
          {
            op: "Scan",
            inputs: ["one", "x"],
            outputs: ["product", "steps"],
            attributes: { body: { graph: step }, num_scan_inputs: 1 },
          },
        ],
        stored: { three: ints([3], []), one: floats([1], []) },
      }),
    );
    const y = model.call({ x: tensor([2, 5]) });
    expect(await y.last.numbers()).toEqual([8, 20]);
    expect(await y.all.array()).toEqual([
      [4, 10],
      [6, 15],
      [8, 20],
    ]);
    expect(await y.product.item()).toBe(10);
    expect(await y.steps.numbers()).toEqual([-2, -10]);
  });

  test("functions of the model's own are run with their attributes", async () => {
    const proto = modelProto({
      inputs: [port("x", [3])],
      outputs: [port("y", [3])],
      nodes: [
        {
          op: "Leaky",
          domain: "own",
          inputs: ["x"],
          outputs: ["y"],
          attributes: { slope: { float: 0.5 } },
        },
      ],
    });
    proto.functions = [
      {
        name: "Leaky",
        domain: "own",
        input: ["v"],
        output: ["r"],
        attribute: ["slope"],
        opsetImport: [{ domain: "", version: 17 }],
        node: [
          {
            opType: "LeakyRelu",
            input: ["v"],
            output: ["r"],
            attribute: [{ name: "alpha", refAttrName: "slope", type: 1 }],
          },
        ],
      },
    ];
    const model = await importOnnx(encode(proto));
    expect(await model.call({ x: tensor([-2, 0, 4]) }).y.numbers()).toEqual([-1, 0, 4]);
  });

  test("rows that a mask hides are zero, and their gradients numbers", async () => {
    const model = await importOnnx(
      modelBytes({
        inputs: [port("x", [2, 2]), port("mask", [2, 2], ELEMENT.BOOL)],
        outputs: [port("y", [2, 2])],
        nodes: [
          { op: "Where", inputs: ["mask", "x", "low"], outputs: ["s"] },
          { op: "Softmax", inputs: ["s"], outputs: ["p"] },
          { op: "IsNaN", inputs: ["p"], outputs: ["bad"] },
          { op: "Where", inputs: ["bad", "zero", "p"], outputs: ["y"] },
        ],
        stored: { low: floats([Number.NEGATIVE_INFINITY], []), zero: floats([0], []) },
      }),
    );
    const mask = tensor([
      [true, true],
      [false, false],
    ]);
    const x = tensor([
      [1, 1],
      [2, 3],
    ]);
    expect(await model.call({ x, mask }).y.numbers()).toEqual([0.5, 0.5, 0, 0]);
    const slope = grad((v: Tensor) => sum(model.call({ x: v, mask }).y.square()))(x);
    expect(await slope.numbers()).toEqual([0, 0, 0, 0]);
  });

  test("operators without a translation still run, and are named", async () => {
    const model = await importOnnx(
      modelBytes({
        inputs: [port("x", ["n"])],
        outputs: [port("y", ["m"])],
        nodes: [
          { op: "Unique", name: "/set", inputs: ["x"], outputs: ["u"] },
          { op: "Neg", inputs: ["u"], outputs: ["y"] },
        ],
      }),
    );
    expect(model.blockers).toEqual([
      { op: "Unique", node: 'Unique "/set" (node 0)', reason: "has no translation" },
    ]);
    const x = tensor([3, 1, 3, 2]);
    expect(() => model.call({ x })).toThrow('Unique "/set" (node 0) has no translation');
    expect(() => model.call({ x })).toThrow("await model.run(inputs)");
    expect(await (await model.run({ x })).y.numbers()).toEqual([-1, -2, -3]);
    await expect(model.only("u").run({ x })).rejects.toThrow("The file runs as it was imported");
  });

  test("shapes as inputs are known outside of compile; inside, the file runs as it is", async () => {
    const model = await importOnnx(
      modelBytes({
        inputs: [port("x", [4]), port("s", [2], ELEMENT.INT64)],
        outputs: [port("y", [])],
        nodes: [{ op: "Reshape", inputs: ["x", "s"], outputs: ["y"] }],
      }),
    );
    const inputs = { x: tensor([1, 2, 3, 4]), s: tensor([2, 2], { dtype: "int64" }) };
    expect(model.call(inputs).y.shape).toEqual([2, 2]);
    const forward = compile((given: typeof inputs) => model.call(given));
    await expect(forward(inputs)).rejects.toThrow("its shape is computed from data");
    expect((await model.run(inputs)).y.shape).toEqual([2, 2]);
  });

  test("the model is a tree of its weights", async () => {
    const model = await importOnnx(modelBytes(product(floats(W, [2, 3]))));
    expect(treeLeaves(model)).toHaveLength(1);
    expect([...model.parameters().keys()]).toEqual(["weights.w"]);
    expect(ONNX_TYPE[model.weights.w.dtype]).toBe(FLOAT);
  });
});
