// Pictures against the Python package's results, and against a model whose regions are known.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Selection } from "./api.ts";
import { namedRegions } from "./image/region-names.ts";
import { explainImage } from "./image.ts";
import type { ImageLike } from "./segment/picture.ts";

interface GoldenCase {
  readonly seed: number;
  readonly samples: number;
  readonly features: number;
  readonly select: Selection;
  readonly labels: number[];
  readonly topLabels: number | null;
  readonly hideColor: number[] | null;
  readonly merged: boolean;
  readonly expected: {
    label: number;
    intercept: number;
    r2: number;
    localPrediction: number;
    features: number[];
    weights: number[];
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL("./fixtures/image-golden.json", import.meta.url), "utf8"),
) as { image: number[]; segments: number[]; weights: number[][]; cases: GoldenCase[] };
const picture: ImageLike = { data: Uint8Array.from(golden.image), shape: [9, 12, 3] };

/** Softmax of 0.2 x sum(pixels / 255 x weights[class]). */
function goldenModel(batch: ImageLike[]): number[][] {
  return batch.map(({ data }) => {
    const powers = golden.weights.map((weights) => {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += (data[i]! / 255) * weights[i]!;
      return Math.exp(0.2 * sum);
    });
    const total = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / total);
  });
}

describe("the Python package's results", () => {
  it.each(golden.cases)("seed $seed: $select, $samples samples", async (given) => {
    const { seed, samples, features, select, labels, topLabels, hideColor, merged } = given;
    const divide = merged ? 2 : 1;
    const { explanations } = await explainImage(picture, goldenModel, {
      rng: "numpy",
      seed,
      samples,
      features,
      select,
      segments: Int32Array.from(golden.segments, (label) => Math.floor(label / divide)),
      ...(topLabels === null ? { labels } : { topLabels }),
      ...(hideColor !== null && { hideColor }),
    });
    expect(explanations.map(({ label }) => label)).toEqual(
      given.expected.map(({ label }) => label),
    );
    for (const [i, expected] of given.expected.entries()) {
      const found = explanations[i]!;
      expect(found.weights.map(({ feature }) => feature)).toEqual(expected.features);
      for (const [k, weight] of expected.weights.entries()) {
        expect(Math.abs(found.weights[k]!.weight - weight)).toBeLessThan(1e-9);
      }
      expect(found.intercept).toBeCloseTo(expected.intercept, 9);
      expect(found.r2).toBeCloseTo(expected.r2, 9);
      expect(found.localPrediction).toBeCloseTo(expected.localPrediction, 9);
    }
  });
});

/** 8 x 8 grey; the chance of class 1 is 0.2 + half of the share of white in the top left quarter. */
const corner: ImageLike = { data: new Uint8Array(64).fill(255), shape: [8, 8, 1] };
function cornerModel(batch: ImageLike[]): number[][] {
  return batch.map(({ data }) => {
    let white = 0;
    for (let i = 0; i < 64; i++) if (i % 8 < 4 && i < 32) white += data[i]! / 255;
    const p = 0.2 + white / 32;
    return [1 - p, p];
  });
}

