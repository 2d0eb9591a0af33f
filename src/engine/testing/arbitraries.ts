/** @file Random shapes for property tests: with empty and size-1 axes, and pairs that broadcast on both sides. */
import fc from "fast-check";

/** Sizes of an axis: mostly small, often 1, sometimes 0. */
const side = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 2, max: 4 }) },
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constant(0) },
);

/** A shape of rank `minRank` (0 by default) to `maxRank` (5 by default). */
export function shapes({ minRank = 0, maxRank = 5 } = {}): fc.Arbitrary<number[]> {
  return fc.array(side, { minLength: minRank, maxLength: maxRank });
}

/** A shape and one of its axes, which may be counted from the end. */
export function shapesWithAxis(maxRank = 4): fc.Arbitrary<{ shape: number[]; axis: number }> {
  return shapes({ minRank: 1, maxRank }).chain((shape) =>
    fc.integer({ min: -shape.length, max: shape.length - 1 }).map((axis) => ({ shape, axis })),
  );
}

/** A shape and some of its axes, at least one. */
export function shapesWithAxes(maxRank = 4): fc.Arbitrary<{ shape: number[]; axes: number[] }> {
  return shapes({ minRank: 1, maxRank }).chain((shape) =>
    fc
      .subarray(
        shape.map((_, i) => i),
        { minLength: 1 },
      )
      .map((axes) => ({ shape, axes })),
  );
}

/** Shapes that broadcast with each other: each may lack leading axes and have size 1 anywhere. */
export function broadcastable(count: number, maxRank = 4): fc.Arbitrary<number[][]> {
  return shapes({ maxRank }).chain((whole) =>
    fc.tuple(
      ...Array.from({ length: count }, () =>
        fc
          .tuple(
            fc.integer({ min: 0, max: whole.length }),
            fc.array(fc.boolean(), { minLength: whole.length, maxLength: whole.length }),
          )
          .map(([from, ones]) => whole.map((d, i) => (ones[i] ? 1 : d)).slice(from)),
      ),
    ),
  );
}

/** A permutation of the axes of a shape. */
export function shapesWithOrder(maxRank = 5): fc.Arbitrary<{ shape: number[]; perm: number[] }> {
  return shapes({ maxRank }).chain((shape) =>
    fc
      .shuffledSubarray(
        shape.map((_, i) => i),
        { minLength: shape.length, maxLength: shape.length },
      )
      .map((perm) => ({ shape, perm })),
  );
}
