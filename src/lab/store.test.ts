import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RunDetails, StoreEvent } from "./records.ts";
import { openStore, type Store } from "./store.ts";
import { makeStore, makeStoreFolder } from "./testing.ts";

describe("the store", () => {
  let store: Store;
  let discard: () => Promise<void>;
  beforeAll(async () => {
    ({ store, discard } = await makeStore());
  });
  afterAll(() => discard());

  it("keeps a run with config, summary, times and environment", async () => {
    const config = { data: "mails.csv", text: "ünïcode \u0000 \ud800", nested: [1, { a: null }] };
    const run = await store.createRun({ lab: "toy", name: "first", config });
    expect((await store.run(run.id))?.status).toBe("running");
    await run.finish({ accuracy: 0.98 });
    const kept = await store.run(run.id);
    expect(kept).toMatchObject({ lab: "toy", name: "first", status: "done", error: null, config });
    expect(kept?.summary).toEqual({ accuracy: 0.98 });
    expect(kept?.environment).toMatchObject({ node: process.version });
    expect(Date.parse(kept?.ended ?? "")).toBeGreaterThanOrEqual(Date.parse(kept?.started ?? ""));
  });

  it("lists runs newest first, by lab and by status", async () => {
    const older = await store.createRun({ lab: "list" });
    const newer = await store.createRun({ lab: "list", parent: older.id });
    await older.fail(new Error("no such column \0"));
    await newer.stop();
    const runs = await store.runs({ lab: "list" });
    expect(runs.map((run) => run.id)).toEqual([newer.id, older.id]);
    expect(runs[0]).toMatchObject({ status: "stopped", parent: older.id });
    expect(runs[1]).toMatchObject({ status: "failed", error: "no such column \uFFFD" });
    expect(await store.runs({ lab: "list", status: "failed" })).toHaveLength(1);
    expect(await store.runs({ lab: "list", limit: 1 })).toHaveLength(1);
    const step = await store.createRun({ lab: "list", project: "mails" });
    expect((await store.runs({ project: "mails" })).map((run) => run.id)).toEqual([step.id]);
    await step.finish();
    expect(await store.run("nosuchrun0")).toBeUndefined();
  });

  it("returns metrics as they were given, in order, NaN and infinities too", async () => {
    const run = await store.createRun({ lab: "metrics" });
    run.metrics(1, { "train/loss": 0.1 + 0.2, "valid/loss": Number.NaN });
    run.metrics(3, { "train/loss": Number.POSITIVE_INFINITY });
    run.metrics(2, { "train/loss": 5e-324 });
    await run.flush();
    const { series, cursor } = await store.metrics(run.id);
    expect(series).toEqual([
      {
        name: "train/loss",
        count: 3,
        steps: [1, 2, 3],
        values: [0.1 + 0.2, 5e-324, Number.POSITIVE_INFINITY],
      },
      { name: "valid/loss", count: 1, steps: [1], values: [Number.NaN] },
    ]);
    expect(await store.metricsSince(run.id, cursor)).toEqual([]);
    expect((await store.metricsSince(run.id, 0)).map((point) => point.step)).toEqual([1, 1, 3, 2]);
    const late = await store.metrics(run.id, { names: ["train/loss"], afterStep: 1 });
    expect(late.series[0].steps).toEqual([2, 3]);
    await run.finish();
  });

  it("stores ten thousand points in batches and thins them on demand", async () => {
    const run = await store.createRun({ lab: "many" });
    for (let step = 0; step < 10_000; step++) run.metrics(step, { loss: step === 7_777 ? 9 : 1 });
    await run.finish();
    const { series } = await store.metrics(run.id, { maxPoints: 100 });
    expect(series[0].count).toBe(10_000);
    expect(series[0].steps.length).toBeLessThanOrEqual(100);
    expect(series[0].steps.at(-1)).toBe(9_999);
    expect(Math.max(...series[0].values)).toBe(9);
  });

  it("refuses metrics that would be lost or misread, and writes after the end", async () => {
    const run = await store.createRun({ lab: "refusals" });
    expect(() => run.metrics(1.5, { loss: 1 })).toThrow("whole number from 0, got 1.5");
    expect(() => run.metrics(1, { "a b": 1 })).toThrow('name "a b" is not allowed');
    expect(() => run.metrics(1, { a: "1" as unknown as number })).toThrow("a must be a number");
    await run.finish();
    expect(() => run.metrics(2, { loss: 1 })).toThrow(`run ${run.id} has ended`);
    await expect(run.artifact("x", "text", "")).rejects.toThrow("has ended");
    await expect(async () => run.finish()).rejects.toThrow("has ended");
  });

  it("keeps artifacts as files and replaces them", async () => {
    const run = await store.createRun({ lab: "artifacts" });
    await run.artifact("table", "table", [{ a: 1 }]);
    await run.artifact("model/weights.safetensors", "model", new Uint8Array([1, 2]));
    await run.artifact("model/weights.safetensors", "model", new Uint8Array([3]));
    await run.artifact("notes.md", "text", "# Hi");
    expect((await store.run(run.id))?.artifacts).toEqual([
      {
        name: "model/weights.safetensors",
        kind: "model",
        mediaType: "application/octet-stream",
        bytes: 1,
      },
      { name: "notes.md", kind: "text", mediaType: "text/markdown; charset=utf-8", bytes: 4 },
      { name: "table", kind: "table", mediaType: "application/json", bytes: 9 },
    ]);
    const file = await store.artifact(run.id, "table");
    expect(await readFile(file?.path ?? "", "utf8")).toBe('[{"a":1}]');
    expect(await store.artifact(run.id, "other")).toBeUndefined();
    expect(await store.artifact(run.id, "../../locks")).toBeUndefined();
    await expect(run.artifact("table/inside", "text", "")).rejects.toThrow();
    await run.finish();
  });

  it("does not serve a link out of the folder that somebody put in an artifact's place", async () => {
    const run = await store.createRun({ lab: "artifacts" });
    const { path } = (await run
      .artifact("a", "text", "mine")
      .then(() => store.artifact(run.id, "a"))) as { path: string };
    const secret = join(store.folder, "secret");
    await writeFile(secret, "not yours");
    await rm(path);
    await symlink(secret, path);
    expect(await store.artifact(run.id, "a")).toBeUndefined();
    await run.artifact("a", "text", "mine again");
    expect(await readFile(secret, "utf8")).toBe("not yours");
    await run.finish();
  });

  it("tells its subscribers what was stored until they leave", async () => {
    const events: StoreEvent[] = [];
    const leave = store.subscribe((event) => events.push(event));
    const run = await store.createRun({ lab: "events" });
    run.metrics(1, { loss: 1 });
    await run.artifact("a", "text", "x");
    await run.finish();
    leave();
    await store.createRun({ lab: "events" }).then((other) => other.finish());
    expect(events.map((event) => event.type)).toEqual(["run", "artifact", "metrics", "run"]);
    expect(events.at(-1)).toMatchObject({ run: { status: "done" } });
  });
});

