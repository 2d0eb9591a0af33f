import { describe, expect, test } from "vitest";
import { tensor } from "../engine/index.ts";
import { clipByGlobalNorm, clipByValue, emaUpdate, globalNorm } from "./index.ts";
import {
  constant,
  cosine,
  inverseSqrt,
  linear,
  type Schedule,
  stepDecay,
  warmup,
} from "./schedule.ts";

const cases: [string, Schedule, [step: number, value: number][]][] = [
  [
    "constant",
    constant(0.3),
    [
      [0, 0.3],
      [99, 0.3],
    ],
  ],
  [
    "linear",
    linear({ from: 1, to: 0.2, steps: 4 }),
    [
      [0, 1],
      [1, 0.8],
      [4, 0.2],
      [9, 0.2],
    ],
  ],
  [
    "cosine",
    cosine({ from: 1, to: 0.2, steps: 6 }),
    [
      [0, 1],
      [2, 0.2 + 0.8 * 0.75],
      [3, 0.6],
      [6, 0.2],
      [50, 0.2],
    ],
  ],
  [
    "stepDecay",
    stepDecay({ from: 8, factor: 0.5, every: 3 }),
    [
      [2, 8],
      [3, 4],
      [8, 2],
      [9, 1],
    ],
  ],
  [
    "inverseSqrt",
    inverseSqrt({ from: 2, steps: 4 }),
    [
      [0, 2],
      [3, 2],
      [15, 1],
      [63, 0.5],
    ],
  ],
  [
    "warmup",
    warmup(4, linear({ from: 1, to: 0, steps: 10 })),
    [
      [0, 0.25],
      [3, 1],
      [4, 1],
      [9, 0.5],
      [14, 0],
    ],
  ],
];

describe("schedules give the same for numbers and for tensors", () => {
  test.each(cases)("%s", async (_name, schedule, points) => {
    for (const [step, value] of points) {
      expect(schedule.at(step)).toBeCloseTo(value, 10);
      const inGraph = await schedule.at(tensor(step, { dtype: "int32" })).item();
      expect(Math.abs(inGraph - value)).toBeLessThan(1e-6);
    }
  });

  test("step decay falls exactly at its steps, however many", async () => {
    const schedule = stepDecay({ from: 1, factor: 0.5, every: 7 });
    for (let k = 1; k < 20; k++) {
      expect(await schedule.at(tensor(7 * k, { dtype: "int32" })).item()).toBeCloseTo(0.5 ** k, 6);
      expect(schedule.at(7 * k - 1)).toBeCloseTo(0.5 ** (k - 1), 10);
    }
  });

  test("a length of 0 is refused", () => {
    expect(() => cosine({ from: 1, steps: 0 })).toThrow("cosine: steps must be above 0, got 0");
  });
});

describe("gradients", () => {
  const grads = { a: tensor([3, 0]), b: tensor([[4]]) };

  test("the global norm is that of all tensors together", async () => {
    expect(await globalNorm(grads).item()).toBeCloseTo(5, 6);
  });

  test("clipping by norm scales all alike, and only what is too long", async () => {
    const clipped = clipByGlobalNorm(grads, 1);
    expect(await clipped.norm.item()).toBeCloseTo(5, 6);
    expect((await clipped.grads.a.numbers())[0]).toBeCloseTo(0.6, 5);
    expect(await clipped.grads.b.item()).toBeCloseTo(0.8, 5);
    expect(await clipByGlobalNorm(grads, 10).grads.b.item()).toBe(4);
    expect(await clipByGlobalNorm({ a: tensor([0, 0]) }, 1).grads.a.numbers()).toEqual([0, 0]);
  });

  test("clipping by value holds each element", async () => {
    expect(await clipByValue({ a: tensor([-3, 0.5]) }, 1).a.numbers()).toEqual([-1, 0.5]);
  });
});

describe("emaUpdate", () => {
  test("weighs the past by the decay", async () => {
    const next = emaUpdate({ a: tensor([1]) }, { a: tensor([3]) }, { decay: 0.75 });
    expect(await next.a.item()).toBeCloseTo(1.5, 6);
  });

  test("forgets faster at the beginning", async () => {
    const step = tensor(2, { dtype: "int32" });
    const next = emaUpdate({ a: tensor([1]) }, { a: tensor([3]) }, { decay: 0.999, step });
    // (1 + 2) / (10 + 2) is a quarter.
    expect(await next.a.item()).toBeCloseTo(2.5, 6);
  });
});
