/** @file Convolutions: literal values, a direct evaluation of the definition, random geometries, refusals. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conv, convTranspose, setBackend, tensor } from "../index.ts";
import { assertSameResult, checkGradients, type OpCase, runCases } from "../testing/check.ts";
import { floats, randomSource } from "../testing/values.ts";

const arrays = (shape: readonly number[], seed: number): Float32Array => {
  const random = randomSource(seed);
  return Float32Array.from({ length: shape.reduce((a, d) => a * d, 1) }, () => random() * 2 - 1);
};

/** y[n, o, i, j] by the definition, for two spatial axes. */
function direct(
  x: Float32Array,
  [batch, channels, height, width]: readonly number[],
  w: Float32Array,
  [outputs, perGroup, kh, kw]: readonly number[],
  { stride, low, high, dilation, groups }: Geometry,
): number[] {
  const size = (n: number, k: number, a: number): number =>
    Math.floor((n + low[a] + high[a] - (k - 1) * dilation[a] - 1) / stride[a]) + 1;
  const [rows, columns] = [size(height, kh, 0), size(width, kw, 1)];
  const y: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          const first = Math.floor(o / (outputs / groups)) * perGroup;
          for (let c = 0; c < perGroup; c++)
            for (let a = 0; a < kh; a++)
              for (let b = 0; b < kw; b++) {
                const r = i * stride[0] - low[0] + a * dilation[0];
                const s = j * stride[1] - low[1] + b * dilation[1];
                if (r < 0 || r >= height || s < 0 || s >= width) continue;
                sum +=
                  x[((n * channels + first + c) * height + r) * width + s] *
                  w[((o * perGroup + c) * kh + a) * kw + b];
              }
          y.push(sum);
        }
  return y;
}

interface Geometry {
  readonly stride: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

const pair = (min: number, max: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min, max }), { minLength: 2, maxLength: 2 });

/** Convolutions over two axes; `unit` channels go together, 16 where the CPU's layout shall be met. */
const convolutions = (unit: number) =>
  fc
    .record({
      batch: unit > 1 ? fc.constantFrom(1, 3, 16) : fc.integer({ min: 0, max: 3 }),
      groups: fc.integer({ min: 1, max: 2 }),
      inputs: fc.integer({ min: 1, max: 2 }),
      outputs: fc.integer({ min: 1, max: 2 }),
      kernel: pair(1, 3),
      extra: pair(0, 4),
      stride: pair(1, 3),
      dilation: pair(1, 2),
      low: pair(0, 2),
      high: pair(0, 2),
    })
    .map(({ batch, groups, inputs, outputs, kernel, extra, ...windows }) => {
      const channels = unit * inputs * groups;
      const sizes = kernel.map((k, i) => (k - 1) * windows.dilation[i] + 1 + extra[i]);
      return {
        x: [batch, channels, ...sizes],
        w: [unit * outputs * groups, unit * inputs, ...kernel],
        geometry: { groups, ...windows },
      };
    });

const options = ({ stride, low, high, dilation, groups }: Geometry) => ({
  stride,
  dilation,
  groups,
  padding: low.map((l, i) => [l, high[i]] as const),
});

const caseOf = (
  { x, w, geometry }: { x: number[]; w: number[]; geometry: Geometry },
  second: boolean,
): OpCase => ({
  op: "conv",
  name: `conv of ${JSON.stringify({ x, w, geometry })}`,
  inputs: [floats(...x), floats(...w)],
  fn: (a, b) => conv(a, b, options(geometry)),
  second,
});

