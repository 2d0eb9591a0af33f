import { expect, it } from "vitest";
import { uniformStream } from "../../data/random.ts";
import { drawMaps } from "./corpus-map.ts";
import {
  labellingOf,
  mapRows,
  shownText,
  similarRows,
  thresholdsOf,
  truthOf,
} from "./corpus-view.ts";
import { unitRows, vectorsOf } from "./vectors.ts";
import type { MapsView } from "./wire.ts";

it("counts what each share of the surest texts keeps, ties together", () => {
  const guess = [0, 1, 1, -1, 0];
  const confidence = [0.9, 0.5, 0.5, 0, 0.2];
  const { least, kept, known, right } = thresholdsOf({ guess, confidence }, 2, [0, 0, -1, 1, 0]);
  expect([least[25], least[50], least[75], least[100]]).toEqual([0.9, 0.5, 0.5, 0.2]);
  // At 50% two texts are wanted; the third is as sure as the second.
  expect(kept.map((list) => list[50])).toEqual([1, 2]);
  expect([known![50], right![50], known![100], right![100]]).toEqual([2, 1, 3, 2]);
  expect(kept.map((list) => list[0])).toEqual([0, 0]);
});

it("takes the map's texts out of a labelling", () => {
  const rows = { guess: [0, 1, 0], second: [1, 0, 1], confidence: [0.1, 0.123456789, 0.3] };
  const labelling = labellingOf("plain", rows, [1, 2], 2);
  expect(labelling).toMatchObject({ rows: 3, guess: [1, 0], confidence: [0.123457, 0.3] });
  expect(labelling.thresholds.known).toBeUndefined();
});

it("draws texts for the map by chance where there are too many, never empty ones", () => {
  const vectors = { ...vectorsOf(new Float32Array(20), 2), empty: new Uint8Array(10) };
  vectors.empty[4] = 1;
  expect([...mapRows(vectors)]).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9]);
  const some = [...mapRows(vectors, 5)];
  expect(new Set(some).size).toBe(5);
  expect(some).toEqual(some.toSorted((a, b) => a - b));
});

it("reads the truth from a column, in any case", () => {
  const rows = [
    { text: "a", fields: { t: "SPAM" } },
    { text: "b" },
    { text: "c", fields: { t: "?" } },
  ];
  expect(truthOf(rows, ["ham", "spam"], "t")).toEqual(Int32Array.of(1, -1, -1));
  expect(truthOf(rows, ["ham", "spam"], "other")).toBeUndefined();
});

it("lists rows that are alike, and cuts long texts", () => {
  const cosines = Float32Array.of(1, 0.9, 0.2, 0.9, 1, 0.7, 0.2, 0.7, 1);
  expect(similarRows([5, 7, 9], cosines)).toEqual({
    5: [[7, 0.9]],
    7: [
      [5, 0.9],
      [9, 0.7],
    ],
    9: [[7, 0.7]],
  });
  expect(shownText("x".repeat(2000))).toHaveLength(1001);
});

it("draws maps: flags among their texts, before and after a projection, told of as they form", async () => {
  const draw = uniformStream(5);
  const rows = Array.from({ length: 60 }, (_, i) =>
    [0, 1, 2].map((k) => (k === i % 3 ? 1 : 0.2 * draw())),
  );
  const texts = unitRows(vectorsOf(Float32Array.from(rows.flat()), 3));
  const labels = vectorsOf(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), 3);
  const projection = { matrix: Float64Array.of(1, 0, 0, 1, 1, 1), rows: 3, columns: 2, words: 9 };
  const seen: MapsView[] = [];
  const { maps, done, total } = await drawMaps(texts, labels, {
    projection,
    iterations: 200,
    everyMs: 0,
    onMaps: async (view) => void seen.push(view),
  });
  expect(maps.map(({ kind }) => kind)).toEqual(["plain", "projected"]);
  expect(done).toBe(total);
  expect(seen[0]).toMatchObject({ done: 10, total: 400 });
  const [plain] = maps;
  const inside = [...plain!.x, ...plain!.y].every((value) => value >= 0 && value <= 10_000);
  expect(inside).toBe(true);
  plain!.flags.forEach(([x, y], label) => {
    const distance = (i: number) => (plain!.x[i]! - x) ** 2 + (plain!.y[i]! - y) ** 2;
    const [nearest] = [...Array(60).keys()].sort((a, b) => distance(a) - distance(b));
    expect(nearest! % 3).toBe(label);
  });
});
