import { expect, it } from "vitest";
import { NgramTable } from "./ngrams.ts";

const texts = [
  [1, 2, 1, 2],
  [1, 2, 3],
  [4, 1],
].map((ids) => Int32Array.from(ids));
const table = NgramTable.fit(texts, 10, { minTexts: 2, maxFeatures: 100 });

it("keeps what occurs in enough texts: here 1, 2 and the pair (1, 2)", async () => {
  expect(table.width).toBe(1 + 3);
  const { first, second } = table.toTensors();
  expect([...(await first.data())]).toEqual([1, 2, 1]);
  expect([...(await second.data())]).toEqual([-1, -1, 2]);
});

it("weighs by (1 + ln tf) · idf and scales each text to length 1", () => {
  const idf = (df: number) => Math.log((1 + 3) / (1 + df)) + 1;
  const twice = 1 + Math.log(2);
  const raw = [twice * idf(3), twice * idf(2), twice * idf(2)];
  const norm = Math.hypot(...raw);
  const { columns, values } = table.row(texts[0]!, 10);
  const byColumn = new Map([...columns].map((column, i) => [column, values[i]!]));
  raw.forEach((value, i) => {
    expect(byColumn.get(i + 1)).toBeCloseTo(value / norm, 6);
  });
});

it("keeps the heaviest columns where there is no room for all", () => {
  const { columns } = table.row(texts[0]!, 2);
  expect([...columns].sort()).toEqual([2, 3]);
});

it("gives an empty row for a text without any known token, and for an empty one", () => {
  for (const ids of [[7, 8], []]) {
    expect(table.row(Int32Array.from(ids), 10).columns).toHaveLength(0);
  }
});

it("keeps the features of the most texts when there are too many", () => {
  const small = NgramTable.fit(texts, 10, { minTexts: 1, maxFeatures: 1 });
  expect(small.row(Int32Array.of(1, 9), 5).columns).toEqual(Int32Array.of(1));
});

it("is the same after saving and loading", async () => {
  const { first, second, idf } = table.toTensors();
  const parts = [await first.data(), await second.data(), await idf.data()];
  const loaded = NgramTable.fromTensors(10, parts as [Int32Array, Int32Array, Float32Array]);
  expect(loaded.row(texts[1]!, 10)).toEqual(table.row(texts[1]!, 10));
});
