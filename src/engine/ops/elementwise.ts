/** @file Arithmetic and transcendental functions of each element: each op with gradient, ONNX node and JavaScript. */
import { type DType, isFloat } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import type { Lowering, Value } from "../onnx/lowering.ts";
import { type Aval, defineOp, type GradContext, type OpDef, type Params } from "../op.ts";
import { broadcastShapes, sameShape } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { full, operand } from "./create.ts";
import { greater, greaterEqual, less, lessEqual, where } from "./logic.ts";

type None = Record<string, never>;
const NONE: None = {};

/** A tensor, or a number that takes its partner's dtype. */
export type Operand = Tensor | number;

const FLOATS: readonly DType[] = ["float32", "float16", "float64"];
const NUMBERS: readonly DType[] = [...FLOATS, "int32", "int64", "uint32"];

/** Checks that a value's dtype is one an op takes. @throws DTypeError */
export function checkDtype(op: string, x: Aval, allowed: readonly DType[], argument = 0): void {
  if (!allowed.includes(x.dtype)) {
    throw new DTypeError(
      `${op}: argument ${argument} has dtype ${x.dtype}: expected ${allowed.join(", ")}; cast(x, "${allowed[0]}") first`,
    );
  }
}

/** Checks that two operands have one dtype. @throws DTypeError */
export function checkSameDtype(op: string, a: Aval, b: Aval): void {
  if (a.dtype !== b.dtype) {
    throw new DTypeError(
      `${op}: dtypes ${a.dtype} and ${b.dtype} differ: nothing is converted by itself; cast one of them first`,
    );
  }
}

interface UnarySpec {
  readonly dtypes?: readonly DType[];
  readonly js: (x: string, dtype: DType) => string;
  readonly lower: string | ((b: Lowering, x: Value) => Value);
  /** dx from (dy, x, y). */
  readonly grad: (g: Tensor, x: Tensor, y: Tensor) => Tensor | null;
  readonly noWebgpu?: string;
}

function unary(name: string, spec: UnarySpec): (x: Tensor) => Tensor {
  const { lower } = spec;
  const op = defineOp<None>({
    name,
    infer([x]) {
      checkDtype(name, x, spec.dtypes ?? FLOATS);
      return [{ shape: x.shape, dtype: x.dtype }];
    },
    grad: ({ grad, inputs, outputs }) => [spec.grad(grad, inputs[0], outputs[0])],
    expression: ([x], _, [dtype]) => spec.js(x, dtype),
    lower: (b, [x]) => [typeof lower === "string" ? b.unary(lower, x) : lower(b, x)],
    supports: (provider) => (provider === "webgpu" && spec.noWebgpu) || true,
  });
  return (x) => apply1(op, [x], NONE);
}

interface BinarySpec {
  readonly dtypes?: readonly DType[];
  readonly js: (a: string, b: string, dtype: DType) => string;
  readonly lower: string | ((b: Lowering, x: Value, y: Value) => Value);
  readonly grad: (ctx: GradContext<None>) => (Tensor | null)[];
}

function binary(name: string, spec: BinarySpec): (a: Operand, b: Operand) => Tensor {
  const { lower } = spec;
  const op: OpDef<None> = defineOp<None>({
    name,
    infer([a, b]) {
      checkSameDtype(name, a, b);
      checkDtype(name, a, spec.dtypes ?? NUMBERS);
      return [{ shape: broadcastShapes(name, a.shape, b.shape), dtype: a.dtype }];
    },
    grad: spec.grad,
    expression: ([a, b], _, [dtype]) => spec.js(a, b, dtype),
    lower: (b, [x, y]) => [typeof lower === "string" ? b.binary(lower, x, y) : lower(b, x, y)],
  });
  return (a, b) => apply1(op, [operand(a, b), operand(b, a)], NONE);
}

/** `a + b`, broadcasting. */
export const add = binary("add", {
  js: (a, b) => `${a} + ${b}`,
  lower: "Add",
  grad: ({ grad }) => [grad, grad],
});

/** `a - b`, broadcasting. */
export const sub = binary("sub", {
  js: (a, b) => `${a} - ${b}`,
  lower: "Sub",
  grad: ({ grad, needs }) => [grad, needs(1) ? neg(grad) : null],
});

