/** @file Cases of sorting, matrices by structure, einsum, writing at positions and padding by own elements. */
import {
  argsort,
  bincount,
  cumprod,
  diag,
  diagonal,
  einsum,
  erfInverse,
  gatherND,
  histogram,
  median,
  meshgrid,
  mul,
  nanToNum,
  norm,
  pad,
  quantile,
  scatterAddND,
  scatterAlongAxis,
  scatterSetND,
  sort,
  topK,
  trace,
  tril,
  triu,
} from "../../index.ts";
import type { Tensor } from "../../tensor.ts";
import type { OpCase } from "../check.ts";
import { apart, between, booleans, floats, given, whole } from "../values.ts";

const ORDER: OpCase[] = [
  {
    op: "topK",
    name: "topK of the last axis",
    inputs: [apart(3, 6)],
    fn(x) {
      const { values, indices } = topK(x, 3);
      return [values, indices];
    },
  },
  {
    op: "topK",
    name: "topK, smallest, of a middle axis",
    inputs: [apart(2, 4, 3)],
    fn: (x) => topK(x, 2, { axis: 1, largest: false }).values,
  },
  { op: "topK", name: "topK of nothing", inputs: [apart(3, 4)], fn: (x) => topK(x, 0).values },
  {
    op: "topK",
    name: "sort and argsort",
    inputs: [apart(4, 3)],
    fn: (x) => [sort(x, 0), sort(x, -1, { descending: true }), argsort(x, 0)],
  },
  {
    op: "topK",
    name: "equal elements keep their order",
    inputs: [given([2, 1, 2, 1, 1, 2], [6])],
    fn: (x) => [argsort(x), argsort(x, 0, { descending: true })],
    wrt: [],
  },
  { op: "topK", name: "sort of int32", inputs: [whole(-50, 50, [7])], fn: (x) => sort(x) },
  {
    op: "topK",
    name: "medians and quantiles",
    inputs: [apart(3, 6)],
    fn: (x) => [median(x), median(x, 0), quantile(x, 0.3, 1), quantile(x, 1, 0)],
  },
];

const MATRICES: OpCase[] = [
  {
    op: "triangle",
    name: "tril and triu",
    inputs: [floats(2, 3, 4)],
    fn: (x) => [tril(x), triu(x), tril(x, 1), triu(x, 2), tril(x, -2), triu(x, -1)],
  },
  {
    op: "triangle",
    name: "tril of int32 and bool",
    inputs: [whole(1, 9, [3, 3]), booleans(3, 3)],
    fn: (a, b) => [tril(a), triu(b)],
  },
  {
    op: "slice",
    name: "diagonals and traces",
    inputs: [floats(2, 3, 4)],
    fn: (x) => [diagonal(x), diagonal(x, 1), diagonal(x, -2), diagonal(x, 4), trace(x)],
  },
  { op: "mul", name: "diag", inputs: [floats(2, 3)], fn: diag },
  { op: "where", name: "diag of int32", inputs: [whole(1, 5, [3])], fn: diag },
  {
    op: "pow",
    name: "norms",
    inputs: [apart(3, 4)],
    fn: (x) => [
      norm(x),
      norm(x, 1, { axis: 0 }),
      norm(x, 3, { axis: 1 }),
      norm(x, Number.POSITIVE_INFINITY, { axis: 1 }),
      norm(x, Number.NEGATIVE_INFINITY),
      norm(x, 0),
    ],
  },
  {
    op: "broadcastTo",
    name: "meshgrid",
    inputs: [floats(2), floats(3), floats(2)],
    fn: (a, b, c) => [...meshgrid([a, b, c]), ...meshgrid([a, b], "xy")],
  },
  {
    op: "mul",
    name: "cumprod, also around zeros",
    inputs: [given([2, 0, 3, -1, 1, 2, 0.5, 0], [2, 4])],
    fn: (x) => [cumprod(x), cumprod(x, 0), cumprod(x, 1, { reverse: true, exclusive: true })],
  },
  { op: "erfInverse", name: "erfInverse", inputs: [between(-0.9, 0.9, 7)], fn: erfInverse },
  {
    op: "erfInverse",
    name: "erfInverse in the tails",
    inputs: [given([-0.99999, -0.999, 0.9999, 0], [4])],
    fn: erfInverse,
    wrt: [],
    tolerance: 1e-4,
  },
  {
    op: "isNan",
    name: "nanToNum",
    inputs: [given([Number.NaN, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], [4])],
    fn: (x) => nanToNum(x, { nan: 7, positive: 100 }),
    wrt: [],
  },
];

