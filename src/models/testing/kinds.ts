/** @file Small intact files of each kind, to be damaged. */
import { encodeSafetensors } from "../../data/safetensors.ts";
import { randomKey, tensor } from "../../engine/index.ts";
import { Activation, Linear, Sequential } from "../../nn/index.ts";
import { encodeOnnx } from "../onnx/save.ts";
import { floats, graphProto, ints, modelBytes } from "../onnx/testing/build.ts";
import { noise } from "../onnx/testing/compare.ts";
import { ELEMENT } from "../onnx/types.ts";
import { type FileKind, useOnnx, useSafetensors, useTorch } from "./mutations.ts";

const port = (name: string, shape: (number | string)[]) => ({ name, type: ELEMENT.FLOAT, shape });

/** Convolution, shape arithmetic, control flow, quantized weights: many places to break. */
function variedModel(): Uint8Array {
  const branch = (op: string) =>
    graphProto({
      inputs: [],
      outputs: [port("r", [])],
      nodes: [{ op, inputs: ["flat"], outputs: ["r"] }],
    });
  const bytes = Uint8Array.from({ length: 8 }, (_, i) => i * 30);
  return modelBytes({
    inputs: [port("x", ["batch", 2, 5, 5])],
    outputs: [port("y", ["batch", 2])],
    nodes: [
      {
        op: "Conv",
        inputs: ["x", "kernel"],
        outputs: ["c"],
        attributes: { pads: [1, 1, 1, 1], strides: [2, 2] },
      },
      { op: "MaxPool", inputs: ["c"], outputs: ["p"], attributes: { kernel_shape: [2, 2] } },
      { op: "Shape", inputs: ["p"], outputs: ["s"], attributes: { end: 1 } },
      { op: "Concat", inputs: ["s", "rest"], outputs: ["to"], attributes: { axis: 0 } },
      { op: "Reshape", inputs: ["p", "to"], outputs: ["flat"] },
      { op: "Size", inputs: ["to"], outputs: ["n"] },
      { op: "Greater", inputs: ["n", "one"], outputs: ["large"] },
      {
        op: "If",
        inputs: ["large"],
        outputs: ["b"],
        attributes: {
          then_branch: { graph: branch("Relu") },
          else_branch: { graph: branch("Exp") },
        },
      },
      { op: "Slice", inputs: ["b", "from", "end", "axis"], outputs: ["cut"] },
      {
        op: "DequantizeLinear",
        inputs: ["w", "scale"],
        outputs: ["real"],
        attributes: { axis: 1 },
      },
      { op: "MatMul", inputs: ["cut", "real"], outputs: ["y"] },
    ],
    stored: {
      kernel: floats(
        Array.from({ length: 36 }, (_, i) => Math.sin(i)),
        [2, 2, 3, 3],
      ),
      rest: ints([-1]),
      one: ints([1], []),
      from: ints([0]),
      end: ints([4]),
      axis: ints([1]),
      w: { shape: [4, 2], type: ELEMENT.INT8, bytes },
      scale: floats([0.1, 0.2], [2]),
    },
  });
}

/** Every kind; `checkpoint` is a file that PyTorch wrote. */
export async function fileKinds(checkpoint: Uint8Array): Promise<FileKind[]> {
  const [first, second] = [randomKey(1), randomKey(2)];
  const model = new Sequential(
    new Linear({ in: 3, out: 4, key: first }),
    new Activation("gelu"),
    new Linear({ in: 4, out: 2, key: second }),
  );
  const tensors = new Map([
    ["layer.weight", noise([3, 4])],
    ["layer.ids", tensor([1, 2, 3], { dtype: "int64" })],
    ["half", tensor([0.5, 2], { dtype: "float16" })],
  ]);
  return [
    { name: "onnx, by hand", intact: variedModel(), use: useOnnx },
    { name: "onnx, exported", intact: await encodeOnnx(model, noise([2, 3])), use: useOnnx },
    {
      name: "safetensors",
      intact: await encodeSafetensors(tensors, { made: "by hand" }),
      use: useSafetensors,
    },
    { name: "pt", intact: checkpoint, use: useTorch },
  ];
}
