import { describe, expect, test } from "vitest";
import { evaluate, ones, randomKey } from "../engine/index.ts";
import {
  Dropout,
  Embedding,
  type Initializer,
  kaimingNormal,
  kaimingUniform,
  Linear,
  Rng,
  truncatedNormalInit,
  xavierNormal,
  xavierUniform,
} from "./index.ts";

const key = randomKey(3);

async function moments(init: Initializer, shape: readonly number[]) {
  const values = await init(key, shape).numbers();
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  const largest = Math.max(...values.map(Math.abs));
  return { mean, std: Math.sqrt(variance), largest };
}

describe("initial values have the spread that their source gives", () => {
  const shape = [40, 60, 5];
  const [fanIn, fanOut] = [300, 200];
  const cases: [string, Initializer, number, number][] = [
    ["xavierUniform", xavierUniform(), Math.sqrt(2 / (fanIn + fanOut)), Math.sqrt(3)],
    ["xavierNormal", xavierNormal(), Math.sqrt(2 / (fanIn + fanOut)), 5],
    ["kaimingUniform", kaimingUniform(), Math.sqrt(2 / fanIn), Math.sqrt(3)],
    ["kaimingNormal", kaimingNormal(), Math.sqrt(2 / fanIn), 5],
  ];
  test.each(cases)("%s", async (_name, init, std, reach) => {
    const found = await moments(init, shape);
    expect(Math.abs(found.mean)).toBeLessThan(0.04 * std);
    expect(found.std / std).toBeGreaterThan(0.98);
    expect(found.std / std).toBeLessThan(1.02);
    expect(found.largest).toBeLessThanOrEqual(reach * std * (1 + 1e-6));
  });

  test("a truncated normal ends at two deviations and has the variance that leaves", async () => {
    const found = await moments(truncatedNormalInit(0.5), [200, 60]);
    expect(found.largest).toBeLessThanOrEqual(1 + 1e-6);
    // 1 - 2·2·φ(2)/(2Φ(2) - 1) = 0.7737 of the variance is left.
    expect(found.std / 0.5).toBeCloseTo(Math.sqrt(0.7737), 2);
  });

  test("linear layers begin uniform in ±1/√in, embeddings standard normal", async () => {
    const linear = new Linear({ in: 64, out: 50, key });
    for (const t of [linear.weight, linear.bias!]) {
      const values = await t.numbers();
      const largest = Math.max(...values.map(Math.abs));
      expect(largest).toBeLessThanOrEqual(1 / 8);
      expect(largest).toBeGreaterThan(0.9 / 8);
    }
    const table = new Embedding({ count: 100, width: 50, key });
    const found = await moments(() => table.weight, []);
    expect(found.std).toBeCloseTo(1, 1);
  });
});

describe("Dropout", () => {
  const x = ones([1000]);
  const layer = new Dropout({ rate: 0.25 });

  test("leaves three quarters, scaled so that the mean stays", async () => {
    const y = await layer.forward(x, { training: true, rng: new Rng(key) }).numbers();
    const kept = y.filter((v) => v !== 0);
    expect(kept.every((v) => Math.abs(v - 4 / 3) < 1e-6)).toBe(true);
    expect(kept.length).toBeGreaterThan(700);
    expect(kept.length).toBeLessThan(800);
  });

  test("draws anew at each use, and the same again from the same key", async () => {
    const draw = async () => {
      const rng = new Rng(key);
      const [a, b] = await evaluate([0, 1].map(() => layer.forward(x, { training: true, rng })));
      return [await a.numbers(), await b.numbers()];
    };
    const [first, second] = await draw();
    expect(first).not.toEqual(second);
    expect(await draw()).toEqual([first, second]);
  });

  test("does nothing outside training, and asks for random numbers in it", () => {
    expect(layer.forward(x)).toBe(x);
    expect(() => layer.forward(x, { training: true })).toThrow("pass { training: true, rng:");
  });
});
