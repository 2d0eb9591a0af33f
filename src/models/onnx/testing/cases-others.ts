/** @file Cases of operators: quantized, recurrent and fused ones. */
import { tensor } from "../../../engine/index.ts";
import { ELEMENT } from "../types.ts";
import { floats, ints } from "./build.ts";
import { bytes, type Cases, float, image, x } from "./cases.ts";
import { noise, type OperatorCase, wholes } from "./compare.ts";

const range = (n: number, step: number): number[] =>
  Array.from({ length: n }, (_, i) => (i * step) % 200);
const int8 = bytes([3, -7, 120, -128, 0, 5], [2, 3], ELEMENT.INT8);
/** By operator. */
export const quantization: Cases = {
  DequantizeLinear: [
    { inputs: [int8, floats([0.1], []), bytes([3], [], ELEMENT.INT8)] },
    {
      inputs: [int8, floats([0.1, 0.2, 0.3], [3]), bytes([1, 2, 3], [3], ELEMENT.INT8)],
      attributes: { axis: 1 },
    },
    { inputs: [int8, floats([0.1, 0.2], [2])], attributes: { axis: 0 } },
  ],
  MatMulInteger: {
    inputs: [
      tensor(Uint8Array.of(1, 2, 200, 4, 5, 6), { shape: [2, 3] }),
      bytes([3, -7, 120, -128, 0, 5], [3, 2], ELEMENT.INT8),
      bytes([7], [], ELEMENT.UINT8),
    ],
    outputs: ["int32"],
  },
  ConvInteger: {
    inputs: [
      tensor(
        Uint8Array.from({ length: 18 }, (_, i) => (i * 37) % 255),
        { shape: [1, 2, 3, 3] },
      ),
      bytes(range(24, 11), [3, 2, 2, 2], ELEMENT.UINT8),
      bytes([4], [], ELEMENT.UINT8),
      bytes([9], [], ELEMENT.UINT8),
    ],
    attributes: { pads: [1, 0, 0, 1] },
    outputs: ["int32"],
  },
  DynamicQuantizeLinear: { inputs: [noise([3, 5], 4, 3)], outputs: ["uint8", "float32", "uint8"] },
  QuantizeLinear: [
    {
      inputs: [noise([3, 5], 4, 3), floats([0.02], []), bytes([128], [], ELEMENT.UINT8)],
      outputs: ["uint8"],
    },
    { inputs: [tensor([0.25, 0.75, -0.25, 99]), floats([0.5], [])], outputs: ["uint8"] },
    {
      inputs: [
        noise([3, 5], 4, 3),
        floats([0.02, 0.01, 0.5], [3]),
        bytes([128, 3, 7], [3], ELEMENT.UINT8),
      ],
      attributes: { axis: 0 },
      outputs: ["uint8"],
    },
  ],
  QLinearConv: {
    inputs: [
      tensor(
        Uint8Array.from({ length: 18 }, (_, i) => (i * 37) % 255),
        { shape: [1, 2, 3, 3] },
      ),
      floats([0.02], []),
      bytes([120], [], ELEMENT.UINT8),
      bytes(range(24, 11), [3, 2, 2, 2], ELEMENT.UINT8),
      floats([0.03], []),
      bytes([100], [], ELEMENT.UINT8),
      floats([0.5], []),
      bytes([90], [], ELEMENT.UINT8),
      { shape: [3], type: ELEMENT.INT32, bytes: new Uint8Array(Int32Array.of(50, -200, 7).buffer) },
    ],
    outputs: ["uint8"],
  },
  QLinearMatMul: {
    inputs: [
      tensor(Uint8Array.of(1, 2, 200, 4, 5, 6), { shape: [2, 3] }),
      floats([0.02], []),
      bytes([120], [], ELEMENT.UINT8),
      bytes([3, 7, 120, 128, 0, 5], [3, 2], ELEMENT.UINT8),
      floats([0.03], []),
      bytes([100], [], ELEMENT.UINT8),
      floats([0.1], []),
      bytes([90], [], ELEMENT.UINT8),
    ],
    outputs: ["uint8"],
  },
};

/** By operator. */
export const recurrent: Cases = Object.fromEntries(
  (
    [
      ["LSTM", 4],
      ["GRU", 3],
      ["RNN", 1],
    ] as const
  ).map(([op, gates]) => {
    const [time, batch, width, hidden] = [5, 3, 4, 2];
    const outputs = op === "LSTM" ? 3 : 2;
    const some = (shape: number[], seed: number) => noise(shape, seed, 0.6);
    const made = (directions: number, extra: object, lengths = false): OperatorCase => ({
      inputs: [
        some([time, batch, width], 1),
        some([directions, gates * hidden, width], 2),
        some([directions, gates * hidden, hidden], 3),
        some([directions, 2 * gates * hidden], 4),
        lengths ? wholes([5, 2, 3], undefined, "int32") : null,
        some([directions, batch, hidden], 5),
        ...(op === "LSTM" ? [some([directions, batch, hidden], 6)] : []),
      ],
      attributes: { hidden_size: hidden, ...extra },
      outputs: new Array<"float32">(outputs).fill("float32"),
    });
    return [
      op,
      [
        made(1, {}),
        made(1, { direction: "reverse" }, true),
        made(2, { direction: "bidirectional" }, true),
        ...(op === "GRU" ? [made(1, { linear_before_reset: 1 })] : []),
      ],
    ];
  }),
);

