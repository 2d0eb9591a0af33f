/** @file Cases of convolutions, pools and resizing; some with whole blocks of channels, as the CPU's own layout takes them. */
import {
  avgPool,
  batchNorm,
  batchNormInference,
  type ConvOptions,
  type ConvTransposeOptions,
  concat,
  conv,
  convTranspose,
  globalAvgPool,
  gradients,
  maxPool,
  relu,
  resize,
} from "../../index.ts";
import type { OpCase } from "../check.ts";
import { apart, between, floats, given } from "../values.ts";

const convolution = (name: string, x: number[], w: number[], o: ConvOptions = {}): OpCase => ({
  op: "conv",
  name: `conv ${name}`,
  inputs: [floats(...x), floats(...w)],
  fn: (a, b) => conv(a, b, o),
});

const CONVOLUTIONS: OpCase[] = [
  convolution("valid", [2, 3, 5, 6], [4, 3, 3, 2]),
  convolution("padded", [1, 2, 4, 4], [3, 2, 3, 3], { padding: 1 }),
  convolution("strided with pixels left over", [1, 2, 6, 7], [2, 2, 3, 3], { stride: 2 }),
  convolution("padded to the same size", [1, 2, 5, 4], [2, 2, 4, 3], { padding: "same" }),
  convolution("padded on one side", [1, 1, 4, 5], [2, 1, 2, 2], { padding: [[1, 0], 1] }),
  convolution("dilated", [1, 2, 7, 6], [2, 2, 3, 2], { dilation: [2, 3], padding: 1 }),
  convolution("grouped", [2, 4, 4, 3], [6, 2, 2, 2], { groups: 2 }),
  convolution("depthwise", [2, 3, 5, 4], [3, 1, 3, 3], { groups: 3, padding: 1 }),
  convolution("from six channels to four", [1, 6, 4, 3], [4, 6, 2, 2]),
  convolution("of one pixel", [2, 3, 4, 3], [4, 3, 1, 1]),
  convolution("of one pixel, padded", [1, 2, 3, 3], [2, 2, 1, 1], { padding: 1, stride: 2 }),
  convolution("over one axis", [2, 3, 8], [4, 3, 3], { stride: 2, padding: 1, dilation: 2 }),
  convolution("over three axes", [1, 2, 3, 4, 3], [2, 2, 2, 3, 2], { padding: 1, stride: 2 }),
  convolution("over three axes in groups", [1, 2, 3, 3, 3], [4, 1, 2, 2, 2], { groups: 2 }),
  convolution("with a kernel of the whole image", [3, 2, 4, 5], [2, 2, 4, 5]),
  convolution("without a batch", [0, 2, 4, 4], [3, 2, 3, 3], { padding: 1 }),
  convolution("without input channels", [2, 0, 4, 4], [3, 0, 3, 3]),
  convolution("of blocks", [2, 16, 5, 4], [32, 16, 3, 3], { padding: 1 }),
  convolution("of blocks of images", [16, 32, 4, 5], [16, 32, 3, 3], { padding: 1 }),
  convolution("of blocks, strided", [16, 16, 6, 5], [16, 16, 3, 3], { padding: 1, stride: 2 }),
  convolution("of blocks, dilated", [16, 16, 7, 8], [16, 16, 2, 3], { dilation: [2, 3] }),
  convolution("of blocks from few channels", [16, 3, 5, 5], [16, 3, 3, 3], { padding: 1 }),
  convolution("of blocks in groups", [2, 32, 4, 4], [32, 16, 3, 3], { padding: 1, groups: 2 }),
  convolution("of blocks, depthwise", [3, 16, 6, 5], [16, 1, 3, 3], { padding: 1, groups: 16 }),
  convolution("of blocks over one axis", [16, 16, 9], [16, 16, 3], { padding: "same" }),
].map((c) => ({ ...c, second: c.inputs[0].shape[1] < 16 }));

