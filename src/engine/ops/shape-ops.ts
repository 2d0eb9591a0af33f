/** @file Ops that move elements without computing: reshape, transpose, broadcast, slice, concat, pad, flip. */
import { isFloat } from "../dtype.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { broadcastStrides } from "../js/elementwise.ts";
import type { JsContext, NDArray } from "../js/ndarray.ts";
import { type Aval, defineOp, type OpDef, type Params } from "../op.ts";
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
import { apply, apply1, type Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { full } from "./create.ts";
import { checkSameDtype } from "./elementwise.ts";
import { sum } from "./reduce.ts";

/** Copies elements by strides: `out[i] = x[offset + Σ i·strides]`. */
function stridedCopy(
  ctx: JsContext,
  x: NDArray,
  out: Aval,
  strides: readonly number[],
  offset: number,
): NDArray {
  const result = ctx.alloc(out);
  const { shape } = out;
  const n = result.data.length;
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let o = 0; o < n; o++) {
    result.data[o] = x.data[at];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

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

interface SliceParams extends Params {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly steps: readonly number[];
}

function slicedShape({ starts, ends, steps }: SliceParams): number[] {
  return starts.map((s, i) => Math.max(0, Math.ceil((ends[i] - s) / steps[i])));
}

const sliceOp = defineOp<SliceParams>({
  name: "slice",
  infer: ([x], params) => [{ shape: slicedShape(params), dtype: x.dtype }],
  grad({ grad, inputs: [x], params: { starts, steps } }) {
    let g = grad;
    let from = starts;
    const backwards = steps.flatMap((s, i) => (s < 0 ? [i] : []));
    if (backwards.length > 0) {
      g = flip(g, backwards);
      from = starts.map((s, i) => (steps[i] < 0 ? s + (g.shape[i] - 1) * steps[i] : s));
    }
    g = dilate(g, steps.map(Math.abs));
    return [
      pad(
        g,
        x.shape.map((d, i) => [from[i], d - from[i] - g.shape[i]] as const),
      ),
    ];
  },
  lower(b, [x], { starts, ends, steps }) {
    if (b.onCpu || (isFloat(x.dtype) && steps.every((s) => s > 0)))
      return [b.slice(x, starts, ends, steps)];
    // WebGPU slices floats only, and goes wrong backwards; Gather does the rest.
    let y = x;
    for (const [axis, start] of starts.entries()) {
      const count = Math.max(0, Math.ceil((ends[axis] - start) / steps[axis]));
      if (count === y.shape[axis] && steps[axis] === 1) continue;
      const index = b.ints(Array.from({ length: count }, (_, i) => start + i * steps[axis]));
      const shape = y.shape.map((d, i) => (i === axis ? count : d));
      y = b.op("Gather", [y, index], { shape, dtype: y.dtype }, { axis: { int: axis } });
    }
    return [y];
  },
  js(ctx, [x], { starts, steps }, [out]) {
    const s = stridesOf(x.shape);
    const offset = starts.reduce((o, start, i) => o + start * s[i], 0);
    return [
      stridedCopy(
        ctx,
        x,
        out,
        s.map((v, i) => v * steps[i]),
        offset,
      ),
    ];
  },
  flops: () => 0,
});

/**
 * The elements from `starts` up to but without `ends`, every `steps`-th, for the leading axes named
 * by the arrays. Negative positions count from the end, as in NumPy; `null` means as far as it goes.
 */
export function slice(
  x: Tensor,
  starts: readonly (number | null)[],
  ends: readonly (number | null)[] = [],
  steps: readonly number[] = [],
): Tensor {
  if (Math.max(starts.length, ends.length, steps.length) > x.rank) {
    throw new ShapeError(`slice: more positions than the ${x.rank} axes of ${showShape(x.shape)}`);
  }
  const params = { starts: [] as number[], ends: [] as number[], steps: [] as number[] };
  for (const [i, d] of x.shape.entries()) {
    const step = steps[i] ?? 1;
    if (!Number.isInteger(step) || step === 0)
      throw new ValueError(
        `slice: step ${step} on axis ${i}: expected a whole number other than 0`,
      );
    const low = step > 0 ? 0 : -1;
    const high = step > 0 ? d : d - 1;
    const place = (v: number | null | undefined, other: number): number =>
      v === null || v === undefined ? other : Math.min(high, Math.max(low, v < 0 ? v + d : v));
    params.starts.push(place(starts[i], step > 0 ? 0 : d - 1));
    params.ends.push(place(ends[i], step > 0 ? d : -1));
    params.steps.push(step);
  }
  if (params.steps.every((s) => s === 1) && sameShape(slicedShape(params), x.shape)) return x;
  return apply1(sliceOp, [x], params);
}

/** One index along an axis, which disappears. */
export function select(x: Tensor, axis: number, index: number): Tensor {
  const at = normalizeAxis("select", axis, x.rank);
  const d = x.shape[at];
  if (!Number.isInteger(index) || index < -d || index >= d) {
    throw new ShapeError(
      `select: index ${index} is out of range on axis ${at} of ${showShape(x.shape)}`,
    );
  }
  const i = index < 0 ? index + d : index;
  const starts = x.shape.map((_, k) => (k === at ? i : null));
  const ends = x.shape.map((_, k) => (k === at ? i + 1 : null));
  return squeeze(slice(x, starts, ends), at);
}

/** `x` in reverse along some axes (all by default). */
export function flip(x: Tensor, axis?: number | readonly number[]): Tensor {
  const axes = new Set(normalizeAxes("flip", axis, x.rank));
  return slice(
    x,
    x.shape.map(() => null),
    [],
    x.shape.map((_, i) => (axes.has(i) ? -1 : 1)),
  );
}

interface AxisParams extends Params {
  readonly axis: number;
}

const concatOp = defineOp<AxisParams>({
  name: "concat",
  infer(xs, { axis }) {
    const first = xs[0];
    for (const x of xs) {
      checkSameDtype("concat", first, x);
      if (
        x.shape.length !== first.shape.length ||
        x.shape.some((d, i) => i !== axis && d !== first.shape[i])
      ) {
        throw new ShapeError(
          `concat: shapes ${showShape(first.shape)} and ${showShape(x.shape)} differ beside axis ${axis}`,
        );
      }
    }
    const total = xs.reduce((n, x) => n + x.shape[axis], 0);
    return [{ shape: first.shape.map((d, i) => (i === axis ? total : d)), dtype: first.dtype }];
  },
  grad({ grad, inputs, params: { axis } }) {
    let at = 0;
    return inputs.map((x) => {
      const from = at;
      at += x.shape[axis];
      return slice(
        grad,
        x.shape.map((_, i) => (i === axis ? from : null)),
        x.shape.map((_, i) => (i === axis ? at : null)),
      );
    });
  },
  lower: (b, xs, { axis }) => [b.concat(xs, axis)],
  js(ctx, xs, { axis }, [out]) {
    const result = ctx.alloc(out);
    const outer = sizeOf(out.shape.slice(0, axis));
    const inner = sizeOf(out.shape.slice(axis + 1));
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (const x of xs) {
        const n = x.shape[axis] * inner;
        result.data.set(x.data.subarray(o * n, (o + 1) * n), at);
        at += n;
      }
    }
    return [result];
  },
  flops: () => 0,
});

/** Joins tensors along an axis. */
export function concat(xs: readonly Tensor[], axis = 0): Tensor {
  if (xs.length === 0) throw new ValueError("concat: expected at least one tensor, got none");
  const at = normalizeAxis("concat", axis, xs[0].rank);
  return xs.length === 1 ? xs[0] : apply1(concatOp, xs, { axis: at });
}

/** Joins tensors of one shape along a new axis. */
export function stack(xs: readonly Tensor[], axis = 0): Tensor {
  return concat(
    xs.map((x) => expandDims(x, axis)),
    axis,
  );
}

interface SplitParams extends AxisParams {
  readonly sizes: readonly number[];
}

const splitOp: OpDef<SplitParams> = defineOp<SplitParams>({
  name: "split",
  infer: ([x], { axis, sizes }) =>
    sizes.map((size) => ({
      shape: x.shape.map((d, i) => (i === axis ? size : d)),
      dtype: x.dtype,
    })),
  // One concatenation, where slices would each pad their gradient to the whole and add.
  grad: ({ grads, outputs, params: { axis } }) => [
    concat(
      outputs.map((y, i) => grads[i] ?? full(y.shape, 0, y.dtype)),
      axis,
    ),
  ],
  lower: (b, [x], { axis, sizes }) => b.split(x, sizes, axis),
  js(ctx, [x], { axis, sizes }, outputs) {
    const strides = stridesOf(x.shape);
    let from = 0;
    return outputs.map((out, i) => {
      const part = stridedCopy(ctx, x, out, strides, from * strides[axis]);
      from += sizes[i];
      return part;
    });
  },
  flops: () => 0,
});

/** Cuts a tensor along an axis, into equal parts or parts of the given sizes. */
export function split(x: Tensor, parts: number | readonly number[], axis = 0): Tensor[] {
  const at = normalizeAxis("split", axis, x.rank);
  const d = x.shape[at];
  const sizes = typeof parts === "number" ? new Array<number>(parts).fill(d / parts) : [...parts];
  const fits = sizes.every((s) => Number.isInteger(s) && s >= 0);
  if (!fits || sizes.reduce((a, b) => a + b, 0) !== d) {
    throw new ShapeError(
      `split: axis ${at} of ${showShape(x.shape)} does not divide into ${JSON.stringify(parts)}`,
    );
  }
  return sizes.length === 1 ? [x] : apply(splitOp, [x], { axis: at, sizes });
}

interface PadParams extends Params {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly value: number;
}

const padOp = defineOp<PadParams>({
  name: "pad",
  infer: ([x], { before, after }) => [
    { shape: x.shape.map((d, i) => before[i] + d + after[i]), dtype: x.dtype },
  ],
  grad: ({ grad, inputs: [x], params: { before } }) => [
    slice(
      grad,
      before,
      before.map((p, i) => p + x.shape[i]),
    ),
  ],
  lower: (b, [x], { before, after, value }, [out]) => [
    b.op("Pad", [x, b.ints([...before, ...after]), b.scalar(value, x.dtype)], out, {
      mode: { string: "constant" },
    }),
  ],
  js(ctx, [x], { before, value }, [out]) {
    const result = ctx.alloc(out);
    result.data.fill(value);
    const strides = stridesOf(out.shape);
    const inner = x.shape.at(-1) ?? 1;
    const rows = inner === 0 ? 0 : x.data.length / inner;
    const lead = x.shape.slice(0, -1);
    const index = new Array<number>(lead.length).fill(0);
    for (let r = 0; r < rows; r++) {
      let at = before.at(-1) ?? 0;
      for (let i = 0; i < lead.length; i++) at += (index[i] + before[i]) * strides[i];
      result.data.set(x.data.subarray(r * inner, (r + 1) * inner), at);
      for (let i = lead.length - 1; i >= 0; i--) {
        if (++index[i] < lead[i]) break;
        index[i] = 0;
      }
    }
    return [result];
  },
  flops: () => 0,
});

/** What `pad` adds: the elements mirrored at the edge, the edge repeated, or the other end's elements. */
export type PadMode = "reflect" | "edge" | "wrap";

/** One axis padded with its own elements. */
function padAxis(x: Tensor, axis: number, before: number, after: number, mode: PadMode): Tensor {
  const d = x.shape[axis];
  const most = mode === "reflect" ? d - 1 : mode === "wrap" ? d : d > 0 ? before + after : 0;
  if (Math.min(before, after) < 0 || Math.max(before, after) > most) {
    throw new ShapeError(
      `pad: [${before}, ${after}] elements by "${mode}" on axis ${axis} of ${showShape(x.shape)}: expected 0 to ${most}`,
    );
  }
  const range = (start: number, end: number): Tensor =>
    slice(
      x,
      x.shape.map((_, i) => (i === axis ? start : null)),
      x.shape.map((_, i) => (i === axis ? end : null)),
    );
  const repeated = (edge: Tensor, n: number): Tensor =>
    broadcastTo(
      edge,
      x.shape.map((size, i) => (i === axis ? n : size)),
    );
  const parts: Record<PadMode, () => [Tensor, Tensor]> = {
    reflect: () => [flip(range(1, before + 1), axis), flip(range(d - 1 - after, d - 1), axis)],
    edge: () => [repeated(range(0, 1), before), repeated(range(d - 1, d), after)],
    wrap: () => [range(d - before, d), range(0, after)],
  };
  const [head, tail] = parts[mode]();
  return concat([...(before > 0 ? [head] : []), x, ...(after > 0 ? [tail] : [])], axis);
}

/**
 * Adds `[before, after]` elements on each axis: a value (0 by default; a negative count cuts
 * instead), or the tensor's own elements by a `PadMode`.
 */
export function pad(
  x: Tensor,
  widths: readonly (readonly [number, number])[],
  fill: number | PadMode = 0,
): Tensor {
  if (widths.length !== x.rank)
    throw new ShapeError(
      `pad: ${widths.length} pairs for the ${x.rank} axes of ${showShape(x.shape)}`,
    );
  if (typeof fill === "string")
    return widths.reduce((y, [b, a], axis) => (b || a ? padAxis(y, axis, b, a, fill) : y), x);
  const cut = slice(
    x,
    widths.map(([b]) => Math.max(0, -b)),
    widths.map(([, a], i) => x.shape[i] - Math.max(0, -a)),
  );
  const before = widths.map(([b]) => Math.max(0, b));
  const after = widths.map(([, a]) => Math.max(0, a));
  return [...before, ...after].every((p) => p === 0)
    ? cut
    : apply1(padOp, [cut], { before, after, value: fill });
}

/** @internal Puts `steps - 1` zeros between neighbours along each axis. */
export function dilate(x: Tensor, steps: readonly number[]): Tensor {
  if (steps.every((s, i) => s === 1 || x.shape[i] <= 1)) return x;
  // [.., n, ..] -> [.., n, 1, ..] padded to [.., n, s, ..], merged, without the last s - 1 zeros.
  const spread = reshape(
    x,
    x.shape.flatMap((d) => [d, 1]),
  );
  const padded = pad(
    spread,
    x.shape.flatMap(
      (_, i) =>
        [
          [0, 0],
          [0, steps[i] - 1],
        ] as [number, number][],
    ),
  );
  const merged = reshape(
    padded,
    x.shape.map((d, i) => d * steps[i]),
  );
  return slice(
    merged,
    [],
    x.shape.map((d, i) => Math.max(0, (d - 1) * steps[i] + 1)),
  );
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

/** Rotates the elements along an axis: those pushed off one end come in at the other. */
export function roll(x: Tensor, shift: number, axis: number): Tensor {
  const at = normalizeAxis("roll", axis, x.rank);
  const d = x.shape[at];
  const s = d === 0 ? 0 : ((shift % d) + d) % d;
  if (s === 0) return x;
  const [head, last] = split(x, [d - s, s], at);
  return concat([last, head], at);
}

/** `x` in a float dtype where it is not one already. */
export function asFloat(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : cast(x, "float32");
}
