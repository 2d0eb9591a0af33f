/** @file Convolutions in the blocked channel layout: the weights are reordered in the graph, at every step. */
import type { Aval } from "../op.ts";
import type { ConvGradInputParams, ConvParams } from "../ops/conv.ts";
import type { Windows } from "../ops/window.ts";
import { sizeOf } from "../shape.ts";
import { type BlockedLayout, blockedShape } from "./blocked.ts";
import { convAttributes } from "./conv.ts";
import type { Lowering, Value } from "./lowering.ts";

/** Parameters over two spatial axes: one axis becomes the second. */
export function overTwoAxes<P extends Windows>(params: P): P {
  if (params.strides.length === 2) return params;
  return {
    ...params,
    strides: [1, ...params.strides],
    dilations: [1, ...params.dilations],
    low: [0, ...params.low],
    high: [0, ...params.high],
  };
}

function kernelOf(w: Value): readonly number[] {
  return w.shape.length === 3 ? [1, w.shape[2]] : w.shape.slice(2);
}

/**
 * Weights `[out, in, ...k]` as `[out/B, in/B, k, B in, B out]`; with fewer inputs than a block, or a
 * single one (depthwise), `[out/B, in, k, B out]`. In two steps, each of which moves one axis: a
 * general transposition takes twice as long.
 */
function blockWeights(b: Lowering, layout: BlockedLayout, w: Value): Value {
  const { size } = layout;
  return layout.memo(`weights ${w.name}`, () => {
    const [outputs, inputs] = w.shape;
    const kernel = kernelOf(w);
    const taps = sizeOf(kernel);
    const rows = b.reshape(w, [outputs / size, size, inputs * taps]);
    const outInner = b.transpose(rows, [0, 2, 1]);
    const shape = [outputs, inputs, ...kernel];
    if (inputs % size !== 0) return b.reshape(outInner, shape);
    const split = b.reshape(outInner, [(outputs * inputs) / size ** 2, size, taps, size]);
    return b.reshape(b.transpose(split, [0, 2, 1, 3]), shape);
  });
}

/** The weights of the transposed map: inputs and outputs exchanged in each group, the kernel flipped. */
function blockFlippedWeights(b: Lowering, layout: BlockedLayout, w: Value, groups: number): Value {
  const { size } = layout;
  return layout.memo(`flipped weights ${w.name}/${groups}`, () => {
    const [outputs, inputs] = w.shape;
    const kernel = kernelOf(w);
    const taps = sizeOf(kernel);
    const forward = blockWeights(b, layout, w);
    if (inputs % size !== 0) {
      const order = b.ints(Array.from({ length: taps }, (_, k) => taps - 1 - k));
      const rows = b.reshape(forward, [outputs / size, taps, size]);
      const flipped = b.op("Gather", [rows, order], rows, { axis: { int: 1 } });
      return b.reshape(flipped, [outputs, 1, ...kernel]);
    }
    const [outBlocks, inBlocks] = [outputs / groups / size, inputs / size];
    const squares = b.reshape(forward, [groups * outBlocks * inBlocks * taps, size, size]);
    const turned = b.reshape(b.transpose(squares, [0, 2, 1]), [squares.shape[0], size * size]);
    const order: number[] = [];
    for (let g = 0; g < groups; g++)
      for (let i = 0; i < inBlocks; i++)
        for (let o = 0; o < outBlocks; o++)
          for (let k = taps - 1; k >= 0; k--)
            order.push(((g * outBlocks + o) * inBlocks + i) * taps + k);
    const moved = b.op("Gather", [turned, b.ints(order)], turned, { axis: { int: 0 } });
    return b.reshape(moved, [groups * inputs, outputs / groups, ...kernel]);
  });
}

function isDepthwise(w: Value, channels: number, groups: number): boolean {
  return w.shape[1] === 1 && groups === channels && w.shape[0] === channels;
}

/** Whether the blocked kernels take these channels. */
function takesChannels(size: number, w: Value, channels: number, groups: number): boolean {
  const [outputs, inputs] = w.shape;
  if (groups > 1 && isDepthwise(w, channels, groups)) return channels % size === 0;
  return (outputs / groups) % size === 0 && inputs % size === 0;
}

/** Y in the blocked layout; null where it does not take the shapes or does not pay. */
export function blockedConv(
  b: Lowering,
  x: Value,
  w: Value,
  given: ConvParams,
  out: Aval,
): Value | null {
  const { layout } = b;
  if (!layout || x.shape.length > 4 || x.dtype !== "float32") return null;
  const { groups } = given;
  // An image with fewer channels than a block is read in its plain layout.
  const few = groups === 1 && x.shape[1] < layout.size && w.shape[0] % layout.size === 0;
  if (!few && !takesChannels(layout.size, w, x.shape[1], groups)) return null;
  const kernel = kernelOf(w);
  // One pixel's channels by a matrix: the plain kernel is that product, without a reordering.
  if (sizeOf(kernel) === 1 && (few || !layout.has(x))) return null;
  const params = overTwoAxes(given);
  const image = few ? b.reshape(x, blockedShape(x.shape)) : layout.block(x);
  const y = layout.emit(
    "Conv",
    [image, blockWeights(b, layout, w)],
    { shape: blockedShape(out.shape), dtype: out.dtype },
    convAttributes(kernel, params),
  );
  return layout.hold(y, out);
}

/** dX in the blocked layout, for stride 1: the convolution of dY with the flipped weights. */
export function blockedConvGradInput(
  b: Lowering,
  g: Value,
  w: Value,
  given: ConvGradInputParams,
  out: Aval,
): Value | null {
  const { layout } = b;
  if (!layout || g.shape.length > 4 || g.dtype !== "float32") return null;
  if (!takesChannels(layout.size, w, g.shape[1], given.groups)) return null;
  if (given.strides.some((s) => s !== 1)) return null;
  const params = overTwoAxes(given);
  const kernel = kernelOf(w);
  if (sizeOf(kernel) === 1 && !layout.has(g)) return null;
  const low = params.low.map((p, i) => params.dilations[i] * (kernel[i] - 1) - p);
  const high = params.high.map((p, i) => params.dilations[i] * (kernel[i] - 1) - p);
  if ([...low, ...high].some((p) => p < 0)) return null;
  const y = layout.emit(
    "Conv",
    [layout.block(g), blockFlippedWeights(b, layout, w, given.groups)],
    { shape: blockedShape(out.shape), dtype: out.dtype },
    convAttributes(kernel, { ...params, low, high }),
  );
  return layout.hold(y, out);
}
