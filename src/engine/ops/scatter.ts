/** @file Writing at integer positions, and reading and writing by position vectors. */
import { ShapeError } from "../errors.ts";
import { type Aval, defineOp, type OpDef, type Params } from "../op.ts";
import { normalizeAxis, type Shape, sameShape, showShape, sizeOf, stridesOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { full } from "./create.ts";
import { checkSameDtype } from "./elementwise.ts";
import { checkAlongShape, checkIndices, inRange, takeAlongAxis, walkAlong } from "./indexing.ts";

interface AxisParams extends Params {
  readonly axis: number;
}

const scatterOp: OpDef<AxisParams> = defineOp<AxisParams>({
  name: "scatterAlongAxis",
  infer([x, indices, updates], { axis }) {
    checkIndices("scatterAlongAxis", indices);
    checkSameDtype("scatterAlongAxis", x, updates);
    checkAlongShape("scatterAlongAxis", x.shape, indices.shape, axis);
    if (!sameShape(indices.shape, updates.shape)) {
      throw new ShapeError(
        `scatterAlongAxis: updates ${showShape(updates.shape)} differ from indices ${showShape(indices.shape)}`,
      );
    }
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  grad: ({ grad, inputs: [, indices, updates], params: { axis }, needs }) => [
    needs(0) ? scatterAlongAxis(grad, indices, full(updates.shape, 0, grad.dtype), axis) : null,
    null,
    needs(2) ? takeAlongAxis(grad, indices, axis) : null,
  ],
  lower(b, [x, indices, updates], { axis }, [out]) {
    if (sizeOf(updates.shape) === 0) return [x];
    return [b.op("ScatterElements", [x, indices, updates], out, { axis: { int: axis } })];
  },
  js(ctx, [x, indices, updates], { axis }, [out]) {
    const result = ctx.alloc(out);
    result.data.set(x.data);
    walkAlong(indices.shape, x.shape, axis, (o, base, stride) => {
      const i = inRange("scatterAlongAxis", indices.data[o], x.shape[axis]);
      result.data[base + i * stride] = updates.data[o];
    });
    return [result];
  },
});

/** `x` with each update written at its index along `axis`; which one stays at a repeated position is open. */
export function scatterAlongAxis(
  x: Tensor,
  indices: Tensor,
  updates: Tensor,
  axis: number,
): Tensor {
  return apply1(scatterOp, [x, indices, updates], {
    axis: normalizeAxis("scatterAlongAxis", axis, x.rank),
  });
}

/** Shape of what position vectors `[..., k]` address in `x`: one slice for each vector. */
function addressed(op: string, x: Aval, indices: Aval): number[] {
  checkIndices(op, indices);
  const k = indices.shape.at(-1);
  if (k === undefined || k > x.shape.length || k === 0) {
    throw new ShapeError(
      `${op}: positions ${showShape(indices.shape)}: expected a last axis of size 1 to ${x.shape.length} for ${showShape(x.shape)}`,
    );
  }
  return [...indices.shape.slice(0, -1), ...x.shape.slice(k)];
}

/** Calls back with the first element of the slice that each position vector addresses. */
function walkPositions(
  op: string,
  positions: ArrayLike<number>,
  k: number,
  shape: Shape,
  visit: (at: number, n: number) => void,
): void {
  const strides = stridesOf(shape);
  for (let n = 0; n < positions.length / k; n++) {
    let at = 0;
    for (let i = 0; i < k; i++) at += inRange(op, positions[n * k + i], shape[i]) * strides[i];
    visit(at, n);
  }
}

const gatherNDOp: OpDef = defineOp({
  name: "gatherND",
  infer: ([x, indices]) => [{ shape: addressed("gatherND", x, indices), dtype: x.dtype }],
  grad: ({ grad, inputs: [x, indices] }) => [
    scatterAddND(full(x.shape, 0, grad.dtype), indices, grad),
    null,
  ],
  lower: (b, [x, indices], _params, [out]) => [
    b.op("GatherND", [x, b.cast(indices, "int64")], out),
  ],
  js(ctx, [x, indices], _params, [out]) {
    const result = ctx.alloc(out);
    const k = indices.shape.at(-1) as number;
    const n = sizeOf(x.shape.slice(k));
    walkPositions("gatherND", indices.data, k, x.shape, (at, i) =>
      result.data.set(x.data.subarray(at, at + n), i * n),
    );
    return [result];
  },
  flops: () => 0,
});

/** The slices of `x` at position vectors `[..., k]` into its first k axes: shape `[..., *x.shape[k:]]`. */
export function gatherND(x: Tensor, indices: Tensor): Tensor {
  return apply1(gatherNDOp, [x, indices], {});
}

function scatterND(name: string, adds: boolean): OpDef {
  const op: OpDef = defineOp({
    name,
    infer([x, indices, updates]) {
      checkSameDtype(name, x, updates);
      const expected = addressed(name, x, indices);
      if (!sameShape(expected, updates.shape)) {
        throw new ShapeError(
          `${name}: updates have shape ${showShape(updates.shape)}: expected ${showShape(expected)}`,
        );
      }
      return [{ shape: x.shape, dtype: x.dtype }];
    },
    grad({ grad, inputs: [, indices, updates], needs }) {
      const kept = adds ? grad : scatterSetND(grad, indices, full(updates.shape, 0, grad.dtype));
      return [kept, null, needs(2) ? gatherND(grad, indices) : null];
    },
    lower(b, [x, indices, updates], _params, [out]) {
      if (sizeOf(updates.shape) === 0) return [x];
      const attributes = adds ? { reduction: { string: "add" } } : undefined;
      return [b.op("ScatterND", [x, b.cast(indices, "int64"), updates], out, attributes)];
    },
    js(ctx, [x, indices, updates], _params, [out]) {
      const result = ctx.alloc(out);
      result.data.set(x.data);
      const k = indices.shape.at(-1) as number;
      const n = sizeOf(x.shape.slice(k));
      walkPositions(name, indices.data, k, x.shape, (at, i) => {
        for (let j = 0; j < n; j++) {
          const value = updates.data[i * n + j];
          if (adds) result.data[at + j] += value;
          else result.data[at + j] = value;
        }
      });
      return [result];
    },
    flops: ([, , updates]) => sizeOf(updates.shape),
  });
  return op;
}

const scatterAddNDOp = scatterND("scatterAddND", true);
const scatterSetNDOp = scatterND("scatterSetND", false);

/** `x` with `updates[i]` added at position vector `indices[i]`; repeated positions add up. */
export function scatterAddND(x: Tensor, indices: Tensor, updates: Tensor): Tensor {
  return apply1(scatterAddNDOp, [x, indices, updates], {});
}

/** `x` with `updates[i]` written at position vector `indices[i]`; which one stays at a repeated position is open. */
export function scatterSetND(x: Tensor, indices: Tensor, updates: Tensor): Tensor {
  return apply1(scatterSetNDOp, [x, indices, updates], {});
}
