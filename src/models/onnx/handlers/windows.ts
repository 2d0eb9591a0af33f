/** @file Convolutions and pools. */
import {
  add,
  avgPool,
  cast,
  conv,
  convTranspose,
  div,
  isFloat,
  max,
  maximum,
  maxPool,
  mean,
  mul,
  pad,
  pow,
  type Shape,
  slice,
  type Tensor,
  tensor,
} from "../../../engine/index.ts";
import type { HandlerTable, NodeCall } from "../call.ts";

type Pair = readonly [number, number];

interface WindowSettings {
  readonly kernel: number[];
  readonly stride: number[];
  readonly dilation: number[];
  readonly padding: Pair[];
}

/** Windows as ONNX has them: all starts of the padding first, or chosen by `auto_pad`. */
function windowsOf(call: NodeCall, sizes: Shape, kernel: number[]): WindowSettings {
  const { attributes } = call;
  const each = (name: string): number[] => attributes.ints(name) ?? sizes.map(() => 1);
  const stride = each("strides");
  const dilation = each("dilations");
  const mode = attributes.string("auto_pad", "NOTSET");
  const pads = attributes.ints("pads") ?? [];
  const padding = sizes.map((size, i): Pair => {
    if (mode === "VALID") return [0, 0];
    if (mode === "NOTSET" || mode === "") return [pads[i] ?? 0, pads[i + sizes.length] ?? 0];
    const span = dilation[i] * (kernel[i] - 1) + 1;
    const total = Math.max(0, (Math.ceil(size / stride[i]) - 1) * stride[i] + span - size);
    const less = Math.floor(total / 2);
    return mode === "SAME_LOWER" ? [total - less, less] : [less, total - less];
  });
  return { kernel, stride, dilation, padding };
}

/** A per-channel bias as it broadcasts over spatial axes. */
function biased(y: Tensor, bias: Tensor | null): Tensor {
  return bias ? add(y, bias.reshape([bias.size, ...y.shape.slice(2).map(() => 1)])) : y;
}

/** The convolution that a node's attributes describe. */
export function convolve(call: NodeCall, x: Tensor, w: Tensor): Tensor {
  const { stride, dilation, padding } = windowsOf(call, x.shape.slice(2), w.shape.slice(2));
  const groups = call.attributes.int("group", 1);
  return conv(x, w, { stride, dilation, padding, groups });
}

function transposed(call: NodeCall): Tensor {
  const [x, w] = [call.tensor(0), call.tensor(1)];
  const { attributes } = call;
  const sizes = x.shape.slice(2);
  const { kernel, stride, dilation, padding } = windowsOf(call, sizes, w.shape.slice(2));
  const extra = attributes.ints("output_padding") ?? sizes.map(() => 0);
  const span = kernel.map((k, i) => dilation[i] * (k - 1) + 1);
  const mode = attributes.string("auto_pad", "NOTSET");
  const given = attributes.ints("output_shape");
  const same = mode.startsWith("SAME") ? sizes.map((d, i) => d * stride[i]) : null;
  const wanted = given ? given.slice(-sizes.length) : same;
  const options = { stride, dilation, groups: attributes.int("group", 1) };
  if (!wanted) {
    const y = convTranspose(x, w, { ...options, padding, outputPadding: extra });
    return biased(y, call.optional(2));
  }
  const outputPadding = [...extra];
  const pads = sizes.map((d, i): Pair => {
    const total = stride[i] * (d - 1) + extra[i] + span[i] - wanted[i];
    // An output larger than the windows reach is filled up at the end.
    if (total < 0) outputPadding[i] -= total;
    const all = Math.max(0, total);
    const less = Math.floor(all / 2);
    return mode === "SAME_UPPER" ? [less, all - less] : [all - less, less];
  });
  return biased(
    convTranspose(x, w, { ...options, padding: pads, outputPadding }),
    call.optional(2),
  );
}

/** How far windows reach beyond the padding where sizes are rounded up. */
function overhang(x: Shape, { kernel, stride, dilation, padding }: WindowSettings): number[] {
  return kernel.map((k, i) => {
    const [low, high] = padding[i];
    const span = dilation[i] * (k - 1) + 1;
    const room = x[i] + low + high - span;
    let count = Math.ceil(room / stride[i]) + 1;
    // A last window that would begin in the padding after the input is left out.
    if ((count - 1) * stride[i] >= x[i] + low) count--;
    return Math.max(0, (count - 1) * stride[i] - room);
  });
}

function pooling(call: NodeCall): { x: Tensor; windows: WindowSettings; extra: number[] } {
  const x = call.tensor(0);
  const windows = windowsOf(call, x.shape.slice(2), call.attributes.ints("kernel_shape") ?? []);
  const up = call.attributes.int("ceil_mode", 0) !== 0;
  const extra = up ? overhang(x.shape.slice(2), windows) : windows.kernel.map(() => 0);
  return { x, windows, extra };
}

