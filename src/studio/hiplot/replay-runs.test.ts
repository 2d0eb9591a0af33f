import { expect, it } from "vitest";
import { chainsOf, stepsOf } from "../../systems/hiplot/core/chains.ts";
import { frameOf } from "../../systems/hiplot/core/frame.ts";
import { between, momentsAt, stepAt, stopsOf } from "./replay-runs.ts";

const frame = frameOf([
  { uid: "a0", fromUid: null, values: { epoch: 0 } },
  { uid: "a2", fromUid: "a0", values: { epoch: 2 } },
  { uid: "b1", fromUid: null, values: { epoch: 1 } },
  { uid: "b9", fromUid: "b1", values: { epoch: 9 } },
]);
const chains = chainsOf(frame);
const steps = stepsOf(frame, chains);
const places = Float32Array.from([10, 30, 5, Number.NaN]);

it("moves each run from epoch to epoch, from its first on, and lets it rest at its last", () => {
  const at = (step: number) =>
    momentsAt(chains, steps, step, [0, 1]).map((moment) => [moment.run, between(places, moment)]);
  expect(at(0)).toEqual([[0, 10]]);
  expect(at(0.5)).toEqual([[0, 15]]);
  expect(at(1)).toEqual([
    [0, 20],
    [1, 5],
  ]);
  // The last value of run b is missing: until then it stays where it was.
  expect(at(5)).toEqual([
    [0, 30],
    [1, 5],
  ]);
  expect(at(9)).toEqual([
    [0, 30],
    [1, Number.NaN],
  ]);
});

it("stops at the steps that there are", () => {
  const stops = stopsOf(steps);
  expect(stops).toEqual([0, 1, 2, 9]);
  expect([stepAt(stops, 0.5), stepAt(stops, 2.5), stepAt(stops, 7)]).toEqual([0.5, 5.5, 9]);
  const many = stopsOf(Float64Array.from({ length: 5_000 }, (_, i) => i));
  expect([many.length, many[0], many.at(-1)]).toEqual([1_000, 0, 4_999]);
});
