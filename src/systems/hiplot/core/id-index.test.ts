import { expect, it } from "vitest";
import { PackedTexts } from "./columns.ts";
import { IdIndex } from "./id-index.ts";

it("finds parents before and after their rows, and tells those that are not there", () => {
  const ids = Array.from({ length: 2_000 }, (_, row) => `läuf ${(row * 7_919) % 2_000}`);
  const parents = ids.map((_, row) =>
    row === 5 ? "" : row === 9 ? "nobody" : ids[row % 3 === 0 ? (row + 100) % 2_000 : row - 1],
  );
  const index = new IdIndex(PackedTexts.from(ids));
  const found = index.parentsOf(PackedTexts.from(parents));
  expect(index.double).toBe(-1);
  expect(found.lost).toEqual([9]);
  expect([...found.parents]).toEqual(parents.map((parent) => ids.indexOf(parent)));
});

it("tells the first id that was taken", () => {
  expect(new IdIndex(PackedTexts.from(["a", "b", "", "b", "a"])).double).toBe(3);
  expect(new IdIndex(PackedTexts.from([])).double).toBe(-1);
});
