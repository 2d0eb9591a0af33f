/** @file Convolution over 1 to 3 spatial axes, and its two gradients: three ops closed under differentiation. */
import { DTypeError, ShapeError, ValueError } from "../errors.ts";
import type { JsContext, NDArray } from "../js/ndarray.ts";
import { lowerConv, lowerConvGradInput, lowerConvGradWeight } from "../onnx/conv.ts";
import { type Aval, defineOp, type OpDef } from "../op.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { gradInputByConv, gradWeightByProducts } from "./conv-compose.ts";
import { checkSameDtype } from "./elementwise.ts";
import {
  reach,
  type WindowOptions,
  type Windows,
  windowCounts,
  windowRows,
  windowsOf,
} from "./window.ts";

/** Parameters of a convolution. */
export interface ConvParams extends Windows {
  readonly groups: number;
}

/** Parameters of the gradient of the input: its spatial sizes too, which stride leaves open. */
export interface ConvGradInputParams extends ConvParams {
  readonly sizes: Shape;
}

/** Parameters of the gradient of the weights: the kernel's sizes too. */
export interface ConvGradWeightParams extends ConvParams {
  readonly kernel: Shape;
}

/** Options of `conv`. */
export interface ConvOptions extends WindowOptions {
  /** Groups of channels that see only each other (1 by default; the channels' number: depthwise). */
  readonly groups?: number;
}

const spatial = (shape: Shape): Shape => shape.slice(2);

function convParams({ strides, dilations, low, high, groups }: ConvParams): ConvParams {
  return { strides, dilations, low, high, groups };
}

function flopsOfConv(positions: number, w: Aval): number {
  return 2 * positions * sizeOf(w.shape);
}

const convOp: OpDef<ConvParams> = defineOp<ConvParams>({
  name: "conv",
  infer([x, w], params) {
    checkSameDtype("conv", x, w);
    const counts = windowCounts("conv", spatial(x.shape), spatial(w.shape), params);
    return [{ shape: [x.shape[0], w.shape[0], ...counts], dtype: x.dtype }];
  },
  grad({ grad: g, inputs: [x, w], params, needs }) {
    return [
      needs(0) ? convGradInput(g, w, spatial(x.shape), params) : null,
      needs(1) ? gradWeight(x, g, spatial(w.shape), params) : null,
    ];
  },
  lower: (b, [x, w], params, [out]) => [lowerConv(b, x, w, params, out)],
  js: (ctx, [x, w], params, [out]) => [convolve(ctx, x, w, params, out)],
  flops: ([x, w], _params, [out]) => flopsOfConv(x.shape[0] * sizeOf(spatial(out.shape)), w),
});

/** dX from dY `[batch, out, ...]` and the weights. */
const convGradInputOp: OpDef<ConvGradInputParams> = defineOp<ConvGradInputParams>({
  name: "convGradInput",
  infer([g, w], { groups, sizes }) {
    checkSameDtype("convGradInput", g, w);
    return [{ shape: [g.shape[0], w.shape[1] * groups, ...sizes], dtype: g.dtype }];
  },
  grad({ grad: u, inputs: [g, w], params, needs }) {
    return [
      needs(0) ? apply1(convOp, [u, w], convParams(params)) : null,
      needs(1) ? gradWeight(u, g, spatial(w.shape), params) : null,
    ];
  },
  compose: ([g, w], params) => [gradInputByConv(g, w, params, convWith)],
  lower: (b, [g, w], params, [out]) => [lowerConvGradInput(b, g, w, params, out)],
  supports(provider, [g, w], { sizes, groups }) {
    if (provider !== "webgpu" || sizeOf(g.shape) === 0) return true;
    if (sizes.length === 3) return "WebGPU has no transposed convolution over 3 axes";
    // Seen in ONNX Runtime 1.30 where a group has an even number of channels on one side, one on the other.
    const wrong = groups > 1 && w.shape[1] === 1 && g.shape[1] > groups;
    return wrong ? "WebGPU's kernel goes wrong for groups of one channel" : true;
  },
  js: (ctx, [g, w], params, [out]) => [spreadBack(ctx, g, w, params, out)],
  flops: ([g, w]) => flopsOfConv(g.shape[0] * sizeOf(spatial(g.shape)), w),
});

