// Segmenters against scikit-image's label maps of one picture, and against pictures with known regions.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ImageLike, segment, segmentBy } from "./index.ts";
import { smooth, toLab } from "./picture.ts";

const golden = JSON.parse(
  readFileSync(new URL("./fixtures/scikit-image.json", import.meta.url), "utf8"),
) as { shape: [number, number, number]; pixels: number[] } & Record<string, number[]>;
const picture: ImageLike = { data: Uint8Array.from(golden.pixels), shape: golden.shape };

function unpack(runs: readonly number[]): number[] {
  const labels: number[] = [];
  for (let i = 0; i < runs.length; i += 2) labels.push(...new Array(runs[i + 1]!).fill(runs[i]!));
  return labels;
}

/** Adjusted Rand index (Hubert and Arabie 1985): 1 for the same regions, about 0 for unrelated ones. */
function agreement(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const tally = (keys: string[]) => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts.values()].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  };
  const pixels = Array.from({ length: a.length }, (_, i) => i);
  const both = tally(pixels.map((i) => `${a[i]},${b[i]}`));
  const [first, second] = [a, b].map((map) => tally(pixels.map((i) => `${map[i]}`)));
  const chance = (first! * second!) / ((a.length * (a.length - 1)) / 2);
  return (both - chance) / ((first! + second!) / 2 - chance);
}

const count = (labels: Int32Array) => new Set(labels).size;

/** Four flat quarters of 20 x 20 each. */
function quarters(): ImageLike {
  const data = new Uint8Array(40 * 40 * 3);
  for (let i = 0; i < 1600; i++) {
    const [right, low] = [i % 40 >= 20, i >= 800];
    data.set([right ? 220 : 30, low ? 220 : 30, 90], 3 * i);
  }
  return { data, shape: [40, 40, 3] };
}
const quarterOf = Int32Array.from(
  { length: 1600 },
  (_, i) => (i % 40 >= 20 ? 1 : 0) + (i >= 800 ? 2 : 0),
);

describe("against scikit-image", () => {
  it("felzenszwalb finds the very same regions", () => {
    const coarse = segment.felzenszwalb(picture, { scale: 100 });
    expect(agreement(coarse, unpack(golden.felzenszwalb!))).toBeCloseTo(1, 9);
    const fine = segment.felzenszwalb(picture, { scale: 10, sigma: 0.4, minSize: 4 });
    expect(agreement(fine, unpack(golden.felzenszwalbFine!))).toBeCloseTo(1, 9);
  });

  it("quickshift finds the same regions, but for ties", () => {
    const few = segment.quickshift(picture);
    expect(agreement(few, unpack(golden.quickshift!))).toBeGreaterThan(0.99);
    const fine = segment.quickshift(picture, { kernelSize: 2, maxDist: 6, ratio: 0.5 });
    expect(agreement(fine, unpack(golden.quickshiftFine!))).toBeGreaterThan(0.99);
  });

  it("slic finds much the same regions; its centres begin elsewhere", () => {
    const labels = segment.slic(picture, { regions: 30 });
    expect(agreement(labels, unpack(golden.slic!))).toBeGreaterThan(0.6);
  });
});

describe("on flat quarters", () => {
  it("each method keeps to their borders", () => {
    const image = quarters();
    expect(agreement(segment.felzenszwalb(image, { sigma: 0 }), quarterOf)).toBe(1);
    expect(agreement(segment.quickshift(image, { maxDist: 15, ratio: 1 }), quarterOf)).toBe(1);
    const labels = segment.slic(image, { regions: 16, compactness: 5 });
    for (const region of new Set(labels)) {
      expect(new Set(quarterOf.filter((_, i) => labels[i] === region)).size).toBe(1);
    }
    expect(Math.abs(count(labels) - 16)).toBeLessThanOrEqual(2);
  });

  it("grid counts its squares row by row", () => {
    const labels = segment.grid({ data: new Uint8Array(5 * 6), shape: [5, 6, 1] }, { cell: 4 });
    expect(count(labels)).toBe(4);
    expect([labels[0], labels[3], labels[4], labels[4 * 6], labels[29]]).toEqual([0, 0, 1, 2, 3]);
    expect(count(segment.grid(quarters()))).toBe(64);
  });

  it("numbers regions from 0 without gaps, the same each time", () => {
    for (const method of ["quickshift", "slic", "felzenszwalb", "grid"] as const) {
      const labels = segmentBy(picture, { method });
      expect(labels.length).toBe(40 * 48);
      expect(Math.max(...labels) + 1).toBe(count(labels));
      expect(segmentBy(picture, { method })).toEqual(labels);
    }
  });

  it("takes grey pictures and floats", () => {
    const grey: ImageLike = {
      data: Float64Array.from(quarterOf, (q) => q / 3),
      shape: [40, 40, 1],
    };
    expect(agreement(segment.felzenszwalb(grey, { sigma: 0 }), quarterOf)).toBe(1);
    expect(count(segment.slic(grey, { regions: 16 }))).toBeGreaterThan(8);
    const bytes: ImageLike = {
      data: Uint8Array.from(grey.data, (v) => v * 255),
      shape: grey.shape,
    };
    expect(segment.quickshift(bytes)).toEqual(segment.quickshift(grey));
  });
});

describe("colour and smoothing", () => {
  it("gives L*a*b* of the primaries as published (D65)", () => {
    const { channels } = toLab({
      data: Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0, 255),
      shape: [1, 3, 3],
    });
    const at = (i: number) => channels.map((plane) => plane[i]!);
    const expected = [
      [100, 0, 0],
      [53.24, 80.09, 67.2],
      [32.3, 79.19, -107.86],
    ];
    expected.forEach((lab, i) => {
      at(i).forEach((value, c) => {
        expect(Math.abs(value - lab[c]!)).toBeLessThan(0.02);
      });
    });
  });

  it("smoothing keeps the sum and mirrors at the edges", () => {
    const plane = new Float64Array(9 * 9);
    plane[0] = 1;
    const [out] = smooth({ height: 9, width: 9, channels: [plane] }, 0.8).channels;
    expect(out!.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(out![1]).toBeCloseTo(out![9]!, 15);
  });
});

describe("bad input", () => {
  it("is named", () => {
    const broken = { data: new Uint8Array(5), shape: [2, 2, 3] } as ImageLike;
    expect(() => segment.grid(broken)).toThrow("image: expected rows of pixels");
    expect(() => segment.quickshift(picture, { kernelSize: 0 })).toThrow(
      "kernelSize: expected a number above 0, received 0.",
    );
    expect(() => segmentBy(picture, { method: "watershed" } as never)).toThrow(
      'segments: expected a method of quickshift, slic, felzenszwalb, grid, received "watershed".',
    );
  });
});
