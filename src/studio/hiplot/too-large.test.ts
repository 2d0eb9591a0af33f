import { expect, it } from "vitest";
import { fittingRows, isOutOfMemory, tooLargeMessage } from "./too-large.ts";

it("tells memory that ran out from other errors", () => {
  let thrown: unknown;
  try {
    new Float64Array(2 ** 53 - 1);
  } catch (error) {
    thrown = error;
  }
  expect(isOutOfMemory(thrown)).toBe(true);
  expect(isOutOfMemory(new RangeError("Array buffer allocation failed"))).toBe(true);
  expect(isOutOfMemory(new Error("Array buffer allocation failed"))).toBe(false);
  expect(isOutOfMemory(new RangeError("row a: its parent b is not among the rows"))).toBe(false);
});

it("suggests as many rows as fit", () => {
  expect(fittingRows(50_000_000, 4e9)).toBe(6_200_000);
  expect(fittingRows(1_000, 8_000)).toBe(1_000);
  expect(tooLargeMessage(50_000_000, 4e9)).toBe(
    "50,000,000 rows do not fit into the memory of this browser. Show a sample: " +
      "sql://select * from 'file' using sample 6200000 rows",
  );
});
