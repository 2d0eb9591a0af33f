// What the engine costs around the kernels: tracing, calls, import, memory.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  compile,
  crossEntropyRows,
  evaluate,
  gradients,
  mean,
  randomKey,
  randomNormal,
  setBackend,
  type Tensor,
  tensor,
  zeros,
} from "../../src/engine/index.ts";
import { ours } from "./ours.ts";
import { workloads } from "./workloads.ts";

const run = promisify(execFile);

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

async function timed(times: number, fn: () => Promise<unknown>): Promise<number> {
  const out: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await fn();
    out.push(performance.now() - start);
  }
  return median(out);
}

/** Milliseconds from the definition of gpt-small to its first finished step. */
export async function traceMs(): Promise<number> {
  const workload = workloads.find((w) => w.name === "gpt-small");
  if (!workload) throw new Error("the benchmark has no gpt-small");
  const peer = ours(workload, { threads: 2, backend: "onnx" });
  const start = performance.now();
  await peer.setup(workload);
  const elapsed = performance.now() - start;
  await peer.close();
  return elapsed;
}

/** Milliseconds that a compiled call takes beyond `session.run` of the same model with the same tensors. */
export async function callOverheadMs(): Promise<number> {
  setBackend("onnx", { threads: 1 });
  const parameters = await evaluate(Array.from({ length: 50 }, () => zeros([64, 64])));
  const step = compile(function step(p: Tensor[]) {
    return { total: p[0].sum(), exps: p.map((t) => t.exp()) };
  });
  const ort = (await import("onnxruntime-node")).default;
  const session = await ort.InferenceSession.create(await step.exportOnnx(parameters), {
    intraOpNumThreads: 1,
    graphOptimizationLevel: "extended",
  });
  const host = (await Promise.all(parameters.map((t) => t.data()))) as Float32Array[];
  const feeds = Object.fromEntries(
    session.inputNames.map((name, i) => [name, new ort.Tensor("float32", host[i], [64, 64])]),
  );
  const rounds: number[] = [];
  for (let round = 0; round < 9; round++) {
    const ours = await timed(100, () => step(parameters));
    rounds.push(ours - (await timed(100, () => session.run(feeds))));
  }
  return median(rounds);
}

/** Milliseconds of importing the built package in a fresh process: the median of five. */
export async function importMs(): Promise<number> {
  const entry = new URL("../../dist/index.js", import.meta.url);
  if (!existsSync(entry)) {
    const build = fileURLToPath(new URL("../../scripts/build.ts", import.meta.url));
    await run(process.execPath, [build]);
  }
  const code = `const t = performance.now(); await import(${JSON.stringify(entry.href)}); console.log(performance.now() - t);`;
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", code]);
    times.push(Number(stdout));
  }
  return median(times);
}

interface Layer {
  readonly w: Tensor;
  readonly b: Tensor;
}

function mlpStep(
  layers: readonly Layer[],
  x: Tensor,
  y: Tensor,
): { loss: Tensor; layers: Layer[] } {
  let h = x;
  for (const [i, { w, b }] of layers.entries()) {
    h = h.matmul(w).add(b);
    if (i < layers.length - 1) h = h.relu();
  }
  const loss = mean(crossEntropyRows(h, y));
  const g = gradients(loss, layers);
  const update = (p: Tensor, d: Tensor): Tensor => p.sub(d.mul(0.01));
  return {
    loss,
    layers: layers.map(({ w, b }, i) => ({ w: update(w, g[i].w), b: update(b, g[i].b) })),
  };
}

/** Growth of the resident set from step 200 to step 2,000 of training an MLP, as a share. */
export async function residentGrowth(): Promise<number> {
  const widths = [784, 512, 512, 10];
  let layers: Layer[] = await evaluate(
    widths.slice(1).map((width, i) => ({
      w: randomNormal(randomKey(i), [widths[i], width], 0, 0.05),
      b: zeros([width]),
    })),
  );
  const step = compile(mlpStep, { donate: [0] });
  let early = 0;
  for (let i = 1; i <= 2000; i++) {
    const x = tensor(new Float32Array(128 * 784).fill((i % 7) / 7), { shape: [128, 784] });
    const y = tensor(Int32Array.from({ length: 128 }, (_, k) => (k + i) % 10));
    const result = await step(layers, x, y);
    layers = result.layers;
    await result.loss.item();
    if (i === 200) early = process.memoryUsage().rss;
  }
  return process.memoryUsage().rss / early - 1;
}
