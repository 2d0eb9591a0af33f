/** @file Sorting, counting, matrices by structure and writing at positions: literal values as NumPy gives them. */
import { describe, expect, it } from "vitest";
import {
  argsort,
  bincount,
  cumprod,
  diag,
  diagonal,
  erf,
  erfInverse,
  gatherND,
  gradients,
  histogram,
  linspace,
  median,
  meshgrid,
  nanToNum,
  norm,
  pad,
  quantile,
  scatterAddND,
  scatterAlongAxis,
  scatterSetND,
  sort,
  tensor,
  topK,
  trace,
  tril,
  triu,
  zeros,
} from "../index.ts";
import { errorLine } from "../testing/message.ts";

const ints = (values: number[] | number[][]) => tensor(values, { dtype: "int32" });

describe("order", () => {
  it("finds the largest and the smallest with their places", async () => {
    const x = tensor([
      [3, 1, 4],
      [1, 5, 9],
    ]);
    const { values, indices } = topK(x, 2);
    expect(await values.array()).toEqual([
      [4, 3],
      [9, 5],
    ]);
    expect(await indices.array()).toEqual([
      [2, 0],
      [2, 1],
    ]);
    expect(await topK(x, 1, { axis: 0, largest: false }).values.array()).toEqual([[1, 1, 4]]);
  });

  it("sorts and gives the order", async () => {
    const x = tensor([3, -1, 2, -1]);
    expect(await sort(x).array()).toEqual([-1, -1, 2, 3]);
    expect(await argsort(x).array()).toEqual([1, 3, 2, 0]);
    expect(await argsort(x, 0, { descending: true }).array()).toEqual([0, 2, 1, 3]);
  });

  it("gives quantiles by linear interpolation", async () => {
    const x = tensor([1, 2, 3, 4, 10]);
    expect(await median(x).item()).toBe(3);
    expect(await median(tensor([4, 1, 3, 2])).item()).toBe(2.5);
    expect(await quantile(x, 0.9).item()).toBeCloseTo(7.6, 5);
    expect(await gradients(median(tensor([4, 1, 3])), tensor([0])).item()).toBe(0);
  });

  it("counts", async () => {
    expect(await bincount(ints([1, 3, 1, 7, -2]), 4).array()).toEqual([0, 2, 0, 1]);
    expect(await histogram(tensor([0, 0.24, 0.26, 1, 1.01, -1]), 4, 0, 1).array()).toEqual([
      2, 1, 0, 1,
    ]);
  });

  it("refuses more elements than there are", () => {
    expect(errorLine(() => topK(zeros([2, 3]), 4))).toMatchInlineSnapshot(
      `"ShapeError: topK: k is 4: expected a whole number up to 3, the size of axis 1 of [2, 3]"`,
    );
    expect(errorLine(() => quantile(zeros([3]), 2))).toMatchInlineSnapshot(
      `"ValueError: quantile: q is 2: expected 0 to 1"`,
    );
  });
});

describe("matrices", () => {
  const m = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  it("have triangles and diagonals", async () => {
    expect(await tril(m).array()).toEqual([
      [1, 0, 0],
      [4, 5, 0],
    ]);
    expect(await triu(m, 1).array()).toEqual([
      [0, 2, 3],
      [0, 0, 6],
    ]);
    expect(await diagonal(m).array()).toEqual([1, 5]);
    expect(await diagonal(m, 1).array()).toEqual([2, 6]);
    expect(await diagonal(m, -1).array()).toEqual([4]);
    expect(diagonal(m, 5).shape).toEqual([0]);
    expect(await diag(tensor([1, 2])).array()).toEqual([
      [1, 0],
      [0, 2],
    ]);
    expect(await trace(m).item()).toBe(6);
  });

  it("have norms", async () => {
    const v = tensor([3, -4]);
    const of = async (order: number): Promise<number> => norm(v, order).item();
    expect(
      await Promise.all([1, 2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0].map(of)),
    ).toEqual([7, 5, 4, 3, 2]);
    expect(await of(3)).toBeCloseTo(91 ** (1 / 3), 5);
  });

  it("span grids", async () => {
    const [a, b] = meshgrid([tensor([1, 2]), tensor([3, 4, 5])]);
    expect(await a.array()).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
    expect(await b.array()).toEqual([
      [3, 4, 5],
      [3, 4, 5],
    ]);
    expect(meshgrid([tensor([1, 2]), tensor([3, 4, 5])], "xy")[0].shape).toEqual([3, 2]);
  });

  it("have running products", async () => {
    const x = tensor([2, 3, 0, 5]);
    expect(await cumprod(x).array()).toEqual([2, 6, 0, 0]);
    expect(await cumprod(x, 0, { reverse: true }).array()).toEqual([0, 0, 0, 5]);
    expect(await cumprod(x, 0, { exclusive: true }).array()).toEqual([1, 2, 6, 0]);
  });
});

