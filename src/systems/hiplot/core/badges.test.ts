import { expect, it } from "vitest";
import { constructedRuns } from "../fixtures/constructed-runs.ts";
import { fitBadge, smoothed } from "./badges.ts";

it("judges twelve constructed runs as they were constructed", () => {
  const runs = constructedRuns();
  expect(runs.map((run) => fitBadge(run).fit)).toEqual(runs.map(({ expected }) => expected));
  expect(runs.map(({ expected }) => expected).sort()).toEqual([
    ...Array(4).fill("ok"),
    ...Array(4).fill("overfit"),
    ...Array(4).fill("underfit"),
  ]);
});

it("marks the best epoch of the smoothed curve", () => {
  const { best, reason } = fitBadge({
    train: [3, 2, 1, 0.9, 0.9, 0.9, 0.9],
    valid: [3, 2, 1, 1.01, 1.02, 1.02, 1.02],
  });
  expect(best).toBe(2);
  expect(reason).toContain("best at epoch 2");
});

it("smooths by a median over three, ends by two, passing over what is no number", () => {
  expect(smoothed([1, 9, 2, Number.NaN, 4])).toEqual([5, 2, 5.5, 3, 4]);
});
