import { expect, it } from "vitest";
import { PackedTexts } from "./columns.ts";
import { joinNumbers, splitNumbers } from "./numbered-texts.ts";

const split = (texts: string[]) => splitNumbers(PackedTexts.from(texts));
const all = (texts: PackedTexts) => Array.from({ length: texts.length }, (_, i) => texts.at(i));

it("parts texts and joins them again", () => {
  const texts = ["läufer0_999999999!", "läufer12_0!", "läufer345_10!"];
  const found = split(texts)!;
  expect(found.words).toEqual(["läufer", "_", "!"]);
  expect(found.numbers.map((list) => [...list])).toEqual([
    [0, 12, 345],
    [999_999_999, 0, 10],
  ]);
  expect(all(joinNumbers(found))).toEqual(texts);
});

it("leaves alone what would not come back as it was", () => {
  expect(split(["a1", "b1"])).toBeNull();
  expect(split(["a1", "a01"])).toBeNull();
  expect(split(["a1", "a1x"])).toBeNull();
  expect(split(["a1", "a"])).toBeNull();
  expect(split(["a1", "a1234567890"])).toBeNull();
  expect(split(["a", "b"])).toBeNull();
  expect(split([])).toBeNull();
});
