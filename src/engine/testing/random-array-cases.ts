/** @file Random cases of unary ops, indexing, structure, normalisation, transforms, windows and loops. */
import fc from "fast-check";
import * as ops from "../index.ts";
import type { Tensor } from "../tensor.ts";
import { broadcastable, shapes, shapesWithAxis } from "./arbitraries.ts";
import type { OpCase } from "./check.ts";
import { apart, between, floats, type InputSpec, whole } from "./values.ts";

type Inputs = (...shape: number[]) => InputSpec;
type Drawn = Omit<OpCase, "name" | "op"> & { readonly title: string };

const positive: Inputs = (...shape) => between(0.3, 2, ...shape);
const inside: Inputs = (...shape) => between(-0.8, 0.8, ...shape);
const count = (low: number, high: number) => fc.integer({ min: low, max: high });

const unaries: Record<string, [(x: Tensor) => Tensor, Inputs]> = {
  neg: [ops.neg, floats],
  exp: [ops.exp, floats],
  log: [ops.log, positive],
  sqrt: [ops.sqrt, positive],
  rsqrt: [ops.rsqrt, positive],
  square: [ops.square, floats],
  reciprocal: [ops.reciprocal, positive],
  abs: [ops.abs, floats],
  tanh: [ops.tanh, floats],
  sigmoid: [ops.sigmoid, floats],
  erf: [ops.erf, floats],
  relu: [ops.relu, floats],
  gelu: [(x) => ops.gelu(x), floats],
  floor: [ops.floor, apart],
  round: [ops.round, apart],
  clip: [(x) => ops.clip(x, -0.5, 0.5), apart],
  erfInverse: [ops.erfInverse, inside],
};

/** Sizes other than 0 for axes that an op needs. */
const filled = shapesWithAxis(3).map(({ shape, axis }) => ({
  shape: shape.map((d) => Math.max(1, d)),
  axis,
}));

const at = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
const replaced = (shape: readonly number[], axis: number, size: number): number[] =>
  shape.map((d, i) => (i === at(axis, shape.length) ? size : d));

const indexing: Record<string, fc.Arbitrary<Drawn>> = {
  gather: fc.tuple(filled, shapes({ maxRank: 2 })).map(([{ shape, axis }, places]) => {
    const d = shape[at(axis, shape.length)];
    return {
      title: `[${shape}] over ${axis} at [${places}]`,
      inputs: [floats(...shape), whole(-d, d, places)],
      fn: (x, i) => ops.gather(x, i, axis),
    };
  }),
  takeAlongAxis: fc.tuple(filled, count(0, 4)).map(([{ shape, axis }, n]) => {
    const d = shape[at(axis, shape.length)];
    return {
      title: `[${shape}] over ${axis}, ${n} each`,
      inputs: [floats(...shape), whole(0, d, replaced(shape, axis, n))],
      fn: (x, i) => ops.takeAlongAxis(x, i, axis),
    };
  }),
  scatterAddAlongAxis: fc.tuple(filled, count(0, 4)).map(([{ shape, axis }, n]) => {
    const d = shape[at(axis, shape.length)];
    const places = replaced(shape, axis, n);
    return {
      title: `[${shape}] over ${axis}, ${n} each`,
      inputs: [floats(...shape), whole(0, d, places), floats(...places)],
      fn: (x, i, u) => ops.scatterAddAlongAxis(x, i, u, axis),
    };
  }),
  scatterAddRows: fc
    .tuple(shapes({ minRank: 1, maxRank: 3 }), count(0, 4))
    .map(([[first, ...rest], n]) => {
      const rows = Math.max(1, first);
      return {
        title: `[${[rows, ...rest]}], ${n} rows`,
        inputs: [floats(rows, ...rest), whole(0, rows, [n]), floats(n, ...rest)],
        fn: ops.scatterAddRows,
      };
    }),
  gatherND: fc.tuple(filled, count(1, 3), count(0, 4)).map(([{ shape }, k, n]) => {
    const depth = Math.min(k, shape.length);
    return {
      title: `[${shape}] at ${n} vectors of ${depth}`,
      inputs: [floats(...shape), whole(0, Math.min(...shape), [n, depth])],
      fn: ops.gatherND,
    };
  }),
  concat: fc
    .tuple(shapesWithAxis(3), fc.array(count(0, 3), { minLength: 1, maxLength: 3 }))
    .map(([{ shape, axis }, sizes]) => ({
      title: `[${shape}] over ${axis}: ${sizes}`,
      inputs: sizes.map((n) => floats(...replaced(shape, axis, n))),
      fn: (...xs) => ops.mul(ops.concat(xs, axis), 2),
    })),
  topK: fc.tuple(filled, fc.boolean()).map(([{ shape, axis }, largest]) => {
    const k = Math.ceil(shape[at(axis, shape.length)] / 2);
    return {
      title: `[${shape}] over ${axis}, ${k} ${largest ? "largest" : "smallest"}`,
      inputs: [apart(...shape)],
      fn: (x) => ops.topK(x, k, { axis, largest }).values,
    };
  }),
  triangle: fc.tuple(shapes({ minRank: 2, maxRank: 4 }), count(-3, 3)).map(([shape, offset]) => ({
    title: `[${shape}] at ${offset}`,
    inputs: [floats(...shape)],
    fn: (x) => [ops.tril(x, offset), ops.triu(x, offset), ops.diagonal(x, offset)],
  })),
};

