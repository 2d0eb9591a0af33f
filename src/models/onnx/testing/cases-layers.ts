import { floats, ints } from "./build.ts";
import { type Cases, float, image, x } from "./cases.ts";
import { noise, wholes } from "./compare.ts";

/** By operator. */
export const linear: Cases = {
  Einsum: [
    { inputs: [noise([2, 3, 4]), noise([2, 4, 5], 2)], attributes: { equation: "bij,bjk->bik" } },
    { inputs: [noise([2, 3]), noise([4, 3], 2)], attributes: { equation: "...i,ji->...j" } },
  ],
  Gemm: [
    { inputs: [noise([3, 4]), noise([4, 5], 2), noise([5], 3)] },
    {
      inputs: [noise([4, 3]), noise([5, 4], 2), noise([3, 1], 3)],
      attributes: { transA: 1, transB: 1, alpha: float(0.5), beta: float(2) },
    },
  ],
  MatMul: [
    { inputs: [noise([2, 3, 4]), noise([4, 5], 2)] },
    { inputs: [noise([4]), noise([2, 4, 5], 2)] },
    { inputs: [noise([2, 1, 3, 4]), noise([5, 4, 2], 2)] },
  ],
};

const pairs = [noise([2, 3, 2, 2], 9), noise([4, 3], 9)];
/** By operator. */
export const windows: Cases = {
  AveragePool: [
    { inputs: [image], attributes: { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] } },
    {
      inputs: [image],
      attributes: {
        kernel_shape: [3, 3],
        strides: [2, 2],
        pads: [1, 1, 1, 1],
        count_include_pad: 1,
      },
    },
    {
      inputs: [image],
      attributes: {
        kernel_shape: [2, 2],
        strides: [2, 2],
        ceil_mode: 1,
        count_include_pad: 1,
        pads: [1, 0, 0, 0],
      },
    },
    {
      inputs: [image],
      attributes: { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" },
    },
  ],
  Conv: [
    { inputs: [image, noise([3, 4, 3, 3], 2), noise([3], 4)], attributes: { pads: [1, 0, 1, 2] } },
    {
      inputs: [image, noise([4, 2, 2, 3], 2)],
      attributes: { group: 2, strides: [2, 1], dilations: [1, 2] },
    },
    {
      inputs: [image, noise([2, 4, 4, 3], 2)],
      attributes: { auto_pad: "SAME_LOWER", strides: [2, 2] },
    },
    { inputs: [noise([1, 2, 9]), noise([3, 2, 3], 2)] },
  ],
  ConvTranspose: [
    {
      inputs: [image, noise([4, 3, 3, 3], 2), noise([3], 4)],
      attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 0] },
    },
    { inputs: [image, noise([4, 2, 2, 2], 2)], attributes: { group: 2, strides: [2, 1] } },
    {
      inputs: [image, noise([4, 3, 3, 3], 2)],
      attributes: { strides: [2, 2], output_shape: [14, 13] },
    },
    {
      inputs: [image, noise([4, 3, 3, 3], 2)],
      attributes: { strides: [2, 2], auto_pad: "SAME_UPPER" },
    },
  ],
  GlobalAveragePool: { inputs: [image] },
  GlobalMaxPool: { inputs: [image] },
  LpPool: { inputs: [image], attributes: { kernel_shape: [2, 3] } },
  LRN: {
    inputs: [image],
    attributes: { size: 3, alpha: float(0.1), beta: float(0.7), bias: float(1.5) },
  },
  MaxPool: [
    { inputs: [image], attributes: { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] } },
    { inputs: [image], attributes: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 } },
    {
      inputs: [image],
      attributes: { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_LOWER" },
    },
    { inputs: [noise([1, 2, 9])], attributes: { kernel_shape: [3] } },
    {
      inputs: [image],
      attributes: { kernel_shape: [2, 3], dilations: [3, 2], strides: [2, 1], pads: [1, 1, 0, 1] },
    },
  ],
};

