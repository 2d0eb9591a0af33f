import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobError, JobStoppedError, runJob } from "./job.ts";
import type { JobProgress } from "./run.ts";
import type { Store } from "./store.ts";
import { makeStore } from "./testing.ts";

const module = new URL("./fixtures/jobs.ts", import.meta.url);

describe("a job in its own process", () => {
  let store: Store;
  let discard: () => Promise<void>;
  beforeAll(async () => {
    ({ store, discard } = await makeStore());
  });
  afterAll(() => discard());

  it("reports progress, metrics and artifacts into the store", async () => {
    const seen: JobProgress[] = [];
    const onProgress = (progress: JobProgress) => seen.push(progress);
    const config = { steps: 3 };
    const run = await runJob({ store, lab: "toy", module, function: "count", config, onProgress });
    expect(run).toMatchObject({ status: "done", config, summary: { steps: 3 } });
    expect((run.summary as { worker: number }).worker).not.toBe(process.pid);
    expect(seen.map((progress) => progress.done)).toEqual([1, 2, 3]);
    const { series } = await store.metrics(run.id);
    expect(series[0]).toMatchObject({ name: "train/loss", values: [1, 1 / 2, 1 / 3] });
    expect((await store.run(run.id))?.artifacts[0]).toMatchObject({ bytes: 3, kind: "model" });
  });

  it("keeps a failure's message in the run", async () => {
    const job = runJob({ store, lab: "toy", module, function: "refuse", config: {} });
    const error = (await job.catch((error) => error)) as JobError;
    expect(error).toBeInstanceOf(JobError);
    expect(error.message).toBe("column “label” is missing; the file has: text, class");
    expect(await store.run(error.runId)).toMatchObject({ status: "failed", error: error.message });
  });

  it("refuses a way out of the folder where the job asks for it", async () => {
    const job = runJob({ store, lab: "toy", module, function: "escape", config: {} });
    await expect(job).rejects.toThrow('artifact: name "../../elsewhere" is not allowed');
  });

  it("survives a crash of native code and passes on its last words", async () => {
    const job = runJob({ store, lab: "toy", module, function: "crash", config: {} });
    await expect(job).rejects.toThrow(
      "the worker process was ended by SIGABRT before the job was done: free(): invalid pointer",
    );
  });

  it("stops when its signal fires, and keeps what was recorded", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const stopWatching = store.subscribe((event) => {
      if (event.type === "metrics") controller.abort();
    });
    const job = runJob({ store, lab: "toy", module, function: "endless", config: {}, signal });
    const error = (await job.catch((error) => error)) as JobStoppedError;
    stopWatching();
    expect(error).toBeInstanceOf(JobStoppedError);
    expect((await store.run(error.runId))?.status).toBe("stopped");
    expect((await store.metrics(error.runId)).series[0].values).toEqual([1]);
  });
});
