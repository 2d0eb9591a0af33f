import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defineLab, LabInputError, z } from "./define.ts";
import { LabRegistry } from "./registry.ts";
import { runLab } from "./run-lab.ts";
import type { Store } from "./store.ts";
import { makeStore } from "./testing.ts";

const folders = [fileURLToPath(new URL("./fixtures/labs", import.meta.url))];
const registry = new LabRegistry({ folders });

describe("the registry", () => {
  it("finds the systems' labs and those of further folders, and describes them", async () => {
    const labs = await registry.list();
    expect(labs.map((lab) => lab.name)).toEqual(
      expect.arrayContaining(["echo", "text-classifier", "toy count"]),
    );
    expect(registry.problems).toEqual([]);
    const count = await registry.find("toy count");
    expect(count).toMatchObject({ id: "toy-count", title: "Count", interactive: false });
    expect(count?.input.properties.steps).toMatchObject({
      type: "integer",
      default: 20,
      description: "steps to take",
    });
    expect(count?.input.properties.file).toMatchObject({ format: "file", builtIn: ["none"] });
  });

  it("leaves out what cannot be loaded, and says why", async () => {
    const folder = await mkdtemp(join(tmpdir(), "deepdive-labs-"));
    await writeFile(join(folder, "lab.ts"), "throw new Error('out of order');");
    const broken = new LabRegistry({ folders: [folder] });
    expect((await broken.list()).map((lab) => lab.id)).toContain("text-classifier");
    expect(broken.problems).toEqual([`${join(folder, "lab.ts")} cannot be loaded: out of order`]);
    await rm(folder, { recursive: true });
  });

  it("names the labs there are when one is not found", async () => {
    await expect(registry.load("nosuch")).rejects.toThrow(
      /^lab: there is no lab "nosuch"; there are: .*text-classifier/,
    );
  });

  it("refuses a definition that could not work", () => {
    const base = { title: "", summary: "", source: "", examples: [], run: async () => ({}) };
    const input = z.object({ a: z.int() });
    expect(() => defineLab({ ...base, name: "Three Words Here", input })).toThrow(
      "one or two words",
    );
    const examples = [{ title: "bad", input: { a: 0.5 } }];
    expect(() => defineLab({ ...base, name: "x", input, examples })).toThrow('example "bad": a:');
  });
});

describe("running a lab", () => {
  let store: Store;
  let discard: () => Promise<void>;
  beforeAll(async () => {
    ({ store, discard } = await makeStore());
  });
  afterAll(() => discard());

  it("checks the input, fills in defaults, runs in a process of its own", async () => {
    const run = await runLab({ registry, store, lab: "toy count", input: { steps: 12 } });
    expect(run).toMatchObject({ lab: "toy-count", status: "done", summary: { steps: 12 } });
    expect(run.config).toMatchObject({ steps: 12, rate: 0.1, mode: "up", tags: [] });
    expect((await store.metrics(run.id)).series[0].count).toBe(12);
  });

  it("refuses bad input before there is a run", async () => {
    const cases: [object, string][] = [
      [{ steps: 0 }, "steps: Too small"],
      [{ stpes: 3 }, 'Unrecognized key: "stpes"'],
      [{ mode: "left" }, "mode: Invalid option"],
      [{ file: "/nosuch.csv" }, "file: there is no file /nosuch.csv"],
    ];
    const before = (await store.runs()).length;
    for (const [input, message] of cases) {
      const error = await runLab({ registry, store, lab: "toy-count", input }).catch((e) => e);
      expect(error).toBeInstanceOf(LabInputError);
      expect(error.message).toContain(message);
    }
    expect(await store.runs()).toHaveLength(before);
  });

  it("goes on from a stopped run's checkpoint to the same end", async () => {
    const input = { steps: 60, stepMs: 5 };
    const whole = await runLab({ registry, store, lab: "toy count", input });
    const controller = new AbortController();
    const { signal } = controller;
    let id = "";
    const cut = runLab({
      registry,
      store,
      lab: "toy count",
      input,
      signal,
      onStart: (run) => {
        id = run.id;
      },
      onProgress: ({ done = 0 }) => done > 25 && controller.abort(),
    });
    await expect(cut).rejects.toThrow("was stopped");
    const rest = await runLab({ registry, store, lab: "toy count", input, parent: id });
    expect(rest.summary).toEqual(whole.summary);
    expect((await store.metrics(rest.id)).series[0].steps[0]).toBeGreaterThan(25);
  });
});
