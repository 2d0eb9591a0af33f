/** @file The suite's own checks notice what is wrong. */
import { describe, expect, it } from "vitest";
import { customGradient, mul, square, stopGradient } from "../index.ts";
import { assertSameResult, checkGradients, type OpCase, runCases } from "./check.ts";
import { errorLine } from "./message.ts";
import { between, floats } from "./values.ts";

const around = (fn: OpCase["fn"], more: Partial<OpCase> = {}): OpCase => ({
  op: "square",
  name: "a case",
  inputs: [between(0.5, 2, 3)],
  fn,
  ...more,
});

const sloppy = (factor: number): OpCase["fn"] =>
  customGradient(
    (x) => square(x),
    (g, { inputs: [x] }) => [mul(g, mul(x, 2 * factor))],
  );

describe("gradient checks", () => {
  it("accept a right gradient", async () => {
    await checkGradients(around(sloppy(1)));
  });

  it("notice an error of one part in 100,000", async () => {
    await expect(checkGradients(around(sloppy(1 + 1e-5)))).rejects.toThrow(/its gradient is/);
  });

  it("notice a first derivative that cannot be differentiated rightly", async () => {
    const flat = customGradient(
      (x) => square(x),
      (g, { inputs: [x] }) => [mul(g, mul(stopGradient(x), 2))],
    );
    await expect(checkGradients(around(flat))).rejects.toThrow(/its second derivative is/);
    await checkGradients(around(flat, { second: false }));
  });

  it("notice an input whose gradient is left out", async () => {
    const half = customGradient(
      (x, y) => mul(x, y),
      (g, { inputs: [, y] }) => [mul(g, y), null],
    );
    const c = { ...around(half), inputs: [floats(3), floats(3)] };
    await expect(checkGradients(c)).rejects.toThrow(/its gradient is/);
  });
});

describe("comparisons", () => {
  const c = around((x) => x);

  it("are relative to the largest magnitude", () => {
    assertSameResult(c, [[100.0005, 0]], [[100, 0.0005]]);
    expect(errorLine(() => assertSameResult(c, [[100.01, 0]], [[100, 0]]))).toMatchInlineSnapshot(
      `"Error: a case: element 0 of result 0 is 100.01 instead of 100 (largest magnitude 100)"`,
    );
  });

  it("take NaN and infinity for themselves only", () => {
    assertSameResult(
      c,
      [[Number.NaN, Number.POSITIVE_INFINITY]],
      [[Number.NaN, Number.POSITIVE_INFINITY]],
    );
    expect(errorLine(() => assertSameResult(c, [[1]], [[Number.NaN]]))).toMatch(/instead of NaN/);
    expect(errorLine(() => assertSameResult(c, [[]], [[1]]))).toMatch(/0 elements instead of 1/);
  });

  it("draw the same inputs for the same name", async () => {
    expect(await runCases([c], "js")).toEqual(await runCases([c], "js"));
    expect(await runCases([c], "js")).not.toEqual(await runCases([{ ...c, name: "other" }], "js"));
  });
});