function widened(padding: readonly Pair[], extra: readonly number[]): Pair[] {
  return padding.map(([low, high], i) => [low, high + extra[i]]);
}

function largest(call: NodeCall): Tensor {
  if (call.wants(1)) throw call.fail("the positions of the maxima are not known");
  const { x, windows, extra } = pooling(call);
  const padding = widened(windows.padding, extra);
  const { kernel: size, stride, dilation } = windows;
  const real = isFloat(x.dtype) ? x : cast(x, "float32");
  const plain = dilation.every((d) => d === 1);
  const y = plain
    ? maxPool(real, { size, stride, padding })
    : dilatedMaxima(real, { ...windows, padding });
  return cast(y, x.dtype);
}

/** The maximum of what each element of the window sees of the input. */
function dilatedMaxima(x: Tensor, { kernel, stride, dilation, padding }: WindowSettings): Tensor {
  const whole = pad(x, [[0, 0], [0, 0], ...padding], Number.NEGATIVE_INFINITY);
  const counts = kernel.map((k, i) =>
    Math.floor((whole.shape[i + 2] - dilation[i] * (k - 1) - 1) / stride[i] + 1),
  );
  const places = kernel.reduce<number[][]>(
    (all, k) => all.flatMap((p) => Array.from({ length: k }, (_, i) => [...p, i])),
    [[]],
  );
  const views = places.map((place) => {
    const from = place.map((k, i) => k * dilation[i]);
    const to = from.map((f, i) => f + (counts[i] - 1) * stride[i] + 1);
    return slice(whole, [null, null, ...from], [null, null, ...to], [1, 1, ...stride]);
  });
  return views.reduce((a, b) => maximum(a, b));
}

function average(call: NodeCall): Tensor {
  const { x, windows, extra } = pooling(call);
  if (windows.dilation.some((d) => d !== 1)) throw call.fail("dilated averages are not known");
  const { kernel: size, stride } = windows;
  const countPadding = call.attributes.int("count_include_pad", 0) !== 0;
  const padding = widened(windows.padding, extra);
  const y = avgPool(x, { size, stride, padding, countPadding });
  if (!countPadding || extra.every((e) => e === 0)) return y;
  // The padding counts, what reaches beyond it does not.
  return y.shape.slice(2).reduce((scaled, count, axis) => {
    const [low, high] = windows.padding[axis];
    const end = x.shape[axis + 2] + low + high;
    const factors = Array.from({ length: count }, (_, i) => {
      const from = i * stride[axis];
      return size[axis] / (Math.min(from + size[axis], end) - from);
    });
    const shape = y.shape.map((_, i) => (i === axis + 2 ? count : 1));
    return mul(scaled, tensor(factors, { shape, dtype: y.dtype }));
  }, y);
}

/** `(Σ |x|^p)^(1/p)` over each window. */
function lpPool(call: NodeCall): Tensor {
  const { x, windows, extra } = pooling(call);
  if (windows.dilation.some((d) => d !== 1)) throw call.fail("dilated pools are not known");
  const p = call.attributes.int("p", 2);
  const padding = widened(windows.padding, extra);
  const whole = windows.kernel.reduce((n, k) => n * k, 1);
  const powers = pow(x.abs(), p);
  const means = avgPool(powers, { size: windows.kernel, stride: windows.stride, padding });
  return pow(mul(means, whole), 1 / p);
}

const spatialAxes = (x: Tensor): number[] => x.shape.map((_, i) => i).slice(2);

/** `x / (bias + alpha/size · Σ x²)^beta` over neighbouring channels (Krizhevsky et al. 2012). */
function localResponse(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const { attributes } = call;
  const size = attributes.int("size", 1);
  const [n, c, ...space] = x.shape;
  const rows = x.square().reshape([n, 1, c, space.reduce((a, b) => a * b, 1)]);
  const before = Math.floor((size - 1) / 2);
  const means = avgPool(rows, {
    size: [size, 1],
    stride: 1,
    padding: [
      [before, size - 1 - before],
      [0, 0],
    ],
  });
  const alpha = attributes.float("alpha", 1e-4);
  const scale = add(mul(means.reshape(x.shape), alpha), attributes.float("bias", 1));
  return div(x, pow(scale, attributes.float("beta", 0.75)));
}

export const windows: HandlerTable = {
  AveragePool: average,
  Conv: (call) => biased(convolve(call, call.tensor(0), call.tensor(1)), call.optional(2)),
  ConvTranspose: transposed,
  GlobalAveragePool: (call) => {
    const x = call.tensor(0);
    return mean(x, { axis: spatialAxes(x), keepdims: true });
  },
  GlobalMaxPool: (call) => {
    const x = call.tensor(0);
    return max(x, { axis: spatialAxes(x), keepdims: true });
  },
  LpPool: lpPool,
  LRN: localResponse,
  MaxPool: largest,
};