/** By operator. */
export const sequences: Cases = {
  ReverseSequence: [
    { inputs: [noise([4, 3, 2]), ints([4, 1, 3])] },
    { inputs: [noise([3, 4]), ints([2, 4, 3])], attributes: { time_axis: 1, batch_axis: 0 } },
  ],
};

/** By operator. */
export const fused: Cases = {
  BiasGelu: { inputs: [x, noise([4], 3)], domain: "com.microsoft" },
  FastGelu: { inputs: [x, noise([4], 3)], domain: "com.microsoft", tolerance: 1e-4 },
  FusedMatMul: {
    inputs: [noise([2, 4, 3]), noise([2, 5, 4], 2)],
    attributes: { transA: 1, transB: 1, alpha: float(0.5) },
    domain: "com.microsoft",
  },
  Gelu: { inputs: [x], domain: "com.microsoft" },
  MultiHeadAttention: [
    {
      inputs: [noise([2, 5, 8]), noise([2, 4, 8], 2), noise([2, 4, 8], 3), noise([24], 4)],
      attributes: { num_heads: 2 },
      domain: "com.microsoft",
    },
    {
      inputs: [
        noise([2, 5, 8]),
        noise([2, 4, 8], 2),
        noise([2, 4, 8], 3),
        null,
        wholes([1, 1, 1, 0, 1, 1, 0, 0], [2, 4], "int32"),
      ],
      attributes: { num_heads: 4 },
      domain: "com.microsoft",
    },
  ],
  Attention: {
    inputs: [noise([2, 5, 6]), noise([6, 24], 2), noise([24], 3)],
    attributes: { num_heads: 2, unidirectional: 1 },
    domain: "com.microsoft",
  },
  QuickGelu: { inputs: [x], attributes: { alpha: float(1.5) }, domain: "com.microsoft" },
  SkipLayerNormalization: {
    inputs: [x, noise([2, 3, 4], 2), noise([4], 3), noise([4], 4), noise([4], 5)],
    attributes: { epsilon: float(1e-5) },
    outputs: ["float32", null, null, "float32"],
    domain: "com.microsoft",
  },
  SkipSimplifiedLayerNormalization: {
    inputs: [x, noise([2, 3, 4], 2), noise([4], 3), noise([4], 4)],
    outputs: ["float32", null, null, "float32"],
    domain: "com.microsoft",
  },
  FusedGemm: {
    inputs: [noise([3, 4]), noise([4, 5], 2), noise([5], 3)],
    attributes: { activation: "Relu" },
    domain: "com.microsoft",
  },
  EmbedLayerNormalization: {
    inputs: [
      wholes([1, 0, 3, 2, 2, 1], [2, 3], "int32"),
      wholes([0, 1, 1, 0, 0, 1], [2, 3], "int32"),
      noise([5, 4], 1),
      noise([6, 4], 2),
      noise([2, 4], 3),
      noise([4], 4),
      noise([4], 5),
    ],
    outputs: ["float32", "int32"],
    domain: "com.microsoft",
  },
  FusedConv: {
    inputs: [image, noise([3, 4, 3, 3], 2), noise([3], 3)],
    attributes: { activation: "Relu", pads: [1, 1, 1, 1] },
    domain: "com.microsoft",
  },
};

const heads = [noise([2, 4, 5, 6]), noise([2, 2, 7, 6], 2), noise([2, 2, 7, 6], 3)];
/** By operator. */
export const attention: Cases = {
  Attention: [
    { inputs: heads, attributes: { is_causal: 1 }, opset: 23 },
    { inputs: [...heads, noise([5, 7], 4)], attributes: { scale: float(0.3) }, opset: 23 },
    {
      inputs: [noise([2, 5, 8]), noise([2, 3, 8], 2), noise([2, 3, 8], 3)],
      attributes: { q_num_heads: 2, kv_num_heads: 2 },
      opset: 23,
    },
  ],
  RotaryEmbedding: [
    {
      inputs: [
        noise([2, 3, 4, 8]),
        noise([9, 4], 2),
        noise([9, 4], 3),
        wholes([0, 1, 2, 3, 8, 5, 6, 7], [2, 4]),
      ],
      opset: 23,
    },
    {
      inputs: [
        noise([2, 3, 4, 8]),
        noise([9, 4], 2),
        noise([9, 4], 3),
        wholes([0, 1, 2, 3, 8, 5, 6, 7], [2, 4]),
      ],
      attributes: { interleaved: 1 },
      opset: 23,
    },
  ],
};
