/** @file Properties of ops over random shapes: gradients, and the CPU kernels against the JavaScript oracle. */
import fc from "fast-check";
import { describe, it } from "vitest";
import { assertSameResult, checkGradients, runCases } from "./check.ts";
import { random, sample } from "./random-cases.ts";

const RUNS = 25;

describe("ops over random shapes", () => {
  it.each(Object.keys(random))("%s: gradients equal numerical differentiation", async (op) => {
    await fc.assert(
      fc.asyncProperty(random[op], ({ title, ...rest }) =>
        checkGradients({ op, name: `${op} ${title}`, ...rest }),
      ),
      { numRuns: RUNS, seed: 11 },
    );
  });

  it.each(Object.keys(random))("%s: the CPU kernels equal the oracle", async (op) => {
    const cases = sample(op, RUNS);
    const [js, onnx] = [await runCases(cases, "js"), await runCases(cases, "onnx")];
    for (const [i, c] of cases.entries()) assertSameResult(c, onnx[i], js[i]);
  });
});
