/** @file TensorFlow's products, convolutions, pools and normalisations, in ONNX. */
import type { Translation } from "./elementwise.ts";
import { elementwise } from "./elementwise.ts";
import type { NodeWriter } from "./emitter.ts";

const TO_CHANNELS_FIRST = [0, 3, 1, 2];
const TO_CHANNELS_LAST = [0, 2, 3, 1];

function channelsLast(w: NodeWriter): boolean {
  return w.node.attributes.text("data_format", "NHWC") === "NHWC";
}

/** Runs `work` on an image with its channels first, whatever the node has. */
function onPlanes(w: NodeWriter, work: (x: string) => string): string {
  if (!channelsLast(w)) return work(w.input(0));
  const x = w.emitter.op("Transpose", [w.input(0)], { perm: TO_CHANNELS_FIRST });
  return w.emitter.op("Transpose", [work(x)], { perm: TO_CHANNELS_LAST });
}

/** The two spatial numbers of an attribute with one for each axis. */
function spatial(w: NodeWriter, name: string): number[] {
  const all = w.node.attributes.ints(name);
  const [a, b] = channelsLast(w) ? [1, 2] : [2, 3];
  return [all[a] ?? 1, all[b] ?? 1];
}

function padding(w: NodeWriter): Record<string, string | number[]> {
  const kind = w.node.attributes.text("padding");
  if (kind === "SAME") return { auto_pad: "SAME_UPPER" };
  if (kind === "VALID") return {};
  const all = w.node.attributes.ints("explicit_paddings");
  const from = channelsLast(w) ? 2 : 4;
  const [top = 0, bottom = 0, left = 0, right = 0] = all.slice(from, from + 4);
  return { pads: [top, left, bottom, right] };
}

function conv(w: NodeWriter): string {
  const weight = w.emitter.op("Transpose", [w.input(1)], { perm: [3, 2, 0, 1] });
  const attributes = {
    strides: spatial(w, "strides"),
    dilations: spatial(w, "dilations"),
    ...padding(w),
  };
  return onPlanes(w, (x) => w.emitter.op("Conv", [x, weight], attributes));
}

function depthwise(w: NodeWriter): string {
  const shape = w.emitter.known(w.input(1))?.shape;
  if (!shape) throw w.refuse("has a computed filter");
  const [height = 1, width = 1, channels = 1] = shape;
  const moved = w.emitter.op("Transpose", [w.input(1)], { perm: [2, 3, 0, 1] });
  const weight = w.emitter.op("Reshape", [moved, w.emitter.ints([-1, 1, height, width])]);
  const attributes = {
    group: channels,
    strides: spatial(w, "strides"),
    dilations: spatial(w, "dilations"),
    ...padding(w),
  };
  return onPlanes(w, (x) => w.emitter.op("Conv", [x, weight], attributes));
}

function pool(op: "MaxPool" | "AveragePool"): Translation {
  return (w) => {
    const attributes = {
      kernel_shape: spatial(w, "ksize"),
      strides: spatial(w, "strides"),
      ...padding(w),
    };
    return onPlanes(w, (x) => w.emitter.op(op, [x], attributes));
  };
}

function matmul(w: NodeWriter): string {
  const turned = (index: number, attribute: string) =>
    w.node.attributes.bool(attribute)
      ? w.emitter.op("Transpose", [w.input(index)], { perm: [1, 0] })
      : w.input(index);
  return w.emitter.op("MatMul", [turned(0, "transpose_a"), turned(1, "transpose_b")]);
}

/** Its factors may be turned whatever their rank is. */
function batchMatmul(w: NodeWriter): string {
  const { attributes } = w.node;
  const [transA, transB] = [attributes.bool("adj_x"), attributes.bool("adj_y")].map(Number);
  const given = [w.input(0), w.input(1)];
  if (!transA && !transB) return w.emitter.op("MatMul", given);
  const turns = { transA: transA!, transB: transB! };
  return w.emitter.add("FusedMatMul", given, turns, { domain: "com.microsoft" })[0]!;
}

