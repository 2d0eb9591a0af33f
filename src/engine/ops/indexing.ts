/** @file Reading and writing by integer tensors: gather, take-along-axis, scatter-add, one-hot. */
import { type DType, isFloat, toTypedArray } from "../dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../errors.ts";
import type { Lowering, Value } from "../onnx/lowering.ts";
import { type Aval, defineOp, type OpDef, type Params } from "../op.ts";
import { normalizeAxis, type Shape, sameShape, showShape, sizeOf, stridesOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { arange, full } from "./create.ts";
import { add, checkDtype, checkSameDtype } from "./elementwise.ts";
import { equal, less, where } from "./logic.ts";
import { broadcastTo, expandDims, reshape, transpose } from "./reshape.ts";

interface AxisParams extends Params {
  readonly axis: number;
}

const NUMBERS: readonly DType[] = ["float32", "float16", "float64", "int32", "int64", "uint32"];

/** @internal Checks that indices are int32 or int64. @throws DTypeError */
export function checkIndices(op: string, indices: Aval): void {
  if (indices.dtype !== "int32" && indices.dtype !== "int64") {
    throw new DTypeError(`${op}: indices have dtype ${indices.dtype}: expected int32 or int64`);
  }
}

/** @internal An index of the `js` backend counted from the front. @throws ValueError where it is out of range */
export function inRange(op: string, index: number, size: number): number {
  if (!(index >= -size && index < size)) {
    throw new ValueError(`${op}: index ${index} is out of range: expected ${-size} to ${size - 1}`);
  }
  return index < 0 ? index + size : index;
}

const gatherOp: OpDef<AxisParams> = defineOp<AxisParams>({
  name: "gather",
  infer([x, indices], { axis }) {
    checkIndices("gather", indices);
    return [
      {
        shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
        dtype: x.dtype,
      },
    ];
  },
  grad: ({ grad, inputs: [x, indices], params: { axis } }) => [
    gatherGrad(grad, x.shape, indices, axis),
    null,
  ],
  lower: (b, [x, indices], { axis }, [out]) => [
    b.op("Gather", [x, indices], out, { axis: { int: axis } }),
  ],
  js(ctx, [x, indices], { axis }, [out]) {
    const result = ctx.alloc(out);
    const inner = sizeOf(x.shape.slice(axis + 1));
    const outer = sizeOf(x.shape.slice(0, axis));
    const d = x.shape[axis];
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < indices.data.length; k++) {
        const from = (o * d + inRange("gather", indices.data[k], d)) * inner;
        result.data.set(x.data.subarray(from, from + inner), at);
        at += inner;
      }
    }
    return [result];
  },
  flops: () => 0,
});

/** Sums rows of `g` into zeros of `shape` at `indices` along `axis`. */
function gatherGrad(g: Tensor, shape: Shape, indices: Tensor, axis: number): Tensor {
  const d = shape[axis];
  const flat = reshape(indices, [indices.size]);
  if (axis === 0) {
    const rest = shape.slice(1);
    return scatterAddRows(full(shape, 0, g.dtype), flat, reshape(g, [indices.size, ...rest]));
  }
  // Bring the axis to the front, where whole rows can be added.
  const merged = reshape(g, [...shape.slice(0, axis), indices.size, ...shape.slice(axis + 1)]);
  const perm = [axis, ...shape.map((_, i) => i).filter((i) => i !== axis)];
  const front = transpose(merged, perm);
  const rows = scatterAddRows(full([d, ...front.shape.slice(1)], 0, g.dtype), flat, front);
  return transpose(
    rows,
    perm.map((_, i) => perm.indexOf(i)),
  );
}

/**
 * Slices of `x` along `axis` at the given positions: the axis is replaced by the shape of `indices`
 * (int32 or int64; negative positions count from the end). An embedding look-up is `gather(table, ids)`.
 */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return apply1(gatherOp, [x, indices], { axis: normalizeAxis("gather", axis, x.rank) });
}

