import { describe, expect, it } from "vitest";
import { addPoints, describeChart, smooth, toCharts, toCurves } from "./curves.ts";

const curves = toCurves([
  { name: "lr", steps: [1], values: [0.1] },
  { name: "train/accuracy", steps: [1, 2], values: [0.5, 0.75] },
  { name: "train/loss", steps: [1, 2], values: [2, 1] },
  { name: "valid/loss", steps: [2], values: [1.5] },
]);

describe("charts", () => {
  it("hold one measure each, loss and accuracy first", () => {
    const charts = toCharts(curves);
    expect(charts.map((chart) => [chart.measure, chart.lines.map((line) => line.part)])).toEqual([
      ["loss", ["train", "valid"]],
      ["accuracy", ["train"]],
      ["lr", [""]],
    ]);
  });

  it("are told in words", () => {
    expect(describeChart(toCharts(curves)[0])).toBe(
      "loss over 2 steps: train from 2.00 to 1.00, valid from 1.50 to 1.50",
    );
  });

  it("grow by live points without touching other curves", () => {
    const grown = addPoints(curves, [
      { name: "train/loss", step: 3, value: null },
      { name: "valid/accuracy", step: 3, value: 0.7 },
    ]);
    expect(grown.get("train/loss")).toEqual({
      name: "train/loss",
      steps: [1, 2, 3],
      values: [2, 1, null],
    });
    expect(grown.get("valid/accuracy")?.values).toEqual([0.7]);
    expect(grown.get("valid/loss")).toBe(curves.get("valid/loss"));
    expect(curves.get("train/loss")?.steps).toEqual([1, 2]);
  });
});

describe("smoothing", () => {
  it("leaves a constant as it is from its first point on, and keeps gaps", () => {
    expect(smooth([3, 3, null, 3], 0.9).map((value) => value && Number(value.toFixed(12)))).toEqual(
      [3, 3, null, 3],
    );
  });

  it("is the weighted mean of the past", () => {
    // (0.5 * 0.5 * 1 + 0.5 * 3) / (0.25 + 0.5), by hand.
    expect(smooth([1, 3], 0.5)[1]).toBeCloseTo(7 / 3, 12);
  });
});
