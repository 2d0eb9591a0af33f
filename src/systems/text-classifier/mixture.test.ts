import { expect, it } from "vitest";
import { chooseMixture, mix } from "./mixture.ts";

it("gives the softmax of the weighted sum, also of large logits", () => {
  const logits = { wide: Float64Array.of(1000, 1001), deep: Float64Array.of(2, 0) };
  const half = mix(logits, { wide: 1, deep: 0.5 }, 2);
  expect(half[0]).toBeCloseTo(0.5, 12);
  expect(half[0]! + half[1]!).toBeCloseTo(1, 12);
  expect(mix(logits, { wide: 1, deep: 0 }, 2)[1]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
});

it("takes the part that is right, and no more of the other", () => {
  const right = Float64Array.of(1, -1, -1, 1, 1, -1);
  const noise = Float64Array.of(3, -3, 3, -3, -3, 3);
  const labels = [0, 1, 0];
  expect(chooseMixture({ wide: right, deep: noise }, labels, 2)).toEqual({ wide: 4, deep: 0 });
  expect(chooseMixture({ wide: noise, deep: right }, labels, 2)).toEqual({ wide: 0, deep: 4 });
});

it("makes answers less sure that are often wrong", () => {
  const sure = Float64Array.of(4, -4, 4, -4, 4, -4);
  const { wide } = chooseMixture({ wide: sure, deep: sure.map(() => 0) }, [0, 0, 1], 2);
  expect(wide).toBeLessThan(0.5);
});