const networks: Record<string, fc.Arbitrary<Drawn>> = {
  layerNorm: fc.tuple(shapes({ maxRank: 3 }), count(2, 5)).map(([lead, d]) => ({
    title: `[${[...lead, d]}]`,
    inputs: [apart(...lead, d), floats(d), floats(d)],
    // A wide epsilon: short rows of nearly equal values would amplify rounding.
    fn: (x, g, b) => [ops.layerNorm(x, g, b, 0.1), ops.rmsNorm(x, g, 0.1)],
  })),
  crossEntropyRows: fc.tuple(count(0, 4), count(1, 5)).map(([rows, classes]) => ({
    title: `${rows} rows of ${classes}`,
    inputs: [floats(rows, classes), whole(0, classes, [rows])],
    fn: ops.crossEntropyRows,
  })),
  einsum: fc
    .tuple(broadcastable(2, 2), fc.array(count(0, 3), { minLength: 3, maxLength: 3 }))
    .map(([[a, b], [i, j, k]]) => ({
      title: `[${[...a, i, j]}] and [${[...b, k, j]}]`,
      inputs: [floats(...a, i, j), floats(...b, k, j)],
      fn: (x: Tensor, y: Tensor) => ops.einsum("...ij,...kj->...ik", x, y),
    })),
  fft: fc.tuple(shapes({ maxRank: 2 }), count(1, 9)).map(([lead, n]) => ({
    title: `[${[...lead, n]}]`,
    inputs: [floats(...lead, n)],
    fn: (x) => [ops.rfft(x), ops.irfft(ops.rfft(x), n), ops.fft(ops.toComplex(x))],
  })),
  scan: fc
    .tuple(count(0, 4), count(1, 3), count(0, 3), fc.boolean())
    .map(([steps, width, batch, reverse]) => ({
      title: `${steps} steps of [${[batch, width]}]${reverse ? " in reverse" : ""}`,
      inputs: [inside(batch, width), inside(steps, batch, width), inside(width, width)],
      fn: (h: Tensor, xs: Tensor, w: Tensor) =>
        ops.scan(
          (c: Tensor, x: Tensor) => {
            const next = ops.tanh(ops.add(ops.matmul(c, w), x));
            return [next, ops.mul(next, x)];
          },
          h,
          xs,
          { reverse },
        ),
    })),
};

const windows: Record<string, fc.Arbitrary<Drawn>> = {
  conv: fc
    .tuple(
      count(1, 2),
      count(1, 2),
      count(1, 2),
      count(1, 3),
      count(1, 3),
      count(0, 1),
      count(1, 2),
      count(5, 7),
    )
    .map(([batch, groups, per, kernel, stride, padding, dilation, size]) => ({
      title: `batch ${batch}, ${groups} groups of ${per}, kernel ${kernel}, stride ${stride}, padding ${padding}, dilation ${dilation}, size ${size}`,
      inputs: [floats(batch, groups * per, size, size), floats(groups * 2, per, kernel, kernel)],
      fn: (x: Tensor, w: Tensor) => ops.conv(x, w, { stride, padding, dilation, groups }),
    })),
  maxPool: fc
    .tuple(count(1, 2), count(1, 3), count(1, 3), count(1, 2), count(4, 6))
    .map(([batch, channels, kernel, stride, side]) => ({
      title: `[${[batch, channels, side, side]}], kernel ${kernel}, stride ${stride}`,
      inputs: [apart(batch, channels, side, side)],
      fn: (x: Tensor) => [
        ops.maxPool(x, { size: kernel, stride }),
        ops.avgPool(x, { size: kernel, stride }),
      ],
    })),
};

/** See the file's first line. */
export const randomArrayCases: Record<string, fc.Arbitrary<Drawn>> = {
  ...Object.fromEntries(
    Object.entries(unaries).map(([name, [fn, input]]) => [
      name,
      shapes().map((shape): Drawn => ({ title: `[${shape}]`, inputs: [input(...shape)], fn })),
    ]),
  ),
  ...indexing,
  ...networks,
  ...windows,
};
