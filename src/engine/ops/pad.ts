/** @file Padding: with a value, with the tensor's own elements, with zeros between neighbours. */
import { ShapeError } from "../errors.ts";
import { defineOp, type Params } from "../op.ts";
import { showShape, stridesOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { concat } from "./join.ts";
import { broadcastTo, reshape } from "./reshape.ts";
import { flip, slice } from "./slice.ts";

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
