/** @file Operators that make and move elements: shapes, constants, joining, cutting, padding. */
import {
  arange,
  broadcastTo,
  cast,
  concat,
  full,
  gather,
  mul,
  oneHot,
  pad,
  reshape,
  type Shape,
  slice,
  split,
  squeeze,
  sub,
  type Tensor,
  tensor,
  tile,
  transpose,
} from "../../../engine/index.ts";
import { broadcastShapes, normalizeAxis } from "../../../engine/shape.ts";
import type { HandlerTable, NodeCall, Result } from "../call.ts";
import { ELEMENT } from "../types.ts";
import { Value } from "../value.ts";

/** What a node of type Constant holds apart from tensors, which the reader takes as initializers. */
function constant(call: NodeCall): Result {
  const { attributes } = call;
  if (attributes.has("value_int")) {
    return Value.known({
      shape: [],
      dtype: "int64",
      data: Float64Array.of(attributes.int("value_int", 0)),
    });
  }
  if (attributes.has("value_float")) {
    const data = Float32Array.of(attributes.float("value_float", 0));
    return Value.known({ shape: [], dtype: "float32", data });
  }
  const ints = attributes.ints("value_ints");
  if (ints && attributes.has("value_ints")) return Value.ints(ints);
  const floats = attributes.floats("value_floats");
  if (floats) {
    const data = Float32Array.from(floats);
    return Value.known({ shape: [data.length], dtype: "float32", data });
  }
  const value = attributes.tensor("value");
  if (!value) throw call.fail("it holds no numbers");
  const { data, shape, dtype } = call.around.readTensor(value);
  return Value.stored(data, shape, dtype);
}

function constantOfShape(call: NodeCall): Result {
  const shape = call.known(0, "shape");
  const value = call.attributes.tensor("value");
  if (!value) return full(shape, 0);
  const { data, dtype } = call.around.readTensor(value);
  const { elements } = Value.stored(data, [data.length], dtype);
  return full(shape, elements?.[0] ?? 0, dtype);
}

function range(call: NodeCall): Result {
  const [start, limit, delta] = [0, 1, 2].map((i) => call.known(i, "limits")[0]);
  const count = call.count(Math.max(0, Math.ceil((limit - start) / delta)), "elements");
  return arange(start, start + count * delta, delta, call.value(0).dtype);
}

function shapeOf(call: NodeCall): Value {
  const { shape } = call.value(0);
  const { attributes } = call;
  return Value.ints(shape.slice(attributes.int("start", 0), attributes.int("end", shape.length)));
}

function reshaped(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const wanted = call.settings("shape", 1) ?? [];
  const keepsZero = call.attributes.int("allowzero", 0) !== 0;
  return reshape(
    x,
    wanted.map((d, i) => (d === 0 && !keepsZero ? (x.shape[i] ?? 0) : d)),
  );
}

function unsqueezed(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const given = call.settings("axes", 1) ?? [];
  const rank = x.rank + given.length;
  const axes = new Set(given.map((a) => normalizeAxis("Unsqueeze", a, rank)));
  if (axes.size !== given.length) throw call.fail(`axes [${given}] name one twice`);
  const rest = [...x.shape];
  return reshape(
    x,
    Array.from({ length: rank }, (_, i) => (axes.has(i) ? 1 : (rest.shift() as number))),
  );
}

function flattened(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const given = call.attributes.int("axis", 1);
  const axis = given < 0 ? given + x.rank : given;
  const lead = x.shape.slice(0, axis).reduce((n, d) => n * d, 1);
  return reshape(x, [lead, x.size === 0 ? 0 : x.size / lead]);
}

