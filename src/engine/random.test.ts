/** @file Random numbers: pinned bits, equal on every backend, with the moments they should have. */
import { describe, expect, it } from "vitest";
import {
  bernoulli,
  compile,
  foldIn,
  permutation,
  randomBits,
  randomCategorical,
  randomInt,
  randomKey,
  randomNormal,
  randomTruncatedNormal,
  randomUniform,
  shuffle,
  splitKey,
  type Tensor,
  tensor,
} from "./index.ts";

const moments = (v: readonly number[]): { mean: number; variance: number } => {
  const mean = v.reduce((a, b) => a + b, 0) / v.length;
  return { mean, variance: v.reduce((a, b) => a + (b - mean) ** 2, 0) / v.length };
};

describe("random numbers", () => {
  it("never change: the first bits of a key are pinned", async () => {
    expect(await randomKey(42).numbers()).toMatchInlineSnapshot(`
      [
        2763733954,
        3430667367,
      ]
    `);
    expect(await randomBits(randomKey(42), [4]).numbers()).toMatchInlineSnapshot(`
      [
        3112823138,
        4140728957,
        1083202192,
        1397272363,
      ]
    `);
    expect(await splitKey(randomKey(42))[1].numbers()).toMatchInlineSnapshot(`
      [
        1083202192,
        1397272363,
      ]
    `);
    expect(await foldIn(randomKey(42), 7).numbers()).toMatchInlineSnapshot(`
      [
        972246653,
        3326329478,
      ]
    `);
    expect(await permutation(randomKey(42), 8).array()).toMatchInlineSnapshot(`
      [
        4,
        2,
        3,
        6,
        7,
        0,
        1,
        5,
      ]
    `);
  });

  it("have the same bits on both backends", async () => {
    const draw = (key: Tensor): Tensor[] => [
      randomBits(key, [1000]),
      randomUniform(key, [500]),
      randomInt(key, [500], -5, 17),
      bernoulli(key, 0.3, [500]),
      permutation(key, 300),
      ...splitKey(key, 3),
      foldIn(key, 5),
    ];
    const js = await compile(draw, { backend: "js" })(randomKey(7));
    const onnx = await compile(draw, { backend: "onnx" })(randomKey(7));
    for (const [i, t] of js.entries()) expect(await onnx[i].numbers()).toEqual(await t.numbers());
  });

  it("are uniform, with the moments of the uniform distribution", async () => {
    const v = await randomUniform(randomKey(1), [40_000], -1, 3).numbers();
    expect(Math.min(...v)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...v)).toBeLessThan(3);
    const { mean, variance } = moments(v);
    expect(mean).toBeCloseTo(1, 1);
    expect(Math.abs(variance - 16 / 12)).toBeLessThan(0.02);
  });

  it("are normal, with the moments of the normal distribution", async () => {
    const v = await randomNormal(randomKey(2), [40_000], 5, 2).numbers();
    const { mean, variance } = moments(v);
    expect(Math.abs(mean - 5)).toBeLessThan(0.04);
    expect(Math.abs(variance - 4)).toBeLessThan(0.1);
    const fourth = v.reduce((s, x) => s + ((x - 5) / 2) ** 4, 0) / v.length;
    expect(Math.abs(fourth - 3)).toBeLessThan(0.15);
    expect(v.every(Number.isFinite)).toBe(true);
  });

  it("are cut off where asked, with the variance of the truncated normal", async () => {
    const v = await randomTruncatedNormal(randomKey(3), [40_000]).numbers();
    expect(Math.max(...v.map(Math.abs))).toBeLessThanOrEqual(2.0001);
    // 1 - 2·2φ(2)/(2Φ(2) - 1)
    expect(Math.abs(moments(v).variance - 0.7737)).toBeLessThan(0.015);
    const tail = await randomTruncatedNormal(randomKey(3), [1000], 3, 4).numbers();
    expect(Math.min(...tail)).toBeGreaterThanOrEqual(2.999);
    expect(Math.max(...tail)).toBeLessThanOrEqual(4.001);
  });

  it("differ between keys: split, folded and seeded ones have no common bits", async () => {
    const key = randomKey(0);
    const keys = [key, ...splitKey(key, 4), foldIn(key, 0), foldIn(key, 1), randomKey(1)];
    const draws = await Promise.all(keys.map((k) => randomUniform(k, [4000]).numbers()));
    for (let i = 0; i < draws.length; i++) {
      for (let j = 0; j < i; j++) {
        const together = draws[i].map((v, k) => (v - 0.5) * (draws[j][k] - 0.5));
        // The mean of 4000 products has standard deviation 0.0013.
        expect(Math.abs(moments(together).mean)).toBeLessThan(0.007);
      }
    }
  });

  it("fold in a step count that is a tensor as they fold in the number", async () => {
    const step = tensor([3], { dtype: "uint32" });
    const a = await foldIn(randomKey(5), 3).numbers();
    expect(await foldIn(randomKey(5), step).numbers()).toEqual(a);
  });

  it("draw whole numbers evenly, without the upper end", async () => {
    const v = await randomInt(randomKey(8), [12_000], 2, 8).numbers();
    const counts = [2, 3, 4, 5, 6, 7].map((n) => v.filter((x) => x === n).length);
    expect(counts.reduce((a, b) => a + b)).toBe(12_000);
    for (const c of counts) expect(Math.abs(c - 2000)).toBeLessThan(200);
  });

  it("draw classes with the probabilities of the softmax", async () => {
    const logits = tensor([Math.log(0.2), Math.log(0.5), Math.log(0.3)]).broadcastTo([20_000, 3]);
    const v = await randomCategorical(randomKey(4), logits).numbers();
    const share = (k: number): number => v.filter((x) => x === k).length / v.length;
    expect(Math.abs(share(0) - 0.2)).toBeLessThan(0.015);
    expect(Math.abs(share(1) - 0.5)).toBeLessThan(0.015);
  });

  it("shuffle rows without losing any", async () => {
    const x = tensor([
      [0, 0],
      [1, 10],
      [2, 20],
      [3, 30],
      [4, 40],
    ]);
    const rows = (await shuffle(randomKey(6), x).array()) as number[][];
    expect(rows.map((r) => r[0]).sort()).toEqual([0, 1, 2, 3, 4]);
    expect(rows.every(([a, b]) => b === 10 * a)).toBe(true);
  });

  it("refuse what is not a key", () => {
    expect(() => randomUniform(tensor([1, 2]), [3])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: randomBits: expected a key uint32[2] from randomKey, splitKey or foldIn, got float32[2]]`,
    );
  });
});
