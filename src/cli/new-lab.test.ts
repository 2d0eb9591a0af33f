import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LabRegistry, Queue } from "../lab/index.ts";
import { makeStore, makeStoreFolder } from "../lab/testing.ts";
import { createApp } from "../server/index.ts";

const define = new URL("../lab/define.ts", import.meta.url).href;
const entry = fileURLToPath(new URL("./main.ts", import.meta.url));

const source = `
import { defineLab, z } from ${JSON.stringify(define)};
export const labs = [defineLab({
  name: "greeting",
  title: "Greet somebody",
  summary: "Says hello.",
  source: "https://example.org/greeting",
  positional: "who",
  input: z.object({
    who: z.string().describe("whom to greet"),
    timesOver: z.int().min(1).max(9).default(1).describe("how often"),
    tone: z.enum(["warm", "cool"]).default("warm").describe("the tone"),
  }),
  examples: [{ title: "Ada", input: { who: "Ada" } }],
  run: async (_context, { who, timesOver }) => ({ words: "hello " + who, timesOver }),
})];
`;

describe("a lab in a folder of its own", () => {
  let folder: string;
  let registry: LabRegistry;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deepdive-new-lab-"));
    await mkdir(join(folder, "greeting"));
    await writeFile(join(folder, "greeting", "lab.ts"), source);
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
