import fc from "fast-check";
import { expect, it } from "vitest";
import { spansOrders } from "./spread.ts";

/** The rule read off the sorted numbers. */
function bySorting(values: Float64Array): boolean {
  const s = Float64Array.from(new Set(values)).sort();
  if (s.length <= 10 || !(s[0] > 0)) return false;
  return s[Math.floor((19 * s.length) / 20)] / s[Math.floor(s.length / 20)] > 100;
}

function asked(values: Float64Array) {
  let sorts = 0;
  const sorted = () => {
    sorts++;
    return Float64Array.from(new Set(values)).sort();
  };
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return { spans: spansOrders({ values, counts: () => true, low, high, sorted }), sorts };
}

/** Numbers over so many decades, each `repeat` times. */
function spread(decades: number, repeat: number): Float64Array {
  let state = 5;
  const different = Float64Array.from({ length: 30_000 / repeat }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return 10 ** ((decades * state) / 2_147_483_647 - 3);
  });
  return Float64Array.from({ length: 30_000 }, (_, i) => different[i % different.length]);
}

it("decides as sorting does, for any spread and any number of repetitions", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 8, noNaN: true }),
      fc.constantFrom(1, 2, 3, 100, 3_000),
      (decades, repeat) => {
        const values = spread(decades, repeat);
        expect(asked(values).spans).toBe(bySorting(values));
      },
    ),
    { numRuns: 60, seed: 4 },
  );
});

it("need not sort where the answer is plain", () => {
  expect(asked(spread(6, 1))).toEqual({ spans: true, sorts: 0 });
  expect(asked(spread(1, 1))).toEqual({ spans: false, sorts: 0 });
  expect(asked(spread(2.1, 1))).toEqual({ spans: false, sorts: 0 });
  // 90 % of 2.222 decades are a factor of 100 within what buckets can tell.
  expect(asked(spread(2 / 0.9, 1)).sorts).toBe(1);
});

it("counts different numbers, not rows", () => {
  // Half of the rows hold one large number: by rows the upper quantile would be there.
  const values = Float64Array.from({ length: 40_000 }, (_, i) => (i % 2 ? 1e9 : 1 + i / 40_000));
  expect(bySorting(values)).toBe(false);
  expect(asked(values).spans).toBe(false);
});
