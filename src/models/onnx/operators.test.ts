/** @file Every operator against ONNX Runtime's own kernels. */
import { describe, expect, test } from "vitest";
import { tensor } from "../../engine/index.ts";
import { knownOperators } from "./handlers/index.ts";
import { importOnnx } from "./import.ts";
import { modelBytes } from "./testing/build.ts";
import { elementwise, reductions, shapes } from "./testing/cases-elements.ts";
import { linear, norms, positions, resizing, windows } from "./testing/cases-layers.ts";
import { attention, fused, quantization, recurrent, sequences } from "./testing/cases-others.ts";
import { expectSame } from "./testing/compare.ts";
import { ELEMENT } from "./types.ts";

const families = {
  attention,
  elementwise,
  shapes,
  reductions,
  linear,
  windows,
  norms,
  positions,
  resizing,
  quantization,
  recurrent,
  sequences,
  fused,
};
describe.each(Object.entries(families))("%s", (_family, cases) => {
  test.each(Object.entries(cases))("%s", async (op, given) => {
    for (const one of Array.isArray(given) ? given : [given]) await expectSame(op, one);
  });
});

/** What has a test of its own: control flow, and what ONNX Runtime has no kernel for. */
const elsewhere = ["If", "Loop", "Scan", "Swish"];

test("Swish is x·sigmoid(alpha·x)", async () => {
  const bytes = modelBytes({
    inputs: [{ name: "x", type: ELEMENT.FLOAT, shape: [3] }],
    outputs: [{ name: "y", type: ELEMENT.FLOAT }],
    nodes: [{ op: "Swish", inputs: ["x"], outputs: ["y"], attributes: { alpha: { float: 2 } } }],
  });
  const model = await importOnnx(bytes);
  const y = await model.forward(tensor([-1, 0, 3])).numbers();
  const expected = [-1, 0, 3].map((x) => x / (1 + Math.exp(-2 * x)));
  for (const [i, v] of y.entries()) expect(v).toBeCloseTo(expected[i], 6);
});

test("every operator with a translation is compared", () => {
  const compared = Object.values(families).flatMap((cases) => Object.keys(cases));
  const known = knownOperators().map((op) => op.replace("com.microsoft.", ""));
  expect(known.filter((op) => !compared.includes(op) && !elsewhere.includes(op))).toEqual([]);
});
