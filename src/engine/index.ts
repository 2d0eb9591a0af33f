/** @file The engine's public surface: tensors, ops, differentiation, compilation, random keys, backends. */
export { grad, gradients, valueAndGrad } from "./autodiff.ts";
export {
  type BackendName,
  currentBackend,
  type NodeReport,
  type RuntimeOptions,
  setBackend,
} from "./backend.ts";
export { type CompiledFunction, type CompileOptions, compile } from "./compile.ts";
export { DTYPES, type DType, isFloat, type TypedArray } from "./dtype.ts";
export { DisposedError, DTypeError, ShapeError, UnsupportedError, ValueError } from "./errors.ts";
export { evaluate } from "./evaluate.ts";
export * from "./ops/activation.ts";
export { type BatchNormResult, batchNorm, batchNormInference } from "./ops/batch-norm.ts";
export { cast, stopGradient } from "./ops/cast.ts";
export { type ConvOptions, type ConvTransposeOptions, conv, convTranspose } from "./ops/conv.ts";
export {
  arange,
  eye,
  full,
  linspace,
  ones,
  onesLike,
  scalar,
  type TensorLike,
  tensor,
  zeros,
  zerosLike,
} from "./ops/create.ts";
export { cumprod, cumsum } from "./ops/cumulative.ts";
export { einsum } from "./ops/einsum.ts";
export {
  abs,
  acos,
  add,
  addAll,
  asin,
  atan,
  ceil,
  clip,
  cos,
  cosh,
  div,
  erf,
  exp,
  expm1,
  floor,
  log,
  log1p,
  maximum,
  minimum,
  mod,
  mul,
  neg,
  type Operand,
  pow,
  reciprocal,
  relu,
  round,
  rsqrt,
  sigmoid,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  sub,
  tan,
  tanh,
} from "./ops/elementwise.ts";
export { erfInverse } from "./ops/erf-inverse.ts";
export { fft, ifft, irfft, rfft, toComplex } from "./ops/fft.ts";
export { bincount, histogram } from "./ops/histogram.ts";
export {
  gather,
  oneHot,
  type Position,
  repeat,
  scatterAddAlongAxis,
  scatterAddRows,
  takeAlongAxis,
} from "./ops/indexing.ts";
export { concat, roll, split, stack } from "./ops/join.ts";
export {
  equal,
  greater,
  greaterEqual,
  isNan,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  type NanToNumOptions,
  nanToNum,
  notEqual,
  where,
} from "./ops/logic.ts";
export { dot, linear, type MatmulOptions, matmul, matrixTranspose, outer } from "./ops/matmul.ts";
export { diag, diagonal, meshgrid, norm, trace, tril, triu } from "./ops/matrix.ts";
export { groupNorm, layerNorm, rmsNorm } from "./ops/norm.ts";
export { type PadMode, pad } from "./ops/pad.ts";
export {
  type AvgPoolOptions,
  avgPool,
  globalAvgPool,
  maxPool,
  type PoolOptions,
} from "./ops/pool.ts";
export {
  type CustomGradientContext,
  type CustomGradientRule,
  checkpoint,
  customGradient,
} from "./ops/recompute.ts";
export {
  all,
  any,
  argmax,
  argmin,
  logSumExp,
  max,
  mean,
  min,
  prod,
  type ReduceOptions,
  sum,
  variance,
} from "./ops/reduce.ts";
export {
  asFloat,
  broadcastTo,
  expandDims,
  flattenAxes,
  reshape,
  squeeze,
  swapAxes,
  tile,
  transpose,
} from "./ops/reshape.ts";
export { type ResizeOptions, resize, upsample } from "./ops/resize.ts";
export { type ScanOptions, scan, type Unroll } from "./ops/scan.ts";
export { gatherND, scatterAddND, scatterAlongAxis, scatterSetND } from "./ops/scatter.ts";
export {
  frames,
  hammingWindow,
  hannWindow,
  istft,
  type MelOptions,
  magnitude,
  melFilterBank,
  overlapAdd,
  type StftOptions,
  stft,
} from "./ops/signal.ts";
export { flip, select, slice } from "./ops/slice.ts";
export { crossEntropyRows, logSoftmax, softmax } from "./ops/softmax.ts";
export { argsort, median, quantile, type SortOptions, sort, type TopK, topK } from "./ops/sort.ts";
export {
  bernoulli,
  foldIn,
  randomBits,
  randomInt,
  randomKey,
  randomNormal,
  randomUniform,
  splitKey,
} from "./random.ts";
export { permutation, randomCategorical, randomTruncatedNormal, shuffle } from "./random-draws.ts";
export { type TensorScope, tensorScope } from "./scope.ts";
export type { Shape } from "./shape.ts";
export { type NestedArray, Tensor } from "./tensor.ts";
export {
  flatten as flattenTree,
  type Tree,
  treeLeaves,
  treeMap,
  unflatten as unflattenTree,
} from "./tree.ts";
