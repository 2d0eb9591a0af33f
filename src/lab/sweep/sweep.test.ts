import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Queue } from "../queue.ts";
import { LabRegistry } from "../registry.ts";
import type { Store } from "../store.ts";
import { makeStore } from "../testing.ts";
import type { TrialRow } from "./conduct.ts";
import { parseDimension } from "./space.ts";

const registry = new LabRegistry({
  folders: [fileURLToPath(new URL("../fixtures/labs", import.meta.url))],
});

describe("a sweep", () => {
  let store: Store;
  let queue: Queue;
  let discard: () => Promise<void>;
  beforeAll(async () => {
    ({ store, discard } = await makeStore());
    queue = await Queue.open(store);
    queue.work({ registry, concurrency: 2 });
  });
  afterAll(async () => {
    await queue.stop();
    await discard();
  });

  async function untilEnded(id: string) {
    await new Promise<void>((resolve) => {
      const leave = store.subscribe((event) => {
        if (event.type !== "run" || event.run.id !== id || !event.run.ended) return;
        leave();
        resolve();
      });
    });
    return store.run(id);
  }

  const base = { lab: "toy count", metric: "loss", input: { steps: 4 } };
  const space = { rate: parseDimension("rate", "0.5,0.1,0.9") };

  it("makes its trials through the queue and says which was best", async () => {
    const { id } = await queue.submitSweep(registry, {
      ...base,
      space,
      method: "grid",
      parallel: 2,
    });
    const sweep = await untilEnded(id);
    expect(sweep?.status).toBe("done");
    const trials = await store.runs({ sweep: id });
    expect(trials.map(({ status, lab }) => `${lab} ${status}`)).toEqual(
      Array(3).fill("toy-count done"),
    );
    const losses = trials.map(({ summary }) => (summary as { loss: number }).loss);
    expect(sweep?.summary).toMatchObject({
      trials: 3,
      best: { value: Math.min(...losses), input: { rate: expect.any(Number) } },
    });
    const artifact = await store.artifact(id, "trials");
    const rows = JSON.parse(await readFile(artifact?.path ?? "", "utf8")) as TrialRow[];
    expect(rows.map(({ value }) => value)).toEqual(losses.toSorted((a, b) => a - b));
  });

  it("ends when it is stopped, with its trials", async () => {
    const input = { steps: 1_000, stepMs: 10 };
    const { id } = await queue.submitSweep(registry, { ...base, input, space });
    await new Promise<void>((resolve) => {
      const leave = store.subscribe((event) => {
        if (event.type !== "run" || event.run.sweep !== id || event.run.status !== "running")
          return;
        leave();
        resolve();
      });
    });
    await store.requestStop(id);
    expect((await untilEnded(id))?.status).toBe("stopped");
  });

  it("refuses fields that the lab does not have, before anything runs", async () => {
    const wrong = { ...base, space: { lr: parseDimension("lr", "1,2") } };
    await expect(queue.submitSweep(registry, wrong)).rejects.toThrow(
      "sweep: toy count has no field lr; it has: file, steps",
    );
  });
});
