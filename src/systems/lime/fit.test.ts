// The core fit against values that scikit-learn's Ridge and the reference implementation give.
import { expect, it } from "vitest";
import type { Matrix } from "./api.ts";
import { fitSurrogate } from "./fit.ts";

/** All rows of 5 bits in descending order, a curved function of them, and cosine distances. */
function fiveBits(bytes: boolean): { data: Matrix; labels: Matrix; distances: Float64Array } {
  const bits: number[] = [];
  const outputs: number[] = [];
  const distances: number[] = [];
  for (let code = 31; code >= 0; code--) {
    const [a, b, c, d, e] = [16, 8, 4, 2, 1].map((bit) => ((code & bit) > 0 ? 1 : 0));
    bits.push(a!, b!, c!, d!, e!);
    outputs.push(0.1 + 0.5 * a! - 0.3 * b! + 0.2 * a! * c! + 0.05 * e!);
    const active = a! + b! + c! + d! + e!;
    distances.push(active === 0 ? 1 : 1 - active / Math.sqrt(active * 5));
  }
  return {
    data: { rows: 32, columns: 5, values: (bytes ? Uint8Array : Float64Array).from(bits) },
    labels: { rows: 32, columns: 1, values: Float64Array.from(outputs) },
    distances: Float64Array.from(distances),
  };
}

it.each([true, false])("five bits, three features (bytes: %s)", (bytes) => {
  const { data, labels, distances } = fiveBits(bytes);
  const found = fitSurrogate(data, labels, distances, 0, { features: 3, kernelWidth: 0.25 });
  expect(found.weights.map(({ feature }) => feature)).toEqual([0, 1, 2]);
  const expected = [0.49524785944, -0.248392494583, 0.094898213656];
  found.weights.forEach(({ weight }, i) => {
    expect(weight).toBeCloseTo(expected[i]!, 11);
  });
  expect(found.intercept).toBeCloseTo(0.118035501529, 11);
  expect(found.r2).toBeCloseTo(0.937479354363, 11);
});
