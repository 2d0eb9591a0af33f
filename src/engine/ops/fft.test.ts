/** @file Fourier transforms against known signals and against the definition. */
import { describe, expect, it } from "vitest";
import {
  fft,
  ifft,
  irfft,
  randomKey,
  randomNormal,
  rfft,
  tensor,
  toComplex,
  zeros,
} from "../index.ts";
import { errorLine } from "../testing/message.ts";

async function expectClose(
  found: { numbers(): Promise<number[]> },
  expected: readonly number[],
): Promise<void> {
  const values = await found.numbers();
  expect(values).toHaveLength(expected.length);
  for (const [i, v] of expected.entries()) expect(values[i]).toBeCloseTo(v, 4);
}

/** Σ_j x_j exp(-2πi jk/n) for each k, as pairs. */
function byDefinition(real: readonly number[]): number[] {
  const n = real.length;
  return Array.from({ length: n }, (_, k) => {
    const at = (j: number): number => (-2 * Math.PI * j * k) / n;
    return [
      real.reduce((s, v, j) => s + v * Math.cos(at(j)), 0),
      real.reduce((s, v, j) => s + v * Math.sin(at(j)), 0),
    ];
  }).flat();
}

describe("Fourier transforms", () => {
  it.each([1, 2, 3, 7, 16, 30, 101])(
    "of %i numbers follow the definition, and come back",
    async (n) => {
      const x = randomNormal(randomKey(n), [n]);
      const expected = byDefinition(await x.numbers());
      const pairs = toComplex(x);
      await expectClose(fft(pairs), expected);
      await expectClose(rfft(x), expected.slice(0, 2 * (Math.floor(n / 2) + 1)));
      await expectClose(ifft(fft(pairs)), await pairs.numbers());
      await expectClose(irfft(rfft(x), n), await x.numbers());
    },
  );

  it("of a pure tone have one peak", async () => {
    const tone = tensor(
      Float32Array.from({ length: 64 }, (_, i) => Math.cos((2 * Math.PI * 5 * i) / 64)),
    );
    const spectrum = await rfft(tone).numbers();
    for (let k = 0; k <= 32; k++) expect(spectrum[2 * k]).toBeCloseTo(k === 5 ? 32 : 0, 3);
  });

  it("go along any axis", async () => {
    const x = randomNormal(randomKey(1), [3, 4, 2]);
    await expectClose(
      fft(x, 0),
      await fft(x.transpose([1, 0, 2]))
        .transpose([1, 0, 2])
        .numbers(),
    );
    expect(fft(x, -2).shape).toEqual([3, 4, 2]);
  });

  it("say what they expect", () => {
    expect(errorLine(() => fft(zeros([4, 3])))).toMatchInlineSnapshot(
      `"ShapeError: fft: shape [4, 3]: expected [..., n, 2] with real and imaginary parts; toComplex(x) makes pairs of real numbers"`,
    );
    expect(errorLine(() => rfft(zeros([4], "int32")))).toMatchInlineSnapshot(
      `"DTypeError: rfft: dtype int32: expected a float dtype"`,
    );
    expect(errorLine(() => irfft(zeros([4, 2]), 10))).toMatchInlineSnapshot(
      `"ShapeError: irfft: 4 coefficients do not give 10 values: expected 6"`,
    );
  });
});