/** `a * b`, broadcasting. */
export const mul = binary("mul", {
  js: (a, b, dtype) =>
    dtype === "uint32"
      ? `Math.imul(${a}, ${b}) >>> 0`
      : dtype === "int32"
        ? `Math.imul(${a}, ${b})`
        : `${a} * ${b}`,
  lower: "Mul",
  grad: ({ grad, inputs: [a, b], needs }) => [
    needs(0) ? mul(grad, b) : null,
    needs(1) ? mul(grad, a) : null,
  ],
});

/** `a / b`, broadcasting; on integers it truncates toward zero. */
export const div = binary("div", {
  js: (a, b, dtype) => (isFloat(dtype) ? `${a} / ${b}` : `Math.trunc(${a} / ${b})`),
  lower: "Div",
  grad: ({ grad, inputs: [, b], outputs: [y], needs }) => {
    const da = div(grad, b);
    return [da, needs(1) ? neg(mul(da, y)) : null];
  },
});

/** `a ** b`, broadcasting. For a negative base with a fractional exponent the result is NaN. */
const power = binary("pow", {
  dtypes: FLOATS,
  js: (a, b) => `Math.pow(${a}, ${b})`,
  lower(b, x, y) {
    const shape = broadcastShapes("pow", x.shape, y.shape);
    // WebGPU's kernel fails where both sides are repeated.
    const both = !b.onCpu && !sameShape(x.shape, shape) && !sameShape(y.shape, shape);
    return b.binary("Pow", both ? b.expand(x, shape) : x, y);
  },
  grad: ({ grad, inputs: [a, b], outputs: [y], needs }) => {
    const safe = needs(1) ? where(greater(a, 0), a, 1) : a;
    return [
      needs(0) ? mul(grad, mul(b, power(a, sub(b, 1)))) : null,
      needs(1) ? mul(grad, where(greater(a, 0), mul(y, log(safe)), 0)) : null,
    ];
  },
});

/** `a ** b`, broadcasting; small constant exponents become products, which are faster and exact. */
export function pow(a: Operand, b: Operand): Tensor {
  if (typeof b === "number" && typeof a !== "number") {
    if (b === 1) return a;
    if (b === 2) return square(a);
    if (b === 3) return mul(square(a), a);
    if (b === 0.5) return sqrt(a);
    if (b === -0.5) return rsqrt(a);
    if (b === -1) return reciprocal(a);
  }
  return power(a, b);
}

type Comparison = (a: Operand, b: Operand) => Tensor;

/** Half of the gradient to each side where they are equal, as PyTorch has it. */
function tieSplit(strict: Comparison, orEqual: Comparison): BinarySpec["grad"] {
  return ({ grad, inputs: [a, b], needs }) => {
    const share = (x: Tensor, y: Tensor): Tensor => {
      const votes = add(cast(strict(x, y), grad.dtype), cast(orEqual(x, y), grad.dtype));
      return mul(grad, mul(votes, 0.5));
    };
    return [needs(0) ? share(a, b) : null, needs(1) ? share(b, a) : null];
  };
}

/** The larger of two, broadcasting; a tie gives each side half of the gradient. NaN wins. */
export const maximum = binary("maximum", {
  js: (a, b) => `Math.max(${a}, ${b})`,
  lower: "Max",
  grad: tieSplit(greater, greaterEqual),
});

/** The smaller of two, broadcasting; a tie gives each side half of the gradient. NaN wins. */
export const minimum = binary("minimum", {
  js: (a, b) => `Math.min(${a}, ${b})`,
  lower: "Min",
  grad: tieSplit(less, lessEqual),
});

/** The remainder with the sign of the divisor (Python's `%`): `a - b * floor(a / b)`. */
export const mod = binary("mod", {
  js: (a, b) => `${a} - ${b} * Math.floor(${a} / ${b})`,
  lower(b, x, y) {
    if (b.onCpu && !isFloat(x.dtype)) return b.binary("Mod", x, y);
    if (isFloat(x.dtype))
      return b.binary("Sub", x, b.binary("Mul", y, b.unary("Floor", b.binary("Div", x, y))));
    const f = (v: Value): Value => b.cast(v, "float32");
    const quotient = b.cast(b.unary("Floor", b.binary("Div", f(x), f(y))), x.dtype);
    return b.binary("Sub", x, b.binary("Mul", y, quotient));
  },
  grad: ({ grad, inputs: [a, b], needs }) => [
    grad,
    needs(1) ? neg(mul(grad, floor(div(a, b)))) : null,
  ],
});

/** `-x`. */
export const neg = unary("neg", {
  dtypes: [...FLOATS, "int32", "int64"],
  js: (x) => `-${x}`,
  lower: (b, x) =>
    isFloat(x.dtype) || b.onCpu ? b.unary("Neg", x) : b.binary("Sub", b.scalar(0, x.dtype), x),
  grad: (g) => neg(g),
});