const product = (spec: string, ...shapes: number[][]): OpCase => ({
  op: "",
  name: `einsum ${spec} of ${shapes.map((s) => `[${s}]`).join(" ")}`,
  inputs: shapes.map((s) => floats(...s)),
  fn: (...xs: Tensor[]) => einsum(spec, ...xs),
});

const EINSUM: OpCase[] = [
  { ...product("ij,jk->ik", [2, 3], [3, 4]), op: "matmul" },
  { ...product("bqhd,bkhd->bhqk", [2, 3, 2, 4], [2, 5, 2, 4]), op: "matmul" },
  { ...product("ii->i", [3, 3]), op: "slice" },
  { ...product("ii", [3, 3]), op: "sum" },
  { ...product("i,j->ji", [2], [3]), op: "mul" },
  { ...product("ijk->kji", [2, 3, 2]), op: "transpose" },
  { ...product("...ij,...jk", [2, 1, 2, 3], [4, 3, 2]), op: "matmul" },
  { ...product("ab,bc,cd,d->a", [2, 3], [3, 2], [2, 4], [4]), op: "matmul" },
  { ...product("ij,kj,ij->k", [2, 3], [4, 3], [2, 3]), op: "matmul" },
  { ...product("ijj,j->i", [2, 3, 3], [3]), op: "matmul" },
  { ...product("ij,jk->ik", [0, 3], [3, 4]), op: "full" },
  { ...product("ij,jk->ik", [2, 0], [0, 4]), op: "matmul" },
];

const positions = given([0, 1, 2, 0, 0, 1], [3, 2], "int32");
const distinct = given([0, 1, 2, 0, 1, 3], [3, 2], "int32");

const WRITES: OpCase[] = [
  {
    op: "scatterAlongAxis",
    name: "scatterAlongAxis",
    inputs: [floats(3, 4), given([2, 0, 1, 0, 1, 1, 2, 2], [2, 4], "int32"), floats(2, 4)],
    fn: (x, i, u) => scatterAlongAxis(x, i, u, 0),
  },
  { op: "gatherND", name: "gatherND of elements", inputs: [floats(3, 4), positions], fn: gatherND },
  {
    op: "gatherND",
    name: "gatherND of rows",
    inputs: [floats(3, 4), given([2, -1, 0], [3, 1], "int32")],
    fn: gatherND,
  },
  {
    op: "scatterAddND",
    name: "scatterAddND at repeated places",
    inputs: [floats(3, 4), positions, floats(3)],
    fn: scatterAddND,
  },
  {
    op: "scatterAddND",
    name: "scatterAddND of rows",
    inputs: [floats(3, 4), given([1, 1], [2, 1], "int32"), floats(2, 4)],
    fn: scatterAddND,
  },
  {
    op: "scatterSetND",
    name: "scatterSetND",
    inputs: [floats(3, 4), distinct, floats(3)],
    fn: scatterSetND,
  },
  {
    op: "scatterAddRows",
    name: "counts and histograms",
    inputs: [
      given([0, 3, 1, 3, -1, 9], [6], "int32"),
      given([0, 0.1, 0.5, 0.99, 1, -0.2, 1.3], [7]),
    ],
    fn: (i, x) => [bincount(i, 4), histogram(x, 4, 0, 1)],
    wrt: [],
  },
];

const PADS: OpCase[] = (["reflect", "edge", "wrap"] as const).map((mode) => ({
  op: "concat",
  name: `pad by ${mode}`,
  inputs: [floats(3, 4)],
  fn: (x) =>
    mul(
      pad(
        x,
        [
          [2, 1],
          [0, 3],
        ],
        mode,
      ),
      2,
    ),
}));

/** See the file's first line. */
export const structureCases: readonly OpCase[] = [
  ...ORDER,
  ...MATRICES,
  ...EINSUM,
  ...WRITES,
  ...PADS,
];
