import { expect, it } from "vitest";
import { layOut, readGraph } from "./onnx-graph.ts";

/** A message of fields that hold bytes or text. */
function message(...fields: [number, string | Uint8Array][]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([number, value]) => {
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      return [number * 8 + 2, bytes.length, ...bytes];
    }),
  );
}

// y = relu(x·w) + x
const model = message(
  [2, "deepdive"],
  [
    7,
    message(
      [1, message([1, "x"], [1, "w"], [2, "h"], [4, "MatMul"])],
      [1, message([1, "h"], [2, "r"], [3, "act"], [4, "Relu"])],
      [1, message([1, "r"], [1, "x"], [2, "y"], [4, "Add"])],
      [5, message([8, "w"])],
      [11, message([1, "x"])],
      [11, message([1, "w"])],
      [12, message([1, "y"])],
    ),
  ],
);

it("reads nodes and wiring of a model, and lays them below what they need", () => {
  const graph = readGraph(model);
  expect(graph.inputs).toEqual(["x"]);
  expect(graph.nodes.map(({ op }) => op)).toEqual(["MatMul", "Relu", "Add"]);
  const { boxes, arrows } = layOut(graph);
  expect(boxes.map(({ label, layer }) => [label, layer])).toEqual([
    ["x", 0],
    ["MatMul", 1],
    ["Relu", 2],
    ["Add", 3],
    ["y", 4],
  ]);
  expect(arrows).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
    [0, 3],
    [3, 4],
  ]);
});

it("refuses what is no model", () => {
  expect(() => readGraph(new Uint8Array([255, 255]))).toThrow("the file ends");
  expect(() => readGraph(message([2, "x"]))).toThrow("holds no graph");
});
