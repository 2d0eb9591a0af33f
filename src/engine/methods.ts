/** @file The methods of `Tensor`: each calls the function of the same name. */
import type { DType } from "./dtype.ts";
import { type GeluForm, gelu, leakyRelu, silu, softplus } from "./ops/activation.ts";
import { at } from "./ops/at.ts";
import { cast, stopGradient } from "./ops/cast.ts";
import { type ConvOptions, conv } from "./ops/conv.ts";
import { cumsum } from "./ops/cumulative.ts";
import type { Operand } from "./ops/elementwise.ts";
import * as elementwise from "./ops/elementwise.ts";
import { gather, type Position } from "./ops/indexing.ts";
import * as joins from "./ops/join.ts";
import * as logic from "./ops/logic.ts";
import { type MatmulOptions, matmul } from "./ops/matmul.ts";
import { type AvgPoolOptions, avgPool, maxPool, type PoolOptions } from "./ops/pool.ts";
import type { ReduceOptions } from "./ops/reduce.ts";
import * as reduce from "./ops/reduce.ts";
import * as moves from "./ops/reshape.ts";
import * as slices from "./ops/slice.ts";
import { logSoftmax, softmax } from "./ops/softmax.ts";
import type { Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Base of `Tensor` that carries the chainable ops. */
export abstract class TensorMethods {
  get #self(): Tensor {
    return this as unknown as Tensor;
  }

  /** `-x`. */
  neg(): Tensor {
    return elementwise.neg(this.#self);
  }

  /** e to the x. */
  exp(): Tensor {
    return elementwise.exp(this.#self);
  }

  /** `exp(x) - 1`. */
  expm1(): Tensor {
    return elementwise.expm1(this.#self);
  }

  /** The natural logarithm. */
  log(): Tensor {
    return elementwise.log(this.#self);
  }

  /** `log(1 + x)`. */
  log1p(): Tensor {
    return elementwise.log1p(this.#self);
  }

  /** The square root. */
  sqrt(): Tensor {
    return elementwise.sqrt(this.#self);
  }

  /** `1 / sqrt(x)`. */
  rsqrt(): Tensor {
    return elementwise.rsqrt(this.#self);
  }

  /** `x * x`. */
  square(): Tensor {
    return elementwise.square(this.#self);
  }

  /** `1 / x`. */
  reciprocal(): Tensor {
    return elementwise.reciprocal(this.#self);
  }

  /** The absolute value. */
  abs(): Tensor {
    return elementwise.abs(this.#self);
  }

  /** -1, 0 or 1. */
  sign(): Tensor {
    return elementwise.sign(this.#self);
  }

  /** The sine. */
  sin(): Tensor {
    return elementwise.sin(this.#self);
  }

  /** The cosine. */
  cos(): Tensor {
    return elementwise.cos(this.#self);
  }

  /** The tangent. */
  tan(): Tensor {
    return elementwise.tan(this.#self);
  }

  /** The hyperbolic tangent. */
  tanh(): Tensor {
    return elementwise.tanh(this.#self);
  }

  /** `1 / (1 + exp(-x))`. */
  sigmoid(): Tensor {
    return elementwise.sigmoid(this.#self);
  }

  /** The error function. */
  erf(): Tensor {
    return elementwise.erf(this.#self);
  }

  /** Rounded down. */
  floor(): Tensor {
    return elementwise.floor(this.#self);
  }

  /** Rounded up. */
  ceil(): Tensor {
    return elementwise.ceil(this.#self);
  }

  /** Rounded, halves to even. */
  round(): Tensor {
    return elementwise.round(this.#self);
  }

  /** `max(x, 0)`. */
  relu(): Tensor {
    return elementwise.relu(this.#self);
  }

  /** `this + other`, broadcasting. */
  add(other: Operand): Tensor {
    return elementwise.add(this.#self, other);
  }

  /** `this - other`, broadcasting. */
  sub(other: Operand): Tensor {
    return elementwise.sub(this.#self, other);
  }

  /** `this * other`, broadcasting. */
  mul(other: Operand): Tensor {
    return elementwise.mul(this.#self, other);
  }

  /** `this / other`, broadcasting. */
  div(other: Operand): Tensor {
    return elementwise.div(this.#self, other);
  }

  /** `this ** other`, broadcasting. */
  pow(other: Operand): Tensor {
    return elementwise.pow(this.#self, other);
  }

  /** The larger of two, broadcasting. */
  maximum(other: Operand): Tensor {
    return elementwise.maximum(this.#self, other);
  }

  /** The smaller of two, broadcasting. */
  minimum(other: Operand): Tensor {
    return elementwise.minimum(this.#self, other);
  }

  /** The remainder with the sign of the divisor. */
  mod(other: Operand): Tensor {
    return elementwise.mod(this.#self, other);
  }

  /** `this === other`. */
  equal(other: Operand): Tensor {
    return logic.equal(this.#self, other);
  }

  /** `this !== other`. */
  notEqual(other: Operand): Tensor {
    return logic.notEqual(this.#self, other);
  }

  /** `this < other`. */
  less(other: Operand): Tensor {
    return logic.less(this.#self, other);
  }

  /** `this <= other`. */
  lessEqual(other: Operand): Tensor {
    return logic.lessEqual(this.#self, other);
  }

  /** `this > other`. */
  greater(other: Operand): Tensor {
    return logic.greater(this.#self, other);
  }

  /** `this >= other`. */
  greaterEqual(other: Operand): Tensor {
    return logic.greaterEqual(this.#self, other);
  }

  /** The sum over axes. */
  sum(options?: ReduceOptions): Tensor {
    return reduce.sum(this.#self, options);
  }

  /** The mean over axes. */
  mean(options?: ReduceOptions): Tensor {
    return reduce.mean(this.#self, options);
  }

  /** The largest element over axes. */
  max(options?: ReduceOptions): Tensor {
    return reduce.max(this.#self, options);
  }

  /** The smallest element over axes. */
  min(options?: ReduceOptions): Tensor {
    return reduce.min(this.#self, options);
  }

  /** The product over axes. */
  prod(options?: ReduceOptions): Tensor {
    return reduce.prod(this.#self, options);
  }

  /** `log(Σ exp(x))` over axes. */
  logSumExp(options?: ReduceOptions): Tensor {
    return reduce.logSumExp(this.#self, options);
  }

  /** Whether any element holds. */
  any(options?: ReduceOptions): Tensor {
    return reduce.any(this.#self, options);
  }

  /** Whether all elements hold. */
  all(options?: ReduceOptions): Tensor {
    return reduce.all(this.#self, options);
  }

  /** Held between two numbers. */
  clip(low: number, high: number): Tensor {
    return elementwise.clip(this.#self, low, high);
  }

  /** The variance over axes. */
  variance(options?: ReduceOptions & { readonly correction?: number }): Tensor {
    return reduce.variance(this.#self, options);
  }

  /** The position of the largest element along an axis (int32). */
  argmax(axis = -1): Tensor {
    return reduce.argmax(this.#self, axis);
  }

  /** The position of the smallest element along an axis (int32). */
  argmin(axis = -1): Tensor {
    return reduce.argmin(this.#self, axis);
  }

  /** Running sums along an axis. */
  cumsum(axis = -1): Tensor {
    return cumsum(this.#self, axis);
  }

  /** The matrix product. */
  matmul(other: Tensor, options?: MatmulOptions): Tensor {
    return matmul(this.#self, other, options);
  }

  /** Softmax along an axis. */
  softmax(axis = -1): Tensor {
    return softmax(this.#self, axis);
  }

  /** The logarithm of softmax along an axis. */
  logSoftmax(axis = -1): Tensor {
    return logSoftmax(this.#self, axis);
  }

  /** GELU. */
  gelu(form: GeluForm = "tanh"): Tensor {
    return gelu(this.#self, form);
  }

  /** `x·sigmoid(x)`. */
  silu(): Tensor {
    return silu(this.#self);
  }

  /** `log(1 + exp(x))`. */
  softplus(): Tensor {
    return softplus(this.#self);
  }

  /** Leaky ReLU. */
  leakyRelu(slope = 0.01): Tensor {
    return leakyRelu(this.#self, slope);
  }

  /** As another dtype. */
  cast(dtype: DType): Tensor {
    return cast(this.#self, dtype);
  }

  /** A constant for differentiation. */
  stopGradient(): Tensor {
    return stopGradient(this.#self);
  }

  /** The same elements in another shape; one size may be -1. */
  reshape(shape: Shape): Tensor {
    return moves.reshape(this.#self, shape);
  }

  /** One axis from several neighbouring ones. */
  flatten(start = 0, end = -1): Tensor {
    return moves.flattenAxes(this.#self, start, end);
  }

  /** With permuted axes; reversed without `perm`. */
  transpose(perm?: readonly number[]): Tensor {
    return moves.transpose(this.#self, perm);
  }

  /** With two axes swapped. */
  swapAxes(a = -1, b = -2): Tensor {
    return moves.swapAxes(this.#self, a, b);
  }

  /** Without axes of size 1. */
  squeeze(axis?: number | readonly number[]): Tensor {
    return moves.squeeze(this.#self, axis);
  }

  /** With an axis of size 1 more. */
  expandDims(axis: number): Tensor {
    return moves.expandDims(this.#self, axis);
  }

  /** Repeated to a shape. */
  broadcastTo(shape: Shape): Tensor {
    return moves.broadcastTo(this.#self, shape);
  }

  /** A range on each leading axis. */
  slice(
    starts: readonly (number | null)[],
    ends: readonly (number | null)[] = [],
    steps: readonly number[] = [],
  ): Tensor {
    return slices.slice(this.#self, starts, ends, steps);
  }

  /** Reversed along axes. */
  flip(axis?: number | readonly number[]): Tensor {
    return slices.flip(this.#self, axis);
  }

  /** Slices at integer positions along an axis. */
  gather(indices: Tensor, axis = 0): Tensor {
    return gather(this.#self, indices, axis);
  }

  /** NumPy-like indexing: indices, `[start, end, step]` ranges, null for all, integer tensors. */
  at(...positions: readonly Position[]): Tensor {
    return at(this.#self, positions);
  }

  /** Cut into equal parts, or parts of the given sizes, along an axis. */
  split(parts: number | readonly number[], axis = 0): Tensor[] {
    return joins.split(this.#self, parts, axis);
  }

  /** Convolution of `[batch, in, ...spatial]` with weights `[out, in / groups, ...kernel]`. */
  conv(weights: Tensor, options: ConvOptions = {}): Tensor {
    return conv(this.#self, weights, options);
  }

  /** The largest element of each window of `[batch, channels, ...spatial]`. */
  maxPool(options: PoolOptions): Tensor {
    return maxPool(this.#self, options);
  }

  /** The mean of each window of `[batch, channels, ...spatial]`. */
  avgPool(options: AvgPoolOptions): Tensor {
    return avgPool(this.#self, options);
  }
}
