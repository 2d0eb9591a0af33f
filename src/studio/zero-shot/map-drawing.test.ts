import { expect, it } from "vitest";
import { moved, neighbour, type Scene, textAt, toScreen, wholeMap, zoomed } from "./map-drawing.ts";
import { markOf } from "./marks.ts";

const scene = {
  width: 660,
  height: 460,
  frame: wholeMap,
  x: [0, 5_000, 10_000, 5_000],
  y: [5_000, 5_000, 5_000, 0],
  guess: [0, 1, 0, 1],
  label: null,
} as unknown as Scene;

it("puts the map's middle in the middle, and its sides within the margins", () => {
  expect(toScreen(scene, { x: 5_000, y: 5_000 })).toEqual({ x: 330, y: 230 });
  expect(toScreen(scene, { x: 0, y: 0 })).toEqual({ x: 30, y: 30 });
  expect(toScreen(scene, { x: 10_000, y: 10_000 })).toEqual({ x: 630, y: 430 });
});

it("keeps the place under the pointer where it is while the map grows", () => {
  const pointer = { x: 200, y: 150 };
  const before = textAt({ ...scene, x: [2_833], y: [3_000] } as Scene, pointer, 3);
  expect(before).toBe(0);
  const frame = zoomed(scene, 3, pointer);
  const after = toScreen({ ...scene, frame }, { x: 2_833.33, y: 3_000 });
  expect(after.x).toBeCloseTo(200, 0);
  expect(after.y).toBeCloseTo(150, 0);
  expect(zoomed({ ...scene, frame }, 1 / 9)).toEqual(wholeMap);
  const right = moved({ ...scene, frame }, -30, 0);
  expect(toScreen({ ...scene, frame: right }, { x: 2_833.33, y: 3_000 }).x).toBeCloseTo(170, 0);
});

it("finds the text under the pointer, and the next one in a direction", () => {
  expect(textAt(scene, { x: 335, y: 228 })).toBe(1);
  expect(textAt(scene, { x: 200, y: 400 })).toBeNull();
  expect(neighbour(scene, 0, 1, 0)).toBe(1);
  expect(neighbour(scene, 1, 0, -1)).toBe(3);
  expect(neighbour(scene, 2, 1, 0)).toBe(2);
  expect(neighbour({ ...scene, label: 0 }, 0, 1, 0)).toBe(2);
});

it("gives 28 labels a mark each", () => {
  const marks = Array.from({ length: 28 }, (_, i) => JSON.stringify(markOf(i, false)));
  expect(new Set(marks).size).toBe(28);
  expect(markOf(28, true)).toEqual(markOf(0, true));
});
