/** @file Pools: literal values, random windows, ties, refusals. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { avgPool, conv, globalAvgPool, gradients, maxPool, relu, tensor } from "../index.ts";
import { assertSameResult, checkGradients, type OpCase, runCases } from "../testing/check.ts";
import { apart, floats } from "../testing/values.ts";

const image = () =>
  tensor([
    [
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [9, 10, 11, 12],
      ],
    ],
  ]);

describe("maxPool", () => {
  it("takes the largest element of each window", async () => {
    expect(await maxPool(image(), { size: 2 }).array()).toEqual([[[[6, 8]]]]);
    expect(await maxPool(image(), { size: 2, stride: 1 }).array()).toEqual([
      [
        [
          [6, 7, 8],
          [10, 11, 12],
        ],
      ],
    ]);
    expect(await maxPool(image().neg(), { size: 3, stride: 2, padding: 1 }).array()).toEqual([
      [
        [
          [-1, -2],
          [-5, -6],
        ],
      ],
    ]);
  });

  it("sends the gradient to the largest element, in equal shares to several", async () => {
    const x = tensor([[[1, 3, 2, 2, 0, 0]]]);
    const [dx] = [
      gradients(
        maxPool(x, { size: 2 })
          .mul(tensor([[[1, 4, 6]]]))
          .sum(),
        x,
      ),
    ];
    expect(await dx.array()).toEqual([[[0, 1, 2, 2, 3, 3]]]);
    const overlap = gradients(maxPool(x, { size: 3, stride: 1 }).sum(), x);
    expect(await overlap.array()).toEqual([[[0, 2, 0.5, 1.5, 0, 0]]]);
  });

  it("gives the same behind relu as before it", async () => {
    const x = tensor([[[-1, 3, -2, -2, 0, 5]]]);
    const y = maxPool(relu(x), { size: 2 });
    expect(await y.array()).toEqual([[[3, 0, 5]]]);
    expect(await gradients(y.sum(), x).array()).toEqual([[[0, 1, 0, 0, 0, 1]]]);
  });

  it("refuses what does not fit, saying why", () => {
    expect(() => maxPool(image(), { size: 4 })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: maxPool: the kernel [4, 4] is larger than the padded input on spatial axis 0: 3 + 0; add padding or take a smaller kernel]`,
    );
    expect(() => maxPool(image(), { size: 2, padding: 2 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: maxPool: padding 2 is not smaller than the window [2, 2]: some windows would hold padding alone]`,
    );
    expect(() => maxPool(tensor([[1, 2]]), { size: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: maxPool: expected [batch, channels, ...1 to 3 spatial axes], got [1, 2]]`,
    );
  });
});

describe("avgPool", () => {
  it("averages each window, padding counted or not", async () => {
    expect(await avgPool(image(), { size: 2 }).array()).toEqual([[[[3.5, 5.5]]]]);
    const padded = { size: 2, stride: 2, padding: [[1, 0] as const, 0] };
    expect(await avgPool(image(), padded).array()).toEqual([
      [
        [
          [0.75, 1.75],
          [7.5, 9.5],
        ],
      ],
    ]);
    expect(await avgPool(image(), { ...padded, countPadding: false }).array()).toEqual([
      [
        [
          [1.5, 3.5],
          [7.5, 9.5],
        ],
      ],
    ]);
  });

  it("averages whole images", async () => {
    expect(await globalAvgPool(image()).array()).toEqual([[6.5]]);
  });
});

const pools = (unit: number) =>
  fc
    .record({
      batch: fc.integer({ min: 0, max: 2 }),
      channels: fc.integer({ min: 1, max: 2 }),
      axes: fc.array(
        fc.record({
          size: fc.integer({ min: 1, max: 3 }),
          extra: fc.integer({ min: 0, max: 4 }),
          stride: fc.integer({ min: 1, max: 3 }),
          low: fc.integer({ min: 0, max: 2 }),
          high: fc.integer({ min: 0, max: 2 }),
        }),
        { minLength: 1, maxLength: unit > 1 ? 2 : 3 },
      ),
      countPadding: fc.boolean(),
    })
    .map(({ batch, channels, axes, countPadding }): OpCase => {
      const windows = {
        size: axes.map((a) => a.size),
        stride: axes.map((a) => a.stride),
        padding: axes.map((a) => [a.low % a.size, a.high % a.size] as const),
      };
      const shape = [batch, unit * channels, ...axes.map((a) => a.size + a.extra)];
      const kernel = [shape[1], shape[1], ...axes.map(() => 2)];
      return {
        op: "maxPool",
        name: `pools of [${shape}] by ${JSON.stringify({ ...windows, countPadding })}`,
        inputs: [apart(...shape), ...(unit > 1 ? [floats(...kernel)] : [])],
        // A convolution before the pool leaves its output in the CPU's own layout.
        fn(x, w) {
          const y = w ? conv(x, w, { padding: "same" }) : x;
          return [maxPool(y, windows), avgPool(y, { ...windows, countPadding })];
        },
        second: unit === 1,
      };
    });

describe("pools over random windows", () => {
  it("have gradients and second derivatives equal to numerical ones", async () => {
    await fc.assert(
      fc.asyncProperty(pools(1), (c) => checkGradients(c)),
      { numRuns: 25, seed: 5 },
    );
  });

  it.each([1, 16])(
    "have CPU kernels equal to the oracle, channels in units of %i",
    async (unit) => {
      const cases = fc.sample(pools(unit), { numRuns: 25, seed: 9 });
      const [js, onnx] = [await runCases(cases, "js"), await runCases(cases, "onnx")];
      for (const [i, c] of cases.entries()) assertSameResult(c, onnx[i], js[i]);
    },
  );
});