/** e to the x. */
export const exp = unary("exp", {
  js: (x) => `Math.exp(${x})`,
  lower: "Exp",
  grad: (g, _x, y) => mul(g, y),
});

/** `exp(x) - 1`. */
export const expm1 = unary("expm1", {
  js: (x) => `Math.expm1(${x})`,
  lower: (b, x) => b.binary("Sub", b.unary("Exp", x), b.scalar(1, x.dtype)),
  grad: (g, _x, y) => mul(g, add(y, 1)),
});

/** The natural logarithm. */
export const log = unary("log", {
  js: (x) => `Math.log(${x})`,
  lower: "Log",
  grad: (g, x) => div(g, x),
});

/** `log(1 + x)`. */
export const log1p = unary("log1p", {
  js: (x) => `Math.log1p(${x})`,
  lower: (b, x) => b.unary("Log", b.binary("Add", x, b.scalar(1, x.dtype))),
  grad: (g, x) => div(g, add(x, 1)),
});

/** The square root. */
export const sqrt = unary("sqrt", {
  js: (x) => `Math.sqrt(${x})`,
  lower: "Sqrt",
  grad: (g, _x, y) => div(mul(g, 0.5), y),
});

/** `1 / sqrt(x)`. */
export const rsqrt = unary("rsqrt", {
  js: (x) => `1 / Math.sqrt(${x})`,
  lower: (b, x) => b.unary("Reciprocal", b.unary("Sqrt", x)),
  grad: (g, x, y) => mul(g, div(mul(y, -0.5), x)),
});

/** `x * x`. */
export const square = unary("square", {
  dtypes: NUMBERS,
  js: (x, dtype) => (isFloat(dtype) ? `${x} * ${x}` : `Math.imul(${x}, ${x})`),
  lower: (b, x) => b.binary("Mul", x, x),
  grad: (g, x) => mul(g, mul(x, 2)),
});

/** `1 / x`. */
export const reciprocal = unary("reciprocal", {
  js: (x) => `1 / ${x}`,
  lower: "Reciprocal",
  grad: (g, _x, y) => neg(mul(g, square(y))),
});

/** The absolute value; its gradient at 0 is 0. */
export const abs = unary("abs", {
  dtypes: [...FLOATS, "int32", "int64"],
  js: (x) => `Math.abs(${x})`,
  lower: (b, x) =>
    isFloat(x.dtype) || b.onCpu
      ? b.unary("Abs", x)
      : b.binary("Max", x, b.binary("Sub", b.scalar(0, x.dtype), x)),
  grad: (g, x) => mul(g, sign(x)),
});

/** -1, 0 or 1. */
export const sign = unary("sign", {
  dtypes: [...FLOATS, "int32", "int64"],
  js: (x) => `Math.sign(${x})`,
  lower(b, x) {
    if (b.onCpu) return b.unary("Sign", x);
    const zero = b.scalar(0, x.dtype);
    const positive = b.cast(b.binary("Greater", x, zero, "bool"), x.dtype);
    return b.binary("Sub", positive, b.cast(b.binary("Less", x, zero, "bool"), x.dtype));
  },
  grad: (g) => mul(g, 0),
});

/** The sine. */
export const sin = unary("sin", {
  js: (x) => `Math.sin(${x})`,
  lower: "Sin",
  grad: (g, x) => mul(g, cos(x)),
});
/** The cosine. */
export const cos = unary("cos", {
  js: (x) => `Math.cos(${x})`,
  lower: "Cos",
  grad: (g, x) => neg(mul(g, sin(x))),
});
/** The tangent. */
export const tan = unary("tan", {
  js: (x) => `Math.tan(${x})`,
  lower: "Tan",
  grad: (g, _x, y) => mul(g, add(square(y), 1)),
});
/** The inverse sine. */
export const asin = unary("asin", {
  js: (x) => `Math.asin(${x})`,
  lower: "Asin",
  grad: (g, x) => mul(g, rsqrt(sub(1, square(x)))),
});
/** The inverse cosine. */
export const acos = unary("acos", {
  js: (x) => `Math.acos(${x})`,
  lower: "Acos",
  grad: (g, x) => neg(mul(g, rsqrt(sub(1, square(x))))),
});
/** The inverse tangent. */
export const atan = unary("atan", {
  js: (x) => `Math.atan(${x})`,
  lower: "Atan",
  grad: (g, x) => div(g, add(square(x), 1)),
});
/** The hyperbolic sine. */
export const sinh = unary("sinh", {
  js: (x) => `Math.sinh(${x})`,
  lower: "Sinh",
  grad: (g, x) => mul(g, cosh(x)),
});
/** The hyperbolic cosine. */
export const cosh = unary("cosh", {
  js: (x) => `Math.cosh(${x})`,
  lower: "Cosh",
  grad: (g, x) => mul(g, sinh(x)),
});
/** The hyperbolic tangent. */
export const tanh = unary("tanh", {
  js: (x) => `Math.tanh(${x})`,
  lower: "Tanh",
  grad: (g, _x, y) => mul(g, sub(1, square(y))),
});
/** `1 / (1 + exp(-x))`. */
export const sigmoid = unary("sigmoid", {
  js: (x) => `1 / (1 + Math.exp(-${x}))`,
  lower: "Sigmoid",
  grad: (g, _x, y) => mul(g, mul(y, sub(1, y))),
});

