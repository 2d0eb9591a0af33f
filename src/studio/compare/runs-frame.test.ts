import { expect, it } from "vitest";
import type { MetricsResult, RunRecord } from "../api.ts";
import { stepsData } from "./runs-frame.ts";

function run(id: string, parent: string | null = null): RunRecord {
  const times = { created: "2026-01-01T00:00:00Z", started: null, ended: null };
  const rest = {
    error: null,
    attempt: 1,
    project: null,
    sweep: null,
    summary: {},
  };
  return {
    id,
    name: `run ${id}`,
    lab: "toy",
    status: "running",
    config: { lr: 0.1 },
    parent,
    ...rest,
    ...times,
  };
}

const measured = (series: Record<string, [number, number][]>): MetricsResult =>
  ({
    series: Object.entries(series).map(([name, points]) => ({
      name,
      steps: points.map(([step]) => step),
      values: points.map(([, value]) => value),
    })),
  }) as unknown as MetricsResult;

it("makes a row of each validated step with the training's last value, and joins continued runs", () => {
  const metrics = new Map([
    [
      "a",
      measured({
        "train/loss": [
          [0, 3],
          [5, 2],
          [12, 1],
        ],
        "valid/loss": [
          [5, 2.5],
          [10, 2],
        ],
      }),
    ],
    [
      "b",
      measured({
        "train/loss": [
          [11, 0.5],
          [12, 0.4],
        ],
      }),
    ],
  ]);
  // Newest first, as the server lists them.
  const { frame } = stepsData([run("b", "a"), run("a")], metrics);
  expect(Array.from({ length: frame.rows }, (_, row) => frame.datapoint(row))).toEqual([
    {
      uid: "a_5",
      fromUid: null,
      values: { run: "run a", lr: 0.1, step: 5, "train/loss": 2, "valid/loss": 2.5 },
    },
    {
      uid: "a_10",
      fromUid: "a_5",
      values: { run: "run a", lr: 0.1, step: 10, "train/loss": 2, "valid/loss": 2 },
    },
    {
      uid: "b_11",
      fromUid: "a_10",
      values: { run: "run b", lr: 0.1, step: 11, "train/loss": 0.5 },
    },
    {
      uid: "b_12",
      fromUid: "b_11",
      values: { run: "run b", lr: 0.1, step: 12, "train/loss": 0.4 },
    },
  ]);
});

it("shows what is there while a new run has not been measured yet", () => {
  const { frame } = stepsData(
    [run("new"), run("a")],
    new Map([["a", measured({ loss: [[1, 2]] })]]),
  );
  expect(frame.rows).toBe(1);
});
