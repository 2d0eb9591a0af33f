import fc from "fast-check";
import { expect, it } from "vitest";
import { Bitset } from "./bits.ts";
import { applyFilter, type Filter, type RangeFilter } from "./filters.ts";
import { frameOf } from "./frame.ts";
import { Selection } from "./selection.ts";
import type { Value } from "./types.ts";

const cell = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom<Value | undefined>("a", "b", "", "7", null, undefined, true),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, 1.5),
);
const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 40 });
const bound = fc.integer({ min: -6, max: 6 });
const range = (col: string) =>
  fc.tuple(bound, bound, fc.boolean(), fc.boolean()).map(
    ([a, b, special, byText]): RangeFilter => ({
      type: "Range",
      data: byText
        ? { col, type: "categorical", min: String(a), max: "b" }
        : { col, type: "numeric", min: a, max: b, include_infnans: special },
    }),
  );
const step = fc.oneof(
  fc.tuple(fc.constant("x"), fc.option(fc.array(range("x"), { maxLength: 1 }))),
  fc.tuple(fc.constant("y"), fc.option(fc.array(range("y"), { maxLength: 1 }))),
);

/** What the rules say of one row, written down once more in the plainest way. */
function passes(value: Value | undefined, { data }: RangeFilter): boolean {
  if (value === undefined) return false;
  if (data.type === "categorical") {
    const text = value === "" ? "(empty)" : String(value);
    return data.min <= text && text <= data.max;
  }
  const number = Number.parseFloat(String(value));
  if (Number(data.min) <= number && number <= Number(data.max)) return true;
  return data.include_infnans === true && !Number.isFinite(number);
}

it("selects after any sequence of brushes what a plain filter selects, and reports the changes", () => {
  fc.assert(
    fc.property(rows, fc.array(step, { maxLength: 8 }), (cells, steps) => {
      const points = cells.map(([x, y], row) => ({
        uid: String(row),
        fromUid: null,
        values: {
          ...(x === undefined ? {} : { x }),
          ...(y === undefined ? {} : { y }),
        } as Record<string, Value>,
      }));
      const frame = frameOf(points);
      const selection = new Selection(frame);
      const shadow = Bitset.full(frame.rows);
      const brushes = new Map<string, readonly RangeFilter[]>();
      for (const [column, ranges] of steps) {
        if (ranges === null) brushes.delete(column);
        else if (frame.column(column)) brushes.set(column, ranges);
        const { entered, left } = selection.brush(column, ranges);
        for (const row of entered) shadow.add(row);
        for (const row of left) shadow.delete(row);
        const expected = points.flatMap(({ values }, row) =>
          [...brushes].every(([name, each]) => each.some((r) => passes(values[name], r)))
            ? [row]
            : [],
        );
        expect([...selection.selected.rows()]).toEqual(expected);
        expect(selection.count).toBe(expected.length);
        expect([...shadow.rows()]).toEqual(expected);
        expect([...applyFilter(frame, selection.filter).rows()]).toEqual(expected);
      }
    }),
    { numRuns: 300, seed: 4 },
  );
});

it("counts only rows that are kept", () => {
  const frame = frameOf([1, 2, 3, 4].map((x) => ({ uid: `r${x}`, fromUid: null, values: { x } })));
  const keep: Filter = { type: "Range", data: { col: "x", type: "numeric", min: 2, max: 4 } };
  const selection = new Selection(frame, applyFilter(frame, keep));
  expect(selection.keptCount).toBe(3);
  selection.brush("x", [{ type: "Range", data: { col: "x", type: "numeric", min: 0, max: 3 } }]);
  expect([...selection.selected.rows()]).toEqual([1, 2]);
  selection.clear();
  expect(selection.count).toBe(3);
});
