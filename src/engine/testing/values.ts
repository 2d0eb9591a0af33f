/** @file Inputs of the op suite: descriptions of tensors, and the repeatable values that fill them. */
import { type DType, isFloat, toTypedArray } from "../dtype.ts";
import { fromHostArray } from "../ops/create.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** One input of a case: its shape and dtype, and how its values are drawn. */
export interface InputSpec {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly draw: (random: () => number, count: number) => number[];
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number for a name, so that each case has values of its own that never change. */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

const times = (count: number, make: () => number): number[] => Array.from({ length: count }, make);

/** Floats with 0.1 < |x| < 2: away from the kinks at 0. */
export function floats(...shape: number[]): InputSpec {
  const draw: InputSpec["draw"] = (random, count) =>
    times(count, () => (random() < 0.5 ? -1 : 1) * (0.1 + 1.9 * random()));
  return { shape, dtype: "float32", draw };
}

/** Floats from `low` to `high`. */
export function between(low: number, high: number, ...shape: number[]): InputSpec {
  const draw: InputSpec["draw"] = (random, count) =>
    times(count, () => low + (high - low) * random());
  return { shape, dtype: "float32", draw };
}

/** Floats in random order of which no two are nearer than 0.1, none within 0.02 of a half or whole number. */
export function apart(...shape: number[]): InputSpec {
  const draw: InputSpec["draw"] = (random, count) => {
    const values = times(count, () => 0).map(
      (_, i) => Math.floor(i / 9) - Math.floor(count / 18) + 0.08 + (i % 9) * 0.1,
    );
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [values[i], values[j]] = [values[j], values[i]];
    }
    return values;
  };
  return { shape, dtype: "float32", draw };
}

/** Whole numbers (int32 by default) from `low` up to but without `high`. */
export function whole(low: number, high: number, shape: Shape, dtype: DType = "int32"): InputSpec {
  const draw: InputSpec["draw"] = (random, count) =>
    times(count, () => low + Math.floor(random() * (high - low)));
  return { shape, dtype, draw };
}

/** True and false at random. */
export function booleans(...shape: number[]): InputSpec {
  return whole(0, 2, shape, "bool");
}

/** These very values. */
export function given(
  values: readonly number[],
  shape: Shape,
  dtype: DType = "float32",
): InputSpec {
  return { shape, dtype, draw: () => [...values] };
}

/** The values of an input, rounded to its dtype; the same for the same seed. */
export function drawValues(spec: InputSpec, random: () => number): number[] {
  const drawn = spec.draw(random, sizeOf(spec.shape));
  return isFloat(spec.dtype) ? drawn.map(Math.fround) : drawn;
}

/** The input as a stored tensor. */
export function stored(spec: InputSpec, values: readonly number[]): Tensor {
  return fromHostArray(toTypedArray(values, spec.dtype), spec.shape, spec.dtype);
}
