/** @file Cases of the ops that act on each element, of comparisons and of boolean logic. */
import {
  abs,
  acos,
  add,
  asin,
  atan,
  cast,
  ceil,
  clip,
  cos,
  cosh,
  div,
  elu,
  equal,
  erf,
  exp,
  expm1,
  floor,
  gelu,
  greater,
  greaterEqual,
  isNan,
  leakyRelu,
  less,
  lessEqual,
  log,
  log1p,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  maximum,
  minimum,
  mish,
  mod,
  mul,
  neg,
  notEqual,
  pow,
  reciprocal,
  relu,
  round,
  rsqrt,
  selu,
  sigmoid,
  sign,
  silu,
  sin,
  sinh,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  tan,
  tanh,
  where,
} from "../../index.ts";
import { barrier } from "../../ops/cast.ts";
import type { Tensor } from "../../tensor.ts";
import type { OpCase } from "../check.ts";
import { apart, between, booleans, floats, given, type InputSpec, whole } from "../values.ts";

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

/** A function of one tensor, on a matrix, a scalar and an empty tensor. */
function unary(op: string, fn: Unary, input = floats): OpCase[] {
  return [[2, 5], [], [0, 3]].map((shape) => ({
    op,
    name: `${op} of [${shape}]`,
    inputs: [input(...shape)],
    fn,
  }));
}

/** Shapes that broadcast on the left, on the right, on both sides, to nothing and not at all. */
const PAIRS: readonly (readonly [number[], number[]])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[], [2, 3]],
  [[2, 3], [3]],
  [
    [3, 1],
    [1, 4],
  ],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [
    [0, 3],
    [1, 3],
  ],
  [[1], [1, 1]],
];

function binary(op: string, fn: Binary, left = floats, right = floats): OpCase[] {
  return PAIRS.map(([a, b]) => ({
    op,
    name: `${op} of [${a}] and [${b}]`,
    inputs: [left(...a), right(...b)],
    fn,
  }));
}

const positive = (...shape: number[]): InputSpec => between(0.3, 2, ...shape);
const inside = (...shape: number[]): InputSpec => between(-0.8, 0.8, ...shape);
/** No value of `shifted` equals one of `apart`: they differ by at least 0.05. */
const shifted = (...shape: number[]): InputSpec => {
  const spec = apart(...shape);
  return { ...spec, draw: (random, count) => spec.draw(random, count).map((v) => v + 0.05) };
};

const FLOAT_OPS: OpCase[] = [
  ...unary("neg", neg),
  ...unary("exp", exp),
  ...unary("expm1", expm1),
  ...unary("log", log, positive),
  ...unary("log1p", log1p, positive),
  ...unary("sqrt", sqrt, positive),
  ...unary("rsqrt", rsqrt, positive),
  ...unary("square", square),
  ...unary("reciprocal", reciprocal, positive),
  ...unary("abs", abs),
  ...unary("sign", sign),
  ...unary("sin", sin),
  ...unary("cos", cos),
  ...unary("tan", tan, inside),
  ...unary("asin", asin, inside),
  ...unary("acos", acos, inside),
  ...unary("atan", atan),
  ...unary("sinh", sinh),
  ...unary("cosh", cosh),
  ...unary("tanh", tanh),
  ...unary("sigmoid", sigmoid),
  ...unary("erf", erf),
  ...unary("floor", floor, apart),
  ...unary("ceil", ceil, apart),
  ...unary("round", round, apart),
  ...unary("relu", relu),
  ...unary("clip", (x) => clip(x, -0.5, 1), apart),
  ...unary("gelu", (x) => gelu(x)),
  ...unary("stopGradient", (x) => mul(stopGradient(floor(x)), x), apart),
  ...unary("barrier", barrier),
  ...unary("cast", (x) => mul(cast(cast(x, "int32"), "float32"), x), apart),
  ...binary("add", add),
  ...binary("sub", sub),
  ...binary("mul", mul),
  ...binary("div", div, floats, positive),
  ...binary("pow", pow, positive),
  ...binary("maximum", maximum, apart, shifted),
  ...binary("minimum", minimum, apart, shifted),
  ...binary("mod", mod, apart, (...shape) => between(0.97, 0.98, ...shape)),
  { op: "gelu", name: "gelu by erf", inputs: [floats(7)], fn: (x) => gelu(x, "erf") },
  {
    op: "pow",
    name: "pow of a negative base",
    inputs: [given([-2, -0.5, 3], [3])],
    fn: (x) => pow(x, 4),
  },
  {
    op: "maximum",
    name: "maximum shares the gradient of a tie",
    inputs: [given([1, 2], [2]), given([1, 3], [2])],
    fn: maximum,
    wrt: [],
  },
  {
    op: "round",
    name: "round takes halves to the even side",
    inputs: [given([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], [6])],
    fn: round,
    wrt: [],
  },
  {
    op: "clip",
    name: "clip from below only",
    inputs: [floats(6)],
    fn: (x) => clip(x, 0, Number.POSITIVE_INFINITY),
  },
  {
    op: "where",
    name: "activations of pieces",
    inputs: [floats(3, 5)],
    fn: (x) => [elu(x), selu(x), leakyRelu(x), silu(x), softplus(x), mish(x)],
  },
  {
    op: "cast",
    name: "cast to float16 and back",
    inputs: [floats(2, 3)],
    fn: (x) => cast(mul(cast(x, "float16"), 2), "float32"),
    tolerance: 1e-3,
  },
];

