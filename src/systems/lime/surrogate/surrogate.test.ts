// The parts of the fit against scikit-learn, formulas written out, and functions that are known.
import { expect, it } from "vitest";
import { uniformStream } from "../../../data/random.ts";
import type { Matrix } from "../api.ts";
import { fitSurrogate } from "../fit.ts";
import { assistedMoments, populationOf } from "./assisted.ts";
import { cholesky, choleskySolve } from "./cholesky.ts";
import { weightedMoments } from "./gram.ts";
import { lassoPath } from "./lasso-path.ts";
import { conjugateGradients, wideGram } from "./wide-gram.ts";

function randomMasks(rows: number, columns: number, seed: number): Matrix {
  const uniform = uniformStream(seed);
  const values = Uint8Array.from({ length: rows * columns }, () => (uniform() < 0.6 ? 1 : 0));
  return { rows, columns, values: values.fill(1, 0, columns) };
}

function outputsOf(data: Matrix, value: (row: ArrayLike<number>) => number): Matrix {
  const { rows, columns } = data;
  const values = Float64Array.from({ length: rows }, (_, i) =>
    value(data.values.subarray(i * columns, (i + 1) * columns)),
  );
  return { rows, columns: 1, values };
}

it("moments of bytes equal those of the same floats", () => {
  const data = randomMasks(200, 9, 1);
  const floats = { ...data, values: Float64Array.from(data.values) };
  const outputs = outputsOf(data, (row) => row[0]! * row[1]! + 0.3 * row[5]!);
  const uniform = uniformStream(2);
  const weights = Float64Array.from({ length: 200 }, () => uniform());
  const a = weightedMoments(data, outputs, weights);
  const b = weightedMoments(floats, outputs, weights);
  a.gram.stored!.forEach((value, i) => {
    expect(value).toBeCloseTo(b.gram.stored![i]!, 10);
  });
  for (const key of ["means", "cross", "spread"] as const) {
    a[key].forEach((value, i) => {
      expect(value, key).toBeCloseTo(b[key][i]!, 10);
    });
  }
});

it("lasso path: soft thresholds where the columns are orthogonal", () => {
  // All sign patterns of three columns: orthogonal, so that a coefficient is (c - penalty) / 8.
  const values = Float64Array.from({ length: 24 }, (_, at) =>
    ((at % 3 === 0 ? 4 : at % 3 === 1 ? 2 : 1) & Math.floor(at / 3)) > 0 ? 1 : -1,
  );
  const data = { rows: 8, columns: 3, values };
  const outputs = outputsOf(data, (row) => 3 * row[0]! - 1 * row[1]! + 2 * row[2]!);
  const path = lassoPath(weightedMoments(data, outputs, new Float64Array(8).fill(1)), 0);
  const expected = [
    [0, 0, 0],
    [1, 0, 0],
    [2, 0, 1],
    [3, -1, 2],
  ];
  expect(path.map((step) => Array.from(step, (each) => Number(each.toFixed(10))))).toEqual(
    expected,
  );
});

it("forward selection passes over a copy of a chosen feature", () => {
  const base = randomMasks(100, 4, 3);
  // Feature 4 is a copy of feature 0.
  const values = new Uint8Array(500);
  for (let i = 0; i < 100; i++) {
    for (let j = 0; j < 4; j++) values[i * 5 + j] = base.values[i * 4 + j]!;
    values[i * 5 + 4] = base.values[i * 4]!;
  }
  const data = { rows: 100, columns: 5, values };
  const outputs = outputsOf(data, (row) => 5 * row[0]! + row[1]! + 0.1 * row[2]!);
  const distances = new Float64Array(100);
  const options = { features: 3, select: "forward" as const, kernelWidth: 1 };
  const { weights } = fitSurrogate(data, outputs, distances, 0, options);
  expect(weights.map(({ feature }) => feature)).toEqual([0, 1, 2]);
});

