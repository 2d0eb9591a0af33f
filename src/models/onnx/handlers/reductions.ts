/** @file Operators that reduce, order or accumulate along axes. */
import {
  abs,
  argmax,
  argmin,
  cast,
  cumsum,
  equal,
  expandDims,
  flip,
  isFloat,
  log,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  oneHot,
  prod,
  type ReduceOptions,
  reshape,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  topK,
  where,
} from "../../../engine/index.ts";
import { normalizeAxis } from "../../../engine/shape.ts";
import type { Handler, HandlerTable, NodeCall } from "../call.ts";

/** A reduction; its axes stood in an attribute in older operator sets. */
function reduction(fn: (x: Tensor, options: ReduceOptions) => Tensor): Handler {
  return (call) => {
    const given = call.tensor(0);
    const narrow = given.dtype === "bool" || given.dtype === "uint8";
    const x = narrow ? cast(given, "int32") : given;
    const axes = call.settings("axes", 1) ?? [];
    const keepdims = call.attributes.int("keepdims", 1) !== 0;
    const all = axes.length === 0 && call.attributes.int("noop_with_empty_axes", 0) === 0;
    return cast(fn(x, all ? { keepdims } : { axis: axes, keepdims }), given.dtype);
  };
}

/** A mean that rounds toward zero on integers. */
function meanOf(x: Tensor, options: ReduceOptions): Tensor {
  return isFloat(x.dtype) ? mean(x, options) : cast(mean(cast(x, "float32"), options), x.dtype);
}

function argOf(find: (x: Tensor, axis: number) => Tensor): Handler {
  return (call) => {
    const x = call.tensor(0);
    const axis = normalizeAxis(call.node.op, call.attributes.int("axis", 0), x.rank);
    const last = call.attributes.int("select_last_index", 0) !== 0;
    const found = last ? sub(x.shape[axis] - 1, find(flip(x, axis), axis)) : find(x, axis);
    const kept = call.attributes.int("keepdims", 1) !== 0 ? expandDims(found, axis) : found;
    return cast(kept, "int64");
  };
}

/**
 * Softmax and its relatives. Before operator set 13 everything from the axis on (the second by
 * default) was one axis; since then only the axis itself (the last by default).
 */
function alongAxis(fn: (x: Tensor, axis: number) => Tensor): Handler {
  return (call) => {
    const x = call.tensor(0);
    if (call.version >= 13) return fn(x, call.attributes.int("axis", -1));
    const given = call.attributes.int("axis", 1);
    const axis = given < 0 ? given + x.rank : given;
    const columns = x.shape.slice(axis).reduce((n, d) => n * d, 1);
    const rows = reshape(x, [columns === 0 ? 0 : x.size / columns, columns]);
    return reshape(fn(rows, 1), x.shape);
  };
}

function hardmax(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("Hardmax", axis, x.rank);
  const last = oneHot(argmax(x, at), x.shape[at], x.dtype);
  const perm = x.shape.map((_, i) => i).slice(0, -1);
  perm.splice(at, 0, x.rank - 1);
  return last.transpose(perm);
}

function topKOf(call: NodeCall): Tensor[] {
  const x = call.tensor(0);
  const k = call.version >= 10 ? call.known(1, "k")[0] : call.attributes.int("k", 1);
  const axis = call.attributes.int("axis", -1);
  const largest = call.attributes.int("largest", 1) !== 0;
  const { values, indices } = topK(x, k, { axis, largest });
  return [values, cast(indices, "int64")];
}

function lpNormalized(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const options = { axis: call.attributes.int("axis", -1), keepdims: true };
  const order = call.attributes.int("p", 2);
  const size = order === 1 ? sum(abs(x), options) : sqrt(sum(square(x), options));
  // A vector of zeros stays one.
  return x.div(where(equal(size, 0), 1, size));
}

function cumulated(call: NodeCall): Tensor {
  const axis = call.known(1, "axis")[0];
  return cumsum(call.tensor(0), axis, {
    reverse: call.attributes.int("reverse", 0) !== 0,
    exclusive: call.attributes.int("exclusive", 0) !== 0,
  });
}

export const reductions: HandlerTable = {
  ArgMax: argOf(argmax),
  ArgMin: argOf(argmin),
  CumSum: cumulated,
  Hardmax: alongAxis(hardmax),
  LogSoftmax: alongAxis(logSoftmax),
  LpNormalization: lpNormalized,
  ReduceL1: reduction((x, o) => sum(abs(x), o)),
  ReduceL2: reduction((x, o) => sqrt(sum(square(x), o))),
  ReduceLogSum: reduction((x, o) => log(sum(x, o))),
  ReduceLogSumExp: reduction(logSumExp),
  ReduceMax: reduction(max),
  ReduceMean: reduction(meanOf),
  ReduceMin: reduction(min),
  ReduceProd: reduction(prod),
  ReduceSum: reduction(sum),
  ReduceSumSquare: reduction((x, o) => sum(square(x), o)),
  Softmax: alongAxis(softmax),
  TopK: topKOf,
};
