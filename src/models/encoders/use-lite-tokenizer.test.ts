/** @file The rules of the tokenizer, on a vocabulary small enough to reckon by hand. */
import { expect, it } from "vitest";
import { type ScoredPiece, UseLiteTokenizer } from "./use-lite-tokenizer.ts";

const control: ScoredPiece[] = Array.from({ length: 6 }, (_, i) => [i === 0 ? "�" : `<${i}>`, 0]);

function ids(pieces: readonly ScoredPiece[], text: string): number[] {
  return [...new UseLiteTokenizer([...control, ...pieces]).encode(text)];
}

it("takes the row of pieces with the highest sum", () => {
  const pieces: ScoredPiece[] = [
    ["▁", -1],
    ["a", -2],
    ["b", -2],
    ["ab", -3],
    ["▁a", -2.5],
  ];
  // ▁+ab: -4; ▁a+b: -4.5; ▁+a+b: -5.
  expect(ids(pieces, "ab")).toEqual([6, 9]);
  expect(ids(pieces, "a b")).toEqual([10, 6, 8]);
});

it("prefers the shorter last piece among equals", () => {
  expect(
    ids(
      [
        ["▁", -1],
        ["a", -2],
        ["▁a", -3],
      ],
      "a",
    ),
  ).toEqual([6, 7]);
});

it("counts a missing score as 0, so that the next piece overrides it whatever it scores", () => {
  // ▁: is free, which reads as not reached: the worse way over ▁ and : comes later and stays.
  expect(
    ids(
      [
        ["▁", -5],
        [":", -9],
        ["▁:", null],
      ],
      ":",
    ),
  ).toEqual([6, 7]);
});

it("merges characters outside the vocabulary into one unknown, and normalizes by NFKC", () => {
  expect(
    ids(
      [
        ["▁", -1],
        ["f", -1],
        ["i", -1],
      ],
      "你好ﬁ",
    ),
  ).toEqual([6, 0, 7, 8]);
  expect(ids([["▁", -1]], "")).toEqual([]);
});