/** A product with what TensorFlow.js does right after it: bias, then an activation. */
function fused(product: (w: NodeWriter) => string): Translation {
  return (w) => {
    if (!channelsLast(w)) throw w.refuse("has its channels first, which has no translation");
    let y = product(w);
    let next = 2;
    for (const op of w.node.attributes.texts("fused_ops")) {
      if (op === "BiasAdd") y = w.emitter.op("Add", [y, w.input(next++)]);
      else if (op === "Prelu") y = w.emitter.op("PRelu", [y, w.input(next++)]);
      else if (op === "LeakyRelu") {
        const alpha = { float: w.node.attributes.float("leakyrelu_alpha", 0.2) };
        y = w.emitter.op("LeakyRelu", [y], { alpha });
      } else if (ACTIVATIONS.has(op)) {
        y = activated(w, op, y);
      } else throw w.refuse(`is fused with ${op}, which has no translation`);
    }
    return y;
  };
}

const ACTIVATIONS = new Set(["Relu", "Relu6", "Elu", "Sigmoid", "Tanh"]);

function activated(w: NodeWriter, op: string, y: string): string {
  if (op !== "Relu6") return w.emitter.op(op, [y]);
  return w.emitter.op("Clip", [y, w.emitter.float(0), w.emitter.float(6)]);
}

/** With the statistics of the file: a scale and a shift of each channel. */
const batchNorm: Translation = (w) => {
  const { emitter, node } = w;
  const epsilon = node.attributes.float("epsilon", 1e-3);
  const [x, scale, offset, mean, variance] = [0, 1, 2, 3, 4].map((i) => w.input(i));
  if (!channelsLast(w)) {
    const inputs = [x!, scale!, offset!, mean!, variance!];
    return emitter.op("BatchNormalization", inputs, { epsilon: { float: epsilon } });
  }
  const deviation = emitter.op("Sqrt", [emitter.op("Add", [variance!, emitter.float(epsilon)])]);
  const factor = emitter.op("Div", [scale!, deviation]);
  const centred = emitter.op("Sub", [x!, mean!]);
  return emitter.op("Add", [emitter.op("Mul", [centred, factor]), offset!]);
};

function resize(mode: "linear" | "nearest"): Translation {
  return (w) => {
    const [height, width] = w.numbers(1);
    const { attributes } = w.node;
    const half = attributes.bool("half_pixel_centers");
    const corners = attributes.bool("align_corners");
    const coordinates = corners ? "align_corners" : half ? "half_pixel" : "asymmetric";
    const shape = w.emitter.op("Shape", [w.input(0)]);
    const batch = w.emitter.op("Slice", [shape, w.emitter.ints([0]), w.emitter.ints([1])]);
    const channels = w.emitter.op("Slice", [shape, w.emitter.ints([3]), w.emitter.ints([4])]);
    const sizes = w.emitter.op("Concat", [batch, channels, w.emitter.ints([height!, width!])], {
      axis: 0,
    });
    return onPlanes(w, (x) =>
      w.emitter.op("Resize", [x, "", "", sizes], {
        mode,
        coordinate_transformation_mode: coordinates,
        nearest_mode: corners ? "round_prefer_ceil" : "floor",
      }),
    );
  };
}

export const layers: Readonly<Record<string, Translation>> = {
  ...Object.fromEntries(
    ["FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"].map((op) => [op, batchNorm]),
  ),
  AvgPool: pool("AveragePool"),
  BatchMatMul: batchMatmul,
  BatchMatMulV2: batchMatmul,
  BiasAdd: (w) => {
    if (!channelsLast(w)) throw w.refuse("has its channels first, which has no translation");
    return elementwise.Add!(w);
  },
  Conv2D: conv,
  DepthwiseConv2dNative: depthwise,
  FusedConv2D: fused(conv),
  _FusedConv2D: fused(conv),
  FusedDepthwiseConv2dNative: fused(depthwise),
  MatMul: matmul,
  MaxPool: pool("MaxPool"),
  ResizeBilinear: resize("linear"),
  ResizeNearestNeighbor: resize("nearest"),
  _FusedMatMul: fused(matmul),
};