const gradientCases: OpCase[] = [
  {
    op: "convGradInput",
    name: "the gradient of conv by its input",
    inputs: [floats(2, 2, 5, 4), floats(3, 2, 2, 3)],
    fn: (x, w) => conv(x, w, { stride: 2, padding: 1 }),
  },
  {
    op: "convGradWeight",
    name: "the gradient of conv by its weights",
    inputs: [floats(2, 2, 5), floats(3, 2, 2)],
    fn: (x, w) => conv(x, w, { stride: 2, padding: 1 }),
  },
];

const transposed = (
  name: string,
  x: number[],
  w: number[],
  o: ConvTransposeOptions = {},
): OpCase => ({
  op: "convGradInput",
  name: `convTranspose ${name}`,
  inputs: [floats(...x), floats(...w)],
  fn: (a, b) => convTranspose(a, b, o),
});

const TRANSPOSED: OpCase[] = [
  transposed("plain", [2, 3, 3, 4], [3, 2, 2, 3]),
  transposed("strided", [1, 2, 3, 3], [2, 3, 3, 3], { stride: 2, padding: 1, outputPadding: 1 }),
  transposed("grouped and dilated", [1, 4, 3, 3], [4, 2, 2, 2], { groups: 2, dilation: 2 }),
  transposed("to groups of one channel", [1, 4, 3, 3], [4, 1, 2, 2], { groups: 2 }),
  transposed("doubling", [1, 2, 3, 4], [2, 2, 4, 4], { stride: 2, padding: "same" }),
  transposed("over one axis", [2, 2, 4], [2, 3, 3], { stride: 3 }),
  transposed("over three axes", [1, 2, 2, 3, 2], [2, 2, 2, 2, 3], { stride: 2 }),
  transposed("of blocks", [2, 16, 4, 3], [16, 16, 3, 3], { padding: 1 }),
];

const POOLS: OpCase[] = [
  ...(
    [
      ["of squares", [2, 2, 4, 6], { size: 2 }],
      ["with pixels left over", [1, 2, 5, 7], { size: [2, 3] }],
      ["that overlap", [1, 2, 6, 5], { size: 3, stride: 2, padding: 1 }],
      ["one by one", [1, 1, 4, 5], { size: 2, stride: 1 }],
      ["with gaps", [1, 2, 7, 5], { size: 2, stride: 3 }],
      ["over one axis", [2, 2, 7], { size: 3, stride: 2, padding: [[1, 0]] }],
      ["over three axes", [1, 2, 4, 3, 4], { size: 2, stride: 2, padding: "same" }],
      ["without a batch", [0, 2, 4, 4], { size: 2 }],
    ] as const
  ).flatMap(([name, shape, options]): OpCase[] => [
    {
      op: "maxPool",
      name: `maxPool ${name}`,
      inputs: [apart(...shape)],
      fn: (x) => maxPool(x, options),
    },
    {
      op: "avgPool",
      name: `avgPool ${name}`,
      inputs: [floats(...shape)],
      fn: (x) => avgPool(x, options),
    },
    {
      op: "avgPool",
      name: `avgPool of what lies inside, ${name}`,
      inputs: [floats(...shape)],
      fn: (x) => avgPool(x, { ...options, countPadding: false }),
    },
  ]),
  {
    op: "maxPoolGrad",
    name: "maxPool with ties",
    inputs: [given([1, 1, 0, 2, 1, 0, 2, 2], [1, 1, 2, 4])],
    fn: (x) => gradients(maxPool(x, { size: 2 }).sum(), x),
    wrt: [],
  },
  {
    op: "maxPoolGrad",
    name: "maxPool in blocks",
    inputs: [apart(1, 16, 4, 5), floats(16, 16, 1, 1)],
    fn: (x, w) => maxPool(relu(conv(x, w, { padding: 1 })), { size: 2 }),
    second: false,
  },
  {
    op: "avgPoolGrad",
    name: "avgPool in blocks",
    inputs: [floats(1, 16, 4, 5), floats(16, 16, 3, 3)],
    fn: (x, w) => avgPool(conv(x, w), { size: 2, stride: 1, padding: 1 }),
    second: false,
  },
  {
    op: "sum",
    name: "globalAvgPool in blocks",
    inputs: [floats(2, 16, 4, 5), floats(16, 16, 3, 3)],
    fn: (x, w) => globalAvgPool(conv(x, w).relu()),
    second: false,
  },
];

