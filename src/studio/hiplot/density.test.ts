import { describe, expect, it } from "vitest";
import { Bitset } from "../../systems/hiplot/core/bits.ts";
import { bendShares } from "./bend.ts";
import { PairCounter, projectColumns } from "./density.ts";
import { drawLines, emptyStrip, type LineSource, linesOf, type Strip, type Tone } from "./lines.ts";
import { shadeOfLines, toBytes } from "./shade.ts";

/** Reproducible uniform numbers (Lehmer, modulus 2^31 - 1). */
function* uniform(seed: number): Generator<number, number> {
  for (let state = seed; ; ) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

const height = 300;

function cloud(rows: number): LineSource {
  const random = uniform(7);
  const next = () => random.next().value;
  const left = Float32Array.from({ length: rows }, () => next() * height);
  const right = left.map((y) => (next() < 0.5 ? height - y : next() * height));
  const colour = Uint32Array.from({ length: rows }, () => (next() < 0.3 ? 0 : 1));
  return {
    left,
    right,
    colour,
    palette: new Float32Array([255, 0, 0, 0, 0, 255]),
  };
}

function project(source: LineSource, width: number, tone: Tone): Strip {
  const counter = new PairCounter(source, height, source.left.length);
  counter.count(Bitset.full(source.left.length).words);
  const strip = emptyStrip(width, height);
  projectColumns(strip, bendShares(width), counter.result(), tone);
  return strip;
}

describe("the picture of a gap", () => {
  it("bends as a cubic Bézier does", () => {
    const shares = bendShares(200);
    expect(shares[0]).toBeCloseTo(0, 9);
    expect(shares[100]).toBeCloseTo(0.5, 9);
    // At t = 0.25: x = 3*0.5625*0.25*0.12 + 3*0.75*0.0625*0.88 + 0.015625 = 0.19, y = 0.15625.
    expect(shares[38]).toBeCloseTo(0.15625, 9);
    expect(shares[200]).toBeCloseTo(1, 9);
  });

  it("covers as much as a line is long, and stops at missing ends", () => {
    const source = {
      left: new Float32Array([100, Number.NaN]),
      right: new Float32Array([100, 50]),
      colour: new Uint32Array(2),
      palette: new Float32Array([255, 255, 255]),
    };
    const strip = emptyStrip(80, height);
    const lines = linesOf(source, new Uint32Array([0, 1]));
    drawLines(strip, bendShares(80), lines, { thickness: 1, stride: 1 });
    const covered = strip.pixels.filter((_, i) => i % 4 === 3).reduce((sum, a) => sum + a, 0);
    expect(covered).toBeCloseTo(80, 3);
    expect(toBytes(strip, shadeOfLines(1)).filter((byte) => byte === 255).length).toBeGreaterThan(
      0,
    );
  });

  it.each([
    [3, 0.02],
    [2_000, 0.02],
    // So many leave room for eighths of a pixel only.
    [18_000, 0.125],
  ])("adds up %i lines as if each pixel were asked alone", (rows, tolerance) => {
    const source = cloud(rows);
    const shares = bendShares(160);
    const order = Uint32Array.from({ length: rows }, (_, i) => i);
    const drawn = emptyStrip(160, height);
    const tone = { thickness: 1.5, stride: 1 };
    drawLines(drawn, shares, linesOf(source, order), tone, 70, 71);
    const share = (shares[70] + shares[71]) / 2;
    const step = shares[71] - shares[70];
    let [worstCount, worstRed] = [0, 0];
    for (let y = 0; y < height; y++) {
      let [count, red] = [0, 0];
      for (let row = 0; row < rows; row++) {
        const drop = source.right[row] - source.left[row];
        const middle = source.left[row] + drop * share;
        const reach = 0.75 * Math.hypot(1, drop * step);
        const covered = Math.min(y + 1, middle + reach) - Math.max(y, middle - reach);
        if (covered <= 0) continue;
        count += covered;
        if (source.colour[row] === 0) red += covered;
      }
      const [drawnRed, , , drawnCount] = drawn.pixels.subarray(4 * (160 * y + 70));
      worstCount = Math.max(worstCount, Math.abs(drawnCount - count) / Math.max(1, count));
      worstRed = Math.max(worstRed, Math.abs(drawnRed - red) / Math.max(1, red));
    }
    expect(worstCount).toBeLessThan(tolerance);
    expect(worstRed).toBeLessThan(tolerance);
  });

  it("counts exactly the rows with both places", () => {
    const source = cloud(5_000);
    source.left[7] = Number.NaN;
    source.right[9] = Number.NaN;
    const counter = new PairCounter(source, height, source.left.length);
    counter.count(Bitset.full(5_000).words);
    const { lines, first } = counter.result();
    const counted = first.reduce((sum, packed) => sum + (packed % 2 ** 26), 0);
    expect([lines, counted]).toEqual([4_998, 4_998]);
  });

  it("counts another set by the difference as if it were the first", () => {
    const source = cloud(9_000);
    source.left[7] = Number.NaN;
    const chosen = (keep: (row: number) => boolean) =>
      Bitset.from(9_000, [...Array(9_000).keys()].filter(keep)).words;
    const sets = [chosen(() => true), chosen((row) => row % 3 > 0), chosen((row) => row < 4_000)];
    const counter = new PairCounter(source, height, 9_000);
    for (const words of sets) {
      const fresh = new PairCounter(source, height, 9_000);
      fresh.count(words);
      counter.count(words, 0, 100);
      counter.count(words, 100);
      expect(counter.result()).toEqual(fresh.result());
    }
    expect(counter.fits({ ...source }, height, 9_000)).toBe(true);
    expect(counter.fits({ ...source, left: source.left.slice() }, height, 9_000)).toBe(false);
    expect(counter.fits(source, height, 70_000)).toBe(false);
  });

  it("gives by projection what 30,000 lines over one another give", () => {
    const rows = 30_000;
    const source = cloud(rows);
    const drawn = emptyStrip(160, height);
    const lines = linesOf(
      source,
      Uint32Array.from({ length: rows }, (_, i) => i),
    );
    const tone = { thickness: 1, stride: 1 };
    drawLines(drawn, bendShares(160), lines, tone);
    const projected = project(source, 160, tone);
    const shade = shadeOfLines(2 / rows ** 0.3);
    const alpha = (strip: Strip) => strip.pixels.filter((_, i) => i % 4 === 3).map(shade);
    const [a, b] = [alpha(drawn), alpha(projected)];
    const error = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
    expect(error).toBeLessThan(0.03);
  });
});
