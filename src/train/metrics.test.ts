/** @file Metrics against counts by hand and against their definitions by brute force. */
import { describe, expect, it } from "vitest";
import {
  accuracy,
  auroc,
  aurocMacro,
  averagePrecision,
  confusionMatrix,
  f1,
  meanAbsoluteError,
  meanSquaredError,
  perplexity,
  precision,
  recall,
} from "./metrics.ts";

describe("decisions", () => {
  const truth = [0, 0, 0, 1, 1, 2, 2, 2, 2, 2];
  const predicted = [0, 0, 1, 1, 0, 2, 2, 2, 1, 0];

  it("counts", () => {
    expect(accuracy(predicted, truth)).toBe(0.6);
    expect(confusionMatrix(predicted, truth, 3)).toEqual([
      [2, 1, 0],
      [1, 1, 0],
      [1, 1, 3],
    ]);
  });

  it("F1, precision and recall from the counts", () => {
    // Class 0: TP 2, FP 2, FN 1; class 1: TP 1, FP 2, FN 1; class 2: TP 3, FP 0, FN 2.
    expect(f1(predicted, truth)).toBeCloseTo(2 / 5, 12);
    expect(f1(predicted, truth, { positive: 2 })).toBeCloseTo(6 / 8, 12);
    expect(f1(predicted, truth, { average: "macro" })).toBeCloseTo((4 / 7 + 2 / 5 + 6 / 8) / 3, 12);
    expect(f1(predicted, truth, { average: "micro" })).toBeCloseTo(0.6, 12);
    expect(precision(predicted, truth, { average: "macro" })).toBeCloseTo(
      (1 / 2 + 1 / 3 + 1) / 3,
      12,
    );
    expect(recall(predicted, truth, { average: "macro" })).toBeCloseTo(
      (2 / 3 + 1 / 2 + 3 / 5) / 3,
      12,
    );
  });

  it("is 0 for a class never found, and knows only the classes that appear", () => {
    expect(f1([0, 0], [1, 0])).toBe(0);
    expect(f1([0, 0], [0, 0])).toBe(0);
    expect(f1([5, 5], [5, 5], { average: "macro" })).toBe(1);
  });

  it("is NaN for nothing and refuses what does not fit", () => {
    expect(accuracy([], [])).toBeNaN();
    expect(f1([], [])).toBeNaN();
    expect(() => accuracy([1], [1, 2])).toThrow("accuracy: expected two arrays of one length");
    expect(() => confusionMatrix([3], [0], 3)).toThrow("expected classes 0 to 2");
  });
});

describe("ranking", () => {
  // A quarter of the scores are tied.
  const scores = Float32Array.from(
    { length: 200 },
    (_, i) => Math.round(((i * 37) % 101) * 0.75) / 75,
  );
  const truth = Uint8Array.from({ length: 200 }, (_, i) =>
    ((i * 37) % 101) + ((i * 13) % 60) > 75 ? 1 : 0,
  );

  it("AUROC equals the share of ordered pairs, ties counted half", () => {
    let won = 0;
    let pairs = 0;
    for (let p = 0; p < 200; p++) {
      for (let n = 0; n < 200; n++) {
        if (truth[p] !== 1 || truth[n] !== 0) continue;
        won += scores[p]! > scores[n]! ? 1 : scores[p] === scores[n] ? 0.5 : 0;
        pairs++;
      }
    }
    expect(auroc(scores, truth)).toBeCloseTo(won / pairs, 12);
    expect(auroc([1, 1, 1, 1], [0, 1, 0, 1])).toBe(0.5);
    expect(auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
  });

  it("average precision equals the sum over thresholds", () => {
    const positives = truth.reduce((sum, each) => sum + each, 0);
    let expected = 0;
    let before = 0;
    for (const threshold of [...new Set(scores)].sort((a, b) => b - a)) {
      const called = [...scores.keys()].filter((i) => scores[i]! >= threshold);
      const right = called.filter((i) => truth[i] === 1).length;
      expected += ((right - before) / positives) * (right / called.length);
      before = right;
    }
    expect(averagePrecision(scores, truth)).toBeCloseTo(expected, 12);
    expect(averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBeCloseTo(0.8333333, 6);
  });

  it("macro AUROC is the mean over the classes", () => {
    const table = [0.8, 0.1, 0.1, 0.3, 0.4, 0.3, 0.2, 0.2, 0.6, 0.1, 0.3, 0.6];
    expect(aurocMacro(table, [0, 1, 2, 1], 3)).toBeCloseTo((1 + 1 + (0.5 + 1 + 1) / 3) / 3, 12);
    expect(() => aurocMacro(table, [0, 1], 3)).toThrow("expected 6 scores");
  });

  it("is NaN where a class is absent and refuses NaN scores", () => {
    expect(auroc([0.2, 0.3], [1, 1])).toBeNaN();
    expect(auroc([0.2, 0.3], [0, 0])).toBeNaN();
    expect(averagePrecision([0.2, 0.3], [0, 0])).toBeNaN();
    expect(() => auroc([Number.NaN, 1], [0, 1])).toThrow("score 0 is NaN");
  });
});

it("regression errors and perplexity", () => {
  expect(meanAbsoluteError([1, 2, 3], [2, 2, 5])).toBe(1);
  expect(meanSquaredError([1, 2, 3], [2, 2, 5])).toBeCloseTo(5 / 3, 12);
  expect(meanSquaredError([], [])).toBeNaN();
  expect(perplexity([Math.log(8), Math.log(2)])).toBeCloseTo(4, 12);
  expect(perplexity([Math.log(8), Math.log(2)], [1, 3])).toBeCloseTo(8 ** 0.25 * 2 ** 0.75, 12);
});
