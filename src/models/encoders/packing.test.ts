/** @file Packing of texts into rows. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { packRows } from "./packing.ts";

it("fills rows exactly where lengths allow it", () => {
  expect(packRows([3, 5, 8, 4, 0, 4], 8, 4)).toEqual([[2], [1, 0], [3, 5]]);
});

it("leaves no text out, overfills no row, and wastes little", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 32 }), { maxLength: 200 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 8 }), (sizes, texts) => {
      const rows = packRows(sizes, 32, texts);
      const placed = rows.flat().sort((a, b) => a - b);
      expect(placed).toEqual(sizes.flatMap((size, i) => (size > 0 ? [i] : [])));
      for (const row of rows) {
        expect(row.length).toBeLessThanOrEqual(texts);
        expect(row.reduce((sum, i) => sum + sizes[i]!, 0)).toBeLessThanOrEqual(32);
      }
      // Two rows with room for another text would be one, so fewer than two in three places are empty.
      const total = sizes.reduce((sum, size) => sum + size, 0);
      expect(rows.length).toBeLessThanOrEqual(Math.ceil(total / 16) + sizes.length / texts + 1);
    }),
  );
});
