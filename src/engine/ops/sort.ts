/** @file Order: the largest k, sorting, and what is read off sorted values. */
import { ShapeError, ValueError } from "../errors.ts";
import { type Aval, defineOp, type OpDef, type Params } from "../op.ts";
import { normalizeAxis, showShape, sizeOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { full } from "./create.ts";
import { add, checkDtype, mul } from "./elementwise.ts";
import { scatterAddAlongAxis } from "./indexing.ts";
import { reshape } from "./reshape.ts";
import { slice } from "./slice.ts";

interface TopKParams extends Params {
  readonly k: number;
  readonly axis: number;
  readonly largest: boolean;
}

/** Outputs: the values in order, and their positions (int32). */
const topKOp: OpDef<TopKParams> = defineOp<TopKParams>({
  name: "topK",
  infer([x], { k, axis }) {
    checkDtype("topK", x, ["float32", "float16", "float64", "int32", "int64"]);
    if (!Number.isInteger(k) || k < 0 || k > x.shape[axis]) {
      throw new ShapeError(
        `topK: k is ${k}: expected a whole number up to ${x.shape[axis]}, the size of axis ${axis} of ${showShape(x.shape)}`,
      );
    }
    const shape = x.shape.map((d, i) => (i === axis ? k : d));
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: "int32" },
    ];
  },
  grad: ({ grad, inputs: [x], outputs: [, indices], params: { axis } }) => [
    scatterAddAlongAxis(full(x.shape, 0, grad.dtype), indices, grad, axis),
  ],
  lower(b, [x], { k, axis, largest }, [values, indices]) {
    const viaFloat = !b.onCpu && x.dtype !== "float32" && x.dtype !== "float16";
    const source = viaFloat ? b.cast(x, "float32") : x;
    const made: Aval[] = [
      { shape: values.shape, dtype: source.dtype },
      { shape: indices.shape, dtype: "int64" },
    ];
    const [v, i] = b.node("TopK", [source, b.ints([k])], made, {
      axis: { int: axis },
      largest: { int: largest ? 1 : 0 },
      sorted: { int: 1 },
    });
    return [b.cast(v, x.dtype), b.positions(i, x.shape[axis])];
  },
  js(ctx, [x], { k, axis, largest }, outputs) {
    const [values, indices] = outputs.map((o) => ctx.alloc(o));
    const inner = sizeOf(x.shape.slice(axis + 1));
    const d = x.shape[axis];
    const outer = sizeOf(x.shape.slice(0, axis));
    const order = Array.from({ length: d }, (_, i) => i);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const at = (p: number): number => x.data[(o * d + p) * inner + i];
        // The sort is stable only from equal starting orders.
        const sorted = [...order].sort((p, q) => (largest ? at(q) - at(p) : at(p) - at(q)));
        for (let r = 0; r < k; r++) {
          const to = (o * k + r) * inner + i;
          values.data[to] = at(sorted[r]);
          indices.data[to] = sorted[r];
        }
      }
    }
    return [values, indices];
  },
  flops: ([x]) => sizeOf(x.shape) * 8,
});

/** What `topK` gives. */
export interface TopK {
  readonly values: Tensor;
  /** Positions along the axis (int32). */
  readonly indices: Tensor;
}

/**
 * The `k` largest elements along an axis (the smallest with `largest: false`), in order, with their
 * positions; of equal ones the first comes first. The gradient goes to the elements chosen.
 * @throws ShapeError where the axis has fewer than k elements
 */
export function topK(
  x: Tensor,
  k: number,
  { axis = -1, largest = true }: { readonly axis?: number; readonly largest?: boolean } = {},
): TopK {
  const [values, indices] = apply(topKOp, [x], {
    k,
    axis: normalizeAxis("topK", axis, x.rank),
    largest,
  });
  return { values, indices };
}

/** Settings of `sort` and `argsort`. */
export interface SortOptions {
  readonly descending?: boolean;
}

function sorted(x: Tensor, axis: number, { descending = false }: SortOptions): TopK {
  const at = normalizeAxis("sort", axis, x.rank);
  return topK(x, x.shape[at], { axis: at, largest: descending });
}

/** The elements in ascending order along an axis. */
export function sort(x: Tensor, axis = -1, options: SortOptions = {}): Tensor {
  return sorted(x, axis, options).values;
}

/** The positions (int32) that sort `x` along an axis; equal elements keep their order. */
export function argsort(x: Tensor, axis = -1, options: SortOptions = {}): Tensor {
  return sorted(x, axis, options).indices;
}

/**
 * The q-quantile (0 to 1) along an axis, which disappears: linear between the two nearest of the
 * sorted elements, as NumPy has it by default.
 * @throws ValueError where q is outside of 0 to 1
 */
export function quantile(x: Tensor, q: number, axis = -1): Tensor {
  if (!(q >= 0 && q <= 1)) throw new ValueError(`quantile: q is ${q}: expected 0 to 1`);
  const at = normalizeAxis("quantile", axis, x.rank);
  const n = x.shape[at];
  if (n === 0) throw new ShapeError(`quantile: axis ${at} of ${showShape(x.shape)} is empty`);
  const place = q * (n - 1);
  const low = Math.floor(place);
  const ordered = sort(x, at);
  const pick = (i: number): Tensor => {
    const starts = x.shape.map((_, a) => (a === at ? i : null));
    const ends = x.shape.map((_, a) => (a === at ? i + 1 : null));
    return reshape(
      slice(ordered, starts, ends),
      x.shape.filter((_, a) => a !== at),
    );
  };
  if (place === low) return pick(low);
  const weight = place - low;
  return add(mul(pick(low), 1 - weight), mul(pick(low + 1), weight));
}

/** The median along an axis, or of all elements: the mean of the middle two where the count is even. */
export function median(x: Tensor, axis?: number): Tensor {
  return axis === undefined ? quantile(reshape(x, [x.size]), 0.5) : quantile(x, 0.5, axis);
}