describe("a data folder", () => {
  const folders: string[] = [];
  const makeFolder = async () => {
    folders.push(await makeStoreFolder());
    return folders.at(-1) as string;
  };
  afterEach(async () => {
    await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
  });

  it("belongs to one process at a time, and says to whom", async () => {
    const folder = await makeFolder();
    const first = await openStore(folder, { note: "deepdive start" });
    await expect(openStore(folder)).rejects.toThrow(
      `data folder ${folder} is in use by process ${process.pid} (deepdive start); ` +
        "stop that process or choose another folder with --data-dir",
    );
    await first.close();
    await first.close();
    await (await openStore(folder)).close();
  });

  it("survives kill -9 in the middle of writing: what was finished is whole", async () => {
    const folder = await makeFolder();
    const writer = fileURLToPath(new URL("./fixtures/writer.ts", import.meta.url));
    const child = spawn(process.execPath, [writer, folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const finished: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      finished.push(line.split(" ")[1]);
      // Not at once: the next round is half written by then.
      if (finished.length === 5) setTimeout(() => child.kill("SIGKILL"), 7);
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    const store = await openStore(folder);
    const runs = await store.runs({ lab: "crash" });
    for (const id of finished) {
      const run = await store.run(id);
      expect(run?.status).toBe("done");
      const { round } = (run as RunDetails).summary as { round: number };
      const { series } = await store.metrics(id);
      expect(series[0].steps).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
      const report = await store.artifact(id, "report");
      expect(JSON.parse(await readFile(report?.path ?? "", "utf8"))).toMatchObject({ round });
    }
    const cut = runs.filter((run) => !finished.includes(run.id) && run.status !== "done");
    expect(cut.length).toBeLessThanOrEqual(1);
    for (const run of cut) {
      expect(run).toMatchObject({
        status: "interrupted",
        error: "The process that ran it ended without finishing it.",
      });
      expect(run.ended).not.toBeNull();
    }
    await store.close();
  });
});