const NORMS: OpCase[] = [
  {
    op: "batchNorm",
    name: "batchNorm in blocks, residual and relu behind it",
    // Shifts far from 0 keep relu off its kink.
    inputs: [
      floats(3, 16, 4, 4),
      between(-0.1, 0.1, 16, 16, 3, 3),
      floats(16),
      given(
        Array.from({ length: 16 }, (_, i) => (i % 3 === 0 ? -12 : 12)),
        [16],
      ),
    ],
    fn(x, w, gamma, beta) {
      const y = conv(x, w, { padding: 1 });
      const { output, mean, variance } = batchNorm(y, gamma, beta);
      return [relu(output.add(y)), mean, variance];
    },
    second: false,
  },
  {
    op: "channelAffine",
    name: "batchNormInference in blocks",
    inputs: [
      floats(2, 16, 3, 4),
      floats(16, 16, 1, 3),
      ...[floats(16), floats(16), floats(16), between(0.5, 2, 16)],
    ],
    fn: (x, w, gamma, beta, mean, variance) =>
      batchNormInference(conv(x, w), gamma, beta, mean, variance).tanh(),
    second: false,
  },
  {
    op: "concat",
    name: "blocks joined and cut",
    inputs: [floats(2, 16, 3, 4), floats(16, 16, 2, 2), floats(2, 16, 2, 3)],
    fn(x, w, z) {
      const y = conv(x, w);
      const all = concat([y.tanh(), z, y], 1);
      const [first, rest] = all.split([32, 16], 1);
      return [first.mul(2), rest.exp(), all.slice([1, 8], [2, 40]).sin(), concat([y, z], 0).cos()];
    },
    second: false,
  },
  {
    op: "mul",
    name: "numbers per channel and image on blocks",
    inputs: [floats(2, 16, 3, 4), floats(16, 16, 1, 1), floats(16, 1, 1), floats(2, 16, 1, 1)],
    fn(x, w, c, p) {
      const y = conv(x, w, { padding: [0, [1, 0]] }).tanh();
      return y.mul(c).add(c).sub(p).mul(p).add(p.sub(y)).add(c.sub(y)).div(c).add(y.max());
    },
    second: false,
  },
];

const RESIZES: OpCase[] = [
  ["upsampleNearest", "doubled", [2, 2, 2, 3], { scale: 2 }],
  ["upsampleNearest", "doubled over one axis", [1, 2, 3], { scale: [3] }],
  ["upsampleNearest", "doubled over three axes", [1, 2, 2, 1, 2], { scale: [2, 1, 3] }],
  ["upsampleNearest", "without a batch", [0, 2, 2, 2], { scale: 2 }],
  ["matmul", "to odd sizes", [1, 2, 3, 4], { size: [5, 3] }],
  ["matmul", "linear", [2, 2, 3, 4], { size: [5, 7], mode: "linear" }],
  ["matmul", "linear and smaller", [1, 1, 6, 5], { size: [4, 2], mode: "linear" }],
  [
    "matmul",
    "linear with corners aligned",
    [1, 2, 3, 4],
    { size: [5, 1], mode: "linear", alignCorners: true },
  ],
  ["matmul", "linear over one axis", [2, 2, 4], { scale: 1.5, mode: "linear" }],
].map(([op, name, shape, options]) => ({
  op: op as string,
  name: `resize ${name}`,
  inputs: [floats(...(shape as number[]))],
  fn: (x) => resize(x, options as Parameters<typeof resize>[1]),
}));

/** Cases of convolutions, pools and resizing. */
export const spatialCases: readonly OpCase[] = [
  ...CONVOLUTIONS,
  ...gradientCases,
  ...TRANSPOSED,
  ...POOLS,
  ...NORMS,
  ...RESIZES,
];
