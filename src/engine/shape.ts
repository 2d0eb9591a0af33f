/** @file Shapes: sizes, strides, axes and NumPy broadcasting. */
import { ShapeError } from "./errors.ts";

/** Sizes of a tensor's dimensions, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** Number of elements of a shape (1 for a scalar). */
export function sizeOf(shape: Shape): number {
  let n = 1;
  for (const d of shape) n *= d;
  return n;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let s = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = s;
    s *= shape[i];
  }
  return strides;
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** `[2, 3]`, as it stands in messages. */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/**
 * The shape that `shapes` broadcast to by NumPy's rule.
 * @throws ShapeError naming `op` where two sizes differ and neither is 1
 */
export function broadcastShapes(op: string, ...shapes: Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const offset = rank - shape.length;
    for (let i = 0; i < shape.length; i++) {
      const d = shape[i];
      const have = out[offset + i];
      if (d === have || d === 1) continue;
      if (have !== 1) {
        throw new ShapeError(
          `${op}: shapes ${shapes.map(showShape).join(" and ")} do not broadcast: ` +
            `sizes ${have} and ${d} on axis ${i - shape.length} differ and neither is 1`,
        );
      }
      out[offset + i] = d;
    }
  }
  return out;
}

/**
 * An axis counted from the front, from one that may count from the end.
 * @throws ShapeError where it is out of range
 */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(
      rank === 0
        ? `${op}: axis ${axis} is out of range: a scalar has no axes`
        : `${op}: axis ${axis} is out of range: expected an integer from ${-rank} to ${rank - 1}`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** Axes counted from the front, ascending, without repeats; `undefined` means all of them. */
export function normalizeAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === "number" ? [axes] : axes).map((a) => normalizeAxis(op, a, rank));
  const unique = [...new Set(list)].sort((a, b) => a - b);
  if (unique.length !== list.length) {
    throw new ShapeError(`${op}: axis ${JSON.stringify(axes)} names one axis twice`);
  }
  return unique;
}

/** The shape after a reduction over `axes` (normalized). */
export function reducedShape(shape: Shape, axes: readonly number[], keepdims: boolean): number[] {
  const gone = new Set(axes);
  return keepdims
    ? shape.map((d, i) => (gone.has(i) ? 1 : d))
    : shape.filter((_, i) => !gone.has(i));
}

/**
 * Checks a shape that a user gave.
 * @throws ShapeError where a size is not a whole number of at least 0
 */
export function checkShape(op: string, shape: Shape): void {
  for (const d of shape) {
    if (!Number.isInteger(d) || d < 0) {
      throw new ShapeError(
        `${op}: shape ${showShape(shape)} has size ${d}: expected whole numbers of at least 0`,
      );
    }
  }
}
