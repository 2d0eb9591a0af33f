// What the explanation page works out: pieces of texts, masks, regions and lines.
import { describe, expect, it } from "vitest";
import { hiddenText, lineInBox, maskOf, piecesOf, unpackRegions } from "./data.ts";

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
