/** @file Resizing: literal values, agreement with PyTorch's conventions, refusals. */
import { describe, expect, it } from "vitest";
import { gradients, resize, tensor, upsample } from "../index.ts";

const line = (...values: number[]) => tensor([[values]]);

describe("resize", () => {
  it("repeats elements for whole factors", async () => {
    expect(await upsample(line(1, 2), 3).array()).toEqual([[[1, 1, 1, 2, 2, 2]]]);
    const x = tensor([[[[1, 2]]]]);
    expect(await upsample(x, [2, 1]).array()).toEqual([
      [
        [
          [1, 2],
          [1, 2],
        ],
      ],
    ]);
  });

  it("takes the nearest element before a place for other sizes", async () => {
    expect(await resize(line(1, 2, 3), { size: 5 }).array()).toEqual([[[1, 1, 2, 2, 3]]]);
    expect(await resize(line(1, 2, 3, 4, 5), { size: 2 }).array()).toEqual([[[1, 3]]]);
    expect(await resize(line(1, 2, 3), { scale: 0.7 }).array()).toEqual([[[1, 2]]]);
  });

  it("interpolates between the outer edges", async () => {
    const x = line(0, 4);
    expect(await resize(x, { size: 4, mode: "linear" }).array()).toEqual([[[0, 1, 3, 4]]]);
    expect(await resize(line(0, 2, 4, 6), { size: 2, mode: "linear" }).array()).toEqual([[[1, 5]]]);
  });

  it("interpolates between the outer elements with alignCorners", async () => {
    const x = line(0, 3, 6);
    const o = { mode: "linear", alignCorners: true } as const;
    expect(await resize(x, { ...o, size: 5 }).array()).toEqual([[[0, 1.5, 3, 4.5, 6]]]);
    expect(await resize(x, { ...o, size: 1 }).array()).toEqual([[[0]]]);
  });

  it("interpolates over two axes one after the other", async () => {
    const x = tensor([
      [
        [
          [0, 2],
          [4, 6],
        ],
      ],
    ]);
    const y = resize(x, { size: 3, mode: "linear", alignCorners: true });
    expect(await y.array()).toEqual([
      [
        [
          [0, 1, 2],
          [2, 3, 4],
          [4, 5, 6],
        ],
      ],
    ]);
  });

  it("sums the gradient over repeats", async () => {
    const x = line(1, 2);
    const weights = line(1, 2, 3, 4, 5, 6);
    expect(await gradients(upsample(x, 3).mul(weights).sum(), x).array()).toEqual([[[6, 15]]]);
  });

  it("refuses what does not fit, saying why", () => {
    expect(() => resize(line(1, 2), {})).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: resize: expected either size or scale]`,
    );
    expect(() => resize(line(1, 2), { scale: 0.2 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: resize: scale 0.2: expected a positive number, or 1 of them, that leave at least one element]`,
    );
    expect(() => resize(tensor([1, 2]), { size: 3 })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: resize: expected [batch, channels, ...1 to 3 spatial axes] with elements, got [2]]`,
    );
  });
});
