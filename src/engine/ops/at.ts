/** @file NumPy-like indexing with integers, ranges and integer tensors. */
import { ShapeError } from "../errors.ts";
import { showShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { gatherPositions, type Position } from "./indexing.ts";
import { reshape } from "./reshape.ts";
import { slice } from "./slice.ts";

/**
 * `x.at(i, [start, end, step], null, ids)`: one position for each leading axis. A number drops its
 * axis (negative: from the end), a range `[start, end?, step?]` keeps it, null takes all of it, and
 * an integer tensor is replaced by its shape (at most one).
 */
export function at(x: Tensor, positions: readonly Position[]): Tensor {
  if (positions.length > x.rank) {
    throw new ShapeError(
      `at: ${positions.length} positions for the ${x.rank} axes of ${showShape(x.shape)}`,
    );
  }
  const starts: (number | null)[] = [];
  const ends: (number | null)[] = [];
  const steps: number[] = [];
  const dropped: number[] = [];
  let indices: { axis: number; ids: Tensor } | null = null;
  for (const [axis, p] of positions.entries()) {
    const d = x.shape[axis];
    const [start, end, step] =
      p === null || p instanceof Tensor
        ? [null, null, 1]
        : typeof p === "number"
          ? [p, null, 1]
          : p;
    starts.push(start ?? null);
    ends.push(end ?? null);
    steps.push(step ?? 1);
    if (p instanceof Tensor) {
      if (indices)
        throw new ShapeError("at: more than one integer tensor; use gather for each axis in turn");
      indices = { axis, ids: p };
    } else if (typeof p === "number") {
      if (!Number.isInteger(p) || p < -d || p >= d) {
        throw new ShapeError(
          `at: index ${p} is out of range on axis ${axis} of ${showShape(x.shape)}`,
        );
      }
      ends[axis] = p === -1 ? null : p + 1;
      dropped.push(axis);
    }
  }
  let y = slice(x, starts, ends, steps);
  y = reshape(
    y,
    y.shape.filter((_, i) => !dropped.includes(i)),
  );
  if (!indices) return y;
  const axis = indices.axis - dropped.filter((d) => d < (indices as { axis: number }).axis).length;
  return gatherPositions(y, indices.ids, axis);
}