/** dW from the input and dY. */
const convGradWeightOp: OpDef<ConvGradWeightParams> = defineOp<ConvGradWeightParams>({
  name: "convGradWeight",
  infer([x, g], { groups, kernel }) {
    checkSameDtype("convGradWeight", x, g);
    return [{ shape: [g.shape[1], x.shape[1] / groups, ...kernel], dtype: x.dtype }];
  },
  grad({ grad: v, inputs: [x, g], params, needs }) {
    return [
      needs(0) ? convGradInput(g, v, spatial(x.shape), params) : null,
      needs(1) ? apply1(convOp, [x, v], convParams(params)) : null,
    ];
  },
  compose: ([x, g], params) => [gradWeightByProducts(x, g, params)],
  lower: (b, [x, g], params, [out]) => [lowerConvGradWeight(b, x, g, params, out)],
  supports(provider, [x, g], { kernel, groups }) {
    const empty = sizeOf(x.shape) === 0 || sizeOf(g.shape) === 0;
    if (empty) return true;
    if (provider === "webgpu") return "it is a few large products there";
    const depthwise = groups === x.shape[1] && groups === g.shape[1];
    return kernel.length < 3 && (groups === 1 || depthwise) ? true : "it is composed of products";
  },
  js: (ctx, [x, g], params, [out]) => [correlate(ctx, x, g, params, out)],
  flops: ([x, g], _params, [out]) => flopsOfConv(x.shape[0] * sizeOf(spatial(g.shape)), out),
});

function convWith(x: Tensor, w: Tensor, params: ConvParams): Tensor {
  return apply1(convOp, [x, w], convParams(params));
}

/** @internal dX, for spatial sizes `sizes` of X. */
export function convGradInput(g: Tensor, w: Tensor, sizes: Shape, params: ConvParams): Tensor {
  return apply1(convGradInputOp, [g, w], { ...convParams(params), sizes });
}

function gradWeight(x: Tensor, g: Tensor, kernel: Shape, params: ConvParams): Tensor {
  return apply1(convGradWeightOp, [x, g], { ...convParams(params), kernel });
}

/** Sizes that the three kernels share. */
function extents(x: Shape, w: Shape, y: Shape, params: ConvParams) {
  const rows = windowRows(spatial(x), spatial(w), spatial(y), params);
  return {
    ...rows,
    batch: x[0],
    groups: params.groups,
    inputs: w[1],
    outputs: w[0] / params.groups,
    xSize: sizeOf(spatial(x)),
    kSize: sizeOf(spatial(w)),
    ySize: sizeOf(spatial(y)),
  };
}

type Extents = ReturnType<typeof extents>;

/** Calls with the offsets of every pairing of input plane, kernel and output plane. */
function forPlanes(e: Extents, visit: (x: number, w: number, y: number) => void): void {
  const { batch, groups, inputs, outputs, xSize, kSize, ySize } = e;
  for (let n = 0; n < batch; n++)
    for (let g = 0; g < groups; g++)
      for (let o = 0; o < outputs; o++)
        for (let i = 0; i < inputs; i++) {
          const y = (n * groups + g) * outputs + o;
          const x = (n * groups + g) * inputs + i;
          visit(x * xSize, ((g * outputs + o) * inputs + i) * kSize, y * ySize);
        }
}

/** Copies sums that were gathered in double precision. */
function rounded(ctx: JsContext, out: Aval, sums: Float64Array): NDArray {
  const result = ctx.alloc(out);
  result.data.set(sums);
  return result;
}

function convolve(ctx: JsContext, x: NDArray, w: NDArray, params: ConvParams, out: Aval): NDArray {
  const e = extents(x.shape, w.shape, out.shape, params);
  const sums = new Float64Array(sizeOf(out.shape));
  const { runs, step } = e;
  forPlanes(e, (x0, w0, y0) => {
    for (let r = 0; r < runs.length; r += 4) {
      const weight = w.data[w0 + runs[r]];
      let from = x0 + runs[r + 1];
      const start = y0 + runs[r + 2];
      for (let t = 0; t < runs[r + 3]; t++, from += step) sums[start + t] += weight * x.data[from];
    }
  });
  return rounded(ctx, out, sums);
}

function spreadBack(
  ctx: JsContext,
  g: NDArray,
  w: NDArray,
  params: ConvParams,
  out: Aval,
): NDArray {
  const e = extents(out.shape, w.shape, g.shape, params);
  const sums = new Float64Array(sizeOf(out.shape));
  const { runs, step } = e;
  forPlanes(e, (x0, w0, y0) => {
    for (let r = 0; r < runs.length; r += 4) {
      const weight = w.data[w0 + runs[r]];
      let to = x0 + runs[r + 1];
      const start = y0 + runs[r + 2];
      for (let t = 0; t < runs[r + 3]; t++, to += step) sums[to] += weight * g.data[start + t];
    }
  });
  return rounded(ctx, out, sums);
}

function correlate(ctx: JsContext, x: NDArray, g: NDArray, params: ConvParams, out: Aval): NDArray {
  const e = extents(x.shape, out.shape, g.shape, params);
  const sums = new Float64Array(sizeOf(out.shape));
  const { runs, step } = e;
  forPlanes(e, (x0, w0, y0) => {
    for (let r = 0; r < runs.length; r += 4) {
      let from = x0 + runs[r + 1];
      const start = y0 + runs[r + 2];
      let sum = 0;
      for (let t = 0; t < runs[r + 3]; t++, from += step) sum += g.data[start + t] * x.data[from];
      sums[w0 + runs[r]] += sum;
    }
  });
  return rounded(ctx, out, sums);
}

