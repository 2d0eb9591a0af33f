/** @file Special functions against tables (Abramowitz & Stegun, table 7.1) and their inverses. */
import { expect, it } from "vitest";
import { erf, erfInverse } from "./special.ts";

it.each([
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  [2.5, 0.9995930479825551],
  [3, 0.9999779095030014],
  [7, 1],
])("erf(%d)", (x, expected) => {
  expect(Math.abs(erf(x) / expected - 1)).toBeLessThan(4e-15);
  expect(erf(-x)).toBe(-erf(x));
});

it("erf keeps NaN and ends at ±1", () => {
  expect(erf(Number.NaN)).toBeNaN();
  expect([erf(Number.POSITIVE_INFINITY), erf(Number.NEGATIVE_INFINITY), erf(0)]).toEqual([
    1, -1, 0,
  ]);
});

it("erfInverse undoes erf", () => {
  for (let x = -4; x <= 4; x += 0.25)
    expect(erfInverse(erf(x))).toBeCloseTo(x, Math.abs(x) > 3 ? 6 : 11);
  expect(erfInverse(1)).toBe(Number.POSITIVE_INFINITY);
  expect(erfInverse(1.5)).toBeNaN();
});