function sliced(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const starts = call.settings("starts", 1) ?? [];
  const ends = call.settings("ends", 2) ?? [];
  const axes = call.settings("axes", 3) ?? starts.map((_, i) => i);
  const steps = call.has(4) ? call.known(4, "steps") : [];
  const all = (): (number | null)[] => x.shape.map(() => null);
  const [from, to] = [all(), all()];
  const by = x.shape.map(() => 1);
  for (const [i, given] of axes.entries()) {
    const axis = normalizeAxis("Slice", given, x.rank);
    from[axis] = starts[i];
    to[axis] = ends[i];
    by[axis] = steps[i] ?? 1;
  }
  return slice(x, from, to, by);
}

function splitUp(call: NodeCall): Tensor[] {
  const x = call.tensor(0);
  const axis = call.attributes.int("axis", 0);
  const sizes = call.settings("split", 1);
  if (sizes) return split(x, sizes, axis);
  const outputs = call.attributes.int("num_outputs", call.node.outputs.length);
  const parts = call.count(outputs, "parts");
  const d = x.shape[normalizeAxis("Split", axis, x.rank)];
  const each = Math.ceil(d / parts);
  return split(
    x,
    Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(each, d - i * each))),
    axis,
  );
}

/** Positions that an axis of size `d` with `before` and `after` more elements takes from itself. */
function borderPositions(mode: string, d: number, before: number, after: number): number[] {
  const period = Math.max(1, 2 * (d - 1));
  return Array.from({ length: d + before + after }, (_, i) => {
    const at = i - before;
    if (mode === "edge") return Math.min(d - 1, Math.max(0, at));
    if (mode === "wrap") return ((at % d) + d) % d;
    const turn = ((at % period) + period) % period;
    return turn < d ? turn : period - turn;
  });
}

function padded(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const mode = call.attributes.string("mode", "constant");
  const pads = call.settings("pads", 1) ?? [];
  const given = call.has(3) ? call.known(3, "axes") : x.shape.map((_, i) => i);
  const widths = x.shape.map((): [number, number] => [0, 0]);
  for (const [i, a] of given.entries()) {
    const axis = normalizeAxis("Pad", a, x.rank);
    widths[axis] = [pads[i] ?? 0, pads[i + given.length] ?? 0];
  }
  if (mode === "constant") {
    const value = call.has(2)
      ? (call.known(2, "value")[0] ?? 0)
      : call.attributes.float("value", 0);
    return pad(x, widths, value);
  }
  return widths.reduce((y, [before, after], axis) => {
    if (before === 0 && after === 0) return y;
    call.count(y.shape[axis] + before + after, "elements");
    const positions = borderPositions(mode, y.shape[axis], before, after);
    return gather(y, tensor(positions, { dtype: "int32" }), axis);
  }, x);
}

/** The identity pattern, by comparing row and column numbers. */
function eyeLike(call: NodeCall): Tensor {
  const { shape, dtype } = call.value(0);
  const [rows, columns] = shape;
  const offset = call.attributes.int("k", 0);
  const out = call.attributes.has("dtype") ? call.dtype("dtype", ELEMENT.FLOAT) : dtype;
  return oneHot(arange(offset, offset + rows, 1, "int32"), columns, out);
}

/** Splits the channels into blocks of space, in the order of the two modes. */
function depthToSpace(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const [n, c, h, w] = x.shape;
  const b = call.attributes.int("blocksize", 1);
  const depth = c / (b * b);
  const columnFirst = call.attributes.string("mode", "DCR") === "CRD";
  const parts = columnFirst ? [n, depth, b, b, h, w] : [n, b, b, depth, h, w];
  const perm = columnFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  return reshape(transpose(reshape(x, parts), perm), [n, depth, h * b, w * b]);
}

function spaceToDepth(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const [n, c, h, w] = x.shape;
  const b = call.attributes.int("blocksize", 1);
  const columnFirst = call.attributes.string("mode", "DCR") === "CRD";
  const perm = columnFirst ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4];
  const parts = transpose(reshape(x, [n, c, h / b, b, w / b, b]), perm);
  return reshape(parts, [n, c * b * b, h / b, w / b]);
}

