/** @file Cases of operators: functions of each element, shapes, reductions. */
import { tensor } from "../../../engine/index.ts";
import { ELEMENT } from "../types.ts";
import { floats, ints } from "./build.ts";
import {
  binary,
  bools,
  type Cases,
  condition,
  float,
  positive,
  reduce,
  unary,
  x,
} from "./cases.ts";
import { noise, wholes } from "./compare.ts";

/** By operator. */
export const elementwise: Cases = {
  ...unary("Abs Atan Ceil Cos Cosh Erf Exp Floor HardSwish Identity IsNaN"),
  ...unary("Mish Neg Reciprocal Relu Round Sigmoid Sign Sin Sinh Softplus Softsign Tan Tanh"),
  ...unary("Acos Asin Asinh", noise([5])),
  ...unary("Log Sqrt", positive),
  ...unary("Acosh", positive.add(1)),
  ...binary("Add Div Mul Sub"),
  ...binary("Greater GreaterOrEqual Less LessOrEqual", "bool"),
  Atanh: { inputs: [noise([5], 4, 0.9)] },
  IsNaN: { inputs: [tensor([1, Number.NaN])], outputs: ["bool"] },
  IsInf: [
    {
      inputs: [tensor([1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])],
      outputs: ["bool"],
    },
    {
      inputs: [tensor([1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])],
      attributes: { detect_negative: 0 },
      outputs: ["bool"],
    },
  ],
  And: { inputs: [condition, bools([1, 1, 0, 0], [4])], outputs: ["bool"] },
  Or: { inputs: [condition, bools([1, 1, 0, 0], [4])], outputs: ["bool"] },
  Xor: { inputs: [condition, bools([1, 1, 0, 0], [4])], outputs: ["bool"] },
  Not: { inputs: [condition], outputs: ["bool"] },
  Equal: { inputs: [wholes([1, 2, 3]), wholes([1, 5, 3])], outputs: ["bool"] },
  Cast: [
    { inputs: [noise([6], 1, 9)], attributes: { to: ELEMENT.INT64 }, outputs: ["int64"] },
    { inputs: [wholes([0, 2, -3])], attributes: { to: ELEMENT.BOOL }, outputs: ["bool"] },
    { inputs: [wholes([0, 2, -3])], attributes: { to: ELEMENT.FLOAT } },
  ],
  CastLike: { inputs: [wholes([1, 2]), x] },
  Celu: { inputs: [x], attributes: { alpha: float(0.7) } },
  Clip: [
    { inputs: [x, floats([-0.2], []), floats([0.4], [])] },
    { inputs: [x, null, tensor(0.3)] },
    { inputs: [x], attributes: { min: float(-0.5), max: float(0.1) }, opset: 6 },
  ],
  Elu: { inputs: [x], attributes: { alpha: float(0.5) } },
  Gelu: [{ inputs: [x] }, { inputs: [x], attributes: { approximate: "tanh" } }],
  HardSigmoid: [
    { inputs: [x] },
    { inputs: [x], attributes: { alpha: float(0.5), beta: float(0.4) } },
  ],
  LeakyRelu: { inputs: [x], attributes: { alpha: float(0.3) } },
  Max: { inputs: [x, noise([4], 7), noise([3, 1], 8)] },
  Min: { inputs: [x, noise([4], 7)] },
  Mean: { inputs: [x, noise([4], 7)] },
  Sum: { inputs: [x, noise([4], 7), noise([3, 1], 8)] },
  Mod: [
    { inputs: [wholes([5, -5, 7]), wholes([3, 3, -4])], outputs: ["int64"] },
    { inputs: [noise([6], 1, 9), noise([6], 2, 3)], attributes: { fmod: 1 } },
  ],
  Pow: [
    { inputs: [x, floats([2], [])] },
    { inputs: [positive, noise([4], 2)] },
    { inputs: [x, floats([3], [])] },
  ],
  PRelu: { inputs: [x, noise([3, 1], 5)] },
  Selu: { inputs: [x] },
  Shrink: { inputs: [x], attributes: { lambd: float(0.3), bias: float(0.1) } },
  ThresholdedRelu: { inputs: [x], attributes: { alpha: float(0.3) } },
  Where: { inputs: [condition, x, noise([3, 1], 4)] },
};

