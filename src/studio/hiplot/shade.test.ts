import { expect, it } from "vitest";
import { emptyStrip } from "./lines.ts";
import { greatestCount, legendCounts, shadeByRank, shadeOfLines, toBytes } from "./shade.ts";

/** A strip whose pixels hold these counts of white lines. */
function stripOf(counts: number[]) {
  const strip = emptyStrip(counts.length, 1);
  for (const [x, count] of counts.entries()) strip.pixels.fill(count, 4 * x, 4 * x + 4);
  return strip;
}

it("shades lines as so many of one opacity over one another", () => {
  const shade = shadeOfLines(0.1);
  expect(shade(1)).toBeCloseTo(0.1, 12);
  expect(shade(3)).toBeCloseTo(1 - 0.9 ** 3, 12);
  expect(shade(0.5)).toBeCloseTo(0.05, 12);
});

it("by rank gives equally many pixels to each shade, whatever the counts", () => {
  const counts = Array.from({ length: 100 }, (_, i) => 1.2 ** i);
  const shade = shadeByRank([stripOf(counts.slice(0, 40)), stripOf([...counts.slice(40), 0, 0])]);
  const shades = counts.map(shade);
  for (const [i, value] of shades.entries()) {
    expect(value).toBeCloseTo(0.06 + 0.94 * ((i + 0.5) / 100), 6);
  }
  expect(shade(0)).toBe(0);
});

it("writes the mean colour of a pixel's lines", () => {
  const strip = emptyStrip(2, 1);
  strip.pixels.set([1, 3, 0, 4]);
  expect([...toBytes(strip, () => 0.5)]).toEqual([64, 191, 0, 128, 0, 0, 0, 0]);
  expect(greatestCount([strip])).toBe(4);
});

it("names round counts in a legend, and the greatest", () => {
  expect(legendCounts(0.4)).toEqual([]);
  expect(legendCounts(3.2)).toEqual([1, 3]);
  expect(legendCounts(730)).toEqual([1, 10, 100, 730]);
  expect(legendCounts(2_000_000).at(-1)).toBe(2_000_000);
  expect(legendCounts(2_000_000).length).toBeLessThan(7);
});
