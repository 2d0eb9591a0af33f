/** @file The op suite on ONNX Runtime's WebAssembly build, as browsers run it, against the JavaScript oracle. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { compile, setBackend, type Tensor, zeros } from "../index.ts";
import { caseFamilies, skipReason } from "./cases.ts";
import { assertSameResult, type CaseResult, runCases } from "./check.ts";
import { drawsOn } from "./random-bits.ts";
import { random, sample } from "./random-cases.ts";

vi.mock("../onnx/runtime-node.ts", async () => {
  const { loadWebRuntime } = await import("../onnx/runtime-web.ts");
  return { loadNativeRuntime: () => loadWebRuntime(false) };
});
setBackend("onnx", { threads: 1 });

it("runs in WebAssembly", async () => {
  const step = compile((x: Tensor) => x.exp());
  const nodes = await step.report(zeros([2]));
  expect(nodes.map((n) => n.provider)).toEqual(["wasm"]);
});

it("gives the same random bits", async () => {
  expect(await drawsOn("onnx")).toEqual(await drawsOn("js"));
});

describe.each(Object.entries(caseFamilies))("%s", (_family, cases) => {
  const run = cases.filter((c) => !skipReason(c, "onnx"));
  let js: CaseResult[] = [];
  beforeAll(async () => {
    js = await runCases(run, "js");
  });

  it.each(run)("$name: WebAssembly equals the oracle", async (c) => {
    const [found] = await runCases([c], "onnx");
    assertSameResult(c, found, js[run.indexOf(c)]);
  });
});

describe("ops over random shapes", () => {
  it.each(Object.keys(random))("%s in WebAssembly equals the oracle", async (op) => {
    const cases = sample(op, 10);
    const [js, found] = [await runCases(cases, "js"), await runCases(cases, "onnx")];
    for (const [i, c] of cases.entries()) assertSameResult(c, found[i], js[i]);
  });
});