/** Checks ranks and channels of input and weights. @throws ShapeError, DTypeError, ValueError */
function checkConv(op: string, x: Aval, w: Aval, groups: number, channels: number): void {
  if (!["float32", "float16", "float64"].includes(x.dtype))
    throw new DTypeError(
      `${op}: dtype ${x.dtype}: expected a float dtype; cast(x, "float32") first`,
    );
  const rank = x.shape.length;
  if (rank < 3 || rank > 5 || w.shape.length !== rank) {
    throw new ShapeError(
      `${op}: expected an input [batch, channels, ...1 to 3 spatial axes] and weights of the same rank, ` +
        `got ${showShape(x.shape)} and ${showShape(w.shape)}`,
    );
  }
  if (!Number.isInteger(groups) || groups < 1 || w.shape[0] % groups !== 0)
    throw new ValueError(
      `${op}: groups ${groups}: expected a whole number that divides the ${w.shape[0]} channels of axis 0 of the weights`,
    );
  if (x.shape[1] !== channels) {
    throw new ShapeError(
      `${op}: the input ${showShape(x.shape)} has ${x.shape[1]} channels, the weights ${showShape(w.shape)} ` +
        `with ${groups} group${groups === 1 ? "" : "s"} take ${channels}`,
    );
  }
  if (spatial(w.shape).some((k) => k < 1))
    throw new ShapeError(`${op}: the kernel of the weights ${showShape(w.shape)} is empty`);
}

/**
 * Convolution (cross-correlation, as in every framework) of `[batch, in, ...spatial]` over 1 to 3
 * spatial axes with weights `[out, in / groups, ...kernel]`.
 * @throws ShapeError where channels or sizes do not fit, ValueError for malformed options
 */
export function conv(x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor {
  const { groups = 1 } = options;
  checkConv("conv", x, w, groups, (w.shape[1] ?? 0) * groups);
  const windows = windowsOf("conv", spatial(x.shape), spatial(w.shape), options);
  return apply1(convOp, [x, w], { ...windows, groups });
}

/** Options of `convTranspose`. */
export interface ConvTransposeOptions extends ConvOptions {
  /** Elements added after the end of each axis, to choose among the sizes that a stride leaves open. */
  readonly outputPadding?: number | readonly number[];
}

/**
 * Transposed convolution: the gradient of `conv` by its input. `[batch, in, ...spatial]` with weights
 * `[in, out / groups, ...kernel]` gives sizes `(size - 1)·stride - padding + reach + outputPadding`;
 * with padding "same" they are `size · stride`.
 * @throws ShapeError where channels or sizes do not fit, ValueError for malformed options
 */
export function convTranspose(x: Tensor, w: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const { groups = 1, outputPadding = 0, padding = 0 } = options;
  checkConv("convTranspose", x, w, groups, w.shape[0] ?? 0);
  const kernel = spatial(w.shape);
  const inner = spatial(x.shape);
  const plain = windowsOf("convTranspose", inner, kernel, {
    ...options,
    padding: padding === "same" ? 0 : padding,
  });
  const full = inner.map(
    (n, i) => (n - 1) * plain.strides[i] + reach(kernel[i], plain.dilations[i]),
  );
  const extra = inner.map((_, i) =>
    typeof outputPadding === "number" ? outputPadding : outputPadding[i],
  );
  for (const [i, e] of extra.entries()) {
    if (!Number.isInteger(e) || e < 0 || e >= Math.max(plain.strides[i], plain.dilations[i]))
      throw new ValueError(
        `convTranspose: outputPadding ${JSON.stringify(outputPadding)}: expected whole numbers below the stride`,
      );
  }
  const sizes = inner.map((n, i) =>
    padding === "same" ? n * plain.strides[i] : full[i] - plain.low[i] - plain.high[i] + extra[i],
  );
  if (sizes.some((s) => s < 1))
    throw new ShapeError(
      `convTranspose: the padding leaves an output of sizes ${showShape(sizes)}; take less padding`,
    );
  const windows = padding === "same" ? windowsOf("convTranspose", sizes, kernel, options) : plain;
  const counts = windowCounts("convTranspose", sizes, kernel, windows);
  if (!sameShape(counts, inner))
    throw new ShapeError(
      `convTranspose: input sizes ${showShape(inner)} do not come from a convolution of sizes ${showShape(sizes)}`,
    );
  return convGradInput(x, w, sizes, { ...windows, groups });
}
