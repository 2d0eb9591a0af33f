import { describe, expect, it } from "vitest";
import {
  compile,
  gelu,
  gradients,
  layerNorm,
  matmul,
  mean,
  randomKey,
  randomNormal,
  softmax,
  type Tensor,
  where,
} from "../index.ts";

async function largestDifference(
  fn: (...xs: Tensor[]) => Tensor[],
  inputs: Tensor[],
): Promise<number> {
  const onnx = await compile(fn, { backend: "onnx" })(...inputs);
  const js = await compile(fn, { backend: "js" })(...inputs);
  let worst = 0;
  for (const [i, t] of onnx.entries()) {
    const [a, b] = [await t.data(), await js[i].data()] as Float32Array[];
    const scale = b.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-6);
    for (let k = 0; k < a.length; k++) worst = Math.max(worst, Math.abs(a[k] - b[k]) / scale);
  }
  return worst;
}

async function blockedNodes(
  fn: (...xs: Tensor[]) => Tensor[],
  inputs: Tensor[],
): Promise<string[]> {
  const report = await compile(fn, { backend: "onnx" }).report(...inputs);
  return report.filter((n) => n.provider === "cpu row blocks").map((n) => n.op);
}

const normal = (seed: number, ...shape: number[]): Tensor => randomNormal(randomKey(seed), shape);

describe("row blocks", () => {
  it("compute GELU's gradient as the interpreter does", async () => {
    const fn = (x: Tensor, dy: Tensor): Tensor[] => [gradients(gelu(x).mul(dy).sum(), x)];
    const inputs = [normal(1, 2100, 512), normal(2, 2100, 512)];
    expect((await blockedNodes(fn, inputs)).length).toBeGreaterThan(5);
    expect(await largestDifference(fn, inputs)).toBeLessThan(1e-5);
  });

  it("carry row statistics and partial column sums: LayerNorm's three gradients", async () => {
    const fn = (x: Tensor, g: Tensor, b: Tensor, dy: Tensor): Tensor[] =>
      gradients(layerNorm(x, g, b).mul(dy).sum(), [x, g, b]);
    const inputs = [normal(1, 2800, 384), normal(2, 384), normal(3, 384), normal(4, 2800, 384)];
    expect(await blockedNodes(fn, inputs)).toContain("sum");
    expect(await largestDifference(fn, inputs)).toBeLessThan(1e-5);
  });

  it("take a mask that is the same for every row, and softmax along the last axis", async () => {
    const fn = (s: Tensor, mask: Tensor, dy: Tensor): Tensor[] => [
      gradients(softmax(s.mul(0.3).add(mask)).mul(dy).sum(), s),
    ];
    const inputs = [normal(1, 8, 14, 100, 100), normal(2, 100, 100), normal(3, 8, 14, 100, 100)];
    expect((await blockedNodes(fn, inputs)).length).toBeGreaterThan(2);
    expect(await largestDifference(fn, inputs)).toBeLessThan(1e-5);
  });

  it("stop at a product that lies between two chains (no cycle)", async () => {
    const fn = (x: Tensor, w: Tensor): Tensor[] => {
      const h = x.mul(2).tanh().add(1).square();
      const back = matmul(h, w).sigmoid().mul(h).add(x);
      return [back, h.sum({ axis: 0 }), mean(back)];
    };
    expect(
      await largestDifference(fn, [normal(1, 2100, 512), normal(2, 512, 512).mul(0.01)]),
    ).toBeLessThan(1e-5);
  });

  it("select by a condition inside a block", async () => {
    const fn = (x: Tensor): Tensor[] => [
      where(x.greater(0), x.exp().sub(1), x.mul(0.1)).square().neg(),
    ];
    expect(await largestDifference(fn, [normal(5, 2100, 512)])).toBeLessThan(1e-5);
  });
});
