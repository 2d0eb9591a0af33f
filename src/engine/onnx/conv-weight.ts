/**
 * @file The gradient of convolution weights as one plain convolution.
 *
 * dW sums over images and pixels, so these are the channels and the kernel of that convolution: dY is
 * its weights, `[out, batch, ...]`. Its image is X with the channels innermost, `[batch, H, W·in]`, so
 * that with a dilation of `in` along the last axis every kernel column and channel is an output pixel.
 * Kernels that are images of their own (swapped axes, one input channel at a time) take twice as long.
 */
import type { Aval } from "../op.ts";
import type { ConvGradWeightParams } from "../ops/conv.ts";
import { sizeOf } from "../shape.ts";
import type { Lowering, Value } from "./lowering.ts";
import type { Attribute } from "./model.ts";

/** How that convolution runs along its two axes, and which of its outputs are wanted. */
export interface WeightConv {
  /** Size of its image, before padding. */
  readonly image: readonly [rows: number, columns: number];
  /** Size of its kernel. */
  readonly window: readonly [rows: number, columns: number];
  readonly attributes: Record<string, Attribute>;
  /** Padding of the image: top, left, bottom, right; columns counted with their channels. */
  readonly pads: readonly [number, number, number, number];
  /** Sizes of its output. */
  readonly out: readonly [rows: number, columns: number];
  /** The wanted outputs: rows from the top, and every `columnStep`-th column. */
  readonly kernel: readonly [rows: number, columns: number];
  readonly columnStep: number;
}

/** The plan for `channels` channels innermost; one spatial axis counts as columns of one row. */
export function weightConv(
  x: Aval,
  g: Aval,
  p: ConvGradWeightParams,
  channels: number,
): WeightConv {
  const two = (v: readonly number[], fill: number): [number, number] =>
    v.length === 1 ? [fill, v[0]] : [v[0], v[1]];
  const [h, w] = two(x.shape.slice(2), 1);
  const [gh, gw] = two(g.shape.slice(2), 1);
  const [sh, sw] = two(p.strides, 1);
  const [dh, dw] = two(p.dilations, 1);
  const [kh, kw] = two(p.kernel, 1);
  const [top, left] = two(p.low, 0);
  // The last windows reach as far as this; stride may leave pixels over, or padding unused.
  const rows = (gh - 1) * sh + (kh - 1) * dh + 1;
  const columns = (gw - 1) * sw + (kw - 1) * dw + 1;
  const bottom = Math.max(0, rows - h - top);
  const right = Math.max(0, columns - w - left);
  // Steps of the kernel along the columns can not skip whole pixels: all offsets are computed.
  const outRows = Math.floor((h + top + bottom - (gh - 1) * sh - 1) / dh) + 1;
  const outColumns = w + left + right - (gw - 1) * sw;
  return {
    image: [h, w],
    window: [gh, gw],
    attributes: {
      kernel_shape: { ints: [gh, gw] },
      strides: { ints: [dh, 1] },
      dilations: { ints: [sh, sw * channels] },
      group: { int: 1 },
    },
    pads: [top, left * channels, bottom, right * channels],
    out: [outRows, outColumns],
    kernel: [kh, kw],
    columnStep: dw,
  };
}

/** Cuts `[..., rows, columns, inner]` down to the kernel's elements. */
export function wantedOutputs(b: Lowering, y: Value, plan: WeightConv): Value {
  const at = y.shape.length - 3;
  const [kh, kw] = plan.kernel;
  const ends = [...y.shape];
  ends[at] = kh;
  ends[at + 1] = (kw - 1) * plan.columnStep + 1;
  const steps = y.shape.map((_, i) => (i === at + 1 ? plan.columnStep : 1));
  return b.slice(
    y,
    y.shape.map(() => 0),
    ends,
    steps,
  );
}

/** dW by that convolution. */
export function gradWeightByConv(
  b: Lowering,
  x: Value,
  g: Value,
  params: ConvGradWeightParams,
  out: Aval,
): Value {
  const [batch, inputs] = x.shape;
  const outputs = g.shape[1];
  const plan = weightConv(x, g, params, inputs);
  const [h, w] = plan.image;
  const pixels = b.transpose(b.reshape(x, [batch, inputs, h * w]), [0, 2, 1]);
  const image = b.reshape(pixels, [1, batch, h, w * inputs]);
  const kernels = b.reshape(
    b.transpose(b.reshape(g, [batch, outputs, sizeOf(plan.window)]), [1, 0, 2]),
    [outputs, batch, ...plan.window],
  );
  const [rows, columns] = plan.out;
  const y = b.op(
    "Conv",
    [image, kernels],
    { shape: [1, outputs, rows, columns * inputs], dtype: x.dtype },
    { ...plan.attributes, pads: { ints: plan.pads } },
  );
  const wanted = wantedOutputs(b, b.reshape(y, [outputs, rows, columns, inputs]), plan);
  const taps = sizeOf(plan.kernel);
  const perInput = b.transpose(b.reshape(wanted, [outputs, taps, inputs]), [0, 2, 1]);
  return b.reshape(perInput, out.shape);
}

/** Attributes of the convolution that gives each channel's dW with its dY as kernel. */
export function depthwisePlan(
  x: Aval,
  g: Aval,
  params: ConvGradWeightParams,
): { attributes: Record<string, Attribute>; out: number[] } {
  const { strides, dilations, low, kernel } = params;
  const windows = g.shape.slice(2);
  const size = x.shape.slice(2);
  const high = size.map((s, i) =>
    Math.max(0, (windows[i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 - s - low[i]),
  );
  const out = size.map(
    (s, i) =>
      Math.floor((s + low[i] + high[i] - (windows[i] - 1) * strides[i] - 1) / dilations[i]) + 1,
  );
  const groups = x.shape[0] * x.shape[1];
  return {
    attributes: {
      kernel_shape: { ints: windows },
      strides: { ints: dilations },
      dilations: { ints: strides },
      pads: { ints: [...low, ...high] },
      group: { int: groups },
    },
    out,
  };
}

/** dW of a depthwise convolution: every image and channel is a group, then the sum over images. */
export function depthwiseGradWeight(
  b: Lowering,
  x: Value,
  g: Value,
  params: ConvGradWeightParams,
  out: Aval,
): Value {
  const [batch, channels] = x.shape;
  const plan = depthwisePlan(x, g, params);
  const y = b.op(
    "Conv",
    [
      b.reshape(x, [1, batch * channels, ...x.shape.slice(2)]),
      b.reshape(g, [batch * channels, 1, ...g.shape.slice(2)]),
    ],
    { shape: [1, batch * channels, ...plan.out], dtype: x.dtype },
    plan.attributes,
  );
  const wanted = b.slice(
    y,
    y.shape.map(() => 0),
    [...y.shape.slice(0, 2), ...params.kernel],
  );
  const perImage = b.reshape(wanted, [batch, ...out.shape]);
  return b.reduce("ReduceSum", perImage, [0], false);
}
