import { describe, expect, it } from "vitest";
import { addLabels, moveLabel, piecesOf } from "./labels.ts";

describe("the demo's labels", () => {
  it("are added by name, several at a time, each once", () => {
    expect(addLabels(["a"], " b , A,, c  d")).toEqual(["a", "b", "c  d"]);
    const labels = ["a", "c d"];
    expect(addLabels(labels, "C  D")).toBe(labels);
  });

  it("are moved to another place, at most to the ends", () => {
    expect(moveLabel(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moveLabel(["a", "b", "c"], 2, -5)).toEqual(["c", "a", "b"]);
    const labels = ["a", "b"];
    expect(moveLabel(labels, 1, 9)).toBe(labels);
  });
});

describe("a text in pieces", () => {
  it("glows where its keywords stand, the strongest most", () => {
    const keywords = [
      { start: 8, end: 12, weight: 0.1 },
      { start: 0, end: 3, weight: 0.2 },
    ];
    expect(piecesOf("who are they?", keywords)).toEqual([
      { text: "who", glow: 1 },
      { text: " are ", glow: 0 },
      { text: "they", glow: 0.5 },
      { text: "?", glow: 0 },
    ]);
  });

  it("is whole without keywords, or with those of a longer text", () => {
    expect(piecesOf("ab", [])).toEqual([{ text: "ab", glow: 0 }]);
    expect(piecesOf("ab", [{ start: 1, end: 9, weight: 1 }])).toEqual([{ text: "ab", glow: 0 }]);
    expect(piecesOf("", [])).toEqual([]);
  });
});
