/** @file The gradients of a convolution in terms of other ops, for providers that lack a kernel of their own. */
import { type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { ConvGradInputParams, ConvGradWeightParams, ConvParams } from "./conv.ts";
import { concat } from "./join.ts";
import { matmul } from "./matmul.ts";
import { dilate, pad } from "./pad.ts";
import { sum } from "./reduce.ts";
import { reshape, transpose } from "./reshape.ts";
import { flip, slice } from "./slice.ts";
import { reach } from "./window.ts";

/** Weights `[out, in/groups, ...k]` as those of the transposed map, `[in, out/groups, ...k]` flipped. */
function flippedWeights(w: Tensor, groups: number): Tensor {
  const [out, inputs, ...kernel] = w.shape;
  const spatial = kernel.map((_, i) => i + 2);
  const grouped = reshape(flip(w, spatial), [groups, out / groups, inputs, ...kernel]);
  const swapped = transpose(grouped, [0, 2, 1, ...kernel.map((_, i) => i + 3)]);
  return reshape(swapped, [groups * inputs, out / groups, ...kernel]);
}

/** `x` with `step - 1` zeros between neighbours, one axis at a time: kernels take few axes at once. */
function dilateAxes(x: Tensor, steps: readonly number[]): Tensor {
  let y = x;
  for (const [axis, step] of steps.entries()) {
    const { shape } = y;
    const rows = reshape(y, [
      sizeOf(shape.slice(0, axis)),
      shape[axis],
      sizeOf(shape.slice(axis + 1)),
    ]);
    const spread = dilate(rows, [1, step, 1]);
    y = reshape(spread, [...shape.slice(0, axis), spread.shape[1], ...shape.slice(axis + 1)]);
  }
  return y;
}

/** dX as a convolution of the spread-out dY with the flipped weights. */
export function gradInputByConv(
  g: Tensor,
  w: Tensor,
  params: ConvGradInputParams,
  conv: (x: Tensor, w: Tensor, params: ConvParams) => Tensor,
): Tensor {
  const { strides, dilations, low, groups, sizes } = params;
  const kernel = w.shape.slice(2);
  const spread = dilateAxes(g, [1, 1, ...strides]);
  const padded = pad(spread, [
    [0, 0],
    [0, 0],
    ...sizes.map((size, i): [number, number] => {
      const before = reach(kernel[i], dilations[i]) - 1 - low[i];
      return [before, size + reach(kernel[i], dilations[i]) - 1 - before - spread.shape[i + 2]];
    }),
  ]);
  const zeros = sizes.map(() => 0);
  return conv(padded, flippedWeights(w, groups), {
    strides: sizes.map(() => 1),
    dilations,
    low: zeros,
    high: zeros,
    groups,
  });
}

/** The part of `x` (padded) that kernel element `at` meets, `[batch, channels, ...counts]`. */
export function windowSlice(
  padded: Tensor,
  at: readonly number[],
  counts: Shape,
  { strides, dilations }: Pick<ConvParams, "strides" | "dilations">,
): Tensor {
  const starts = at.map((k, i) => k * dilations[i]);
  return slice(
    padded,
    [0, 0, ...starts],
    [
      padded.shape[0],
      padded.shape[1],
      ...starts.map((s, i) => s + (counts[i] - 1) * strides[i] + 1),
    ],
    [1, 1, ...strides],
  );
}

/** Every position in a kernel, in row-major order. */
export function kernelPositions(kernel: Shape): number[][] {
  let all: number[][] = [[]];
  for (const k of kernel) all = all.flatMap((p) => Array.from({ length: k }, (_, i) => [...p, i]));
  return all;
}

/** `x` with the padding of the windows written out; a negative one cuts. */
export function padSpatial(x: Tensor, low: Shape, high: Shape, value = 0): Tensor {
  const pairs = low.map((l, i): [number, number] => [l, high[i]]);
  return pad(x, [[0, 0], [0, 0], ...pairs], value);
}

/** dW as one batched product of dY with the windows of the input. */
export function gradWeightByProducts(x: Tensor, g: Tensor, params: ConvGradWeightParams): Tensor {
  const { low, high, groups, kernel } = params;
  const [batch, outputs, ...counts] = g.shape;
  const inputs = x.shape[1] / groups;
  const positions = sizeOf(counts);
  const padded = padSpatial(x, low, high);
  const columns = concat(
    kernelPositions(kernel).map((at) =>
      reshape(windowSlice(padded, at, counts, params), [batch, groups, inputs, positions]),
    ),
    2,
  );
  const rows = reshape(g, [batch, groups, outputs / groups, positions]);
  const products = matmul(rows, columns, { transposeB: true });
  const total = reshape(sum(products, { axis: 0 }), [outputs, sizeOf(kernel), inputs]);
  return reshape(transpose(total, [0, 2, 1]), [outputs, inputs, ...kernel]);
}