describe("conv", () => {
  it("slides a kernel over a line", async () => {
    const x = tensor([[[1, 2, 3, 4]]]);
    const w = tensor([[[1, 0, -1]]]);
    expect(await conv(x, w).array()).toEqual([[[-2, -2]]]);
    expect(await conv(x, w, { padding: 1 }).array()).toEqual([[[-2, -2, -2, 3]]]);
    expect(await conv(x, w, { padding: [[2, 0]], stride: 2 }).array()).toEqual([[[-1, -2]]]);
    expect(await conv(x, tensor([[[1, 10]]]), { dilation: 2 }).array()).toEqual([[[31, 42]]]);
  });

  it('keeps the size with padding "same", the odd element after', async () => {
    const x = tensor([[[1, 2, 3]]]);
    expect(await conv(x, tensor([[[1, 10]]]), { padding: "same" }).array()).toEqual([
      [[21, 32, 3]],
    ]);
    expect(await conv(x, tensor([[[1, 10, 100]]]), { padding: "same", stride: 2 }).array()).toEqual(
      [[[210, 32]]],
    );
  });

  it("keeps groups of channels apart", async () => {
    const x = tensor([[[1], [2], [3], [4]]]);
    const w = tensor([
      [[1], [10]],
      [[1], [10]],
    ]);
    expect(await conv(x, w, { groups: 2 }).array()).toEqual([[[21], [43]]]);
  });

  it("follows the definition for random geometries", async () => {
    setBackend("js");
    await fc.assert(
      fc.asyncProperty(convolutions(1), async ({ x, w, geometry }) => {
        const [a, b] = [arrays(x, 1), arrays(w, 2)];
        const y = conv(tensor(a, { shape: x }), tensor(b, { shape: w }), options(geometry));
        const expected = direct(a, x, b, w, geometry);
        const found = await y.numbers();
        expect(found.length).toBe(expected.length);
        for (const [i, v] of expected.entries()) expect(found[i]).toBeCloseTo(v, 5);
      }),
      { numRuns: 40, seed: 3 },
    );
    setBackend("onnx");
  });

  it("has gradients and second derivatives equal to numerical ones", async () => {
    await fc.assert(
      fc.asyncProperty(convolutions(1), (c) => checkGradients(caseOf(c, true))),
      { numRuns: 25, seed: 5 },
    );
  });

  it.each([1, 16])("has CPU kernels equal to the oracle, channels in units of %i", async (unit) => {
    const cases = fc
      .sample(convolutions(unit), { numRuns: unit > 1 ? 14 : 25, seed: 9 })
      .map((c) => caseOf(c, false));
    const [js, onnx] = [await runCases(cases, "js"), await runCases(cases, "onnx")];
    for (const [i, c] of cases.entries()) assertSameResult(c, onnx[i], js[i]);
  });

  it("refuses what does not fit, saying why", () => {
    const x = tensor(new Float32Array(2 * 3 * 4 * 4), { shape: [2, 3, 4, 4] });
    const w = (...shape: number[]) =>
      tensor(new Float32Array(shape.reduce((a, d) => a * d, 1)), { shape });
    expect(() => conv(x, w(2, 4, 3, 3))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: conv: the input [2, 3, 4, 4] has 3 channels, the weights [2, 4, 3, 3] with 1 group take 4]`,
    );
    expect(() => conv(x, w(2, 3, 5, 3))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: conv: the kernel [5, 3] is larger than the padded input on spatial axis 0: 4 + 0; add padding or take a smaller kernel]`,
    );
    expect(() => conv(x, w(2, 3, 3))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: conv: expected an input [batch, channels, ...1 to 3 spatial axes] and weights of the same rank, got [2, 3, 4, 4] and [2, 3, 3]]`,
    );
    expect(() => conv(x, w(2, 3, 3, 3), { stride: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: conv: stride 0: expected a whole number of at least 1, or 2 of them for 2 spatial axes]`,
    );
    expect(() => conv(x, w(2, 3, 3, 3), { padding: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: conv: padding [1]: expected "same", "valid", a whole number, or a number or [before, after] for each of the 2 spatial axes]`,
    );
    expect(() => conv(x, w(2, 1, 3, 3), { groups: 3 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: conv: groups 3: expected a whole number that divides the 2 channels of axis 0 of the weights]`,
    );
  });
});

describe("convTranspose", () => {
  it("spreads each element over the kernel", async () => {
    const x = tensor([[[1, 2]]]);
    const w = tensor([[[1, 10, 100]]]);
    expect(await convTranspose(x, w).array()).toEqual([[[1, 12, 120, 200]]]);
    expect(await convTranspose(x, w, { stride: 2 }).array()).toEqual([[[1, 10, 102, 20, 200]]]);
    expect(await convTranspose(x, w, { stride: 2, padding: 1, outputPadding: 1 }).array()).toEqual([
      [[10, 102, 20, 200]],
    ]);
    expect(await convTranspose(x, w, { stride: 2, padding: "same" }).array()).toEqual([
      [[1, 10, 102, 20]],
    ]);
  });

  it("is the adjoint of conv: ⟨conv(x, w), y⟩ = ⟨x, convTranspose(y, w)⟩", async () => {
    const x = tensor(arrays([2, 4, 7, 7], 1), { shape: [2, 4, 7, 7] });
    const w = tensor(arrays([6, 2, 3, 2], 2), { shape: [6, 2, 3, 2] });
    const o = { stride: [2, 3], padding: 1, groups: 2 };
    const forward = conv(x, w, o);
    const y = tensor(arrays(forward.shape, 3), { shape: [...forward.shape] });
    const back = convTranspose(y, w, { ...o, outputPadding: [0, 1] });
    expect(back.shape).toEqual(x.shape);
    const left = await forward.mul(y).sum().item();
    expect(await x.mul(back).sum().item()).toBeCloseTo(left, 4);
  });

  it("refuses what does not fit, saying why", () => {
    const x = tensor(new Float32Array(3 * 4), { shape: [1, 3, 4] });
    const w = tensor(new Float32Array(3 * 2 * 2), { shape: [3, 2, 2] });
    expect(() => convTranspose(x, w, { outputPadding: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: convTranspose: outputPadding 1: expected whole numbers below the stride]`,
    );
    expect(() => convTranspose(x, w, { padding: 3 })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: convTranspose: the padding leaves an output of sizes [-1]; take less padding]`,
    );
  });
});