const INTEGER_OPS: OpCase[] = (["int32", "int64"] as const).flatMap((dtype) => {
  const a = whole(-9, 9, [2, 4], dtype);
  const b = whole(1, 6, [4], dtype);
  const both = (op: string, fn: Binary): OpCase => ({
    op,
    name: `${op} of ${dtype}`,
    inputs: [a, b],
    fn,
  });
  return [
    both("add", add),
    both("sub", sub),
    both("mul", mul),
    both("div", div),
    both("mod", mod),
    both("maximum", maximum),
    both("minimum", minimum),
    both("equal", equal),
    both("less", less),
    both("where", (x, y) => where(less(x, y), x, y)),
    { op: "neg", name: `neg of ${dtype}`, inputs: [a], fn: neg },
    { op: "abs", name: `abs of ${dtype}`, inputs: [a], fn: abs },
    { op: "sign", name: `sign of ${dtype}`, inputs: [a], fn: sign },
    { op: "clip", name: `clip of ${dtype}`, inputs: [a], fn: (x) => clip(x, -3, 4) },
    {
      op: "cast",
      name: `cast of ${dtype}`,
      inputs: [a],
      fn: (x) => [cast(x, "float32"), cast(x, "bool")],
    },
  ];
});

const UNSIGNED: OpCase[] = [
  {
    op: "mul",
    name: "uint32 sums and products wrap around",
    inputs: [
      given([4294967295, 2654435761, 7], [3], "uint32"),
      given([2, 2654435761, 3], [3], "uint32"),
    ],
    fn: (a, b) => [add(a, b), sub(a, b), mul(a, b), div(a, b), cast(a, "float32")],
  },
];

const COMPARISONS: OpCase[] = Object.entries({
  equal,
  notEqual,
  less,
  lessEqual,
  greater,
  greaterEqual,
}).flatMap(([op, fn]) => [
  ...PAIRS.map(
    ([a, b]): OpCase => ({
      op,
      name: `${op} of [${a}] and [${b}]`,
      inputs: [whole(0, 3, a, "float32"), whole(0, 3, b, "float32")],
      fn,
      wrt: [],
    }),
  ),
  {
    op,
    name: `${op} of uint8`,
    inputs: [whole(0, 3, [6], "uint8"), whole(0, 3, [6], "uint8")],
    fn,
  },
]);

const LOGIC: OpCase[] = [
  ...Object.entries({ logicalAnd, logicalOr, logicalXor }).map(
    ([op, fn]): OpCase => ({
      op,
      name: `${op} broadcasts`,
      inputs: [booleans(2, 1, 4), booleans(3, 1)],
      fn,
    }),
  ),
  { op: "logicalNot", name: "logicalNot", inputs: [booleans(2, 3)], fn: logicalNot },
  {
    op: "isNan",
    name: "isNan",
    inputs: [given([Number.NaN, 1, Number.POSITIVE_INFINITY], [3])],
    fn: isNan,
    wrt: [],
  },
  ...PAIRS.map(
    ([a, b]): OpCase => ({
      op: "where",
      name: `where of [${a}] and [${b}]`,
      inputs: [booleans(...a), floats(...b), floats(...a)],
      fn: where,
    }),
  ),
  {
    op: "where",
    name: "where of bool",
    inputs: [booleans(4), booleans(4), booleans(4)],
    fn: where,
  },
];

/** See the file's first line. */
export const elementwiseCases: readonly OpCase[] = [
  ...FLOAT_OPS,
  ...INTEGER_OPS,
  ...UNSIGNED,
  ...COMPARISONS,
  ...LOGIC,
];