/** By operator. */
export const shapes: Cases = {
  Compress: [
    {
      inputs: [x, { shape: [3], type: ELEMENT.BOOL, bytes: Uint8Array.of(1, 0, 1) }],
      attributes: { axis: 1 },
    },
    { inputs: [x, { shape: [3], type: ELEMENT.BOOL, bytes: Uint8Array.of(0, 1, 1) }] },
  ],
  Concat: { inputs: [x, noise([2, 1, 4], 3)], attributes: { axis: 1 } },
  Constant: [
    { inputs: [], attributes: { value_float: float(2.5) } },
    { inputs: [], attributes: { value_ints: [1, 2, 3] }, outputs: ["int64"] },
    { inputs: [], attributes: { value_floats: { floats: [1, 2.5] } } },
    { inputs: [], attributes: { value_int: 7 }, outputs: ["int64"] },
    { inputs: [], attributes: { value: { tensor: floats([1, 2, 3, 4], [2, 2]) } } },
  ],
  ConstantOfShape: [
    { inputs: [ints([2, 3])] },
    { inputs: [ints([2])], attributes: { value: { tensor: ints([7], [1]) } }, outputs: ["int64"] },
  ],
  DepthToSpace: [
    { inputs: [noise([1, 8, 2, 3])], attributes: { blocksize: 2 } },
    { inputs: [noise([1, 8, 2, 3])], attributes: { blocksize: 2, mode: "CRD" } },
  ],
  Dropout: { inputs: [x, floats([0.5], [])], outputs: ["float32", "bool"] },
  Expand: { inputs: [noise([3, 1]), ints([2, 1, 4])] },
  EyeLike: { inputs: [noise([3, 4])], attributes: { k: 1 } },
  Flatten: [
    { inputs: [x] },
    { inputs: [x], attributes: { axis: 2 } },
    { inputs: [x], attributes: { axis: -1 } },
  ],
  NonZero: { inputs: [floats([1, 0, 2, 0, 0, 3], [2, 3])], outputs: ["int64"] },
  OneHot: [
    { inputs: [wholes([0, 2, -1, 5]), ints([3], [1]), floats([0, 1], [2])] },
    {
      inputs: [wholes([0, 2, 1, 1], [2, 2]), ints([3], [1]), floats([-1, 2], [2])],
      attributes: { axis: 1 },
    },
  ],
  Pad: [
    { inputs: [x, ints([0, 1, 0, 1, 0, 2]), floats([9], [])] },
    { inputs: [x, ints([0, 1, 2, 1, 0, 1])], attributes: { mode: "reflect" } },
    { inputs: [x, ints([0, 1, 5, 1, 0, 1])], attributes: { mode: "edge" } },
    { inputs: [x, ints([1, 2]), null, ints([-1])], attributes: { mode: "wrap" } },
    { inputs: [x, ints([0, -1, 0, 0, 0, -1])] },
    { inputs: [x], attributes: { pads: [0, 0, 1, 0, 0, 1], value: float(3) }, opset: 10 },
  ],
  Range: [
    { inputs: [ints([3], []), ints([9], []), ints([2], [])], outputs: ["int64"] },
    { inputs: [floats([1], []), floats([-1], []), floats([-0.5], [])] },
  ],
  Reshape: [{ inputs: [x, ints([0, -1])] }, { inputs: [x, ints([4, 6])] }],
  Shape: [
    { inputs: [x], outputs: ["int64"] },
    { inputs: [x], attributes: { start: 1, end: -1 }, outputs: ["int64"] },
  ],
  Size: { inputs: [x], outputs: ["int64"] },
  Slice: [
    { inputs: [x, ints([1]), ints([2 ** 31]), ints([-1])] },
    { inputs: [x, ints([-1, 0]), ints([-(2 ** 31), 3]), ints([1, 2]), ints([-1, 2])] },
    { inputs: [x], attributes: { starts: [0, 1], ends: [1, 3], axes: [0, 2] }, opset: 9 },
  ],
  SpaceToDepth: { inputs: [noise([1, 2, 4, 6])], attributes: { blocksize: 2 } },
  Split: [
    { inputs: [x, ints([1, 3])], attributes: { axis: 2 }, outputs: ["float32", "float32"] },
    {
      inputs: [noise([7, 2])],
      attributes: { num_outputs: 3 },
      outputs: ["float32", "float32", "float32"],
    },
    {
      inputs: [x],
      attributes: { axis: 1, split: [1, 2] },
      outputs: ["float32", "float32"],
      opset: 11,
    },
    { inputs: [x], attributes: { axis: 2 }, outputs: ["float32", "float32"], opset: 11 },
  ],
  Squeeze: [
    { inputs: [noise([1, 3, 1]), ints([0])] },
    { inputs: [noise([1, 3, 1])] },
    { inputs: [noise([1, 3, 1])], attributes: { axes: [2] }, opset: 11 },
  ],
  Tile: { inputs: [x, ints([1, 2, 3])] },
  Transpose: [{ inputs: [x] }, { inputs: [x], attributes: { perm: [1, 0, 2] } }],
  Unsqueeze: [
    { inputs: [x, ints([0, -1])] },
    { inputs: [x], attributes: { axes: [1, 4] }, opset: 11 },
  ],
};

/** By operator. */
export const reductions: Cases = {
  ...reduce("ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin"),
  ...reduce("ReduceProd ReduceSum ReduceSumSquare"),
  ArgMax: [
    { inputs: [x], attributes: { axis: 1 }, outputs: ["int64"] },
    {
      inputs: [wholes([1, 3, 3, 0], undefined, "int32")],
      attributes: { select_last_index: 1, keepdims: 0 },
      outputs: ["int64"],
    },
  ],
  ArgMin: { inputs: [x], attributes: { axis: -1, keepdims: 0 }, outputs: ["int64"] },
  CumSum: [
    { inputs: [x, ints([1], [])] },
    { inputs: [x, ints([-1], [])], attributes: { exclusive: 1, reverse: 1 } },
  ],
  Hardmax: { inputs: [x], attributes: { axis: 1 } },
  LogSoftmax: [
    { inputs: [x], attributes: { axis: 1 } },
    { inputs: [x], opset: 11 },
  ],
  LpNormalization: [
    { inputs: [x], attributes: { axis: 1 } },
    { inputs: [x], attributes: { p: 1 } },
  ],
  Softmax: [
    { inputs: [x] },
    { inputs: [x], attributes: { axis: 1 } },
    { inputs: [x], attributes: { axis: 1 }, opset: 11 },
    { inputs: [x], opset: 11 },
  ],
  TopK: [
    { inputs: [x, ints([2])], outputs: ["float32", "int64"] },
    { inputs: [x, ints([2])], attributes: { axis: 1, largest: 0 }, outputs: ["float32", "int64"] },
  ],
};
