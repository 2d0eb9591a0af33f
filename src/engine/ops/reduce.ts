/** @file Reductions: sums, means, extrema, and what is built from them. */
import { type DType, isFloat } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import type { JsContext, NDArray } from "../js/ndarray.ts";
import { type Aval, defineOp, type Params } from "../op.ts";
import { normalizeAxes, reducedShape, showShape, sizeOf, stridesOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { cast, stopGradient } from "./cast.ts";
import { cumprodExclusive } from "./cumulative.ts";
import { add, checkDtype, div, exp, log, mul, square, sub } from "./elementwise.ts";
import { equal, where } from "./logic.ts";
import { broadcastTo, reshape } from "./reshape.ts";

/** Which axes to reduce (all by default), and whether they stay with size 1. */
export interface ReduceOptions {
  readonly axis?: number | readonly number[];
  readonly keepdims?: boolean;
}

interface ReduceParams extends Params {
  readonly axes: readonly number[];
  readonly keepdims: boolean;
}

/** Folds `x` over `axes`: `step(accumulator, element)` from `start`. */
export function foldAxes(
  ctx: JsContext,
  x: NDArray,
  out: Aval,
  axes: readonly number[],
  start: number,
  step: (acc: number, v: number) => number,
): NDArray {
  const result = ctx.alloc(out);
  const kept = reducedShape(x.shape, axes, true);
  const outStrides = stridesOf(kept).map((s, i) => (axes.includes(i) ? 0 : s));
  // Sums are gathered in double precision, as a blocked kernel's partial sums nearly are.
  const acc = new Float64Array(result.data.length).fill(start);
  const index = new Array<number>(x.shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < x.data.length; i++) {
    acc[at] = step(acc[at], x.data[i]);
    for (let axis = x.shape.length - 1; axis >= 0; axis--) {
      at += outStrides[axis];
      if (++index[axis] < x.shape[axis]) break;
      at -= outStrides[axis] * x.shape[axis];
      index[axis] = 0;
    }
  }
  for (let i = 0; i < acc.length; i++) result.data[i] = acc[i];
  return result;
}

const SUMMABLE: readonly DType[] = ["float32", "float16", "float64", "int32", "int64"];

/** @internal A reduced tensor with its reduced axes back as size 1. */
function restore(y: Tensor, x: Tensor, { axes, keepdims }: ReduceParams): Tensor {
  return keepdims ? y : reshape(y, reducedShape(x.shape, axes, true));
}

function reduction(
  name: string,
  onnx: string,
  js: { start: number; step: (acc: number, v: number) => number },
  grad: (g: Tensor, x: Tensor, y: Tensor, params: ReduceParams) => Tensor,
): (x: Tensor, options?: ReduceOptions) => Tensor {
  const extremum = !Number.isFinite(js.start);
  const op = defineOp<ReduceParams>({
    name,
    infer([x], { axes, keepdims }) {
      checkDtype(name, x, SUMMABLE);
      if (extremum && axes.some((a) => x.shape[a] === 0)) {
        throw new ShapeError(
          `${name}: an axis of ${showShape(x.shape)} is empty and has no ${name}`,
        );
      }
      return [{ shape: reducedShape(x.shape, axes, keepdims), dtype: x.dtype }];
    },
    grad: ({ grad: g, inputs: [x], outputs: [y], params }) => [
      grad(restore(g, x, params), x, restore(y, x, params), params),
    ],
    lower: (b, [x], { axes, keepdims }) => [
      sizeOf(x.shape) === 0
        ? b.expand(b.scalar(js.start, x.dtype), reducedShape(x.shape, axes, keepdims))
        : b.reduce(onnx, x, axes, keepdims),
    ],
    js: (ctx, [x], { axes }, [out]) => [foldAxes(ctx, x, out, axes, js.start, js.step)],
    flops: ([x]) => sizeOf(x.shape),
  });
  return (x, { axis, keepdims = false } = {}) => {
    const axes = normalizeAxes(name, axis, x.rank);
    return axes.length === 0 ? x : apply1(op, [x], { axes, keepdims });
  };
}

const spread = (g: Tensor, x: Tensor): Tensor => broadcastTo(g, x.shape);

/** The gradient goes to the extremal elements, in equal shares where several tie. */
function shareAmongTies(g: Tensor, x: Tensor, y: Tensor, { axes }: ReduceParams): Tensor {
  const mask = cast(equal(x, y), g.dtype);
  return mul(mask, div(g, sum(mask, { axis: axes, keepdims: true })));
}

/** The sum over axes. */
export const sum = reduction("sum", "ReduceSum", { start: 0, step: (a, v) => a + v }, spread);

/** The largest element over axes; ties share the gradient. @throws ShapeError over an empty axis */
export const max = reduction(
  "max",
  "ReduceMax",
  { start: Number.NEGATIVE_INFINITY, step: Math.max },
  shareAmongTies,
);

/** The smallest element over axes; ties share the gradient. @throws ShapeError over an empty axis */
export const min = reduction(
  "min",
  "ReduceMin",
  { start: Number.POSITIVE_INFINITY, step: Math.min },
  shareAmongTies,
);

/** The product over axes. Its gradient is right at zeros too: the product of all the others. */
export const prod = reduction(
  "prod",
  "ReduceProd",
  { start: 1, step: (a, v) => a * v },
  (g, x, _y, { axes }) => {
    const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
    return mul(g, productOfOthers(x, kept, axes));
  },
);

/** For each element, the product of the other elements along `axes`. */
function productOfOthers(x: Tensor, kept: readonly number[], axes: readonly number[]): Tensor {
  const perm = [...kept, ...axes];
  const moved = x.transpose(perm);
  const rows = reshape(moved, [
    sizeOf(kept.map((a) => x.shape[a])),
    sizeOf(axes.map((a) => x.shape[a])),
  ]);
  const others = mul(cumprodExclusive(rows, false), cumprodExclusive(rows, true));
  return reshape(others, moved.shape).transpose(perm.map((_, i) => perm.indexOf(i)));
}

function count(x: Tensor, axis: ReduceOptions["axis"]): number {
  return sizeOf(normalizeAxes("mean", axis, x.rank).map((a) => x.shape[a]));
}

/** The mean over axes. @throws DTypeError for integers */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  if (!isFloat(x.dtype))
    throw new DTypeError(`mean: dtype ${x.dtype} has no means; cast(x, "float32") first`);
  return mul(sum(x, options), 1 / count(x, options.axis));
}

