/** @file The op suite: gradients against numerical differentiation, and the CPU kernels against the JavaScript oracle. */
import { beforeAll, describe, expect, it } from "vitest";
import { allOps } from "../op.ts";
import { caseFamilies, skipReason } from "./cases.ts";
import {
  assertSameResult,
  type CaseResult,
  checkGradients,
  runCases,
  runEagerly,
  tracedNodes,
} from "./check.ts";

describe("the case table", () => {
  const cases = Object.values(caseFamilies).flat();

  it("has a case for every registered op", () => {
    const covered = new Set(cases.map((c) => c.op));
    expect([...allOps().keys()].filter((name) => !covered.has(name))).toEqual([]);
  });

  it("names each case once", () => {
    const names = cases.map((c) => c.name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("uses in each case the op that it is for", () => {
    expect(
      cases.filter((c) => !tracedNodes(c).some((n) => n.op.name === c.op)).map((c) => c.name),
    ).toEqual([]);
  });
});

describe.each(Object.entries(caseFamilies))("%s", (_family, cases) => {
  const run = cases.filter((c) => !skipReason(c, "onnx"));
  let onnx: CaseResult[] = [];
  let js: CaseResult[] = [];
  beforeAll(async () => {
    js = await runCases(run, "js");
    onnx = await runCases(run, "onnx");
  });

  it.each(cases)("$name: gradients equal numerical differentiation", async (c) => {
    await checkGradients(c);
  });

  it.each(run)("$name: the CPU kernels equal the oracle", (c) => {
    assertSameResult(c, onnx[run.indexOf(c)], js[run.indexOf(c)]);
  });

  it.each(cases)("$name: compiled and eager results are the same", async (c) => {
    assertSameResult(c, await runEagerly(c), js[run.indexOf(c)]);
  });
});