function expanded(call: NodeCall): Tensor {
  const x = call.tensor(0);
  return broadcastTo(x, broadcastShapes("Expand", x.shape, call.known(1, "shape")));
}

function tiled(call: NodeCall): Tensor {
  const x = call.tensor(0);
  if (call.version >= 6) return tile(x, call.known(1, "repeats"));
  const axis = call.known(2, "axis")[0];
  const count = call.known(1, "tiles")[0];
  return tile(
    x,
    x.shape.map((_, i) => (i === axis ? count : 1)),
  );
}

/** Where the elements of a known value are not zero: one row of positions for each axis. */
function nonZero(call: NodeCall): Value {
  const { shape } = call.value(0);
  const elements = call.known(0, "result's size");
  const strides = stridesOf(shape);
  const found = elements.flatMap((v, i) => (v === 0 ? [] : [i]));
  const rows = shape.map((d, axis) => found.map((i) => Math.floor(i / strides[axis]) % d));
  const data = Float64Array.from(rows.flat());
  return Value.known({ shape: [shape.length, found.length], dtype: "int64", data });
}

function stridesOf(shape: Shape): number[] {
  return shape.map((_, i) => shape.slice(i + 1).reduce((n, d) => n * d, 1));
}

/** Drops what a known condition does not hold for. */
function compressed(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const kept = call.known(1, "condition").flatMap((v, i) => (v === 0 ? [] : [i]));
  const positions = tensor(kept, { dtype: "int32", shape: [kept.length] });
  if (!call.attributes.has("axis")) return gather(reshape(x, [x.size]), positions);
  return gather(x, positions, call.attributes.int("axis", 0));
}

/** OneHot's `[off, on]` values; a negative class counts from the end. */
function oneHotOf(call: NodeCall): Tensor {
  const labels = cast(call.tensor(0), "int32");
  const depth = call.count(call.known(1, "depth")[0], "classes");
  const values = call.tensor(2);
  const [off, on] = split(reshape(values, [2]), 2);
  const wrapped = oneHot(labels, depth).add(oneHot(labels.add(depth), depth));
  const hit = cast(wrapped, values.dtype);
  const mixed = mul(hit, sub(on, off)).add(off);
  const axis = normalizeAxis("OneHot", call.attributes.int("axis", -1), mixed.rank);
  const perm = mixed.shape.map((_, i) => i).slice(0, -1);
  perm.splice(axis, 0, mixed.rank - 1);
  return transpose(mixed, perm);
}

function concatenated(call: NodeCall): Result {
  const parts = call.tensors().filter((t) => t.size > 0);
  const axis = call.attributes.int("axis", 1);
  return concat(parts.length > 0 ? parts : call.tensors().slice(0, 1), axis);
}

export const shapes: HandlerTable = {
  Compress: compressed,
  Concat: concatenated,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  DepthToSpace: depthToSpace,
  Dropout: (call) => {
    const x = call.value(0);
    if (!call.wants(1)) return x;
    return [x, full(x.shape, 1, "bool")];
  },
  Expand: expanded,
  EyeLike: eyeLike,
  Flatten: flattened,
  Identity: (call) => call.value(0),
  NonZero: nonZero,
  OneHot: oneHotOf,
  Pad: padded,
  Range: range,
  Reshape: reshaped,
  Shape: shapeOf,
  Size: (call) =>
    Value.known({ shape: [], dtype: "int64", data: Float64Array.of(call.value(0).size) }),
  Slice: sliced,
  SpaceToDepth: spaceToDepth,
  Split: splitUp,
  Squeeze: (call) => squeeze(call.tensor(0), call.settings("axes", 1) ?? undefined),
  Tile: tiled,
  Transpose: (call) => transpose(call.tensor(0), call.attributes.ints("perm") ?? undefined),
  Unsqueeze: unsqueezed,
};