/** The variance over axes: divided by `n - correction` (0 by default). */
export function variance(
  x: Tensor,
  options: ReduceOptions & { readonly correction?: number } = {},
): Tensor {
  const centred = sub(x, mean(x, { axis: options.axis, keepdims: true }));
  return mul(
    sum(square(centred), options),
    1 / (count(x, options.axis) - (options.correction ?? 0)),
  );
}

/** `log(Σ exp(x))` over axes, safe for large values. */
export function logSumExp(x: Tensor, options: ReduceOptions = {}): Tensor {
  const top = stopGradient(max(x, { axis: options.axis, keepdims: true }));
  const finite = where(equal(sub(top, top), 0), top, 0);
  const total = log(sum(exp(sub(x, finite)), { axis: options.axis, keepdims: true }));
  const out = add(total, finite);
  return options.keepdims
    ? out
    : reshape(out, reducedShape(x.shape, normalizeAxes("logSumExp", options.axis, x.rank), false));
}

/** Whether any element over the axes holds (dtype bool). */
export function any(x: Tensor, options: ReduceOptions = {}): Tensor {
  return cast(sum(cast(cast(x, "bool"), "int32"), options), "bool");
}

/** Whether all elements over the axes hold (dtype bool). */
export function all(x: Tensor, options: ReduceOptions = {}): Tensor {
  return equal(sum(cast(cast(x, "bool"), "int32"), options), count(x, options.axis));
}

interface ArgParams extends Params {
  readonly axis: number;
}

function argExtremum(
  name: string,
  onnx: string,
  better: (a: number, b: number) => boolean,
): (x: Tensor, axis?: number) => Tensor {
  const op = defineOp<ArgParams>({
    name,
    infer([x], { axis }) {
      checkDtype(name, x, SUMMABLE);
      if (x.shape[axis] === 0)
        throw new ShapeError(`${name}: axis ${axis} of ${showShape(x.shape)} is empty`);
      return [{ shape: reducedShape(x.shape, [axis], false), dtype: "int32" }];
    },
    grad: () => [null],
    lower(b, [x], { axis }, [out]) {
      const index = b.op(
        onnx,
        [x],
        { shape: out.shape, dtype: "int64" },
        { axis: { int: axis }, keepdims: { int: 0 } },
      );
      return [b.positions(index, x.shape[axis])];
    },
    js(ctx, [x], { axis }, [out]) {
      const result = ctx.alloc(out);
      const inner = sizeOf(x.shape.slice(axis + 1));
      const d = x.shape[axis];
      for (let o = 0; o < result.data.length; o++) {
        const base = Math.floor(o / inner) * d * inner + (o % inner);
        let best = 0;
        for (let k = 1; k < d; k++)
          if (better(x.data[base + k * inner], x.data[base + best * inner])) best = k;
        result.data[o] = best;
      }
      return [result];
    },
  });
  return (x, axis = -1) => apply1(op, [x], { axis: normalizeAxes(name, axis, x.rank)[0] });
}

/** The position (int32) of the largest element along an axis; the first one of a tie. */
export const argmax = argExtremum("argmax", "ArgMax", (a, b) => a > b);

/** The position (int32) of the smallest element along an axis; the first one of a tie. */
export const argmin = argExtremum("argmin", "ArgMin", (a, b) => a < b);
