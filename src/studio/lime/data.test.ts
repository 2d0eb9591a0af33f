// What the explanation page works out: pieces of texts, masks, regions and lines.
import { describe, expect, it } from "vitest";
import {
  entityProbability,
  hiddenText,
  lineInBox,
  maskOf,
  piecesOf,
  shadeInterval,
  unpackRegions,
} from "./data.ts";
import { hideRegions, readPicture, toBase64 } from "./picture.ts";

describe("texts", () => {
  const pieces = piecesOf("a cat, a dog", [
    [
      [0, 1],
      [7, 8],
    ],
    [[2, 5]],
    [[9, 12]],
  ]);

  it("fall into pieces and can be put together again", () => {
    expect(pieces.map(({ text }) => text)).toEqual(["a", " ", "cat", ", ", "a", " ", "dog"]);
    expect(pieces.map(({ feature }) => feature)).toEqual([0, -1, 1, -1, 0, -1, 2]);
    expect(hiddenText(pieces, new Set(), "")).toBe("a cat, a dog");
    expect(hiddenText(pieces, new Set([0]), "")).toBe(" cat,  dog");
    expect(hiddenText(pieces, new Set([2]), "UNKWORDZ")).toBe("a cat, a UNKWORDZ");
  });

  it("are masked as the run's settings say", () => {
    expect(maskOf({})).toBe("");
    expect(maskOf({ positions: true })).toBe("UNKWORDZ");
    expect(maskOf({ positions: true, mask: "_" })).toBe("_");
    expect(maskOf({ chars: true })).toBe("\0");
  });
});

describe("pictures", () => {
  it("unpack their regions", () => {
    expect([...unpackRegions([0, 2, 3, 1, 0, 1], 4)]).toEqual([0, 0, 3, 0]);
  });

  it("clip the surrogate's line to the box", () => {
    expect(lineInBox({ a: 1, b: 0, c: 0.5 }, 1)).toEqual([0.5, -1, 0.5, 1]);
    expect(lineInBox({ a: 1, b: 1, c: 5 }, 1)).toBeNull();
    expect(lineInBox({ a: 0, b: 0, c: 1 }, 1)).toBeNull();
  });
});

describe("intervals", () => {
  const shaded = (weight: number, low: number, high: number) =>
    /transparent\) (\d+)%, .*transparent\) \d+% (\d+)%, transparent/
      .exec(shadeInterval({ feature: 0, name: "a", weight, low, high }, 0.5))
      ?.slice(1)
      .map(Number);

  it("fill to their nearer end in full, to the other end in pale", () => {
    expect(shaded(0.25, 0.2, 0.3)).toEqual([40, 60]);
    expect(shaded(-0.25, -0.3, -0.2)).toEqual([40, 60]);
    expect(shaded(0.5, 0.5, 0.5)).toEqual([100, 100]);
  });

  it("fill in pale alone where they hold 0", () => {
    expect(shaded(0.1, -0.1, 0.3)).toEqual([0, 60]);
    expect(shaded(-0.1, -0.3, 0.1)).toEqual([0, 60]);
  });
});

describe("pictures", () => {
  // Two pixels of region 0, one of region 1.
  const data = Uint8ClampedArray.of(10, 20, 30, 255, 13, 21, 30, 255, 90, 90, 90, 255);
  const pixels = { width: 3, height: 1, data };
  const regions = Int32Array.of(0, 0, 1);

  it("hide regions in their mean colour, cut to whole numbers, or in the colour given", () => {
    const own = readPicture(pixels, regions, 3);
    expect([...hideRegions(own, new Set([0]))]).toEqual([11, 20, 30, 11, 20, 30, 90, 90, 90]);
    const grey = readPicture(pixels, regions, 1, [7]);
    expect([...hideRegions(grey, new Set([1]))]).toEqual([10, 13, 7]);
    expect([...grey.bytes]).toEqual([10, 13, 90]);
  });

  it("travel in base 64", () => {
    const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i % 251);
    expect(Uint8Array.from(Buffer.from(toBase64(bytes), "base64"))).toEqual(bytes);
  });
});

describe("entities", () => {
  it("have the mean probability of their type over their tokens", () => {
    const tags = ["O", "B-PER", "I-PER"];
    const outputs = [0.1, 0.8, 0.1, 0.3, 0.1, 0.6, 0.9, 0.05, 0.05];
    const ada = { tokens: [0, 2], type: "PER" } as const;
    expect(entityProbability(outputs, tags, ada)).toBeCloseTo((0.9 + 0.7) / 2, 12);
    const other = { tokens: [2, 3], type: "O" } as const;
    expect(entityProbability(outputs, tags, other)).toBeCloseTo(0.9, 12);
  });
});
