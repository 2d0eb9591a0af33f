/** @file Checkpoints that PyTorch wrote: every type and view; hostile ones are refused. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../engine/index.ts";
import recorded from "../fixtures/transformer.json" with { type: "json" };
import { importOnnx } from "../onnx/import.ts";
import { openTorch, readTorch } from "./checkpoint.ts";
import { readPickle } from "./pickle.ts";
import { storedZip } from "./testing.ts";

const fixture = (name: string): URL => new URL(`../fixtures/${name}`, import.meta.url);
const ascii = (text: string): number[] => [...text].map((c) => c.charCodeAt(0));

describe("a checkpoint that PyTorch wrote", () => {
  test("gives every element type, widened where there is none here", async () => {
    const tensors = await readTorch(fixture("checkpoint.pt"));
    const types = [...tensors].filter(([name]) => name.startsWith("types."));
    expect(Object.fromEntries(types.map(([name, t]) => [name.slice(6), t.dtype]))).toEqual({
      float32: "float32",
      float64: "float64",
      float16: "float16",
      bfloat16: "float32",
      int64: "int64",
      int32: "int32",
      int16: "int32",
      int8: "int32",
      uint8: "uint8",
    });
    for (const [name, t] of types) expect(await t.numbers(), name).toEqual([0, 1, 2, 100]);
    expect(await tensors.get("bool")?.array()).toEqual([true, false, true]);
    expect(await tensors.get("negative")?.numbers()).toEqual([-1, -128]);
  });

  test("gives views by their strides and offsets", async () => {
    const tensors = await readTorch(fixture("checkpoint.pt"), { under: "views" });
    const rows = Array.from({ length: 4 }, (_, r) =>
      Array.from({ length: 6 }, (_, c) => r * 6 + c),
    );
    const array = (name: string) => (tensors.get(name) as Tensor).array();
    expect(await array("base")).toEqual(rows);
    expect(await array("transposed")).toEqual(rows[0].map((_, c) => rows.map((row) => row[c])));
    expect(await array("column")).toEqual([2, 8, 14, 20]);
    expect(await array("part")).toEqual([
      [7, 9],
      [13, 15],
    ]);
    expect(await array("spread")).toEqual([
      [7, 7, 7],
      [7, 7, 7],
    ]);
    expect(await array("scalar")).toBe(23);
    expect(tensors.get("empty")?.shape).toEqual([0, 3]);
  });

  test("gives what stands beside the tensors, and single tensors without the others", async () => {
    const checkpoint = await openTorch(fixture("checkpoint.pt"));
    expect(checkpoint.values.get("epoch")).toBe(3);
    expect(checkpoint.values.get("rate")).toBe(1e-3);
    expect(checkpoint.values.get("name")).toBe("größe");
    expect(checkpoint.values.get("done")).toBe(false);
    expect(checkpoint.values.get("none")).toBe(null);
    expect(checkpoint.values.get("size.1")).toBe(6);
    expect(checkpoint.values.get("big")).toBe(2n ** 70n);
    expect(checkpoint.tensors.get("layers.1.weight")).toEqual({
      shape: [2],
      type: "float32",
      bytes: 8,
    });
    expect(await (await checkpoint.read("layers.1.weight")).numbers()).toEqual([5, 5]);
    expect(await (await checkpoint.read("parameter")).numbers()).toEqual([1, 1, 1, 1]);
    await expect(checkpoint.read("layers.7")).rejects.toThrow("layers.7");
    await checkpoint.close();
  });

  test("fills the model that was exported from it", async () => {
    const state = await readTorch(fixture("transformer.pt"));
    const model = await importOnnx(fixture("transformer-traced.onnx"));
    for (const [name, t] of Object.entries(model.weights)) {
      const same = state.get(name);
      if (same) expect(await same.numbers(), name).toEqual(await t.numbers());
    }
    expect([...state.keys()].filter((name) => name in model.weights)).not.toEqual([]);
    // The exporter keeps the other weights transposed.
    const qkv = state.get("blocks.0.qkv.weight") as Tensor;
    const [unnamed] = Object.entries(model.weights).filter(([name]) => name.startsWith("onnx::"));
    expect(await qkv.transpose().numbers()).toEqual(await unnamed[1].numbers());
    expect(recorded.torch).toMatch(/^2\./);
  });
});

describe("a hostile or damaged checkpoint", () => {
  const GLOBAL = (name: string): number[] => {
    const at = name.lastIndexOf(".");
    return [0x63, ...ascii(`${name.slice(0, at)}\n${name.slice(at + 1)}\n`)];
  };
  const text = (s: string): number[] => [0x8c, s.length, ...ascii(s)];
  const archive = (pickle: readonly number[], more: Record<string, Uint8Array> = {}): Uint8Array =>
    storedZip({ "x/data.pkl": Uint8Array.from([0x80, 2, ...pickle, 0x2e]), ...more });

  test.each([
    ["posix.system", [...GLOBAL("posix.system"), ...text("rm -rf /"), 0x85, 0x52]],
    ["builtins.eval", [...GLOBAL("builtins.eval"), ...text("1+1"), 0x85, 0x52]],
    ["builtins.getattr", [...text("builtins"), ...text("getattr"), 0x93, 0x29, 0x52]],
    ["torch.load", [...GLOBAL("torch.load"), ...text("/etc/passwd"), 0x85, 0x52]],
    ["torch.storage.__class__", [...GLOBAL("torch.storage.__class__"), 0x29, 0x81]],
  ])("that calls %s is refused, and nothing is called", async (name, pickle) => {
    await expect(openTorch(archive(pickle))).rejects.toThrow(
      `a call of "${name}", which nothing here executes`,
    );
  });

  test("may name classes that the user allows as records", async () => {
    const pickle = [
      ...GLOBAL("argparse.Namespace"),
      ...[0x29, 0x81, 0x7d, ...text("lr"), 0x4b, 7, 0x73, 0x62],
    ];
    const checkpoint = await openTorch(archive(pickle), { inert: ["argparse.Namespace"] });
    expect(checkpoint.values.get("lr")).toBe(7);
  });

  const storage = (key: string, length: number): number[] => [
    0x28,
    ...text("storage"),
    ...GLOBAL("torch.FloatStorage"),
    ...text(key),
    ...text("cpu"),
    ...[0x4a, length & 255, (length >> 8) & 255, (length >> 16) & 255, length >> 24],
    ...[0x74, 0x51],
  ];
  const int = (n: number): number[] => [0x4a, n & 255, (n >> 8) & 255, (n >> 16) & 255, n >> 24];
  const view = (shape: number[], strides: number[], offset = 0): number[] => [
    ...GLOBAL("torch._utils._rebuild_tensor_v2"),
    0x28,
    ...storage("0", 4),
    ...int(offset),
    ...[0x28, ...shape.flatMap(int), 0x74],
    ...[0x28, ...strides.flatMap(int), 0x74],
    ...[0x89, 0x7d, 0x74, 0x52],
  ];
  const data = { "x/data/0": new Uint8Array(16) };

  test("places beyond 4 GiB stand in 64 bits", async () => {
    const pickle = Uint8Array.from([0x80, 2, ...view([2, 2], [2, 1]), 0x2e]);
    const bytes = storedZip({ "x/data.pkl": pickle, ...data }, { large: true });
    const [value] = (await readTorch(bytes)).values();
    expect(await value.array()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test.each([
    ["reads beyond its storage", view([8], [1]), "32 bytes"],
    ["begins beyond its storage", view([1], [1], 9), "40 bytes"],
    ["has a negative stride", view([2], [-1]), "make no sense"],
    ["has other strides than sizes", view([2, 2], [1]), "make no sense"],
    ["is larger than any memory", view([2 ** 30, 2 ** 30, 2 ** 30], [0, 0, 0]), "fit into memory"],
    ["spreads one number over gigabytes", view([2 ** 30], [0]), "raise { maxBytes }"],
  ])("a tensor that %s is refused", async (_what, pickle, message) => {
    await expect(readTorch(archive(pickle, data))).rejects.toThrow(message);
  });

  test("values that contain themselves, or each other again and again, end in an error", async () => {
    const self = [0x5d, 0x71, 0, 0x68, 0, 0x61];
    await expect(openTorch(archive(self))).rejects.toThrow("contains itself");
    // Each list holds the one before twice.
    const doubling = [
      0x5d,
      ...Array.from({ length: 60 }, (_, i) => [
        0x71,
        i,
        0x30,
        0x5d,
        0x28,
        0x68,
        i,
        0x68,
        i,
        0x65,
      ]).flat(),
    ];
    await expect(openTorch(archive(doubling))).rejects.toThrow("too much");
  });

  test("opcodes, stacks and memos out of order are errors", () => {
    const host = { source: "t", global: () => null, call: () => null, persistent: () => null };
    const run = (bytes: number[]) => () => readPickle(Uint8Array.from(bytes), host);
    expect(run([0x2e])).toThrow("a value on the stack");
    expect(run([0x69, 0x2e])).toThrow("0x69");
    expect(run([0x68, 3])).toThrow("value 3 of the memo");
    expect(run([0x58, 255, 255, 255, 255])).toThrow("the end of the data");
    expect(run([0x74])).toThrow("a mark on the stack");
    expect(run([0x8b, 0, 0, 1, 0])).toThrow("one of 65536 bytes");
    expect(run([])).toThrow("the end of the data");
  });

  test("other files are told apart", async () => {
    await expect(openTorch(new Uint8Array())).rejects.toThrow("it is empty");
    await expect(openTorch(Uint8Array.from(ascii("hello, world")))).rejects.toThrow("zip file");
    const old = Uint8Array.of(0x80, 2, 0x8a, 10, 1, 2, 3);
    await expect(openTorch(old)).rejects.toThrow("the older format");
    const script = storedZip({
      "m/data.pkl": new Uint8Array(3),
      "m/constants.pkl": new Uint8Array(1),
    });
    await expect(openTorch(script)).rejects.toThrow("TorchScript");
    await expect(openTorch("/nowhere/x.pt")).rejects.toThrow("/nowhere/x.pt");
    const whole = new Uint8Array(await readFile(fixture("checkpoint.pt")));
    await expect(readTorch(whole.subarray(0, whole.length - 30))).rejects.toThrow();
    await expect(readTorch(whole.subarray(0, 100))).rejects.toThrow("directory");
  });
});
