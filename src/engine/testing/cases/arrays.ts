/** @file Cases of reductions, of ops that move elements, and of indexing. */
import {
  all,
  any,
  argmax,
  argmin,
  broadcastTo,
  concat,
  cumsum,
  flip,
  full,
  gather,
  logSumExp,
  max,
  mean,
  min,
  mul,
  oneHot,
  pad,
  prod,
  repeat,
  reshape,
  roll,
  scatterAddAlongAxis,
  scatterAddRows,
  slice,
  split,
  stack,
  sum,
  takeAlongAxis,
  tile,
  transpose,
  variance,
} from "../../index.ts";
import type { ReduceOptions } from "../../ops/reduce.ts";
import type { Tensor } from "../../tensor.ts";
import type { OpCase } from "../check.ts";
import { apart, booleans, floats, given, type InputSpec, whole } from "../values.ts";

type Reduce = (x: Tensor, options?: ReduceOptions) => Tensor;

/** A reduction over all axes, one axis, the last, several, kept ones; with empty and size-1 axes. */
function reduction(
  op: string,
  fn: Reduce,
  input: (...shape: number[]) => InputSpec,
  empty: boolean,
): OpCase[] {
  const cases: [number[], ReduceOptions][] = [
    [[2, 3, 4], {}],
    [[2, 3, 4], { axis: 1 }],
    [[2, 3, 4], { axis: [0, 2], keepdims: true }],
    [[5], { axis: -1 }],
    [[1, 3], { axis: 0 }],
    [[2, 0, 3], { axis: 0 }],
    [[], {}],
  ];
  if (empty) cases.push([[2, 0, 3], { axis: 1 }]);
  return cases.map(([shape, options]) => ({
    op: shape.length === 0 ? "mul" : op,
    name: `${op} of [${shape}] ${JSON.stringify(options)}`,
    inputs: [input(...shape)],
    fn: (x) => mul(fn(x, options), 1.5),
  }));
}

const REDUCTIONS: OpCase[] = [
  ...reduction("sum", sum, floats, true),
  ...reduction("max", max, apart, false),
  ...reduction("min", min, apart, false),
  ...reduction("prod", prod, floats, true),
  {
    op: "sum",
    name: "means, variances and log-sum-exps",
    inputs: [floats(3, 4)],
    fn: (x) => [
      mean(x, { axis: 1 }),
      variance(x, { axis: 0, correction: 1 }),
      logSumExp(x, { axis: 1 }),
      logSumExp(x),
    ],
  },
  {
    op: "prod",
    name: "prod around zeros",
    inputs: [given([0, 2, 3, 4, 0, 0, 5, 6, 7], [3, 3])],
    fn: (x) => prod(x, { axis: 1 }),
    // The exact products of others are polynomials: no kink at zero.
  },
  {
    op: "max",
    name: "max shares the gradient of ties",
    inputs: [given([1, 2, 2, 2, 0, 0], [2, 3])],
    fn: (x) => max(x, { axis: 1 }),
    wrt: [],
  },
  {
    op: "sum",
    name: "any and all",
    inputs: [booleans(3, 4)],
    fn: (x) => [any(x, { axis: 1 }), all(x, { axis: 0 })],
  },
  {
    op: "sum",
    name: "sum of int32",
    inputs: [whole(-5, 9, [3, 4])],
    fn: (x) => sum(x, { axis: 0 }),
  },
  { op: "argmax", name: "argmax", inputs: [apart(3, 4, 2)], fn: (x) => argmax(x, 1), wrt: [] },
  { op: "argmin", name: "argmin", inputs: [apart(3, 4)], fn: (x) => argmin(x), wrt: [] },
  {
    op: "argmax",
    name: "argmax takes the first of a tie",
    inputs: [given([1, 3, 3, 0], [4])],
    fn: (x) => argmax(x),
    wrt: [],
  },
  ...[{}, { reverse: true }, { exclusive: true }, { reverse: true, exclusive: true }].map(
    (options): OpCase => ({
      op: "cumsum",
      name: `cumsum ${JSON.stringify(options)}`,
      inputs: [floats(2, 4, 3)],
      fn: (x) => cumsum(x, 1, options),
    }),
  ),
  { op: "cumsum", name: "cumsum of an empty axis", inputs: [floats(2, 0)], fn: (x) => cumsum(x) },
];

const one = (
  op: string,
  name: string,
  shape: number[],
  fn: (x: Tensor) => Tensor | Tensor[],
): OpCase => ({
  op,
  name,
  inputs: [floats(...shape)],
  fn,
});

