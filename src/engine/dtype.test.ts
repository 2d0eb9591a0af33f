/** @file Element types: float16 bits, conversions of host values. */
import { describe, expect, it } from "vitest";
import { bytesOf, DTYPES, float16Bits, float16Value, toTypedArray } from "./dtype.ts";

describe("float16", () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65520, 0x7c00],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -26, 0x0000],
    [1 / 3, 0x3555],
  ])("%d has the bits that IEEE 754 gives it", (value, bits) => {
    expect(float16Bits(value)).toBe(bits);
  });

  it("rounds ties to even", () => {
    expect(float16Bits(2049)).toBe(float16Bits(2048));
    expect(float16Bits(2051)).toBe(float16Bits(2052));
    expect(float16Bits(1.5 * 2 ** -24)).toBe(0x0002);
  });

  it("comes back from its bits, all 65,536 of them", () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = float16Value(bits);
      if (Number.isNaN(value))
        expect((bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0).toBe(true);
      else if (float16Bits(value) !== bits) expect(float16Bits(value)).toBe(bits);
    }
  });
});

describe("host values", () => {
  it("become integers by truncation, and bool by not being 0", () => {
    expect([...toTypedArray([1.9, -1.9], "int32")]).toEqual([1, -1]);
    expect([...toTypedArray([2.9, -3.1], "int64")]).toEqual([2n, -3n]);
    expect([...toTypedArray([0, -0.5, 7], "bool")]).toEqual([0, 1, 1]);
    expect([...toTypedArray([5n], "float32")]).toEqual([5]);
  });

  it("have the sizes of their types", () => {
    expect(DTYPES.map(bytesOf)).toEqual([4, 2, 8, 4, 8, 4, 1, 1]);
  });
});
