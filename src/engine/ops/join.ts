/** @file Joining and cutting along an axis: concat, stack, split, roll. */
import { ShapeError, ValueError } from "../errors.ts";
import { stridedCopy } from "../js/strided-copy.ts";
import { defineOp, type OpDef, type Params } from "../op.ts";
import { normalizeAxis, showShape, sizeOf, stridesOf } from "../shape.ts";
import { apply, apply1, type Tensor } from "../tensor.ts";
import { full } from "./create.ts";
import { checkSameDtype } from "./elementwise.ts";
import { expandDims } from "./reshape.ts";
import { slice } from "./slice.ts";

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

/** Rotates the elements along an axis: those pushed off one end come in at the other. */
export function roll(x: Tensor, shift: number, axis: number): Tensor {
  const at = normalizeAxis("roll", axis, x.rank);
  const d = x.shape[at];
  const s = d === 0 ? 0 : ((shift % d) + d) % d;
  if (s === 0) return x;
  const [head, last] = split(x, [d - s, s], at);
  return concat([last, head], at);
}
