import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { thinIndices } from "./thin.ts";

describe("thinning a curve", () => {
  it("keeps all points of a short curve", () => {
    expect(thinIndices([3, 1, 2], 3)).toEqual([0, 1, 2]);
    expect(thinIndices([], 2)).toEqual([]);
  });

  it("keeps the ends and the peaks", () => {
    const values = Array.from({ length: 100 }, (_, index) =>
      index === 40 ? 9 : index === 70 ? -9 : 0,
    );
    const kept = thinIndices(values, 10);
    expect(kept).toContain(40);
    expect(kept).toContain(70);
    expect([kept[0], kept.at(-1)]).toEqual([0, 99]);
  });

  it("stays within the limit, in order, with both extremes, for any curve", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double(), { maxLength: 300 }),
        fc.integer({ min: 4, max: 50 }),
        (values, limit) => {
          const kept = thinIndices(values, limit);
          expect(kept.length).toBeLessThanOrEqual(Math.max(limit, 0));
          expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
          const finite = values.filter(Number.isFinite);
          const keptValues = kept.map((index) => values[index]);
          if (finite.length === 0) return;
          expect(Math.min(...keptValues.filter(Number.isFinite))).toBe(Math.min(...finite));
          expect(Math.max(...keptValues.filter(Number.isFinite))).toBe(Math.max(...finite));
        },
      ),
      { seed: 1 },
    );
  });
});
