/** @file Every operator against ONNX Runtime's own kernels. */
import { describe, expect, test } from "vitest";
import { knownOperators } from "./handlers/index.ts";
import { elementwise, reductions, shapes } from "./testing/cases-elements.ts";
import { linear, norms, positions, resizing, windows } from "./testing/cases-layers.ts";
import { fused, quantization, recurrent, sequences } from "./testing/cases-others.ts";
import { expectSame } from "./testing/compare.ts";

const families = {
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

/** What has a test of its own: control flow. */
const elsewhere = ["If", "Loop", "Scan"];

test("every operator with a translation is compared", () => {
  const compared = Object.values(families).flatMap((cases) => Object.keys(cases));
  const known = knownOperators().map((op) => op.replace("com.microsoft.", ""));
  expect(known.filter((op) => !compared.includes(op) && !elsewhere.includes(op))).toEqual([]);
});