/** By operator. */
export const norms: Cases = {
  BatchNormalization: {
    inputs: [image, noise([4], 1), noise([4], 2), noise([4], 3), noise([4], 4).square()],
    attributes: { epsilon: float(1e-3) },
  },
  GroupNormalization: {
    inputs: [image, noise([4], 1), noise([4], 2)],
    attributes: { num_groups: 2 },
  },
  InstanceNormalization: { inputs: [image, noise([4], 1), noise([4], 2)] },
  LayerNormalization: [
    { inputs: [x, noise([4], 1), noise([4], 2)] },
    {
      inputs: [x, noise([3, 4], 1)],
      attributes: { axis: 1, epsilon: float(1e-3) },
      outputs: ["float32", "float32", "float32"],
    },
  ],
  MeanVarianceNormalization: { inputs: [image] },
  RMSNormalization: { inputs: [x, noise([4], 1)], opset: 23 },
  SimplifiedLayerNormalization: { inputs: [x, noise([4], 1)], opset: 17 },
};

/** By operator. */
export const positions: Cases = {
  Gather: [
    { inputs: [x, wholes([2, -1, 0, 0], [2, 2])], attributes: { axis: 1 } },
    { inputs: [wholes([5, 6, 7]), ints([1], [])], outputs: ["int64"] },
  ],
  GatherElements: {
    inputs: [noise([3, 3]), wholes([0, 2, -1, 1], [2, 2])],
    attributes: { axis: 1 },
  },
  GatherND: [
    { inputs: [x, wholes([0, 1, 1, 2], [2, 2])] },
    { inputs: [x, wholes([1, 2], [2, 1])], attributes: { batch_dims: 1 } },
  ],
  ScatterElements: [
    { inputs: [noise([3, 3]), wholes([0, 2], [1, 2]), noise([1, 2], 3)], attributes: { axis: 1 } },
    {
      inputs: [noise([3, 3]), wholes([1, 1, 2], [3, 1]), noise([3, 1], 3)],
      attributes: { axis: 1, reduction: "add" },
    },
  ],
  Scatter: {
    inputs: [noise([3, 3]), wholes([0, 2], [1, 2]), noise([1, 2], 3)],
    attributes: { axis: 1 },
    opset: 9,
  },
  ScatterND: [
    { inputs: [x, wholes([0, 1, 1, 2], [2, 2]), noise([2, 4], 3)] },
    { inputs: [x, wholes([1, 1], [2, 1]), noise([2, 3, 4], 3)], attributes: { reduction: "add" } },
  ],
  Trilu: [
    { inputs: [noise([2, 4, 3])] },
    { inputs: [noise([4, 4]), ints([-1], [])], attributes: { upper: 0 } },
  ],
};

const resizes = ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"];
/** By operator. */
export const resizing: Cases = {
  Resize: [
    ...resizes.flatMap((coordinate_transformation_mode) =>
      ["nearest", "linear", "cubic"].map((mode) => ({
        inputs: [pairs[0], null, floats([1, 1, 1.6, 2.4], [4])],
        attributes: { mode, coordinate_transformation_mode },
        tolerance: 1e-4,
      })),
    ),
    ...["floor", "ceil", "round_prefer_ceil"].map((nearest_mode) => ({
      inputs: [noise([1, 1, 5, 4]), null, null, ints([1, 1, 3, 9])],
      attributes: { nearest_mode },
    })),
    {
      inputs: [noise([1, 1, 5, 4]), null, null, ints([3, 7])],
      attributes: { axes: [2, 3], mode: "linear" },
      tolerance: 1e-4,
    },
    {
      inputs: [noise([1, 1, 5, 4]), null, floats([1, 1, 2, 2], [4])],
      attributes: { mode: "cubic", exclude_outside: 1 },
      tolerance: 1e-4,
    },
    {
      inputs: [noise([1, 1, 5, 4]), floats([], [0]), floats([1, 1, 2, 2], [4])],
      attributes: {
        mode: "nearest",
        nearest_mode: "floor",
        coordinate_transformation_mode: "asymmetric",
      },
      opset: 11,
    },
  ],
  Upsample: [
    {
      inputs: [noise([1, 1, 3, 4]), floats([1, 1, 2, 3], [4])],
      attributes: { mode: "nearest" },
      opset: 9,
    },
    {
      inputs: [noise([1, 1, 3, 4]), floats([1, 1, 2, 2], [4])],
      attributes: { mode: "linear" },
      opset: 9,
    },
  ],
};
