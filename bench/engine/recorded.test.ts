// The formulas of the recorded runs against what Python computed from them.

import { describe, expect, it } from "vitest";
import fixture from "../../src/train/fixtures/torch-losses.json" with { type: "json" };
import {
  deterministicParameter,
  recordedBatch,
  recordedParameter,
  recordedParameters,
  recordedWorkloads,
} from "./recorded.ts";

describe.each(["gpt", "cnn"] as const)("the recorded %s", (key) => {
  const workload = recordedWorkloads[key];
  const recorded = fixture[key];

  it("is the workload that Python trained", () => {
    expect(workload).toEqual(recorded.workload);
    expect(recordedParameters(workload)).toEqual(recorded.parameters);
  });

  it("starts from the same bits", () => {
    const last = recordedParameters(workload).map((parameter, k) =>
      recordedParameter(k, parameter).at(-1),
    );
    expect(last).toEqual(recorded.lastValues);
  });

  it("sees the same data", () => {
    const { inputs, labels } = recordedBatch(workload, 1);
    expect([...inputs.slice(-20)]).toEqual(recorded.secondBatch.inputs);
    expect([...labels.slice(-8)]).toEqual(recorded.secondBatch.labels);
  });

  it("has fifty losses that fall from chance to under half of it", () => {
    const { losses } = recorded;
    const choices = workload.kind === "gpt" ? workload.vocabulary : workload.classes;
    expect(losses).toHaveLength(50);
    expect(Math.abs(losses[0]! - Math.log(choices))).toBeLessThan(0.3);
    expect(losses[49]).toBeLessThan(losses[0]! / 2);
  });
});

describe("deterministicParameter", () => {
  it("fills offset ± scale evenly", () => {
    const values = deterministicParameter(3, [50, 40], 0.5, 2);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.min(...values)).toBeGreaterThanOrEqual(1.5);
    expect(Math.max(...values)).toBeLessThan(2.5);
    // A uniform number's mean and variance, within four standard errors.
    expect(Math.abs(mean - 2)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.008);
  });

  it("gives each parameter its own values", () => {
    const first = deterministicParameter(0, [100], 1);
    const second = deterministicParameter(1, [100], 1);
    expect(first.filter((value) => second.includes(value))).toHaveLength(0);
  });
});