describe("positions", () => {
  it("read and write elements and rows", async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(
      await gatherND(
        x,
        ints([
          [2, 0],
          [0, 1],
        ]),
      ).array(),
    ).toEqual([5, 2]);
    expect(await gatherND(x, ints([[1]])).array()).toEqual([[3, 4]]);
    expect(
      await scatterAddND(
        x,
        ints([
          [0, 0],
          [0, 0],
        ]),
        tensor([10, 20]),
      ).array(),
    ).toEqual([
      [31, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(await scatterSetND(x, ints([[1]]), tensor([[9, 9]])).array()).toEqual([
      [1, 2],
      [9, 9],
      [5, 6],
    ]);
    expect(await scatterAlongAxis(x, ints([[2, 0]]), tensor([[7, 8]]), 0).array()).toEqual([
      [1, 8],
      [3, 4],
      [7, 6],
    ]);
  });

  it("give no gradient to what was overwritten", async () => {
    const x = tensor([1, 2, 3]);
    const y = tensor([5]);
    const out = scatterSetND(x, ints([[1]]), y)
      .mul(tensor([10, 20, 30]))
      .sum();
    const g = gradients(out, { x, y });
    expect(await g.x.array()).toEqual([10, 0, 30]);
    expect(await g.y.array()).toEqual([20]);
  });

  it("say what they expect", () => {
    expect(errorLine(() => gatherND(zeros([2, 2]), ints([[0, 0, 0]])))).toMatchInlineSnapshot(
      `"ShapeError: gatherND: positions [1, 3]: expected a last axis of size 1 to 2 for [2, 2]"`,
    );
    expect(
      errorLine(() => scatterAddND(zeros([2, 2]), ints([[0]]), zeros([2]))),
    ).toMatchInlineSnapshot(`"ShapeError: scatterAddND: updates have shape [2]: expected [1, 2]"`);
  });
});

describe("padding by own elements", () => {
  const x = tensor([1, 2, 3, 4]);
  it.each([
    ["reflect", [3, 2, 1, 2, 3, 4, 3]],
    ["edge", [1, 1, 1, 2, 3, 4, 4]],
    ["wrap", [3, 4, 1, 2, 3, 4, 1]],
  ] as const)("%s", async (mode, expected) => {
    expect(await pad(x, [[2, 1]], mode).array()).toEqual(expected);
  });

  it("refuses to reflect more than there is", () => {
    expect(errorLine(() => pad(x, [[4, 0]], "reflect"))).toMatchInlineSnapshot(
      `"ShapeError: pad: [4, 0] elements by "reflect" on axis 0 of [4]: expected 0 to 3"`,
    );
  });
});

it("replaces what is not a number", async () => {
  const x = tensor([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2]);
  expect(await nanToNum(x, { nan: -1, positive: 9 }).array()).toEqual([-1, 9, -9, 2]);
});

it("inverts the error function", async () => {
  const x = linspace(-3, 3, 25);
  const back = await erfInverse(erf(x)).numbers();
  for (const [i, v] of (await x.numbers()).entries())
    expect(Math.abs(back[i] - v)).toBeLessThan(2e-3);
});
