/** @file Damaged model files: each ends in a result or one clear error, soon, and in little memory. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DataError } from "../data/errors.ts";
import { importOnnx } from "./onnx/import.ts";
import {
  encode,
  floats,
  ints,
  modelBytes,
  modelProto,
  type TestGraph,
} from "./onnx/testing/build.ts";
import { ELEMENT } from "./onnx/types.ts";
import { fileKinds } from "./testing/kinds.ts";
import { mutate, randomOf, survive } from "./testing/mutations.ts";

const MUTATIONS = 500;
const checkpoint = readFileSync(new URL("./fixtures/checkpoint.pt", import.meta.url));
const kinds = await fileKinds(new Uint8Array(checkpoint));

describe.each(kinds)("$name", (kind) => {
  test("is read where it is intact", async () => {
    expect(await survive(kind, kind.intact)).toMatchObject({ outcome: "read" });
  });

  test(`survives ${MUTATIONS / kinds.length} mutations`, async () => {
    const random = randomOf(7);
    const counts = { read: 0, refused: 0, broken: 0 };
    for (let i = 0; i < MUTATIONS / kinds.length; i++) {
      const { outcome, ms, problem } = await survive(kind, mutate(kind.intact, random));
      expect(problem, `mutation ${i}`).toBeNull();
      expect(ms).toBeLessThan(2000);
      counts[outcome]++;
    }
    expect(counts.refused).toBeGreaterThan(0);
  });
});

describe("an ONNX file", () => {
  const port = (name: string, shape?: number[]) => ({
    name,
    type: ELEMENT.FLOAT,
    ...(shape ? { shape } : {}),
  });
  const small: TestGraph = {
    inputs: [port("x", [2, 2])],
    outputs: [port("y")],
    nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
    stored: { w: floats([1, 2, 3, 4], [2, 2]) },
  };
  const refused = async (bytes: Uint8Array, message: string) => {
    const error = await importOnnx(bytes).then(
      () => null,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message.split("\n")).toHaveLength(1);
  };

  test("that is empty, cut short or something else is refused", async () => {
    const bytes = modelBytes(small);
    await refused(new Uint8Array(), "it is empty");
    await refused(bytes.subarray(0, bytes.length - 5), "cannot be decoded");
    await refused(new TextEncoder().encode("not a model"), "an ONNX model");
    await refused(Uint8Array.of(8, 8), "without a graph");
    await expect(importOnnx("/nowhere/model.onnx")).rejects.toThrow("/nowhere/model.onnx");
  });

  test("whose sizes are larger than what it holds, or than any memory, is refused", async () => {
    const sized = (dims: number[]) => {
      const proto = modelProto(small);
      Object.assign((proto.graph?.initializer ?? [])[0], { dims });
      return encode(proto);
    };
    await refused(sized([2, 3]), "expected 24 bytes for float, received 16 bytes");
    await refused(sized([2 ** 40, 2 ** 40]), "sizes that fit into memory");
    await refused(sized([-2, -2]), "sizes that fit into memory");
    const model = await importOnnx(
      modelBytes({
        ...small,
        nodes: [
          { op: "Expand", inputs: ["x", "huge"], outputs: ["e"] },
          { op: "MatMul", inputs: ["e", "w"], outputs: ["y"] },
        ],
        stored: { ...small.stored, huge: ints([2 ** 20, 2 ** 20, 2, 2]) },
      }),
    );
    const { zeros } = await import("../engine/index.ts");
    expect(() => model.call({ x: zeros([2, 2]) })).toThrow("would have");
  });

  test("that refers to itself is refused", async () => {
    const circle = (nodes: TestGraph["nodes"]) => modelBytes({ ...small, nodes });
    await refused(
      circle([{ op: "Add", inputs: ["y", "x"], outputs: ["y"] }]),
      "a circle through Add",
    );
    await refused(
      circle([
        { op: "Neg", inputs: ["b"], outputs: ["a"] },
        { op: "Neg", inputs: ["a"], outputs: ["b"] },
        { op: "Add", inputs: ["a", "x"], outputs: ["y"] },
      ]),
      "a circle",
    );
    const proto = modelProto({
      ...small,
      nodes: [{ op: "F", domain: "own", inputs: ["x"], outputs: ["y"] }],
    });
    const call = { opType: "F", domain: "own", input: ["v"], output: ["r"] };
    proto.functions = [{ name: "F", domain: "own", input: ["v"], output: ["r"], node: [call] }];
    const model = await importOnnx(encode(proto));
    const { zeros } = await import("../engine/index.ts");
    expect(() => model.call({ x: zeros([2, 2]) })).toThrow("refers to itself");
  });

  test("whose values come from nowhere or from two nodes is refused", async () => {
    const made = (nodes: TestGraph["nodes"]) => modelBytes({ ...small, nodes });
    await refused(made([{ op: "Neg", inputs: ["ghost"], outputs: ["y"] }]), "input ghost");
    await refused(made([{ op: "Neg", inputs: ["x"], outputs: ["z"] }]), "output y");
    await refused(
      made([
        { op: "Neg", inputs: ["x"], outputs: ["y"] },
        { op: "Exp", inputs: ["x"], outputs: ["y"] },
      ]),
      "value y",
    );
  });
});
