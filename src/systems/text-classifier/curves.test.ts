import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { testFolder } from "../../data/testing.ts";
import type { RunHandle } from "../../lab/index.ts";
import { CurveWriter } from "./curves.ts";

const folder = testFolder();
afterAll(() => folder.remove());

function recorder() {
  const points: [number, Readonly<Record<string, number>>][] = [];
  const run = {
    metrics: (step: number, values: Record<string, number>) => points.push([step, values]),
  };
  return { points, run: run as unknown as RunHandle };
}

it("reports means over a few steps, and goes on where an earlier sitting's checkpoint was", async () => {
  const first = recorder();
  const curves = await CurveWriter.open(first.run, folder.path, 2);
  for (let step = 1; step <= 6; step++) await curves.step(step, { loss: step });
  await curves.point(6, { valid: 0.5 });
  await curves.flush();
  expect(first.points).toEqual([
    [2, { loss: 1.5 }],
    [4, { loss: 3.5 }],
    [6, { loss: 5.5 }],
    [6, { valid: 0.5 }],
  ]);
  // A crash in the middle of a line, after a checkpoint at step 4.
  appendFileSync(join(folder.path, "curves.jsonl"), '{"step":8,"val');
  const second = recorder();
  const resumed = await CurveWriter.open(second.run, folder.path, 2);
  for (let step = 5; step <= 6; step++) await resumed.step(step, { loss: step });
  expect(second.points).toEqual(first.points.slice(0, 3));
});
