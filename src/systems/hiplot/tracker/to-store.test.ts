import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Store, StoreEvent } from "../../../lab/index.ts";
import { makeStore } from "../../../lab/testing.ts";
import { JournalCopier, keepCopying } from "./to-store.ts";
import { track } from "./tracker.ts";

let store: Store;
let discard: () => Promise<void>;
let dataDir: string;
beforeAll(async () => {
  ({ store, discard } = await makeStore());
  dataDir = store.folder;
});
afterAll(() => discard());

const curves = async (id: string) =>
  (await store.metrics(id)).series.map(({ name, steps, values }) => ({ name, steps, values }));

describe("a tracked run in the store", () => {
  it("is there with its settings and curves, and goes on with its journal", async () => {
    const copier = new JournalCopier(store);
    const run = track({ experiment: "mnist", dataDir, params: { lr: 0.1, name: "x" }, name: "A" });
    run.log({ epoch: 0, "train/loss": 2, "learning rate": 0.1, note: "text", good: true });
    run.flush();
    expect(await copier.copy()).toBe(1);
    expect(await copier.copy()).toBe(0);
    expect(await store.run(run.id)).toMatchObject({
      lab: "track",
      name: "A",
      status: "running",
      config: { experiment: "mnist", lr: 0.1, name: "x" },
    });
    run.log({ epoch: 1, "train/loss": Number.NaN });
    run.finish({ best: 2 });
    await copier.copy();
    expect(await curves(run.id)).toEqual([
      { name: "good", steps: [0], values: [1] },
      { name: "learning_rate", steps: [0], values: [0.1] },
      { name: "train/loss", steps: [0, 1], values: [2, Number.NaN] },
    ]);
    expect(await store.run(run.id)).toMatchObject({ status: "done", summary: { best: 2 } });
    copier.close();
  });

  it("comes from its parent, and is taken up by the next who copies", async () => {
    const first = new JournalCopier(store);
    const parent = track({ experiment: "tree", dataDir, name: "parent" });
    parent.log({ loss: 3 });
    const child = parent.fork();
    child.log({ loss: 2 });
    child.flush();
    await first.copy();
    first.close();
    expect(await store.run(child.id)).toMatchObject({ parent: parent.id, status: "running" });
    child.log({ loss: 1 });
    child.finish();
    parent.finish();
    await new JournalCopier(store).copy();
    expect(await curves(child.id)).toEqual([{ name: "loss", steps: [1, 2], values: [2, 1] }]);
    expect(await store.run(child.id)).toMatchObject({ status: "done", attempt: 2 });
  });

  it("is cut off when its process is gone, and goes on when it is resumed", async () => {
    const folder = join(dataDir, "hiplot", "crash");
    await mkdir(folder, { recursive: true });
    const path = join(folder, "my run.jsonl");
    const start = {
      kind: "start",
      name: "R",
      params: {},
      pid: 2 ** 30,
      host: process.env.HOSTNAME,
    };
    const { hostname } = await import("node:os");
    const lines = [
      { ...start, host: hostname() },
      { epoch: 0, loss: 1 },
    ].map((one) => JSON.stringify(one));
    await writeFile(path, `${lines.join("\n")}\n{"epoch": 1, "lo`);
    const copier = new JournalCopier(store);
    await copier.copy();
    const [run] = await store.runs({ lab: "track", limit: 1 });
    expect(run).toMatchObject({ name: "R", status: "interrupted" });
    expect(run?.id).toMatch(/^[0-9a-hjkmnp-tv-z]{10}$/);
    const again = track({ experiment: "crash", dataDir, resume: "my run" });
    again.log({ loss: 0.5 });
    again.finish();
    await copier.copy();
    expect(await store.run(run?.id ?? "")).toMatchObject({ name: "R", status: "done" });
    expect(await curves(run?.id ?? "")).toEqual([
      { name: "loss", steps: [0, 1], values: [1, 0.5] },
    ]);
  });

  it("stays away once it was removed, and no broken journal keeps another back", async () => {
    const [gone] = await store.runs({ lab: "track" });
    expect(await store.removeRun(gone?.id ?? "")).toBe(true);
    await writeFile(join(dataDir, "hiplot", "crash", "broken.jsonl"), "{oh\n");
    const run = track({ experiment: "crash", dataDir });
    run.finish();
    await new JournalCopier(store).copy();
    expect(await store.run(gone?.id ?? "")).toBeUndefined();
    expect(await store.run(run.id)).toMatchObject({ status: "done" });
    await appendFile(join(dataDir, "hiplot", "crash", "broken.jsonl"), "{}\n");
  });

  it("is told of while it is recorded", async () => {
    const end = await keepCopying(store);
    const told = new Promise<StoreEvent>((resolve) => {
      store.subscribe((event) => event.type === "metrics" && resolve(event));
    });
    const run = track({ experiment: "live", dataDir });
    run.log({ epoch: 0, loss: 1 });
    run.flush();
    expect(await told).toMatchObject({ runId: run.id, points: [{ name: "loss", value: 1 }] });
    run.finish();
    await end();
  });
});
