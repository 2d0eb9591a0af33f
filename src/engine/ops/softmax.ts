/** @file The softmax family, and cross-entropy on logits. */
import { isFloat } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { defineOp, type OpDef, type Params } from "../op.ts";
import { normalizeAxis, showShape, sizeOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { cast, stopGradient } from "./cast.ts";
import { arange } from "./create.ts";
import { checkDtype, div, exp, log, mul, neg, sub } from "./elementwise.ts";
import { equal } from "./logic.ts";
import { max, sum } from "./reduce.ts";
import { expandDims, reshape } from "./reshape.ts";

interface AxisParams extends Params {
  readonly axis: number;
}

function shifted(x: Tensor, axis: number): Tensor {
  // An empty axis has no maximum.
  return x.size === 0 ? x : sub(x, stopGradient(max(x, { axis, keepdims: true })));
}

const softmaxOp: OpDef<AxisParams> = defineOp<AxisParams>({
  name: "softmax",
  infer([x]) {
    checkDtype("softmax", x, ["float32", "float16", "float64"]);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  grad: ({ grad, outputs: [y], params: { axis } }) => [softmaxGrad(y, grad, axis)],
  compose([x], { axis }) {
    const e = exp(shifted(x, axis));
    return [div(e, sum(e, { axis, keepdims: true }))];
  },
  lower: (b, [x], { axis }) => [b.op("Softmax", [x], x, { axis: { int: axis } })],
  supports: (_p, [x]) => (sizeOf(x.shape) > 0 ? true : "an empty tensor has no softmax kernel"),
  flops: ([x]) => 5 * sizeOf(x.shape),
});

/** y·(dy - Σ dy·y): a node of its own, so that providers may lower it as one pass. */
function softmaxGrad(y: Tensor, g: Tensor, axis: number): Tensor {
  return mul(y, sub(g, sum(mul(g, y), { axis, keepdims: true })));
}

/** `exp(x) / Σ exp(x)` along an axis, safe for large values. */
export function softmax(x: Tensor, axis = -1): Tensor {
  return apply1(softmaxOp, [x], { axis: normalizeAxis("softmax", axis, x.rank) });
}

const logSoftmaxOp: OpDef<AxisParams> = defineOp<AxisParams>({
  name: "logSoftmax",
  infer([x]) {
    checkDtype("logSoftmax", x, ["float32", "float16", "float64"]);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  grad: ({ grad, outputs: [y], params: { axis } }) => [
    sub(grad, mul(exp(y), sum(grad, { axis, keepdims: true }))),
  ],
  compose([x], { axis }) {
    const s = shifted(x, axis);
    return [sub(s, log(sum(exp(s), { axis, keepdims: true })))];
  },
  lower: (b, [x], { axis }) => [b.op("LogSoftmax", [x], x, { axis: { int: axis } })],
  supports: (provider, [x]) =>
    provider === "webgpu"
      ? "WebGPU has no LogSoftmax"
      : sizeOf(x.shape) > 0
        ? true
        : "an empty tensor has no kernel",
  flops: ([x]) => 5 * sizeOf(x.shape),
});

/** The logarithm of softmax along an axis. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return apply1(logSoftmaxOp, [x], { axis: normalizeAxis("logSoftmax", axis, x.rank) });
}

const crossEntropyOp: OpDef = defineOp({
  name: "crossEntropyRows",
  infer([x, labels]) {
    checkDtype("crossEntropyRows", x, ["float32", "float16", "float64"]);
    if (labels.dtype !== "int32" && labels.dtype !== "int64") {
      throw new DTypeError(
        `crossEntropyRows: labels have dtype ${labels.dtype}: expected int32 or int64 class numbers`,
      );
    }
    if (x.shape.length !== 2 || labels.shape.length !== 1 || labels.shape[0] !== x.shape[0]) {
      throw new ShapeError(
        `crossEntropyRows: expected logits [rows, classes] and labels [rows], got ${showShape(x.shape)} and ${showShape(labels.shape)}`,
      );
    }
    return [{ shape: [x.shape[0]], dtype: x.dtype }];
  },
  grad: ({ grad, inputs: [x, labels] }) => [
    apply1(crossEntropyGradOp, [x, labels, grad], {}),
    null,
  ],
  compose([x, labels]) {
    return [neg(sum(mul(logSoftmax(x, 1), oneHotRows(labels, x)), { axis: 1 }))];
  },
  lower(b, [x, labels], _params, [out]) {
    const logp = b.op("LogSoftmax", [x], x, { axis: { int: 1 } });
    const index = b.reshape(b.cast(labels, "int64"), [x.shape[0], 1]);
    const picked = b.op(
      "GatherElements",
      [logp, index],
      { shape: [x.shape[0], 1], dtype: x.dtype },
      { axis: { int: 1 } },
    );
    return [b.unary("Neg", b.reshape(picked, out.shape))];
  },
  supports: (provider, [x]) =>
    provider === "webgpu" || sizeOf(x.shape) === 0 ? "it is composed there" : true,
  flops: ([x]) => 5 * sizeOf(x.shape),
});

function oneHotRows(labels: Tensor, x: Tensor): Tensor {
  return cast(equal(expandDims(labels, 1), arange(0, x.shape[1], 1, labels.dtype)), x.dtype);
}

/** dLogits = (softmax - onehot)·g for each row; subtracting at the labels beats building a one-hot matrix. */
const crossEntropyGradOp: OpDef = defineOp({
  name: "crossEntropyRowsGrad",
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  compose([x, labels, g]) {
    return [mul(sub(softmax(x, 1), oneHotRows(labels, x)), expandDims(g, 1))];
  },
  lower(b, [x, labels, g]) {
    const [rows] = x.shape;
    const scaled = b.binary(
      "Mul",
      b.op("Softmax", [x], x, { axis: { int: 1 } }),
      b.reshape(g, [rows, 1]),
    );
    const rowIds = b.constant(
      BigInt64Array.from({ length: rows }, (_, i) => BigInt(i)),
      [rows, 1],
      "int64",
    );
    const at = b.concat([rowIds, b.reshape(b.cast(labels, "int64"), [rows, 1])], 1);
    return [
      b.op("ScatterND", [scaled, at, b.unary("Neg", g)], x, { reduction: { string: "add" } }),
    ];
  },
  supports: (provider, [x]) =>
    provider === "webgpu" || !isFloat(x.dtype) || sizeOf(x.shape) === 0
      ? "it is composed there"
      : true,
});

/**
 * Cross-entropy of each row, `-log softmax(logits)[label]`: logits `[..., classes]`, labels `[...]`
 * (int32 or int64), result `[...]`.
 */
export function crossEntropyRows(logits: Tensor, labels: Tensor): Tensor {
  const classes = logits.shape.at(-1) as number;
  const rows = apply1(
    crossEntropyOp,
    [reshape(logits, [logits.size / classes, classes]), reshape(labels, [labels.size])],
    {},
  );
  return reshape(rows, labels.shape);
}