const MOVES: OpCase[] = [
  one("reshape", "reshape", [2, 6], (x) => reshape(x, [3, -1])),
  one("reshape", "reshape of nothing", [0, 4], (x) => reshape(x, [2, 0, 2])),
  one("transpose", "transpose reverses", [2, 3, 4], (x) => transpose(x)),
  one("transpose", "transpose by a permutation", [2, 1, 3, 2], (x) => transpose(x, [1, 3, 0, 2])),
  one("broadcastTo", "broadcastTo", [2, 1], (x) => broadcastTo(x, [3, 2, 4])),
  one("broadcastTo", "broadcastTo nothing", [2, 1], (x) => broadcastTo(x, [2, 0])),
  one("slice", "slice with steps", [5, 6], (x) => slice(x, [1, null], [4, null], [2, 3])),
  one("slice", "slice backwards", [5, 4], (x) => slice(x, [-1, 2], [0, null], [-2, -1])),
  one("slice", "slice to nothing", [5], (x) => slice(x, [3], [3])),
  one("slice", "flip and roll", [3, 4], (x) => [
    flip(x),
    flip(x, 0),
    roll(x, 1, 1),
    roll(x, -5, 0),
  ]),
  one("split", "split", [2, 6], (x) => split(x, [1, 2, 3], 1)),
  one("split", "split into many", [57], (x) => split(x, 57)),
  one("concat", "concat of many", [1, 3], (x) => {
    const parts = Array.from({ length: 40 }, (_, i) => mul(x, i));
    return concat(parts, 0);
  }),
  one("split", "split into equal parts, one unused", [6, 2], (x) => split(x, 3, 0).slice(0, 2)),
  one("pad", "pad", [2, 3], (x) =>
    pad(
      x,
      [
        [1, 0],
        [2, 1],
      ],
      7,
    ),
  ),
  one("pad", "pad that cuts", [4, 4], (x) =>
    pad(x, [
      [-1, 1],
      [0, -2],
    ]),
  ),
  one("pad", "pad of nothing", [0, 2], (x) =>
    pad(x, [
      [1, 1],
      [0, 0],
    ]),
  ),
  one("broadcastTo", "tile and repeat", [2, 3], (x) => [tile(x, [2, 3]), repeat(x, 2, 1)]),
  {
    op: "slice",
    name: "slices and flips of other dtypes",
    inputs: [whole(0, 9, [4, 3]), booleans(4, 3)],
    fn: (a, b) => [flip(a), slice(a, [1], [3]), slice(b, [0], [4], [2])],
  },
  {
    op: "concat",
    name: "concat, also of nothing",
    inputs: [floats(2, 3), floats(2, 1), floats(2, 0)],
    fn: (a, b, c) => concat([a, b, c], 1),
  },
  {
    op: "concat",
    name: "stack",
    inputs: [floats(2, 3), floats(2, 3)],
    fn: (a, b) => stack([a, b], 1),
  },
  {
    op: "full",
    name: "full",
    inputs: [floats(2, 2)],
    fn: (x) => [mul(x, full([3, 1, 1], 1.25)), full([2, 0], 1), full([], -3, "int32")],
  },
];

const ids = (values: number[], shape: number[] = [values.length]): InputSpec =>
  given(values, shape, "int32");

const INDEXING: OpCase[] = [
  {
    op: "gather",
    name: "gather rows",
    inputs: [floats(4, 3), ids([2, 0, 2, 3])],
    fn: (x, i) => gather(x, i),
  },
  {
    op: "gather",
    name: "gather by a matrix of indices on a middle axis",
    inputs: [floats(2, 4, 3), ids([1, -1, 0, 0], [2, 2])],
    fn: (x, i) => gather(x, i, 1),
  },
  {
    op: "gather",
    name: "gather by a scalar index",
    inputs: [floats(4, 3), ids([1], [])],
    fn: (x, i) => gather(x, i),
  },
  {
    op: "gather",
    name: "gather nothing",
    inputs: [floats(4, 3), ids([])],
    fn: (x, i) => gather(x, i),
  },
  {
    op: "gather",
    name: "at",
    inputs: [floats(4, 3, 2), ids([1, -1])],
    fn: (x, i) => [x.at(i, 1), x.at(-1, [0, 2], null), x.at(null, i, 0)],
  },
  {
    op: "scatterAddRows",
    name: "scatterAddRows at repeated places",
    inputs: [floats(4, 3), ids([1, 1, 3]), floats(3, 3)],
    fn: scatterAddRows,
  },
  {
    op: "scatterAddRows",
    name: "scatterAddRows of nothing",
    inputs: [floats(4, 3), ids([]), floats(0, 3)],
    fn: (x, i, r) => mul(scatterAddRows(x, i, r), 2),
  },
  {
    op: "takeAlongAxis",
    name: "takeAlongAxis",
    inputs: [floats(3, 4), whole(0, 3, [2, 4])],
    fn: (x, i) => takeAlongAxis(x, i, 0),
  },
  {
    op: "takeAlongAxis",
    name: "takeAlongAxis of int32",
    inputs: [whole(0, 99, [3, 4]), whole(0, 4, [3, 2])],
    fn: (x, i) => takeAlongAxis(x, i, 1),
  },
  {
    op: "scatterAddAlongAxis",
    name: "scatterAddAlongAxis at repeated places",
    inputs: [floats(3, 4), whole(0, 2, [2, 4]), floats(2, 4)],
    fn: (x, i, u) => scatterAddAlongAxis(x, i, u, 0),
  },
  { op: "equal", name: "oneHot", inputs: [ids([2, 0, 1, 5])], fn: (i) => oneHot(i, 4) },
];

/** See the file's first line. */
export const arrayCases: readonly OpCase[] = [...REDUCTIONS, ...MOVES, ...INDEXING];
