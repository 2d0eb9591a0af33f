/** @file Parts of a tensor: slices with steps, one index along an axis, reversal. */
import { isFloat } from "../dtype.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { stridedCopy } from "../js/strided-copy.ts";
import { defineOp, type Params } from "../op.ts";
import { normalizeAxes, normalizeAxis, sameShape, showShape, stridesOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { dilate, pad } from "./pad.ts";
import { squeeze } from "./reshape.ts";

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
