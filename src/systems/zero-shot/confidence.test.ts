/** @file Calibration, coverage, and figures of labels against the truth. */
import { describe, expect, it } from "vitest";
import { issueOf } from "../../data/testing.ts";
import { calibrate, coverageCurve, fitCalibration } from "./confidence.ts";
import { evaluateLabels } from "./evaluate.ts";

describe("calibration", () => {
  it("waits for thirty reviewed texts", () => {
    expect(fitCalibration(new Array(29).fill(0.5), new Array(29).fill(1))).toBeUndefined();
  });

  it("pools neighbours that are out of order (the known answer of isotonic regression)", () => {
    // Five levels, six texts each, right: 1/6, 3/6, 2/6, 5/6, 6/6. The second and third are pooled.
    const levels = [0.1, 0.3, 0.5, 0.7, 0.9];
    const hits = [1, 3, 2, 5, 6];
    const confidence = levels.flatMap((level) => new Array<number>(6).fill(level));
    const right = hits.flatMap((count) => Array.from({ length: 6 }, (_, i) => (i < count ? 1 : 0)));
    const fitted = fitCalibration(confidence, right)!;
    expect(calibrate(fitted, 0.4)).toBeCloseTo(5 / 12, 1);
    expect(calibrate(fitted, 1)).toBeCloseTo(1, 10);
    const values = Array.from({ length: 50 }, (_, i) => calibrate(fitted, i / 50));
    for (let i = 1; i < 50; i++) expect(values[i]!).toBeGreaterThanOrEqual(values[i - 1]!);
  });
});

describe("beyond the reviewed texts", () => {
  it("surer texts stay surer: the line goes on to 0 and to 1", () => {
    // Only doubtful texts were reviewed: 12 of 20 at 0.2 are right, 16 of 20 at 0.4.
    const confidence = [...new Array<number>(20).fill(0.2), ...new Array<number>(20).fill(0.4)];
    const right = confidence.map((value, i) => (i % 20 < (value === 0.2 ? 12 : 16) ? 1 : 0));
    const fitted = fitCalibration(confidence, right)!;
    expect([...fitted.to]).toEqual([0.6, 0.8]);
    const at = (value: number) => calibrate(fitted, value);
    expect(at(0.1)).toBeCloseTo(0.3, 6);
    expect(at(0.3)).toBeCloseTo(0.7, 6);
    expect(at(0.7)).toBeCloseTo(0.9, 6);
    expect(at(1)).toBe(1);
  });
});

describe("coverage", () => {
  it("is the accuracy on the surest share", () => {
    const curve = coverageCurve([0.9, 0.2, 0.8, 0.4], [true, false, true, true], [0.5, 1]);
    expect(curve).toEqual([
      { coverage: 0.5, accuracy: 1, threshold: 0.8 },
      { coverage: 1, accuracy: 0.75, threshold: 0.2 },
    ]);
  });
});

describe("evaluateLabels", () => {
  const corpus = {
    names: ["a", "b", "c"],
    guess: Int32Array.of(0, 0, 1, -1, 2),
    confidence: Float32Array.of(0.9, 0.5, 0.8, 0, 0.7),
  };

  it("counts rows without a label as wrong, and those without a truth not at all", () => {
    const found = evaluateLabels(corpus, ["a", "b", " B", "b", undefined]);
    expect(found.tested).toBe(4);
    expect(found.accuracy).toBe(0.5);
    expect(found.confusion).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [0, 0, 0],
    ]);
    // a: 2 / (1 + 2); b: 2 / (3 + 1).
    expect(found.macroF1).toBeCloseTo((2 / 3 + 1 / 2) / 2, 10);
    expect(found.weightedF1).toBeCloseTo((2 / 3 + 3 / 2) / 4, 10);
  });

  it("refuses a truth of other labels", async () => {
    const issue = await issueOf(() => evaluateLabels(corpus, ["x", undefined]));
    expect(issue).toMatchObject({ field: "labelColumn", received: '"x"' });
  });
});
