import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeLabFolder } from "../lab/fixtures/new-lab.ts";
import { LabRegistry, Queue } from "../lab/index.ts";
import { makeStore, makeStoreFolder } from "../lab/testing.ts";
import { createApp } from "../server/index.ts";

const entry = fileURLToPath(new URL("./main.ts", import.meta.url));

describe("a lab in a folder of its own", () => {
  let folder: string;
  let registry: LabRegistry;
  beforeAll(async () => {
    folder = await makeLabFolder();
    registry = new LabRegistry({ folders: [folder] });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("has a command with flags, help and result", async () => {
    const home = await makeStoreFolder();
    const run = async (...args: string[]) => {
      const child = spawn(process.execPath, [entry, ...args], {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, DEEPDIVE_LABS: folder, DEEPDIVE_HOME: home },
      });
      const [stdout] = await Promise.all([text(child.stdout), once(child, "close")]);
      return stdout;
    };
    expect(await run("--help")).toMatch(/greeting \[options\] \[who\] +Greet somebody/);
    const help = await run("greeting", "--help");
    expect(help).toMatch(/--times-over <count> +how often \(default: 1\)/);
    expect(help).toContain("$ deepdive greeting Ada");
    const { run: record } = JSON.parse(await run("greeting", "Bob", "--times-over", "2", "--json"));
    expect(record.summary).toEqual({ words: "hello Bob", timesOver: 2 });
    await rm(home, { recursive: true });
  });

  it("has a route, an OpenAPI entry and the schema that the form is made from", async () => {
    const { store, discard } = await makeStore();
    const queue = await Queue.open(store);
    queue.work({ registry });
    const app = await createApp({ store, registry, queue });
    const headers = { host: "localhost" };
    const get = async (url: string) => (await app.inject({ url, headers })).json();
    const api = await get("/api/openapi.json");
    expect(api.paths["/api/labs/greeting/runs"].post.summary).toContain("Greet somebody");
    expect(api.components.schemas["greeting.input"].required).toEqual(["who"]);
    const lab = await get("/api/labs/greeting");
    expect(lab.input.properties).toMatchObject({
      who: { type: "string", description: "whom to greet" },
      timesOver: { type: "integer", minimum: 1, maximum: 9, default: 1 },
      tone: { enum: ["warm", "cool"], default: "warm" },
    });
    const ended = new Promise<void>((resolve) => {
      store.subscribe((event) => event.type === "run" && event.run.ended && resolve());
    });
    const started = await app.inject({
      method: "POST",
      url: "/api/labs/greeting/runs",
      headers,
      payload: { input: { who: "Eve" } },
    });
    expect(started.statusCode).toBe(202);
    await ended;
    const run = await get(`/api/runs/${started.json().run.id}`);
    expect(run).toMatchObject({ status: "done", summary: { words: "hello Eve", timesOver: 1 } });
    await app.close();
    await queue.stop();
    await discard();
  });
});
