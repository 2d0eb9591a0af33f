/** @file Max and average pooling over 1 to 3 spatial axes, with their gradients. */
import { ShapeError, ValueError } from "../errors.ts";
import type { JsContext, NDArray } from "../js/ndarray.ts";
import { lowerPool } from "../onnx/pool.ts";
import { type Aval, defineOp, type OpDef } from "../op.ts";
import { type Shape, showShape, sizeOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { checkDtype, relu } from "./elementwise.ts";
import { spreadAverages, spreadMaxima } from "./pool-compose.ts";
import { mean } from "./reduce.ts";
import {
  type Padding,
  type PerAxis,
  perAxis,
  type Windows,
  windowCounts,
  windowRows,
  windowsOf,
} from "./window.ts";

/** Parameters of a pool. */
export interface PoolParams extends Windows {
  readonly kernel: Shape;
}

/** Parameters of an average: whether padding counts among what it divides by. */
export interface AveragePoolParams extends PoolParams {
  readonly countPadding: boolean;
}

/** Parameters of the average's gradient: the input's spatial sizes too. */
export interface AveragePoolGradParams extends AveragePoolParams {
  readonly sizes: Shape;
}

/** Options of a pool. */
export interface PoolOptions {
  /** Size of the window: one number, or one per spatial axis. */
  readonly size: PerAxis;
  /** Distance between windows; the window's size by default. */
  readonly stride?: PerAxis;
  readonly padding?: Padding;
}

/** Options of `avgPool`. */
export interface AvgPoolOptions extends PoolOptions {
  /** Divide by the whole window at the edges too (default), or by what of it lies inside. */
  readonly countPadding?: boolean;
}

const FLOATS = ["float32", "float16", "float64"] as const;

function pooledAval(op: string, x: Aval, params: PoolParams): Aval {
  checkDtype(op, x, FLOATS);
  const counts = windowCounts(op, x.shape.slice(2), params.kernel, params);
  return { shape: [...x.shape.slice(0, 2), ...counts], dtype: x.dtype };
}

/** Calls with the first element of every plane of input and output. */
function forPlanes(x: Shape, y: Shape, visit: (x: number, y: number) => void): void {
  const [xSize, ySize] = [sizeOf(x.slice(2)), sizeOf(y.slice(2))];
  for (let p = 0; p < x[0] * x[1]; p++) visit(p * xSize, p * ySize);
}

/** Calls with the positions of every pairing of an input element and a window. */
function forPairs(
  x: Shape,
  y: Shape,
  params: PoolParams,
  visit: (x: number, y: number) => void,
): void {
  const { runs, step } = windowRows(x.slice(2), params.kernel, y.slice(2), params);
  forPlanes(x, y, (x0, y0) => {
    for (let r = 0; r < runs.length; r += 4)
      for (let t = 0; t < runs[r + 3]; t++)
        visit(x0 + runs[r + 1] + t * step, y0 + runs[r + 2] + t);
  });
}

const maxPoolOp: OpDef<PoolParams> = defineOp<PoolParams>({
  name: "maxPool",
  infer: ([x], params) => [pooledAval("maxPool", x, params)],
  grad: ({ grad, inputs: [x], outputs: [y], params }) => [
    apply1(maxPoolGradOp, [x, y, grad], params),
  ],
  lower: (b, [x], params, [out]) => [lowerPool(b, "MaxPool", x, params, {}, out)],
  js(ctx, [x], params, [out]) {
    const result = ctx.alloc(out);
    result.data.fill(Number.NEGATIVE_INFINITY);
    forPairs(x.shape, out.shape, params, (i, o) => {
      result.data[o] = Math.max(result.data[o], x.data[i]);
    });
    return [result];
  },
  flops: (_inputs, { kernel }, [out]) => sizeOf(kernel) * sizeOf(out.shape),
});

/** dX from x, y and dY: it goes to the largest element of a window, in equal shares where several tie. */
const maxPoolGradOp: OpDef<PoolParams> = defineOp<PoolParams>({
  name: "maxPoolGrad",
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  compose: ([x, y, g], params) => [spreadMaxima(x, y, g, params)],
  js(ctx, [x, y, g], params, [out]) {
    const ties = new Float64Array(y.data.length);
    forPairs(x.shape, y.shape, params, (i, o) => {
      if (x.data[i] === y.data[o]) ties[o]++;
    });
    const result = ctx.alloc(out);
    forPairs(x.shape, y.shape, params, (i, o) => {
      if (x.data[i] === y.data[o]) result.data[i] += g.data[o] / ties[o];
    });
    return [result];
  },
  flops: ([x]) => 4 * sizeOf(x.shape),
});

/** What each window divides by. */
export function windowWeights(
  sizes: Shape,
  counts: Shape,
  { kernel, countPadding, ...windows }: AveragePoolParams,
): number[] {
  const whole = sizeOf(kernel);
  const divisors = new Array<number>(sizeOf(counts)).fill(countPadding ? whole : 0);
  if (!countPadding) {
    const { runs } = windowRows(sizes, kernel, counts, windows);
    for (let r = 0; r < runs.length; r += 4)
      for (let t = 0; t < runs[r + 3]; t++) divisors[runs[r + 2] + t]++;
  }
  return divisors.map((d) => 1 / Math.max(1, d));
}

const avgPoolOp: OpDef<AveragePoolParams> = defineOp<AveragePoolParams>({
  name: "avgPool",
  infer: ([x], params) => [pooledAval("avgPool", x, params)],
  grad: ({ grad, inputs: [x], params }) => [
    apply1(avgPoolGradOp, [grad], { ...params, sizes: x.shape.slice(2) }),
  ],
  lower: (b, [x], params, [out]) => [
    lowerPool(
      b,
      "AveragePool",
      x,
      params,
      { count_include_pad: { int: params.countPadding ? 1 : 0 } },
      out,
    ),
  ],
  js(ctx, [x], params, [out]) {
    const weights = windowWeights(x.shape.slice(2), out.shape.slice(2), params);
    return [gather(ctx, x, out, params, weights)];
  },
  flops: (_inputs, { kernel }, [out]) => sizeOf(kernel) * sizeOf(out.shape),
});

function gather(
  ctx: JsContext,
  x: NDArray,
  out: Aval,
  params: PoolParams,
  weights: readonly number[],
): NDArray {
  const sums = new Float64Array(sizeOf(out.shape));
  forPairs(x.shape, out.shape, params, (i, o) => {
    sums[o] += x.data[i];
  });
  const result = ctx.alloc(out);
  for (let o = 0; o < sums.length; o++) result.data[o] = sums[o] * weights[o % weights.length];
  return result;
}

/** dX of an average from dY; linear, and its own gradient is the average again. */
const avgPoolGradOp: OpDef<AveragePoolGradParams> = defineOp<AveragePoolGradParams>({
  name: "avgPoolGrad",
  infer: ([g], { sizes }) => [{ shape: [...g.shape.slice(0, 2), ...sizes], dtype: g.dtype }],
  grad({ grad, params: { sizes: _, ...params } }) {
    return [apply1(avgPoolOp, [grad], params)];
  },
  compose: ([g], params) => [
    spreadAverages(g, params, windowWeights(params.sizes, g.shape.slice(2), params)),
  ],
  js(ctx, [g], params, [out]) {
    const weights = windowWeights(params.sizes, g.shape.slice(2), params);
    const result = ctx.alloc(out);
    forPairs(out.shape, g.shape, params, (i, o) => {
      result.data[i] += g.data[o] * weights[o % weights.length];
    });
    return [result];
  },
  flops: (_inputs, _params, [out]) => sizeOf(out.shape),
});

/** Checked parameters of a pool. @throws ShapeError, ValueError */
function poolParams(op: string, x: Aval, { size, stride, padding }: PoolOptions): PoolParams {
  const axes = x.shape.length - 2;
  if (axes < 1 || axes > 3)
    throw new ShapeError(
      `${op}: expected [batch, channels, ...1 to 3 spatial axes], got ${showShape(x.shape)}`,
    );
  const kernel = perAxis(op, "size", size, axes, 1);
  const windows = windowsOf(op, x.shape.slice(2), kernel, { stride: stride ?? kernel, padding });
  if (kernel.some((k, i) => windows.low[i] >= k || windows.high[i] >= k))
    throw new ValueError(
      `${op}: padding ${JSON.stringify(padding)} is not smaller than the window ${showShape(kernel)}: ` +
        "some windows would hold padding alone",
    );
  return { ...windows, kernel };
}

/**
 * The largest element of each window of `[batch, channels, ...spatial]`; windows that would reach
 * beyond the padded input are left out. Where several elements of a window tie, they share its gradient.
 * @throws ShapeError where the window does not fit, ValueError for malformed options
 */
export function maxPool(x: Tensor, options: PoolOptions): Tensor {
  // max(relu(x)) = relu(max(x)), on a fraction of the elements; the gradients are the same too.
  if (x._node?.op.name === "relu") return relu(maxPool(x._node.inputs[0], options));
  return apply1(maxPoolOp, [x], poolParams("maxPool", x, options));
}

/**
 * The mean of each window of `[batch, channels, ...spatial]`; windows that would reach beyond the
 * padded input are left out.
 * @throws ShapeError where the window does not fit, ValueError for malformed options
 */
export function avgPool(x: Tensor, options: AvgPoolOptions): Tensor {
  const { countPadding = true } = options;
  return apply1(avgPoolOp, [x], { ...poolParams("avgPool", x, options), countPadding });
}

/** The mean over all spatial axes: `[batch, channels, ...spatial]` gives `[batch, channels]`. */
export function globalAvgPool(x: Tensor): Tensor {
  if (x.rank < 3)
    throw new ShapeError(
      `globalAvgPool: expected [batch, channels, ...spatial], got ${showShape(x.shape)}`,
    );
  return mean(x, { axis: x.shape.map((_, i) => i).slice(2) });
}
