/** @file The gradient of convolution weights in the blocked layout: the batch's images are the channels. */
import type { Aval } from "../op.ts";
import type { ConvGradWeightParams } from "../ops/conv.ts";
import { sizeOf } from "../shape.ts";
import type { BlockedLayout } from "./blocked.ts";
import { overTwoAxes } from "./blocked-conv.ts";
import { depthwisePlan, type WeightConv, wantedOutputs, weightConv } from "./conv-weight.ts";
import type { Lowering, Value } from "./lowering.ts";

/** dW by the convolution of `conv-weight.ts` in the blocked layout; null where it does not fit. */
export function blockedConvGradWeight(
  b: Lowering,
  x: Value,
  g: Value,
  params: ConvGradWeightParams,
  out: Aval,
): Value | null {
  const { layout } = b;
  if (!layout || x.dtype !== "float32" || x.shape.length > 4) return null;
  const { size } = layout;
  const [batch, inputs] = x.shape;
  const outputs = g.shape[1];
  if (batch % size !== 0 || outputs % size !== 0) return null;
  // Blocks of input channels are so many images; fewer channels than a block are one narrower image.
  const channels = inputs % size === 0 ? size : inputs;
  const images = inputs / channels;
  const plan = weightConv(x, g, params, channels);
  const [rows, columns] = plan.out;
  // Each block of the batch is a group with outputs of its own: so dY needs no reordering by blocks.
  const groups = batch / size;
  const y = layout.emit(
    "Conv",
    [imageOf(b, layout, x, plan, images), kernelsOf(b, layout, g, plan)],
    { shape: [images, groups * outputs, rows, columns * channels], dtype: x.dtype },
    {
      ...plan.attributes,
      group: { int: groups },
      pads: { ints: [plan.pads[0], 0, plan.pads[2], 0] },
    },
  );
  const perGroup = b.reshape(y, [images, groups, outputs * rows * columns * channels]);
  const total = groups === 1 ? y : b.reduce("ReduceSum", perGroup, [1], false);
  const split = b.reshape(total, [images * (outputs / size), rows, columns, channels * size]);
  const wanted = wantedOutputs(b, split, plan);
  const taps = sizeOf(plan.kernel);
  const blocks = b.reshape(wanted, [images, outputs / size, taps, channels, size]);
  return b.reshape(b.transpose(blocks, [1, 4, 0, 3, 2]), out.shape);
}

/** X as `[images, batch, H, W·channels]`, padded along the columns, blocked over the batch. */
function imageOf(
  b: Lowering,
  layout: BlockedLayout,
  x: Value,
  { image: [h, w], pads }: WeightConv,
  images: number,
): Value {
  const { size } = layout;
  const [batch, inputs] = x.shape;
  const channels = inputs / images;
  const inner =
    inputs % size === 0
      ? layout.block(x)
      : b.transpose(b.reshape(x, [batch, inputs, h * w]), [0, 2, 1]);
  const perImage =
    images === 1
      ? inner
      : b.transpose(b.reshape(inner, [batch, images, h * w * channels]), [1, 0, 2]);
  let image = b.reshape(perImage, [images, batch, h, w * channels]);
  // Kernels that overlap the edge of a row run one output at a time: padding written out is cheaper.
  const [, left, , right] = pads;
  if (left + right > 0) {
    const shape = [images, batch, h, w * channels + left + right];
    image = b.op("Pad", [image, b.ints([0, 0, 0, left, 0, 0, 0, right])], { ...image, shape });
  }
  return layout.emit("ReorderInput", [image], image);
}

/**
 * dY as blocked weights, `[batch/B, outputs/B, pixels, B images, B outputs]`: images go innermost, then
 * the two innermost axes are exchanged. Both are reorderings of the layout, which run on all threads
 * (a Transpose does not).
 */
function kernelsOf(b: Lowering, layout: BlockedLayout, g: Value, { window }: WeightConv): Value {
  const { size } = layout;
  const [batch, outputs] = g.shape;
  return layout.memo(`kernels ${g.name}`, () => {
    const elements = outputs * sizeOf(window);
    const images = b.reshape(layout.block(g), [1, batch, 1, elements]);
    const inner = layout.emit("ReorderInput", [images], images);
    const squares = b.reshape(inner, [(batch * elements) / size ** 2, size, 1, size]);
    const turned = layout.emit("ReorderOutput", [squares], squares, { channels: { int: size } });
    return b.reshape(turned, [(batch / size) * outputs, size, ...window]);
  });
}

/** dW of a depthwise convolution in the blocked layout; null where it does not fit. */
export function blockedDepthwiseGradWeight(
  b: Lowering,
  x: Value,
  g: Value,
  given: ConvGradWeightParams,
  out: Aval,
): Value | null {
  const { layout } = b;
  if (!layout?.fits(x)) return null;
  const { size } = layout;
  const params = overTwoAxes(given);
  const kernel = given.kernel.length === 1 ? [1, given.kernel[0]] : given.kernel;
  const [image, windows] = [layout.block(x), layout.block(g)];
  const [batch, channels, h, w] = image.shape;
  const plan = depthwisePlan(image, windows, { ...params, kernel });
  const all = batch * channels;
  const [rows, columns] = plan.out;
  const y = layout.emit(
    "Conv",
    [
      b.reshape(image, [1, all, h, w]),
      b.reshape(windows, [all, 1, windows.shape[2], windows.shape[3]]),
    ],
    { shape: [1, all, rows, columns], dtype: x.dtype },
    plan.attributes,
  );
  const perImage = b.reshape(y, [batch, channels / size, rows, columns, size]);
  const wanted = b.slice(
    perImage,
    [0, 0, 0, 0, 0],
    [batch, channels / size, kernel[0], kernel[1], size],
  );
  const taps = sizeOf(kernel);
  const total = b.reduce("ReduceSum", b.reshape(wanted, [batch, channels * taps]), [0], false);
  const blocks = b.reshape(total, [channels / size, taps, size]);
  return b.reshape(b.transpose(blocks, [0, 2, 1]), out.shape);
}