describe("explainImage", () => {
  it("finds the region that counts, exactly where all neighbours can be tried", async () => {
    const { explanations, segments, notes, hide } = await explainImage(corner, cornerModel, {
      segments: { method: "grid", cell: 4 },
      hideColor: [0],
      labels: [1],
    });
    const [{ weights, exact }] = explanations as [(typeof explanations)[0]];
    expect(exact).toBe(true);
    expect(weights[0]).toMatchObject({ feature: 0, name: "region 0" });
    expect(weights[0]!.weight).toBeCloseTo(0.5, 2);
    for (const { weight } of weights.slice(1)) expect(Math.abs(weight)).toBeLessThan(0.001);
    expect(segments[63]).toBe(3);
    expect(notes).toEqual([]);
    expect(hide([0, 3]).data[0]).toBe(0);
    expect(hide([0, 3]).data[4]).toBe(255);
    expect(hide([0, 3]).data[63]).toBe(0);
  });

  it("hides a region in its mean colour, and leaves the picture as it was", async () => {
    const data = Uint8Array.from({ length: 64 }, (_, i) => i * 4);
    const image: ImageLike = { data, shape: [8, 8, 1] };
    const { hide, notes } = await explainImage(image, cornerModel, {
      segments: { method: "grid", cell: 4 },
    });
    const own = [0, 1, 2, 3].flatMap((y) => [0, 1, 2, 3].map((x) => data[y * 8 + x]!));
    const mean = own.reduce((a, b) => a + b, 0) / 16;
    expect(hide([0]).data[9]).toBe(Math.floor(mean));
    expect(hide([0]).data[4]).toBe(16);
    expect(data[9]).toBe(36);
    expect(notes.join()).not.toContain("look the same");
    const flat = await explainImage(corner, cornerModel, { segments: { method: "grid", cell: 4 } });
    expect(flat.notes.at(-1)).toBe(
      "4 of 4 regions look the same when hidden, so their weights say nothing: set `hideColor`.",
    );
  });

  it("says so of one single region", async () => {
    const { explanations, notes } = await explainImage(corner, cornerModel, {
      segments: new Int32Array(64),
      hideColor: [0],
    });
    expect(explanations[0]!.weights).toHaveLength(1);
    expect(notes).toEqual(["The picture is one single region: there is one weight."]);
  });

  it("finds the regions of a large picture on a reduced copy", async () => {
    const large: ImageLike = {
      data: Uint8Array.from({ length: 1200 * 40 }, (_, i) => (i % 1200 < 600 ? 10 : 240)),
      shape: [40, 1200, 1],
    };
    const { segments } = await explainImage(large, (batch) => batch.map(() => [0.5, 0.5]), {
      segments: { method: "felzenszwalb", sigma: 0 },
      samples: 10,
    });
    expect([segments[0], segments[599], segments[600], segments.at(-1)]).toEqual([0, 0, 1, 1]);
  });
});

describe("namedRegions", () => {
  it("gives regions of two pictures the same name for the same place and colour", async () => {
    const paint = (colours: number[][]): ImageLike => ({
      data: Uint8Array.from({ length: 6 * 6 * 3 }, (_, i) => {
        const pixel = Math.floor(i / 3);
        return colours[pixel % 6 < 2 && pixel < 12 ? 0 : 1]![i % 3]!;
      }),
      shape: [6, 6, 3],
    });
    const model = (batch: ImageLike[]) =>
      batch.map(({ data }) => [data[0]! / 255, 1 - data[0]! / 255]);
    const name = async (image: ImageLike) => {
      const options = { segments: { method: "grid", cell: 2 } as const, hideColor: [0, 0, 0] };
      const [first] = namedRegions(await explainImage(image, model, options));
      return first!.weights[0]!.name;
    };
    const red = [230, 20, 30];
    expect(await name(paint([red, [250, 250, 250]]))).toBe("top left, red");
    expect(
      await name(
        paint([
          [200, 30, 10],
          [10, 10, 80],
        ]),
      ),
    ).toBe("top left, red");
    expect(await name(paint([[90, 100, 95], red]))).toBe("top left, grey");
  });
});

describe("bad input", () => {
  const explain = (options: object, image = corner) => explainImage(image, cornerModel, options);

  it("is named", async () => {
    await expect(explain({ segments: new Int32Array(9) })).rejects.toThrow(
      "segments: expected a label per pixel, 8 x 8 = 64, received 9.",
    );
    await expect(explain({ hideColor: [1, 2, 3] })).rejects.toThrow(
      "hideColor: expected 1 values, one per channel, received 3.",
    );
    await expect(explain({ maxPixels: 50 })).rejects.toThrow(
      "image: expected at most 50 pixels, received 8 x 8. Raise `maxPixels`",
    );
    await expect(explain({}, { data: new Uint8Array(3), shape: [2, 2, 1] })).rejects.toThrow(
      "image: expected rows of pixels",
    );
    await expect(explain({ labels: [2] })).rejects.toThrow("classes from 0 to 1");
  });
});
