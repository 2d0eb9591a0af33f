/** @file Ops that keep every element and change the shape around it: reshape, transpose, broadcast, tile. */
import { isFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { broadcastStrides } from "../js/elementwise.ts";
import { stridedCopy } from "../js/strided-copy.ts";
import { defineOp, type Params } from "../op.ts";
import {
  broadcastShapes,
  checkShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
} from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { sum } from "./reduce.ts";

interface ShapeParams extends Params {
  readonly shape: Shape;
}

const reshapeOp = defineOp<ShapeParams>({
  name: "reshape",
  infer([x], { shape }) {
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new ShapeError(
        `reshape: ${showShape(x.shape)} has ${sizeOf(x.shape)} elements, ${showShape(shape)} has ${sizeOf(shape)}`,
      );
    }
    return [{ shape, dtype: x.dtype }];
  },
  grad: ({ grad, inputs: [x] }) => [reshape(grad, x.shape)],
  lower: (b, [x], { shape }) => [b.reshape(x, shape)],
  js: (_ctx, [x], { shape }) => [{ ...x, shape }],
  flops: () => 0,
});

/** The same elements in another shape; one size may be -1 and is worked out. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const unknown = shape.indexOf(-1);
  let full = [...shape];
  if (unknown >= 0) {
    const known = shape.reduce((n, d, i) => (i === unknown ? n : n * d), 1);
    if (shape.lastIndexOf(-1) !== unknown || known === 0 || x.size % known !== 0) {
      throw new ShapeError(`reshape: ${showShape(x.shape)} does not fit ${showShape(shape)}`);
    }
    full = shape.map((d, i) => (i === unknown ? x.size / known : d));
  }
  checkShape("reshape", full);
  if (sameShape(full, x.shape)) return x;
  return apply1(reshapeOp, [x], { shape: full });
}

interface PermParams extends Params {
  readonly perm: readonly number[];
}

const transposeOp = defineOp<PermParams>({
  name: "transpose",
  infer: ([x], { perm }) => [{ shape: perm.map((p) => x.shape[p]), dtype: x.dtype }],
  grad: ({ grad, params: { perm } }) => [
    transpose(
      grad,
      perm.map((_, i) => perm.indexOf(i)),
    ),
  ],
  lower: (b, [x], { perm }) => [b.transpose(x, perm)],
  js(ctx, [x], { perm }, [out]) {
    const s = stridesOf(x.shape);
    return [
      stridedCopy(
        ctx,
        x,
        out,
        perm.map((p) => s[p]),
        0,
      ),
    ];
  },
  flops: () => 0,
});

/** Permutes the axes; without `perm` it reverses them. */
export function transpose(x: Tensor, perm?: readonly number[]): Tensor {
  const order = perm
    ? perm.map((p) => normalizeAxis("transpose", p, x.rank))
    : x.shape.map((_, i) => x.rank - 1 - i);
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new ShapeError(
      `transpose: [${perm}] is not a permutation of the ${x.rank} axes of ${showShape(x.shape)}`,
    );
  }
  return order.every((p, i) => p === i) ? x : apply1(transposeOp, [x], { perm: order });
}

/** Swaps two axes (the last two by default). */
export function swapAxes(x: Tensor, a = -1, b = -2): Tensor {
  const perm = x.shape.map((_, i) => i);
  const i = normalizeAxis("swapAxes", a, x.rank);
  const j = normalizeAxis("swapAxes", b, x.rank);
  [perm[i], perm[j]] = [perm[j], perm[i]];
  return transpose(x, perm);
}

const broadcastOp = defineOp<ShapeParams>({
  name: "broadcastTo",
  infer([x], { shape }) {
    if (!sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape)) {
      throw new ShapeError(
        `broadcastTo: ${showShape(x.shape)} does not broadcast to ${showShape(shape)}`,
      );
    }
    return [{ shape, dtype: x.dtype }];
  },
  grad: ({ grad }) => [grad],
  lower: (b, [x], { shape }) => [b.expand(x, shape)],
  js: (ctx, [x], { shape }, [out]) => [
    stridedCopy(ctx, x, out, broadcastStrides(x.shape, shape), 0),
  ],
  flops: () => 0,
});

/** `x` repeated to `shape` by NumPy's rule. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply1(broadcastOp, [x], { shape: [...shape] });
}

/** @internal Sums the axes along which `x` was broadcast from `shape`. */
export function sumToShape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.rank - shape.length;
  const axes = x.shape
    .map((_, i) => i)
    .filter((i) => i < extra || (shape[i - extra] === 1 && x.shape[i] !== 1));
  return reshape(sum(x, { axis: axes }), shape);
}

/** Drops axes of size 1: all of them, or the named ones. */
export function squeeze(x: Tensor, axis?: number | readonly number[]): Tensor {
  const axes =
    axis === undefined
      ? x.shape.flatMap((d, i) => (d === 1 ? [i] : []))
      : normalizeAxes("squeeze", axis, x.rank);
  for (const a of axes) {
    if (x.shape[a] !== 1)
      throw new ShapeError(
        `squeeze: axis ${a} of ${showShape(x.shape)} has size ${x.shape[a]}, not 1`,
      );
  }
  return reshape(
    x,
    x.shape.filter((_, i) => !axes.includes(i)),
  );
}

/** Adds an axis of size 1 so that it stands at `axis` of the result. */
export function expandDims(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("expandDims", axis, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** One axis from several neighbouring ones, `start` to `end` included. */
export function flattenAxes(x: Tensor, start = 0, end = -1): Tensor {
  if (x.rank === 0) return reshape(x, [1]);
  const a = normalizeAxis("flatten", start, x.rank);
  const b = normalizeAxis("flatten", end, x.rank);
  return reshape(x, [
    ...x.shape.slice(0, a),
    sizeOf(x.shape.slice(a, b + 1)),
    ...x.shape.slice(b + 1),
  ]);
}

/** Repeats the whole tensor `repeats[i]` times along axis i. */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  if (repeats.length !== x.rank)
    throw new ShapeError(
      `tile: ${repeats.length} repeats for the ${x.rank} axes of ${showShape(x.shape)}`,
    );
  const spread = reshape(
    x,
    x.shape.flatMap((d) => [1, d]),
  );
  const full = broadcastTo(
    spread,
    x.shape.flatMap((d, i) => [repeats[i], d]),
  );
  return reshape(
    full,
    x.shape.map((d, i) => d * repeats[i]),
  );
}

/** `x` in a float dtype where it is not one already. */
export function asFloat(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : cast(x, "float32");
}
