/** @file Comparisons, boolean logic and selection. */
import { type DType, isFloat } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import type { Lowering, Value } from "../onnx/lowering.ts";
import { defineOp, type OpDef } from "../op.ts";
import { broadcastShapes } from "../shape.ts";
import { apply1, Tensor } from "../tensor.ts";
import { full, operand } from "./create.ts";
import { checkDtype, checkSameDtype, type Operand } from "./elementwise.ts";

const NONE = {};

function comparison(
  name: string,
  symbol: string,
  lower: (b: Lowering, x: Value, y: Value) => Value,
): (a: Operand, b: Operand) => Tensor {
  const op: OpDef = defineOp({
    name,
    infer([a, b]) {
      checkSameDtype(name, a, b);
      return [{ shape: broadcastShapes(name, a.shape, b.shape), dtype: "bool" }];
    },
    grad: () => [null, null],
    expression: ([a, b]) => `${a} ${symbol} ${b} ? 1 : 0`,
    lower: (b, [x, y]) => {
      // No comparison kernels for bool and uint8 on WebGPU, nor for uint8 on the CPU.
      const narrow = x.dtype === "uint8" || x.dtype === "bool";
      return [narrow ? lower(b, b.cast(x, "int32"), b.cast(y, "int32")) : lower(b, x, y)];
    },
  });
  return (a, b) => apply1(op, [operand(a, b), operand(b, a)], NONE);
}

const node =
  (type: string) =>
  (b: Lowering, x: Value, y: Value): Value =>
    b.binary(type, x, y, "bool");

/** `a === b` for each element, broadcasting; NaN equals nothing. */
export const equal = comparison("equal", "===", node("Equal"));
/** `a !== b`. */
export const notEqual = comparison("notEqual", "!==", (b, x, y) =>
  b.unary("Not", b.binary("Equal", x, y, "bool")),
);
/** `a < b`. */
export const less = comparison("less", "<", node("Less"));
/** `a <= b`. */
export const lessEqual = comparison("lessEqual", "<=", node("LessOrEqual"));
/** `a > b`. */
export const greater = comparison("greater", ">", node("Greater"));
/** `a >= b`. */
export const greaterEqual = comparison("greaterEqual", ">=", node("GreaterOrEqual"));

function logical(
  name: string,
  expression: (a: string, b: string) => string,
  lower: (b: Lowering, x: Value, y: Value) => Value,
): (a: Tensor, b: Tensor) => Tensor {
  const op = defineOp({
    name,
    infer([a, b]) {
      checkDtype(name, a, ["bool"], 0);
      checkDtype(name, b, ["bool"], 1);
      return [{ shape: broadcastShapes(name, a.shape, b.shape), dtype: "bool" }];
    },
    grad: () => [null, null],
    expression: ([a, b]) => expression(a, b),
    lower: (b, [x, y]) => [lower(b, x, y)],
  });
  return (a, b) => apply1(op, [a, b], NONE);
}

const not = (b: Lowering, x: Value): Value => b.unary("Not", x);

/** Whether both hold. */
export const logicalAnd = logical("logicalAnd", (a, b) => `${a} & ${b}`, node("And"));

/** Whether at least one holds. */
export const logicalOr = logical(
  "logicalOr",
  (a, b) => `${a} | ${b}`,
  (b, x, y) =>
    b.onCpu ? b.binary("Or", x, y, "bool") : not(b, b.binary("And", not(b, x), not(b, y), "bool")),
);

/** Whether exactly one holds. */
export const logicalXor = logical(
  "logicalXor",
  (a, b) => `${a} ^ ${b}`,
  (b, x, y) =>
    b.onCpu
      ? b.binary("Xor", x, y, "bool")
      : b.unary("Not", b.binary("Equal", b.cast(x, "int32"), b.cast(y, "int32"), "bool")),
);

const notOp = defineOp({
  name: "logicalNot",
  infer([x]) {
    checkDtype("logicalNot", x, ["bool"]);
    return [{ shape: x.shape, dtype: "bool" }];
  },
  grad: () => [null],
  expression: ([x]) => `1 - ${x}`,
  lower: (b, [x]) => [not(b, x)],
});

/** Whether it does not hold. */
export function logicalNot(x: Tensor): Tensor {
  return apply1(notOp, [x], NONE);
}

const isNaNOp = defineOp({
  name: "isNan",
  infer([x]) {
    checkDtype("isNan", x, ["float32", "float16", "float64"]);
    return [{ shape: x.shape, dtype: "bool" }];
  },
  grad: () => [null],
  expression: ([x]) => `${x} !== ${x} ? 1 : 0`,
  lower: (b, [x]) => [b.unary("IsNaN", x, "bool")],
  supports: (provider) =>
    provider === "webgpu" ? "NaN does not survive WebGPU's kernels reliably" : true,
});

/** Whether each element is NaN. */
export function isNan(x: Tensor): Tensor {
  return apply1(isNaNOp, [x], NONE);
}

const whereOp = defineOp({
  name: "where",
  infer([c, a, b]) {
    checkDtype("where", c, ["bool"]);
    checkSameDtype("where", a, b);
    return [{ shape: broadcastShapes("where", c.shape, a.shape, b.shape), dtype: a.dtype }];
  },
  grad: ({ grad, inputs: [c], needs }) => {
    const zero = full([], 0, grad.dtype);
    return [null, needs(1) ? where(c, grad, zero) : null, needs(2) ? where(c, zero, grad) : null];
  },
  expression: ([c, a, b]) => `${c} ? ${a} : ${b}`,
  lower(b, [c, x, y]) {
    const direct: DType[] = b.onCpu
      ? ["float32", "float64", "int32", "int64"]
      : ["float32", "float16", "int32", "uint32"];
    const shape = broadcastShapes("where", c.shape, x.shape, y.shape);
    if (direct.includes(x.dtype)) return [b.op("Where", [c, x, y], { shape, dtype: x.dtype })];
    const wide: DType = x.dtype === "uint32" ? "int64" : isFloat(x.dtype) ? "float32" : "int32";
    const chosen = b.op("Where", [c, b.cast(x, wide), b.cast(y, wide)], { shape, dtype: wide });
    return [b.cast(chosen, x.dtype)];
  },
});

/** `a` where `condition` holds, else `b`; all broadcast. @throws DTypeError where a and b differ in dtype */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  if (!(condition instanceof Tensor)) throw new DTypeError("where: the condition is not a Tensor");
  return apply1(whereOp, [condition, operand(a, b), operand(b, a)], NONE);
}

/**
 * `x` with NaN replaced (by 0 unless told otherwise) and infinities by the numbers given (the largest
 * float32 by default). The gradient is that of the elements kept.
 */
export function nanToNum(x: Tensor, options: NanToNumOptions = {}): Tensor {
  const { nan = 0, positive = 3.4028234663852886e38, negative = -positive } = options;
  const number = where(isNan(x), nan, x);
  const high = where(equal(number, Number.POSITIVE_INFINITY), positive, number);
  return where(equal(high, Number.NEGATIVE_INFINITY), negative, high);
}

/** What `nanToNum` puts in. */
export interface NanToNumOptions {
  readonly nan?: number;
  readonly positive?: number;
  /** `-positive` by default. */
  readonly negative?: number;
}