/** The error function of Gauss. */
export const erf = unary("erf", {
  js: (x) => `M.erf(${x})`,
  lower: "Erf",
  grad: (g, x) => mul(g, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
});

/** The largest whole number not above x. Its gradient is zero. */
export const floor = unary("floor", {
  js: (x) => `Math.floor(${x})`,
  lower: "Floor",
  grad: (g) => mul(g, 0),
});
/** The smallest whole number not below x. Its gradient is zero. */
export const ceil = unary("ceil", {
  js: (x) => `Math.ceil(${x})`,
  lower: "Ceil",
  grad: (g) => mul(g, 0),
});

/** The nearest whole number, halves to the even one. Its gradient is zero. */
export const round = unary("round", {
  js: (x) =>
    `(Math.abs(${x} - Math.trunc(${x})) === 0.5 ? 2 * Math.round(${x} / 2) : Math.round(${x}))`,
  lower(b, x) {
    if (b.onCpu) return b.unary("Round", x);
    // Half up, then one less where that went to an odd number from a tie.
    const half = b.scalar(0.5, x.dtype);
    const up = b.unary("Floor", b.binary("Add", x, half));
    const tie = b.cast(b.binary("Equal", b.binary("Sub", up, x), half, "bool"), x.dtype);
    const halved = b.scale(up, 0.5);
    const odd = b.scale(b.binary("Sub", halved, b.unary("Floor", halved)), 2);
    return b.binary("Sub", up, b.binary("Mul", tie, odd));
  },
  grad: (g) => mul(g, 0),
});

/** `max(x, 0)`; its gradient at 0 is 0. */
export const relu = unary("relu", {
  dtypes: [...FLOATS, "int32"],
  js: (x) => `(${x} > 0 ? ${x} : ${x} <= 0 ? 0 : ${x})`,
  lower: (b, x) =>
    isFloat(x.dtype) || b.onCpu ? b.unary("Relu", x) : b.binary("Max", x, b.scalar(0, x.dtype)),
  grad: (g, _x, y) => mul(g, cast(greater(y, 0), g.dtype)),
});

interface ClipParams extends Params {
  readonly low: number;
  readonly high: number;
}

const clipOp = defineOp<ClipParams>({
  name: "clip",
  infer([x]) {
    checkDtype("clip", x, [...FLOATS, "int32", "int64", "uint32"]);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  grad: ({ grad, inputs: [x], params: { low, high } }) => {
    let g = grad;
    if (low !== Number.NEGATIVE_INFINITY) g = mul(g, cast(greaterEqual(x, low), g.dtype));
    if (high !== Number.POSITIVE_INFINITY) g = mul(g, cast(greaterEqual(high, x), g.dtype));
    return [g];
  },
  expression: ([x], { low, high }) => `(${x} < ${low} ? ${low} : ${x} > ${high} ? ${high} : ${x})`,
  lower(b, [x], { low, high }) {
    const bound = (v: number): Value | null => (Number.isFinite(v) ? b.scalar(v, x.dtype) : null);
    return [b.op("Clip", [x, bound(low), bound(high)], x)];
  },
});

/** `x` held between `low` and `high` (either may be infinite); no gradient outside. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return apply1(clipOp, [x], { low, high });
}

/** The sum of several tensors of one shape. */
export function addAll(xs: readonly Tensor[]): Tensor {
  return xs.length === 0 ? full([], 0) : xs.reduce((a, b) => add(a, b));
}
