import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Datapoint } from "../core/types.ts";
import { followRuns } from "./follow.ts";
import { track } from "./tracker.ts";

it("tells the rows of runs that grow, forks with the row they come from, and nothing once stopped", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "hiplot-follow-"));
  try {
    const run = track({ experiment: "live", params: { lr: 0.1 }, dataDir });
    run.log({ epoch: 0, loss: 3 });
    run.finish();
    const told: (readonly Datapoint[])[] = [];
    const stop = followRuns({ dataDir, experiment: "live", everyMs: 20 }, (points) =>
      told.push(points),
    );
    const until = async (count: number) => {
      for (let i = 0; told.length < count && i < 200; i++)
        await new Promise((done) => setTimeout(done, 20));
    };
    await new Promise((done) => setTimeout(done, 60));
    expect(told).toEqual([]);
    const fork = track({
      experiment: "live",
      params: { lr: 0.2 },
      from: { run: run.id, epoch: 0 },
      dataDir,
    });
    fork.log({ epoch: 1, loss: 2 });
    fork.finish();
    await until(1);
    expect(told.flat().at(-1)).toMatchObject({
      uid: `${fork.id}_1`,
      fromUid: `${run.id}_0`,
      values: { lr: 0.2, epoch: 1, loss: 2 },
    });
    expect(told.flat().some(({ uid }) => uid.startsWith(run.id))).toBe(false);
    stop();
    const before = told.length;
    track({ experiment: "live", dataDir }).finish();
    await new Promise((done) => setTimeout(done, 60));
    expect(told.length).toBe(before);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
