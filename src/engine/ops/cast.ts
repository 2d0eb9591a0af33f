/** @file Changes of dtype, and the identities that steer differentiation. */
import { type DType, isFloat } from "../dtype.ts";
import type { Lowering, Value } from "../onnx/lowering.ts";
import { defineOp } from "../op.ts";
import { sizeOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";

interface CastParams extends Record<string, unknown> {
  readonly to: DType;
}

const castOp = defineOp<CastParams>({
  name: "cast",
  infer: ([x], { to }) => [{ shape: x.shape, dtype: to }],
  grad: ({ grad, inputs: [x] }) => [isFloat(x.dtype) ? cast(grad, x.dtype) : null],
  lower: (b, [x], { to }) => [lowerCast(b, x, to)],
  js(ctx, [x], { to }, [out]) {
    const result = ctx.alloc(out);
    const n = result.data.length;
    if (to === "bool") for (let i = 0; i < n; i++) result.data[i] = x.data[i] !== 0 ? 1 : 0;
    else if (to === "int64") for (let i = 0; i < n; i++) result.data[i] = Math.trunc(x.data[i]);
    else for (let i = 0; i < n; i++) result.data[i] = x.data[i];
    return [result];
  },
});

function lowerCast(b: Lowering, x: Value, to: DType): Value {
  return b.cast(x, to);
}

/** `x` as another dtype: floats to integers truncate, to bool is `!== 0`. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply1(castOp, [x], { to: dtype });
}

const stopGradientOp = defineOp({
  name: "stopGradient",
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  grad: () => [null],
  lower: (_b, [x]) => [x],
  js: (_ctx, [x]) => [x],
  flops: () => 0,
});

/** `x`, as a constant for differentiation. */
export function stopGradient(x: Tensor): Tensor {
  return apply1(stopGradientOp, [x], {});
}

/** Inputs: the value, and optionally one that must be there before it. */
const barrierOp = defineOp({
  name: "barrier",
  unique: true,
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  grad: ({ grad, inputs }) => [grad, ...inputs.slice(1).map(() => null)],
  lower: (b, [x, after]) => [after ? waitFor(b, x, after) : b.op("Identity", [x], x)],
  js: (_ctx, [x]) => [x],
  flops: () => 0,
});

/** `x`, by a choice between x and x that depends on the other value: no optimizer sees through it. */
function waitFor(b: Lowering, x: Value, after: Value): Value {
  if (sizeOf(after.shape) === 0 || sizeOf(x.shape) === 0) return x;
  const first = b.slice(
    after,
    after.shape.map(() => 0),
    after.shape.map(() => 1),
  );
  const condition = b.cast(b.reshape(first, []), "bool");
  return b.op("Where", [condition, x, x], x);
}

/**
 * @internal `x`, seen by common-subexpression elimination as something new (rematerialisation), and
 * with `after` not computed before that.
 */
export function barrier(x: Tensor, after?: Tensor): Tensor {
  return apply1(barrierOp, after ? [x, after] : [x], {});
}
