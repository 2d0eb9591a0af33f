/** @file For the tests of layers: inputs by a formula that is easily repeated elsewhere, and comparison. */
import { expect } from "vitest";
import { type Tensor, tensor } from "../engine/index.ts";
import { assign, type Module } from "./index.ts";

/** `scale · sin(start + 0.7 i)` for element i: figures in the tests were made with the same numbers. */
export function wave(shape: readonly number[], start: number, scale = 1): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const values = Float32Array.from({ length: size }, (_, i) => scale * Math.sin(start + 0.7 * i));
  return tensor(values, { shape });
}

/** Fills a module's parameters in their order: parameter k with `wave(shape, starts[k])`. */
export function fillWithWaves<M extends Module>(module: M, starts: readonly number[]): M {
  const entries = [...module.parameters()].map(([path, { shape }], k) => [
    path,
    wave(shape, starts[k]),
  ]);
  return assign(module, Object.fromEntries(entries));
}

/** Asserts that a tensor has these elements, in order, within a tolerance. */
export async function expectClose(
  actual: Tensor,
  expected: readonly number[],
  tolerance = 2e-5,
): Promise<void> {
  const values = await actual.numbers();
  expect(values).toHaveLength(expected.length);
  const worst = Math.max(...values.map((v, i) => Math.abs(v - expected[i])));
  expect(worst, `${values} should be ${expected}`).toBeLessThan(tolerance);
}
