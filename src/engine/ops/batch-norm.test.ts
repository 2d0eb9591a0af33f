/** @file Batch normalisation: statistics, running averages, and the two layouts of the CPU. */
import { describe, expect, it } from "vitest";
import { batchNorm, batchNormInference, compile, conv, type Tensor, tensor } from "../index.ts";
import { randomSource } from "../testing/values.ts";

function drawn(seed: number, ...shape: number[]): Tensor {
  const random = randomSource(seed);
  const n = shape.reduce((a, d) => a * d, 1);
  return tensor(
    Float32Array.from({ length: n }, () => random() * 2 - 1),
    { shape },
  );
}

const vector = (n: number, value: number): Tensor => tensor(new Float32Array(n).fill(value));

describe("batchNorm", () => {
  it("gives each channel mean 0 and variance 1, then scale and shift", async () => {
    const x = tensor([
      [
        [1, 3],
        [10, 10],
      ],
      [
        [5, 7],
        [20, 20],
      ],
    ]);
    const { output, mean, variance } = batchNorm(x, tensor([1, 2]), tensor([0, 1]), 0);
    expect(await mean.array()).toEqual([4, 15]);
    expect(await variance.array()).toEqual([5, 25]);
    const rows = (await output.numbers()).map((v) => Math.round(v * 1e4) / 1e4);
    const s = Math.round(1e4 / Math.sqrt(5)) / 1e4;
    expect(rows).toEqual([-1.3416, -s, -1, -1, s, 1.3416, 3, 3]);
  });

  it("computes the same in the blocked layout as in the plain one, far from 0 too", async () => {
    const [x, w] = [drawn(1, 4, 16, 6, 5), drawn(2, 16, 16, 1, 1)];
    // A large mean beside a small spread: sums of squares would cancel.
    const step = (a: Tensor, k: Tensor) => {
      const y = conv(a, k, { padding: [0, [0, 1]] }).add(100);
      const { output, mean, variance } = batchNorm(y, vector(16, 1), vector(16, 0));
      return [output, mean, variance];
    };
    const [js, onnx] = [compile(step, { backend: "js" }), compile(step, { backend: "onnx" })];
    const [expected, found] = [await js(x, w), await onnx(x, w)];
    for (const [i, e] of expected.entries()) {
      const [a, b] = [await e.numbers(), await found[i].numbers()];
      for (const [k, v] of a.entries()) expect(Math.abs(v - b[k])).toBeLessThan(2e-4);
    }
  });

  it("by given statistics is one map per channel", async () => {
    const x = tensor([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    const y = batchNormInference(
      x,
      tensor([2, 1]),
      tensor([0, 5]),
      tensor([1, 3]),
      tensor([4, 1]),
      0,
    );
    expect(await y.array()).toEqual([
      [
        [0, 1],
        [5, 6],
      ],
    ]);
  });

  it("refuses vectors of another length", () => {
    const x = drawn(1, 2, 3, 4);
    expect(() => batchNorm(x, vector(2, 1), vector(3, 0))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: batchNorm: expected [batch, channels, ...spatial] and vectors [channels], got [2, 3, 4] and [2]]`,
    );
  });
});
