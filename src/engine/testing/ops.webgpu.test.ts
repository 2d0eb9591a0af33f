/** @file The op suite on WebGPU: every case with all nodes on the GPU, against the JavaScript oracle. */
import { beforeAll, describe, it } from "vitest";
import { caseFamilies, gpuTolerance, skipReason } from "./cases.ts";
import { assertSameResult, type CaseResult, runCases } from "./check.ts";
import { startGpu } from "./gpu.ts";
import { random, sample } from "./random-cases.ts";

const gpu = await startGpu("the op suite on WebGPU");

describe.each(Object.entries(caseFamilies))("%s", { timeout: 120_000 }, (_family, cases) => {
  const run = cases.filter((c) => !skipReason(c, "webgpu"));
  let js: CaseResult[] = [];
  beforeAll(async () => {
    if (gpu) js = await runCases(run, "js");
  });

  it.skipIf(!gpu).each(run)("$name: the GPU equals the oracle", async (c) => {
    const [found] = await runCases([c], "webgpu");
    assertSameResult({ ...c, tolerance: gpuTolerance(c) }, found, js[run.indexOf(c)]);
  });
});

describe.skipIf(!gpu)("ops over random shapes", { timeout: 120_000 }, () => {
  it.each(Object.keys(random))("%s on the GPU equals the oracle", async (op) => {
    const cases = sample(op, 10);
    const [js, found] = [await runCases(cases, "js"), await runCases(cases, "webgpu")];
    for (const [i, c] of cases.entries()) assertSameResult(c, found[i], js[i]);
  });
});
