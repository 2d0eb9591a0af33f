/** @file Operators on each element: arithmetic, functions, comparisons, logic, casts. */
import {
  abs,
  acos,
  add,
  asin,
  atan,
  broadcastTo,
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
  floor,
  gelu,
  greater,
  greaterEqual,
  hardSwish,
  isFloat,
  isNan,
  leakyRelu,
  less,
  lessEqual,
  log,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  max,
  maximum,
  minimum,
  mish,
  mod,
  mul,
  neg,
  type Operand,
  pow,
  reciprocal,
  relu,
  reshape,
  round,
  sigmoid,
  sign,
  sin,
  sinh,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  type Tensor,
  tan,
  tanh,
  where,
} from "../../../engine/index.ts";
import type { Handler, HandlerTable, NodeCall } from "../call.ts";
import { ELEMENT } from "../types.ts";

const unary =
  (fn: (x: Tensor) => Tensor): Handler =>
  (call) =>
    fn(call.tensor(0));

/** The engine has no arithmetic on bytes. */
function wide(x: Tensor): Tensor {
  return x.dtype === "uint8" ? cast(x, "int32") : x;
}

/** Before operator set 7 the second operand was aligned at an axis, not at the end. */
function alignedAt(axis: number, x: Tensor, b: Tensor): Tensor {
  const after = Math.max(0, x.rank - axis - b.rank);
  return reshape(b, [...b.shape, ...new Array<number>(after).fill(1)]);
}

/** A binary operator; a known scalar goes in as a number, which the engine makes more of. */
function binary(fn: (a: Operand, b: Operand) => Tensor): Handler {
  return (call) => {
    const [a, b] = [call.value(0), call.value(1)];
    if (call.version < 7 && call.attributes.has("axis"))
      return fn(a.tensor, alignedAt(call.attributes.int("axis", 0), a.tensor, b.tensor));
    const x = wide(a.tensor);
    if (b.scalar !== null && b.shape.length <= a.shape.length && a.scalar === null)
      return fn(x, b.scalar);
    if (a.scalar !== null && a.shape.length <= b.shape.length && b.scalar === null)
      return fn(a.scalar, wide(b.tensor));
    return fn(x, wide(b.tensor));
  };
}

const logical =
  (fn: (a: Tensor, b: Tensor) => Tensor): Handler =>
  (call) =>
    fn(call.tensor(0), call.tensor(1));

const fold =
  (fn: (a: Tensor, b: Tensor) => Tensor): Handler =>
  (call) =>
    call.tensors().map(wide).reduce(fn);

/** A bound of Clip: an attribute before operator set 11, an input since. */
function bound(call: NodeCall, attribute: string, input: number): number | Tensor | null {
  if (call.version < 11) {
    return call.attributes.has(attribute) ? call.attributes.float(attribute, 0) : null;
  }
  const value = call.inputs[input];
  return value ? (value.scalar ?? value.tensor) : null;
}

function clipBetween(call: NodeCall): Tensor {
  const x = wide(call.tensor(0));
  const low = bound(call, "min", 1);
  const high = bound(call, "max", 2);
  const number = (v: number | Tensor | null): v is number | null =>
    v === null || typeof v === "number";
  if (number(low) && number(high)) {
    return clip(x, low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY);
  }
  const above = low === null ? x : maximum(x, low);
  return high === null ? above : minimum(above, high);
}

function power(call: NodeCall): Tensor {
  const [a, b] = [call.value(0), call.value(1)];
  const { dtype } = a;
  const x = isFloat(dtype) ? a.tensor : cast(a.tensor, "float32");
  const y = b.scalar ?? cast(b.tensor, x.dtype);
  return cast(pow(x, y), dtype);
}

function remainder(call: NodeCall): Tensor {
  const [a, b] = [wide(call.tensor(0)), wide(call.tensor(1))];
  if (call.attributes.int("fmod", 0) === 0) return mod(a, b);
  const quotient = div(a, b);
  const whole = isFloat(a.dtype) ? mul(sign(quotient), floor(abs(quotient))) : quotient;
  return sub(a, mul(whole, b));
}

function castTo(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const to = call.attributes.int("to", ELEMENT.FLOAT);
  return wrapped(cast(x, call.dtypeOf(to)), to);
}

/** Integers narrower than those that hold them here wrap around as their own type does. */
function wrapped(x: Tensor, type: number): Tensor {
  const bits = NARROW[type];
  if (!bits) return x;
  const [size, half] = [2 ** bits, SIGNED.has(type) ? 2 ** (bits - 1) : 0];
  return sub(mod(add(x, half), size), half);
}

const NARROW: Readonly<Record<number, number>> = {
  [ELEMENT.INT8]: 8,
  [ELEMENT.INT16]: 16,
  [ELEMENT.UINT16]: 16,
  [ELEMENT.INT4]: 4,
  [ELEMENT.UINT4]: 4,
};
const SIGNED: ReadonlySet<number> = new Set([ELEMENT.INT8, ELEMENT.INT16, ELEMENT.INT4]);

function parametricRelu(call: NodeCall): Tensor {
  const [x, given] = [call.tensor(0), call.tensor(1)];
  // One slope for each channel stood in a plain vector.
  const perChannel = given.rank === 1 && given.size > 1 && x.rank > 2 && call.version < 7;
  const slope = perChannel ? alignedAt(1, x, given) : given;
  return where(greater(x, 0), x, mul(x, slope));
}

