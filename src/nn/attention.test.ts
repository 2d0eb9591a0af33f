import { describe, expect, test } from "vitest";
import { randomKey, tensor, zeros } from "../engine/index.ts";
import { MultiHeadAttention, relativeBucket, rotary, sinusoidalPositions } from "./index.ts";
import { expectClose, fillWithWaves, wave } from "./testing.ts";

// PyTorch's figures by fixtures/torch_figures.py, on the same inputs.
const x = wave([2, 3, 4], 0.4);
const sizes = { width: 4, heads: 2, key: randomKey(0) };

describe("MultiHeadAttention has PyTorch's outputs", () => {
  test("with padding", async () => {
    const attention = fillWithWaves(new MultiHeadAttention(sizes), [0, 1, 2, 3]);
    const mask = tensor([
      [1, 1, 1],
      [1, 1, 0],
    ]);
    await expectClose(
      attention.forward(x, { mask }),
      [
        0.24172, -1.884326, 1.500259, -4.191721, -1.692773, 0.455662, -0.974826, -1.867548,
        0.413657, -2.06827, 1.674955, -4.336982, 0.508136, -1.392526, 0.307073, -2.435029,
        -0.412949, -0.945701, 0.386142, -3.030854, 0.31481, -1.273564, 0.276223, -2.495854,
      ],
    );
  });

  test("when nothing may look ahead", async () => {
    const attention = fillWithWaves(
      new MultiHeadAttention({ ...sizes, causal: true }),
      [0, 1, 2, 3],
    );
    await expectClose(
      attention.forward(x),
      [
        -1.64292, 0.416453, -0.950791, -1.873631, -1.587585, 0.364254, -0.907759, -1.902524,
        0.413657, -2.06827, 1.674955, -4.336982, 1.382586, -2.363854, 1.263036, -3.26516, -0.412949,
        -0.945701, 0.386142, -3.030854, 0.480853, -1.468204, 0.476968, -2.679508,
      ],
    );
  });
});

describe("masks", () => {
  test("the future has no influence on a causal layer, and padding none at all", async () => {
    const causal = new MultiHeadAttention({ ...sizes, causal: true, relative: true, rotary: true });
    const changed = x.add(tensor([[0], [0], [9]]));
    const before = await causal.forward(x).at(null, [0, 2]).numbers();
    await expectClose(causal.forward(changed).at(null, [0, 2]), before, 1e-6);

    const both = new MultiHeadAttention(sizes);
    const mask = tensor([
      [1, 1, 0],
      [1, 1, 0],
    ]);
    const masked = await both.forward(x, { mask }).at(null, [0, 2]).numbers();
    await expectClose(both.forward(changed, { mask }).at(null, [0, 2]), masked, 1e-6);
  });

  test("a row that is all padding gives numbers", async () => {
    const attention = new MultiHeadAttention({ ...sizes, causal: true });
    const y = await attention.forward(x, { mask: zeros([2, 3]) }).numbers();
    expect(y.every(Number.isFinite)).toBe(true);
  });

  test("the width must divide into the heads", () => {
    expect(() => new MultiHeadAttention({ ...sizes, heads: 3 })).toThrow(
      "width 4 does not divide into 3 heads",
    );
  });
});

describe("positions", () => {
  test("rotary products depend on the distance alone", async () => {
    const [q, k] = [wave([1, 8], 0.3), wave([1, 8], 1.1)];
    const product = async (m: number, n: number) =>
      rotary(q, 100, m)
        .mul(rotary(k, 100, n))
        .sum()
        .item();
    expect(await product(7, 3)).toBeCloseTo(await product(14, 10), 5);
    expect(await product(7, 3)).not.toBeCloseTo(await product(7, 4), 3);
    expect(await product(5, 5)).toBeCloseTo(await q.mul(k).sum().item(), 5);
  });

  test("the first pair of a rotary embedding turns by the position", async () => {
    const turned = rotary(tensor([[1, 0]]), 10_000, 2);
    await expectClose(turned, [Math.cos(2), Math.sin(2)], 1e-6);
  });

  test("T5 buckets: single distances, then logarithmic ones, and a half for the future", () => {
    const both = { buckets: 32, maxDistance: 128, bidirectional: true };
    const bucket = (distance: number) => relativeBucket(distance, both);
    // 8 + floor(8 · log(d / 8) / log(128 / 8)) from distance 8 on.
    expect([0, -1, -7, -8, -16, -64, -127, -500].map(bucket)).toEqual([0, 1, 7, 8, 10, 14, 15, 15]);
    expect([1, 7, 8, 500].map(bucket)).toEqual([17, 23, 24, 31]);
    const past = { buckets: 32, maxDistance: 128, bidirectional: false };
    expect([3, 0, -15, -16, -1000].map((d) => relativeBucket(d, past))).toEqual([0, 0, 15, 16, 31]);
  });

  test("sinusoids have wavelengths from 2π to 2π·base", async () => {
    const table = await sinusoidalPositions(3, 4, 100).array();
    const expected = [2, 0.2].map(Math.sin).concat([2, 0.2].map(Math.cos));
    for (const [i, v] of expected.entries()) {
      expect((table as number[][])[2]![i]).toBeCloseTo(v, 6);
    }
  });
});
