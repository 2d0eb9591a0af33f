/** @file Cases over random shapes: what each op may be given, for the property tests of every backend. */
import fc from "fast-check";
import * as ops from "../index.ts";
import type { Tensor } from "../tensor.ts";
import {
  broadcastable,
  shapes,
  shapesWithAxes,
  shapesWithAxis,
  shapesWithOrder,
} from "./arbitraries.ts";
import type { OpCase } from "./check.ts";
import { randomArrayCases } from "./random-array-cases.ts";
import { apart, between, booleans, floats, type InputSpec } from "./values.ts";

type Inputs = (...shape: number[]) => InputSpec;
const positive: Inputs = (...shape) => between(0.3, 2, ...shape);
const shifted: Inputs = (...shape) => {
  const spec = apart(...shape);
  return { ...spec, draw: (random, count) => spec.draw(random, count).map((v) => v + 0.05) };
};

/** A case without its name and op: what an arbitrary draws. */
export type Drawn = Omit<OpCase, "name" | "op"> & { readonly title: string };

const binaries: [string, (a: Tensor, b: Tensor) => Tensor, Inputs, Inputs][] = [
  ["add", ops.add, floats, floats],
  ["sub", ops.sub, floats, floats],
  ["mul", ops.mul, floats, floats],
  ["div", ops.div, floats, positive],
  ["pow", ops.pow, positive, floats],
  ["maximum", ops.maximum, apart, shifted],
  ["minimum", ops.minimum, apart, shifted],
];

const reductions: [string, (x: Tensor, o: ops.ReduceOptions) => Tensor, Inputs, boolean][] = [
  ["sum", ops.sum, floats, true],
  ["prod", ops.prod, floats, true],
  ["max", ops.max, apart, false],
  ["min", ops.min, apart, false],
];

/** For each op, cases of random shapes: also empty ones, scalars, and sizes of 1 that broadcast. */
export const random: Record<string, fc.Arbitrary<Drawn>> = {
  ...randomArrayCases,
  where: broadcastable(3).map(([c, a, b]) => ({
    title: `[${c}] [${a}] [${b}]`,
    inputs: [booleans(...c), floats(...a), floats(...b)],
    fn: ops.where,
  })),
  transpose: shapesWithOrder().map(({ shape, perm }) => ({
    title: `[${shape}] by [${perm}]`,
    inputs: [floats(...shape)],
    fn: (x) => ops.transpose(x, perm),
  })),
  broadcastTo: broadcastable(1).chain(([from]) =>
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }).map((more) => ({
      title: `[${from}] under [${more}]`,
      inputs: [floats(...from)],
      fn: (x: Tensor) => ops.broadcastTo(x, [...more, ...from.map((d) => (d === 1 ? 2 : d))]),
    })),
  ),
  softmax: shapesWithAxis().map(({ shape, axis }) => ({
    title: `[${shape}] over ${axis}`,
    inputs: [floats(...shape)],
    fn: (x) => [ops.softmax(x, axis), ops.logSoftmax(x, axis)],
  })),
  cumsum: shapesWithAxis().map(({ shape, axis }) => ({
    title: `[${shape}] over ${axis}`,
    inputs: [floats(...shape)],
    fn: (x) => ops.cumsum(x, axis),
  })),
  matmul: fc
    .tuple(
      broadcastable(2, 2),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 3, maxLength: 3 }),
    )
    .map(([[a, b], [m, k, n]]) => ({
      title: `[${[...a, m, k]}] [${[...b, k, n]}]`,
      inputs: [floats(...a, m, k), floats(...b, k, n)],
      fn: (x: Tensor, y: Tensor) => ops.matmul(x, y),
    })),
  slice: shapes({ minRank: 1, maxRank: 3 }).chain((shape) =>
    fc
      .tuple(
        ...shape.map(() =>
          fc.tuple(
            fc.integer({ min: -5, max: 5 }),
            fc.integer({ min: -5, max: 5 }),
            fc.constantFrom(1, 2, -1, -2),
          ),
        ),
      )
      .map((ranges) => ({
        title: `[${shape}] at ${JSON.stringify(ranges)}`,
        inputs: [floats(...shape)],
        fn: (x: Tensor) =>
          ops.slice(
            x,
            ranges.map((r) => r[0]),
            ranges.map((r) => r[1]),
            ranges.map((r) => r[2]),
          ),
      })),
  ),
  pad: shapes({ maxRank: 3 }).chain((shape) =>
    fc
      .array(fc.tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: 0, max: 2 })), {
        minLength: shape.length,
        maxLength: shape.length,
      })
      .map((widths) => ({
        title: `[${shape}] by ${JSON.stringify(widths)}`,
        inputs: [floats(...shape)],
        fn: (x: Tensor) =>
          ops.pad(
            x,
            widths.map(([b, a], i) => [Math.max(b, -shape[i]), a] as const),
            0.5,
          ),
      })),
  ),
};

for (const [name, fn, left, right] of binaries) {
  random[name] = broadcastable(2).map(([a, b]) => ({
    title: `[${a}] and [${b}]`,
    inputs: [left(...a), right(...b)],
    fn,
  }));
}
for (const [name, fn, input, empty] of reductions) {
  random[name] = fc
    .tuple(shapesWithAxes(), fc.boolean())
    .map(([{ shape: drawn, axes }, keepdims]) => {
      const shape = empty ? drawn : drawn.map((d) => Math.max(1, d));
      return {
        title: `[${shape}] over [${axes}]${keepdims ? " kept" : ""}`,
        inputs: [input(...shape)],
        fn: (x) => fn(x, { axis: axes, keepdims }),
      };
    });
}

/** `count` cases of an op, the same ones every time. */
export const sample = (op: string, count: number): OpCase[] =>
  fc.sample(random[op], { numRuns: count, seed: 7 }).map(({ title, ...rest }, i) => ({
    op,
    name: `${op} ${i} ${title}`,
    ...rest,
  }));