/** ONNX's Sum and Mean over inputs. */
function meanOf(call: NodeCall): Tensor {
  const xs = call.tensors();
  return mul(
    xs.reduce((a, b) => add(a, b)),
    1 / xs.length,
  );
}

function shrink(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const lambda = call.attributes.float("lambd", 0.5);
  const bias = call.attributes.float("bias", 0);
  const low = where(less(x, -lambda), add(x, bias), 0);
  return where(greater(x, lambda), sub(x, bias), low);
}

/** Where a softmax has nothing but -∞ in a row: the scores behind such a test. */
const blindRows = new WeakMap<Tensor, Tensor>();
const LOWEST = -3.4e38;

/**
 * PyTorch's attention asks for rows of a softmax that are not numbers, because a mask hides all of
 * their scores. The scores say so themselves, on devices too where such values get lost.
 */
function notANumber(x: Tensor): Tensor {
  const node = x._node;
  if (node?.op.name !== "softmax") return isNan(x);
  const [scores] = node.inputs;
  const top = max(scores, { axis: node.params.axis as number, keepdims: true });
  const blind = broadcastTo(less(top, LOWEST), x.shape);
  blindRows.set(blind, scores);
  return blind;
}

/** A choice; in place of blind rows stand others, or their gradients would not be numbers. */
function choose(call: NodeCall): Tensor {
  const [condition, a, b] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const scores = blindRows.get(condition);
  const node = b._node;
  if (!scores || !node || node.inputs[0] !== scores) return where(condition, a, b);
  const safe = where(condition, 0, scores);
  return where(condition, a, softmax(safe, node.params.axis as number));
}

/** `log(x + √(x² ± 1))`. */
const area =
  (shift: number) =>
  (x: Tensor): Tensor =>
    log(add(x, sqrt(add(square(x), shift))));

export const elementwise: HandlerTable = {
  Abs: unary(abs),
  Acos: unary(acos),
  Acosh: unary(area(-1)),
  Add: binary(add),
  And: logical(logicalAnd),
  Asin: unary(asin),
  Asinh: unary(area(1)),
  Atan: unary(atan),
  Atanh: unary((x) => mul(log(div(add(x, 1), sub(1, x))), 0.5)),
  Cast: castTo,
  CastLike: (call) => wrapped(cast(call.tensor(0), call.value(1).dtype), call.elementType(1)),
  Ceil: unary(ceil),
  Celu: (call) => {
    const alpha = call.attributes.float("alpha", 1);
    return mul(elu(div(call.tensor(0), alpha)), alpha);
  },
  Clip: clipBetween,
  Cos: unary(cos),
  Cosh: unary(cosh),
  Div: binary(div),
  Elu: (call) => elu(call.tensor(0), call.attributes.float("alpha", 1)),
  Equal: binary(equal),
  Erf: unary(erf),
  Exp: unary(exp),
  Floor: unary(floor),
  Gelu: (call) =>
    gelu(call.tensor(0), call.attributes.string("approximate", "none") === "tanh" ? "tanh" : "erf"),
  Greater: binary(greater),
  GreaterOrEqual: binary(greaterEqual),
  HardSigmoid: (call) => {
    const scaled = mul(call.tensor(0), call.attributes.float("alpha", 0.2));
    return clip(add(scaled, call.attributes.float("beta", 0.5)), 0, 1);
  },
  HardSwish: unary(hardSwish),
  IsInf: (call) => {
    const x = call.tensor(0);
    const up = call.attributes.int("detect_positive", 1) !== 0;
    const down = call.attributes.int("detect_negative", 1) !== 0;
    const infinite = (v: number): Tensor => equal(x, v);
    const [high, low] = [infinite(Number.POSITIVE_INFINITY), infinite(Number.NEGATIVE_INFINITY)];
    if (up && down) return logicalOr(high, low);
    return up ? high : down ? low : logicalAnd(high, low);
  },
  IsNaN: (call) => notANumber(call.tensor(0)),
  LeakyRelu: (call) => leakyRelu(call.tensor(0), call.attributes.float("alpha", 0.01)),
  Less: binary(less),
  LessOrEqual: binary(lessEqual),
  Log: unary(log),
  Max: fold(maximum),
  Mean: meanOf,
  Min: fold(minimum),
  Mish: unary(mish),
  Mod: remainder,
  Mul: binary(mul),
  Neg: unary(neg),
  Not: unary(logicalNot),
  Or: logical(logicalOr),
  Pow: power,
  PRelu: parametricRelu,
  Reciprocal: unary(reciprocal),
  Relu: unary(relu),
  Round: unary(round),
  Selu: (call) => {
    const alpha = call.attributes.float("alpha", 1.6732632423543772);
    return mul(elu(call.tensor(0), alpha), call.attributes.float("gamma", 1.0507009873554805));
  },
  Shrink: shrink,
  Sigmoid: unary(sigmoid),
  Sign: unary(sign),
  Sin: unary(sin),
  Sinh: unary(sinh),
  Softplus: unary(softplus),
  Softsign: unary((x) => div(x, add(abs(x), 1))),
  Sqrt: unary(sqrt),
  Sub: binary(sub),
  Sum: fold(add),
  Swish: (call) => {
    const x = call.tensor(0);
    return mul(x, sigmoid(mul(x, call.attributes.float("alpha", 1))));
  },
  Tan: unary(tan),
  Tanh: unary(tanh),
  ThresholdedRelu: (call) => {
    const x = call.tensor(0);
    return where(greater(x, call.attributes.float("alpha", 1)), x, 0);
  },
  Where: choose,
  Xor: logical(logicalXor),
};