const scatterAddRowsOp: OpDef = defineOp({
  name: "scatterAddRows",
  infer([x, indices, rows]) {
    checkIndices("scatterAddRows", indices);
    checkSameDtype("scatterAddRows", x, rows);
    checkDtype("scatterAddRows", x, NUMBERS);
    const expected = [...indices.shape, ...x.shape.slice(1)];
    if (indices.shape.length !== 1 || !sameShape(rows.shape, expected)) {
      throw new ShapeError(
        `scatterAddRows: expected rows ${showShape(expected)}, got ${showShape(rows.shape)}`,
      );
    }
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  grad: ({ grad, inputs: [, indices], needs }) => [
    grad,
    null,
    needs(2) ? gather(grad, indices, 0) : null,
  ],
  lower: (b, inputs) => [sizeOf(inputs[2].shape) === 0 ? inputs[0] : lowerScatterAdd(b, inputs)],
  js(ctx, [x, indices, rows], _params, [out]) {
    const result = ctx.alloc(out);
    result.data.set(x.data);
    const inner = sizeOf(x.shape.slice(1));
    for (let k = 0; k < indices.data.length; k++) {
      const base = inRange("scatterAddRows", indices.data[k], x.shape[0]) * inner;
      for (let i = 0; i < inner; i++) result.data[base + i] += rows.data[k * inner + i];
    }
    return [result];
  },
});

/** Tables up to this height take the product with a one-hot matrix: it beats scattering. */
const ONE_HOT_ROWS = 512;

/**
 * ONNX Runtime's CPU ScatterND adds with several threads and without locks: repeated positions lose
 * updates (seen in 40 of 300 runs; microsoft/onnxruntime #18048). It stays on one thread below
 * about 200,000 estimated cycles, so the rows go in pieces well under that, each in place.
 */
const PIECE_CYCLES = 80_000;

function lowerScatterAdd(b: Lowering, [x, indices, rows]: readonly Value[]): Value {
  const [count] = indices.shape;
  const width = sizeOf(x.shape.slice(1));
  const aval = { shape: x.shape, dtype: x.dtype };
  if (!b.onCpu) {
    // In this order: WebGPU reshapes int32 but not int64.
    const at = b.cast(b.reshape(indices, [count, 1]), "int64");
    return b.op("ScatterND", [x, at, rows], aval, { reduction: { string: "add" } });
  }
  if (x.shape[0] <= ONE_HOT_ROWS && isFloat(x.dtype) && width > 0 && x.dtype !== "float16") {
    const ids = b.constant(
      toTypedArray(
        Array.from({ length: x.shape[0] }, (_, i) => i),
        indices.dtype,
      ),
      [x.shape[0]],
      indices.dtype,
    );
    const counted = countFromFront(b, indices, x.shape[0]);
    const hit = b.cast(b.binary("Equal", b.reshape(counted, [count, 1]), ids, "bool"), x.dtype);
    const sums = b.matmul(hit, b.reshape(rows, [count, width]), { transposeA: true });
    return b.binary("Add", x, b.reshape(sums, x.shape));
  }
  const at = b.reshape(b.cast(indices, "int64"), [count, 1]);
  const piece = Math.max(1, Math.floor(PIECE_CYCLES / (2.5 * width + 20)));
  let y = x;
  for (let from = 0; from < count; from += piece) {
    const to = Math.min(count, from + piece);
    const cut = (v: Value): Value =>
      b.slice(
        v,
        v.shape.map((_, i) => (i === 0 ? from : 0)),
        v.shape.map((d, i) => (i === 0 ? to : d)),
      );
    y = b.op("ScatterND", [y, cut(at), cut(rows)], aval, { reduction: { string: "add" } });
  }
  return y;
}

function countFromFront(b: Lowering, indices: Value, size: number): Value {
  const negative = b.binary("Less", indices, b.scalar(0, indices.dtype), "bool");
  const shift = b.binary("Mul", b.cast(negative, indices.dtype), b.scalar(size, indices.dtype));
  return b.binary("Add", indices, shift);
}

/** `x` with `rows[k]` added at `x[indices[k]]`; repeated positions add up. Shapes `[n, ...]`, `[k]`, `[k, ...]`. */
export function scatterAddRows(x: Tensor, indices: Tensor, rows: Tensor): Tensor {
  return apply1(scatterAddRowsOp, [x, indices, rows], {});
}

const takeAlongAxisOp: OpDef<AxisParams> = defineOp<AxisParams>({
  name: "takeAlongAxis",
  infer([x, indices], { axis }) {
    checkIndices("takeAlongAxis", indices);
    checkAlongShape("takeAlongAxis", x.shape, indices.shape, axis);
    return [{ shape: indices.shape, dtype: x.dtype }];
  },
  grad: ({ grad, inputs: [x, indices], params: { axis } }) => [
    scatterAddAlongAxis(full(x.shape, 0, grad.dtype), indices, grad, axis),
    null,
  ],
  lower(b, [x, indices], { axis }, [out]) {
    const take = (source: Value): Value =>
      b.op(
        "GatherElements",
        [source, indices],
        { shape: out.shape, dtype: source.dtype },
        { axis: { int: axis } },
      );
    if (b.onCpu || isFloat(x.dtype)) return [take(x)];
    const asFloat = (v: Value): Value => b.cast(take(b.cast(v, "float32")), v.dtype);
    if (x.dtype === "bool") return [asFloat(x)];
    // WebGPU takes floats only, which hold 24 bits: the upper and the lower half go separately.
    const half = b.scalar(65536, x.dtype);
    const upper = b.binary("Div", x, half);
    const lower = b.binary("Sub", x, b.binary("Mul", upper, half));
    return [b.binary("Add", b.binary("Mul", asFloat(upper), half), asFloat(lower))];
  },
  js(ctx, [x, indices], { axis }, [out]) {
    const result = ctx.alloc(out);
    walkAlong(indices.shape, x.shape, axis, (o, base, stride) => {
      result.data[o] =
        x.data[base + inRange("takeAlongAxis", indices.data[o], x.shape[axis]) * stride];
    });
    return [result];
  },
});

/** @internal Checks that indices fit `x` on every axis but one. @throws ShapeError */
export function checkAlongShape(op: string, x: Shape, indices: Shape, axis: number): void {
  if (x.length !== indices.length || x.some((d, i) => i !== axis && indices[i] > d)) {
    throw new ShapeError(
      `${op}: indices ${showShape(indices)} do not fit ${showShape(x)} beside axis ${axis}`,
    );
  }
}

/** @internal Calls back for every position of `indices` with the base offset in `x` and the stride along `axis`. */
export function walkAlong(
  indices: Shape,
  x: Shape,
  axis: number,
  visit: (o: number, base: number, stride: number) => void,
): void {
  const strides = stridesOf(x);
  const index = new Array<number>(indices.length).fill(0);
  const n = sizeOf(indices);
  for (let o = 0; o < n; o++) {
    let base = 0;
    for (let i = 0; i < index.length; i++) if (i !== axis) base += index[i] * strides[i];
    visit(o, base, strides[axis]);
    for (let i = index.length - 1; i >= 0; i--) {
      if (++index[i] < indices[i]) break;
      index[i] = 0;
    }
  }
}

/** For each position of `indices`, the element of `x` at that index along `axis` (NumPy's take_along_axis). */
export function takeAlongAxis(x: Tensor, indices: Tensor, axis: number): Tensor {
  return apply1(takeAlongAxisOp, [x, indices], {
    axis: normalizeAxis("takeAlongAxis", axis, x.rank),
  });
}

const scatterAddOp: OpDef<AxisParams> = defineOp<AxisParams>({
  name: "scatterAddAlongAxis",
  infer([x, indices, updates], { axis }) {
    checkIndices("scatterAddAlongAxis", indices);
    checkSameDtype("scatterAddAlongAxis", x, updates);
    checkDtype("scatterAddAlongAxis", x, NUMBERS);
    checkAlongShape("scatterAddAlongAxis", x.shape, indices.shape, axis);
    if (!sameShape(indices.shape, updates.shape)) {
      throw new ShapeError(
        `scatterAddAlongAxis: updates ${showShape(updates.shape)} differ from indices ${showShape(indices.shape)}`,
      );
    }
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  grad: ({ grad, inputs: [, indices], params: { axis }, needs }) => [
    grad,
    null,
    needs(2) ? takeAlongAxis(grad, indices, axis) : null,
  ],
  lower(b, [x, indices, updates], { axis }, [out]) {
    if (sizeOf(updates.shape) === 0) return [x];
    return [
      b.op("ScatterElements", [x, indices, updates], out, {
        axis: { int: axis },
        reduction: { string: "add" },
      }),
    ];
  },
  js(ctx, [x, indices, updates], { axis }, [out]) {
    const result = ctx.alloc(out);
    result.data.set(x.data);
    walkAlong(indices.shape, x.shape, axis, (o, base, stride) => {
      result.data[base + inRange("scatterAddAlongAxis", indices.data[o], x.shape[axis]) * stride] +=
        updates.data[o];
    });
    return [result];
  },
});

/** `x` with each update added at its index along `axis`; repeated positions add up. */
export function scatterAddAlongAxis(
  x: Tensor,
  indices: Tensor,
  updates: Tensor,
  axis: number,
): Tensor {
  return apply1(scatterAddOp, [x, indices, updates], {
    axis: normalizeAxis("scatterAddAlongAxis", axis, x.rank),
  });
}

/** 1 where the class is that of the label, else 0: labels `[...]` give `[..., depth]`. */
export function oneHot(labels: Tensor, depth: number, dtype: DType = "float32"): Tensor {
  return cast(equal(expandDims(labels, labels.rank), arange(0, depth, 1, labels.dtype)), dtype);
}

/** One position of `at(...)`: an index, a range `[start, end, step?]`, null for all, or integer positions. */
export type Position = number | readonly (number | null)[] | null | Tensor;

/** @internal Ranges and single indices become slices; integer tensors gather. */
export function gatherPositions(x: Tensor, indices: Tensor, axis: number): Tensor {
  const d = x.shape[axis];
  const counted = where(less(indices, 0), add(indices, d), indices);
  return gather(x, counted, axis);
}

/** Repeats each element `count` times along an axis. */
export function repeat(x: Tensor, count: number, axis: number): Tensor {
  const at = normalizeAxis("repeat", axis, x.rank);
  const wide = expandDims(x, at + 1);
  const shape = wide.shape.map((d, i) => (i === at + 1 ? count : d));
  return reshape(
    broadcastTo(wide, shape),
    x.shape.map((d, i) => (i === at ? d * count : d)),
  );
}
