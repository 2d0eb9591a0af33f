/** @file Cases of matrix products, normalisations, the softmax family and random bits. */
import {
  batchNorm,
  batchNormInference,
  crossEntropyRows,
  groupNorm,
  layerNorm,
  linear,
  logSoftmax,
  matmul,
  outer,
  randomBits,
  rmsNorm,
  softmax,
} from "../../index.ts";
import type { OpCase } from "../check.ts";
import { between, floats, given, whole } from "../values.ts";

const product = (name: string, a: number[], b: number[], options = {}): OpCase => ({
  op: "matmul",
  name: `matmul ${name}`,
  inputs: [floats(...a), floats(...b)],
  fn: (x, y) => matmul(x, y, options),
});

const affine = (name: string, x: number[], w: number[], width: number, options = {}): OpCase => ({
  op: "linear",
  name: `linear ${name}`,
  inputs: [floats(...x), floats(...w), floats(width)],
  fn: (a, b, c) => linear(a, b, c, options),
});

const PRODUCTS: OpCase[] = [
  affine("of rows", [3, 4], [4, 2], 2),
  affine("of a batch, weights by output", [2, 3, 4], [5, 4], 5, { transposeB: true }),
  affine("transposed and scaled", [4, 3], [4, 2], 2, { transposeA: true, alpha: 0.5 }),
  affine("of no rows", [0, 4], [4, 2], 2),
  product("of matrices", [2, 3], [3, 4]),
  product("of a batch and a matrix", [2, 3, 4], [4, 2]),
  product("of broadcast batches", [2, 1, 2, 3], [3, 3, 2]),
  product("of vectors", [4], [4]),
  product("of a matrix and a vector", [2, 3], [3]),
  product("of a vector and a batch", [3], [2, 3, 2]),
  product("transposed", [3, 2], [4, 3], { transposeA: true, transposeB: true, alpha: 0.5 }),
  product("of transposed batches", [2, 3, 2], [2, 3, 4], { transposeA: true }),
  product("with an empty inner axis", [2, 0], [0, 3]),
  product("without rows", [0, 2], [2, 3]),
  {
    op: "matmul",
    name: "matmul of int32",
    inputs: [whole(-4, 5, [2, 3]), whole(-4, 5, [3, 2])],
    fn: (a, b) => matmul(a, b),
  },
  { op: "matmul", name: "outer", inputs: [floats(3), floats(2)], fn: outer },
];

const NORMS: OpCase[] = [
  {
    op: "layerNorm",
    name: "layerNorm",
    inputs: [floats(3, 2, 5), floats(5), floats(5)],
    fn: (x, g, b) => layerNorm(x, g, b),
  },
  {
    op: "layerNormGrad",
    name: "layerNorm of a row",
    inputs: [floats(4), floats(4), floats(4)],
    fn: (x, g, b) => layerNorm(x, g, b),
  },
  {
    op: "layerNorm",
    name: "layerNorm of nothing",
    inputs: [floats(0, 4), floats(4), floats(4)],
    fn: (x, g, b) => layerNorm(x, g, b),
  },
  {
    op: "rmsNorm",
    name: "rmsNorm",
    inputs: [floats(3, 5), floats(5)],
    fn: (x, g) => rmsNorm(x, g),
  },
  {
    op: "batchNorm",
    name: "batchNorm",
    inputs: [floats(3, 2, 2, 3), floats(2), floats(2)],
    fn(x, g, b) {
      const { output, mean, variance } = batchNorm(x, g, b);
      return [output, mean, variance];
    },
  },
  {
    op: "batchNormGrad",
    name: "batchNorm of a matrix",
    inputs: [floats(5, 3), floats(3), floats(3)],
    fn: (x, g, b) => batchNorm(x, g, b).output,
  },
  {
    op: "batchNorm",
    name: "batchNorm of nothing",
    inputs: [floats(0, 2, 3), floats(2), floats(2)],
    fn: (x, g, b) => batchNorm(x, g, b).output,
  },
  {
    op: "channelAffine",
    name: "batchNormInference",
    inputs: [floats(2, 3, 4), floats(3), floats(3), floats(3), between(0.5, 2, 3)],
    fn: (x, g, b, m, v) => batchNormInference(x, g, b, m, v),
  },
  {
    op: "rsqrt",
    name: "groupNorm",
    inputs: [floats(2, 4, 3), floats(4), floats(4)],
    fn: (x, g, b) => groupNorm(x, 2, g, b),
  },
];

const SOFTMAX: OpCase[] = [
  { op: "softmax", name: "softmax", inputs: [floats(3, 5)], fn: (x) => softmax(x) },
  {
    op: "softmax",
    name: "softmax over the first axis",
    inputs: [floats(3, 2, 2)],
    fn: (x) => softmax(x, 0),
  },
  {
    op: "softmax",
    name: "softmax of large values",
    inputs: [given([1000, 1001, -1000], [3])],
    fn: (x) => softmax(x),
  },
  { op: "softmax", name: "softmax of nothing", inputs: [floats(0, 3)], fn: (x) => softmax(x) },
  { op: "logSoftmax", name: "logSoftmax", inputs: [floats(3, 5)], fn: (x) => logSoftmax(x) },
  {
    op: "logSoftmax",
    name: "logSoftmax over a middle axis",
    inputs: [floats(2, 3, 2)],
    fn: (x) => logSoftmax(x, 1),
  },
  {
    op: "crossEntropyRows",
    name: "crossEntropyRows",
    inputs: [floats(4, 5), whole(0, 5, [4])],
    fn: crossEntropyRows,
  },
  {
    op: "crossEntropyRowsGrad",
    name: "crossEntropyRows of a batch of sequences",
    inputs: [floats(2, 3, 4), whole(0, 4, [2, 3], "int64")],
    fn: crossEntropyRows,
  },
];

const RANDOM: OpCase[] = [
  {
    op: "randomBits",
    name: "randomBits",
    inputs: [given([123456789, 4000000000], [2], "uint32")],
    fn: (key) => randomBits(key, [3, 5]),
  },
];

/** See the file's first line. */
export const networkCases: readonly OpCase[] = [...PRODUCTS, ...NORMS, ...SOFTMAX, ...RANDOM];
