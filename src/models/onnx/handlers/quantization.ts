/**
 * @file Quantized operators on floats that hold whole numbers. Rounding lets gradients through
 * unchanged within the range (the straight-through estimator of Bengio et al. 2013), so that a
 * quantized model can be fine-tuned.
 */
import {
  add,
  cast,
  clip,
  div,
  isFloat,
  matmul,
  max,
  maximum,
  min,
  minimum,
  mul,
  repeat,
  reshape,
  round,
  stopGradient,
  sub,
  type Tensor,
  where,
} from "../../../engine/index.ts";
import type { HandlerTable, NodeCall } from "../call.ts";
import { ELEMENT } from "../types.ts";
import { convolve } from "./windows.ts";

/** The engine's dtypes no longer say how wide an integer was: the model's declared types do. */
interface Range {
  readonly low: number;
  readonly high: number;
}

const RANGES: Readonly<Record<number, Range>> = {
  [ELEMENT.UINT8]: { low: 0, high: 255 },
  [ELEMENT.INT8]: { low: -128, high: 127 },
  [ELEMENT.UINT16]: { low: 0, high: 65_535 },
  [ELEMENT.INT16]: { low: -32_768, high: 32_767 },
  [ELEMENT.UINT4]: { low: 0, high: 15 },
  [ELEMENT.INT4]: { low: -8, high: 7 },
};

function floats(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : cast(x, "float32");
}

/** A scale or zero point as it broadcasts: per tensor, per channel of an axis, or per block of it. */
function along(v: Tensor, x: Tensor, axis: number, block: number): Tensor {
  if (v.size === 1) return reshape(v, []);
  if (block > 0) {
    return repeat(v, block, axis).slice(
      x.shape.map(() => 0),
      [...x.shape],
    );
  }
  return reshape(
    v,
    x.shape.map((d, i) => (i === axis ? d : 1)),
  );
}

function steps(call: NodeCall, x: Tensor): { scale: Tensor; zero: Tensor | null } {
  const axis = x.rank === 0 ? 0 : call.attributes.int("axis", 1);
  const at = x.rank === 0 ? 0 : Math.min(x.rank - 1, axis < 0 ? axis + x.rank : axis);
  const block = call.attributes.int("block_size", 0);
  const zero = call.optional(2);
  return {
    scale: along(call.tensor(1), x, at, block),
    zero: zero ? along(floats(zero), x, at, block) : null,
  };
}

/** `(x - zero) · scale`. */
export function dequantized(call: NodeCall): Tensor {
  const x = floats(call.tensor(0));
  const { scale, zero } = steps(call, x);
  const centred = zero ? sub(x, cast(zero, x.dtype)) : x;
  return mul(cast(centred, scale.dtype), scale);
}

/**
 * `round(x) + zero`, held within a range; halves go to the even number before the zero point is
 * added. The gradient passes within the range.
 */
function snap(x: Tensor, zero: Tensor | null, { low, high }: Range): Tensor {
  const held = zero ? minimum(maximum(x, sub(low, zero)), sub(high, zero)) : clip(x, low, high);
  const rounded = add(held, stopGradient(sub(round(held), held)));
  return zero ? add(rounded, zero) : rounded;
}

/** The range of the integers that input `i` says by its type, uint8 where it is not stored. */
function rangeOf(call: NodeCall, i: number): Range {
  const type = call.attributes.int("output_dtype", 0) || call.elementType(i) || ELEMENT.UINT8;
  const range = RANGES[type];
  if (!range) throw call.fail("only integers of 4, 8 and 16 bits are known");
  return range;
}

function quantized(call: NodeCall): Tensor {
  const x = floats(call.tensor(0));
  const { scale, zero } = steps(call, x);
  return snap(div(x, scale), zero, rangeOf(call, 2));
}

/** Scale and zero point of a tensor's own range, for uint8; chosen, not learned. */
function dynamicallyQuantized(call: NodeCall): Tensor[] {
  const x = call.tensor(0);
  const low = minimum(stopGradient(min(x)), 0);
  const high = maximum(stopGradient(max(x)), 0);
  const width = div(sub(high, low), 255);
  const scale = where(width.equal(0), 1, width);
  const zero = clip(round(div(sub(0, low), scale)), 0, 255);
  return [snap(div(x, scale), zero, RANGES[ELEMENT.UINT8]), scale, zero];
}

/** Whole numbers without their zero point; `perRow` says that one for each row stands in a vector. */
function centred(x: Tensor, zero: Tensor | null, perRow: boolean): Tensor {
  const value = floats(x);
  if (!zero) return value;
  const z = floats(zero);
  return sub(value, perRow && z.rank === 1 && z.size > 1 ? reshape(z, [z.size, 1]) : z);
}

/** One number for each output channel as it broadcasts over weights, or one for all. */
function perChannel(v: Tensor, w: Tensor): Tensor {
  if (v.size === 1) return reshape(v, []);
  return reshape(v, [v.size, ...new Array<number>(w.rank - 1).fill(1)]);
}

function integerConv(call: NodeCall): Tensor {
  const x = centred(call.tensor(0), call.optional(2), false);
  const w = floats(call.tensor(1));
  const zero = call.optional(3);
  return convolve(call, x, zero ? sub(w, perChannel(floats(zero), w)) : w);
}

/** The real numbers of an input given as value, scale and zero point. */
function real(call: NodeCall, i: number): Tensor {
  const scale = call.tensor(i + 1);
  const value = cast(call.tensor(i), scale.dtype);
  const zero = cast(call.tensor(i + 2), scale.dtype);
  if (scale.size === 1) return mul(sub(value, reshape(zero, [])), reshape(scale, []));
  return mul(sub(value, perChannel(zero, value)), perChannel(scale, value));
}

function requantized(call: NodeCall, y: Tensor): Tensor {
  const scale = call.tensor(6);
  return snap(div(y, scale), cast(call.tensor(7), scale.dtype), rangeOf(call, 7));
}

function quantizedConv(call: NodeCall): Tensor {
  const y = convolve(call, real(call, 0), real(call, 3));
  const bias = call.optional(8);
  if (!bias) return requantized(call, y);
  // The bias is in units of the product of the two scales.
  const scale = mul(call.tensor(1).reshape([]), call.tensor(4));
  const shift = mul(floats(bias), scale).reshape([bias.size, ...y.shape.slice(2).map(() => 1)]);
  return requantized(call, add(y, shift));
}

export const quantization: HandlerTable = {
  ConvInteger: integerConv,
  DequantizeLinear: dequantized,
  DynamicQuantizeLinear: dynamicallyQuantized,
  MatMulInteger: (call) =>
    matmul(
      centred(call.tensor(0), call.optional(2), true),
      centred(call.tensor(1), call.optional(3), false),
    ),
  QLinearConv: quantizedConv,
  QLinearMatMul: (call) => requantized(call, matmul(real(call, 0), real(call, 3))),
  QuantizeLinear: quantized,
};
