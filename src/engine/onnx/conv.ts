/** @file Convolutions as ONNX nodes: blocked where the CPU has that layout, plain elsewhere. */
import type { Aval } from "../op.ts";
import type { ConvGradInputParams, ConvGradWeightParams, ConvParams } from "../ops/conv.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { blockedConv, blockedConvGradInput } from "./blocked-conv.ts";
import { blockedConvGradWeight, blockedDepthwiseGradWeight } from "./blocked-conv-weight.ts";
import { depthwiseGradWeight, gradWeightByConv } from "./conv-weight.ts";
import type { Lowering, Value } from "./lowering.ts";
import type { Attribute } from "./model.ts";

/** Attributes that Conv and its relatives share. */
export function convAttributes(
  kernel: readonly number[],
  { strides, dilations, low, high, groups }: ConvParams,
): Record<string, Attribute> {
  return {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    dilations: { ints: dilations },
    pads: { ints: [...low, ...high] },
    group: { int: groups },
  };
}

/** The output where there is nothing to compute: empty, or sums over nothing. */
function withoutElements(b: Lowering, x: Value, w: Value, out: Aval): Value | null {
  const empty = sizeOf(x.shape) === 0 || sizeOf(w.shape) === 0 || sizeOf(out.shape) === 0;
  return empty ? b.expand(b.scalar(0, out.dtype), out.shape) : null;
}

/** Y from X and W. */
export function lowerConv(b: Lowering, x: Value, w: Value, params: ConvParams, out: Aval): Value {
  const special = withoutElements(b, x, w, out) ?? blockedConv(b, x, w, params, out);
  if (special) return special;
  if (!b.onCpu && w.shape.length === 5 && params.groups > 1)
    return convByGroups(b, x, w, params, out);
  const filled = b.onCpu ? 0 : missingChannels(w.shape, params.groups);
  const factors = filled > 0 ? [x, w].map((v) => withZeroChannels(b, v, filled)) : [x, w];
  return b.op("Conv", factors, out, convAttributes(w.shape.slice(2), params));
}

/**
 * How many channels WebGPU's kernel wants on top: its vectors of three go wrong for 6, 9, 15, …
 * inputs and a multiple of 4 outputs (seen in ONNX Runtime 1.30; microsoft/onnxruntime #29651).
 */
function missingChannels([outputs, inputs]: readonly number[], groups: number): number {
  const wrong = inputs > 3 && inputs % 3 === 0 && inputs % 4 !== 0 && outputs % 4 === 0;
  return groups === 1 && wrong ? 4 - (inputs % 4) : 0;
}

function withZeroChannels(b: Lowering, x: Value, count: number): Value {
  const shape = x.shape.map((d, i) => (i === 1 ? d + count : d));
  const pads = [...x.shape.map(() => 0), ...x.shape.map((_, i) => (i === 1 ? count : 0))];
  return b.op("Pad", [x, b.ints(pads), b.scalar(0, x.dtype)], { shape, dtype: x.dtype });
}

/** One Conv for each group: WebGPU has no groups over three axes. */
function convByGroups(b: Lowering, x: Value, w: Value, params: ConvParams, out: Aval): Value {
  const { groups } = params;
  const part = (v: Value, axis: number, group: number): Value => {
    const size = v.shape[axis] / groups;
    const starts = v.shape.map((_, i) => (i === axis ? group * size : 0));
    const ends = v.shape.map((d, i) => (i === axis ? (group + 1) * size : d));
    return b.slice(v, starts, ends);
  };
  const shape = out.shape.map((d, i) => (i === 1 ? d / groups : d));
  const attributes = convAttributes(w.shape.slice(2), { ...params, groups: 1 });
  const parts = Array.from({ length: groups }, (_, k) =>
    b.op("Conv", [part(x, 1, k), part(w, 0, k)], { shape, dtype: out.dtype }, attributes),
  );
  return b.concat(parts, 1);
}

/** Whether a convolution is a product of matrices: one group's channels of each pixel. */
function isPointwise(kernel: Shape, { strides, low, high, groups }: ConvParams): boolean {
  const plain = kernel.every(
    (k, i) => k === 1 && strides[i] === 1 && low[i] === 0 && high[i] === 0,
  );
  return plain && groups === 1;
}

/** dW of such a convolution: the products of each image's planes, summed over the images. */
function pointwiseGradWeight(b: Lowering, x: Value, g: Value, out: Aval): Value {
  const rows = (v: Value): Value =>
    b.reshape(v, [v.shape[0], v.shape[1], sizeOf(v.shape.slice(2))]);
  const products = b.matmul(rows(g), rows(x), { transposeB: true });
  return b.reshape(b.reduce("ReduceSum", products, [0], false), out.shape);
}

/** dX from dY and W. */
export function lowerConvGradInput(
  b: Lowering,
  g: Value,
  w: Value,
  params: ConvGradInputParams,
  out: Aval,
): Value {
  const nothing = withoutElements(b, g, w, out) ?? blockedConvGradInput(b, g, w, params, out);
  if (nothing) return nothing;
  const { strides, dilations, low, high, sizes } = params;
  const kernel = w.shape.slice(2);
  if (isPointwise(kernel, params)) {
    const swapped = b.transpose(w, [1, 0, ...kernel.map((_, i) => i + 2)]);
    return b.op("Conv", [g, swapped], out, convAttributes(kernel, params));
  }
  // What a stride leaves open of the size.
  const extra = sizes.map((size, i) => {
    const span = dilations[i] * (kernel[i] - 1) + 1;
    return size + low[i] + high[i] - span - (g.shape[i + 2] - 1) * strides[i];
  });
  return b.op("ConvTranspose", [g, w], out, {
    ...convAttributes(kernel, params),
    output_padding: { ints: extra },
  });
}

/** dW from X and dY. */
export function lowerConvGradWeight(
  b: Lowering,
  x: Value,
  g: Value,
  params: ConvGradWeightParams,
  out: Aval,
): Value {
  const nothing = withoutElements(b, x, g, out);
  if (nothing) return nothing;
  if (params.groups > 1)
    return (
      blockedDepthwiseGradWeight(b, x, g, params, out) ?? depthwiseGradWeight(b, x, g, params, out)
    );
  const blocked = b.layout?.has(x) || b.layout?.has(g);
  if (!blocked && isPointwise(params.kernel, params)) return pointwiseGradWeight(b, x, g, out);
  return blockedConvGradWeight(b, x, g, params, out) ?? gradWeightByConv(b, x, g, params, out);
}