it("a tree surrogate reads conditions off: path contributions add up", () => {
  const data = randomMasks(400, 5, 4);
  const outputs = outputsOf(data, (row) => (row[0] === 1 && row[3] === 1 ? 0.9 : 0.1));
  const options = { features: 5, surrogate: "tree" as const, kernelWidth: 1 };
  const found = fitSurrogate(data, outputs, new Float64Array(400), 0, options);
  expect(found.r2).toBeCloseTo(1, 12);
  expect(found.localPrediction).toBeCloseTo(0.9, 12);
  const [first, second, third] = found.weights;
  expect(new Set([first!.feature, second!.feature])).toEqual(new Set([0, 3]));
  expect(found.intercept + first!.weight + second!.weight).toBeCloseTo(0.9, 12);
  expect(third!.weight).toBe(0);
});

it("a surrogate of one's own is fitted on the chosen columns", () => {
  const data = randomMasks(50, 3, 5);
  const outputs = outputsOf(data, (row) => row[2]!);
  const surrogate = (columns: Matrix) => {
    expect([columns.rows, columns.columns]).toEqual([50, 1]);
    return { coefficients: [1], intercept: 0 };
  };
  const options = { features: 1, surrogate, kernelWidth: 1 };
  const found = fitSurrogate(data, outputs, new Float64Array(50), 0, options);
  expect(found).toMatchObject({ r2: 1, intercept: 0, localPrediction: 1 });
  const broken = { ...options, surrogate: () => ({ coefficients: [Number.NaN], intercept: 0 }) };
  expect(() => fitSurrogate(data, outputs, new Float64Array(50), 0, broken)).toThrow(
    "surrogate: expected 1 finite coefficients, received [NaN].",
  );
});

it("assisted moments come to the population's own once every row is asked, from a part nearly so", () => {
  const data = randomMasks(3000, 12, 6);
  const weights = new Float64Array(3000).fill(0.5);
  const model = (row: ArrayLike<number>) =>
    1 / (1 + Math.exp(-(2 * row[0]! - row[3]! + row[7]! - 0.5)));
  const outputs = outputsOf(data, model);
  const population = populationOf(data, weights);
  const truth = weightedMoments(data, outputs, weights);
  const asked = (count: number) => ({
    rows: Int32Array.from({ length: count }, (_, i) => i + 1),
    targets: outputs.values.slice(1, count + 1) as Float64Array,
    atExample: outputs.values[0]!,
  });
  const all = assistedMoments(population, asked(2999)).moments;
  const part = assistedMoments(population, asked(300)).moments;
  truth.cross.forEach((value, j) => {
    expect(all.cross[j]).toBeCloseTo(value, 8);
    // The logistic emulator knows this model after 300 rows: 1e-4 of the sum over 3,000.
    expect(Math.abs(part.cross[j]! - value)).toBeLessThan(0.02);
  });
});

it("a Gram matrix that is not stored has the same rows, products and solutions", () => {
  const data = randomMasks(300, 20, 7);
  const outputs = outputsOf(data, (row) => row[0]! - row[4]! * row[5]!);
  const uniform = uniformStream(8);
  const weights = Float64Array.from({ length: 300 }, () => uniform());
  const { gram, means, cross } = weightedMoments(data, outputs, weights);
  const wide = wideGram(data, weights, means);
  const vector = Float64Array.from({ length: 20 }, () => uniform());
  const pairs = [
    [wide.row(3), gram.row(3)],
    [wide.diagonal, gram.diagonal],
    [wide.multiply(vector), gram.multiply(vector)],
  ];
  const penalised = Float64Array.from(gram.stored!);
  for (let j = 0; j < 20; j++) penalised[j * 20 + j]! += 0.01;
  const direct = choleskySolve(cholesky(penalised, 20), 20, cross);
  conjugateGradients(wide, 0.01, cross).forEach((value, j) => {
    expect(value).toBeCloseTo(direct[j]!, 9);
  });
  for (const [found, expected] of pairs) {
    found!.forEach((value, j) => {
      expect(value).toBeCloseTo(expected![j]!, 9);
    });
  }
});
