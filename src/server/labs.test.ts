import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LabRegistry, Queue, type RunStatus, type Store } from "../lab/index.ts";
import { makeStore } from "../lab/testing.ts";
import { createApp } from "./app.ts";

const registry = new LabRegistry({
  folders: [fileURLToPath(new URL("../lab/fixtures/labs", import.meta.url))],
});

let store: Store;
let discard: () => Promise<void>;
let queue: Queue;
let app: FastifyInstance;
beforeAll(async () => {
  ({ store, discard } = await makeStore());
  queue = await Queue.open(store);
  queue.work({ registry });
  app = await createApp({ store, registry, queue, uploadLimit: 2_000 });
});
afterAll(async () => {
  await app.close();
  await queue.stop();
  await discard();
});

const headers = { host: "localhost:7331" };
async function get(url: string) {
  const answer = await app.inject({ url, headers });
  return { status: answer.statusCode, body: answer.body, json: () => answer.json() };
}
async function post(url: string, payload?: object) {
  const answer = await app.inject({ method: "POST", url, headers, payload });
  return { status: answer.statusCode, ...answer.json() };
}
async function upload(name: string, payload: string | Buffer) {
  const answer = await app.inject({
    method: "POST",
    url: `/api/uploads?name=${encodeURIComponent(name)}`,
    headers: { ...headers, "content-type": "application/octet-stream" },
    payload,
  });
  return { status: answer.statusCode, ...answer.json() };
}

/** Resolves once the run has one of these states. */
async function untilStatus(id: string, ...wanted: RunStatus[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const leave = store.subscribe((event) => {
      if (event.type === "run" && event.run.id === id && wanted.includes(event.run.status)) done();
    });
    const done = () => {
      leave();
      resolve();
    };
    store.run(id).then((run) => run && wanted.includes(run.status) && done());
  });
}

describe("labs over HTTP", () => {
  it("are listed with their input schemas, and described in OpenAPI", async () => {
    const { labs } = (await get("/api/labs")).json();
    const count = labs.find((lab: { id: string }) => lab.id === "toy-count");
    expect(count).toMatchObject({ title: "Count", examples: [{ input: { steps: 5 } }] });
    expect(count.module).toBeUndefined();
    expect((await get("/api/labs/toy-count")).json()).toEqual(count);
    const api = (await get("/api/openapi.json")).json();
    expect(api.openapi).toBe("3.1.0");
    expect(api.paths["/api/labs/toy-count/runs"].post.summary).toContain("Count");
    expect(api.paths["/api/labs/toy-count/call"]).toBeUndefined();
    expect(api.paths["/api/labs/echo/call"].post.requestBody).toBeDefined();
    expect(api.components.schemas["toy-count.input"].properties.steps.default).toBe(20);
  });

  it("run in the background, and keep a log", async () => {
    const { status, run } = await post("/api/labs/toy-count/runs", {
      input: { steps: 3, loud: true },
      name: "three",
    });
    expect(status).toBe(202);
    expect(run).toMatchObject({ status: "queued", name: "three", lab: "toy-count" });
    await untilStatus(run.id, "done", "failed");
    const details = (await get(`/api/runs/${run.id}`)).json();
    expect(details).toMatchObject({ status: "done", attempt: 1, config: { rate: 0.1 } });
    expect((await get(`/api/runs/${run.id}/log`)).body).toBe("step 1\nstep 2\nstep 3\n");
    expect((await get(`/api/runs/${run.id}/log?tail=7`)).body).toBe("step 3\n");
  });

  it("stop and go on in the same run, from the checkpoint, to the same end", async () => {
    const input = { steps: 80, stepMs: 10 };
    const whole = await post("/api/labs/toy-count/runs", { input });
    await untilStatus(whole.run.id, "done");
    const { run } = await post("/api/labs/toy-count/runs", { input });
    await untilStatus(run.id, "running");
    await new Promise<void>((resolve) => {
      const leave = store.subscribe((event) => {
        if (event.type !== "metrics" || event.runId !== run.id) return;
        leave();
        resolve();
      });
    });
    expect((await post(`/api/runs/${run.id}/stop`)).status).toBe(202);
    await untilStatus(run.id, "stopped");
    expect((await post(`/api/runs/${run.id}/stop`)).error.code).toBe("not_running");
    expect((await post(`/api/runs/${run.id}/resume`)).status).toBe(202);
    await untilStatus(run.id, "done");
    const [first, second] = await Promise.all([store.run(whole.run.id), store.run(run.id)]);
    expect(second?.summary).toEqual(first?.summary);
    expect(second?.attempt).toBe(2);
    const steps = (await store.metrics(run.id)).series[0].steps;
    expect(steps).toEqual(Array.from({ length: 80 }, (_, index) => index + 1));
    expect((await post(`/api/runs/${run.id}/resume`)).error.code).toBe("not_stopped");
  });

  it("answer at once where they can, from a process that stays", async () => {
    const first = await post("/api/labs/echo/call", { input: { text: "a" } });
    expect(first.result).toMatchObject({ text: "a", calls: 1 });
    expect(first.result.worker).not.toBe(process.pid);
    const before = performance.now();
    const second = await post("/api/labs/echo/call", { input: { text: "b" } });
    expect(second.result).toEqual({ text: "b", calls: 2, worker: first.result.worker });
    expect(performance.now() - before).toBeLessThan(500);
    const crash = await post("/api/labs/echo/call", { input: { text: "crash" } });
    expect(crash).toMatchObject({ status: 422, error: { code: "lab_failed" } });
    const again = await post("/api/labs/echo/call", { input: { text: "c" } });
    expect(again.result.calls).toBe(1);
  });

  it("refuse what does not fit with 4xx, and make no run", async () => {
    const before = (await store.runs()).length;
    const cases: [string, object, number, string, string?][] = [
      ["/api/labs/nosuch/runs", {}, 404, "not_found"],
      ["/api/labs/toy-count/runs", { input: { steps: -1 } }, 400, "bad_input", "steps"],
      ["/api/labs/toy-count/runs", { input: { file: "/etc/passwd" } }, 400, "bad_input", "file"],
      ["/api/labs/toy-count/runs", { input: { file: "upload:../../x" } }, 400, "bad_input", "file"],
      ["/api/labs/toy-count/runs", { input: { nosuch: 1 } }, 400, "bad_input"],
      ["/api/labs/toy-count/runs", { settings: {} }, 400, "bad_request"],
      ["/api/labs/toy-count/call", {}, 409, "not_interactive"],
      ["/api/labs/echo/call", {}, 400, "bad_input", "text"],
    ];
    for (const [url, body, status, code, field] of cases) {
      const answer = await post(url, body);
      expect(answer, url).toMatchObject({ status, error: { code, ...(field ? { field } : {}) } });
    }
    expect(await store.runs()).toHaveLength(before);
  });

  it("a failed run says why, and can be resumed after the cause is gone", async () => {
    const { run } = await post("/api/labs/toy-count/runs", { input: { steps: 5, failAt: 4 } });
    await untilStatus(run.id, "failed");
    expect((await get(`/api/runs/${run.id}`)).json().error).toBe("step 4 was told to fail");
    expect((await get(`/api/runs/${run.id}/log`)).body).toContain("step 4 was told to fail");
  });
});

describe("uploads", () => {
  it("keep a file, and stand for it in inputs", async () => {
    const { status, file, bytes } = await upload("../weird/Mäils 1.csv", "text,label\na,b\n");
    expect(status).toBe(201);
    expect(bytes).toBe(15);
    expect(file).toMatch(/^upload:[0-9a-f]{16}\/Mäils 1\.csv$/);
    const { run } = await post("/api/labs/toy-count/runs", { input: { file, steps: 1 } });
    await untilStatus(run.id, "done");
    const config = (await store.run(run.id))?.config as { file: string };
    expect(await readFile(config.file, "utf8")).toBe("text,label\na,b\n");
    expect(config.file.startsWith(join(store.folder, "uploads"))).toBe(true);
  });

  it("and folders of this machine are nothing that a request can name", async () => {
    const refused = async (input: object) => {
      const { status, error } = await post("/api/labs/toy-count/runs", { input });
      return [status, error.field];
    };
    expect(await refused({ save: "out.csv" })).toEqual([400, "save"]);
    expect(await refused({ folder: "/etc" })).toEqual([400, "folder"]);
    expect(await refused({ folder: "run:0123456789/../.." })).toEqual([400, "folder"]);
    expect(await refused({ words: "/etc/secret.txt" })).toEqual([400, "words"]);
    const space = { file: { kind: "choice", values: ["/etc/hostname"] } };
    const sweep = { lab: "toy-count", metric: "train/loss", space };
    expect((await post("/api/sweeps", sweep)).status).toBe(400);
    const { run } = await post("/api/labs/toy-count/runs", { input: { words: "a, b", steps: 1 } });
    expect(run.config.words).toBe("a, b");
  });

  it("are at hand when a run is done again with other settings", async () => {
    const { file } = await upload("mails.csv", "text,label\na,b\n");
    const { run } = await post("/api/labs/toy-count/runs", {
      input: { file, steps: 1 },
      name: "n",
    });
    await untilStatus(run.id, "done");
    const path = `/api/runs/${run.id}/again`;
    const { status, run: again } = await post(path, { input: { steps: 2, rate: null } });
    expect(status).toBe(202);
    expect(again).toMatchObject({ lab: "toy-count", name: "n", parent: run.id });
    expect(again.config).toMatchObject({ steps: 2, rate: 0.1 });
    expect(again.config.file).toMatch(/uploads.*mails\.csv$/);
    // What a request itself says is no path, though a run may have one.
    const foreign = await post(path, { input: { file: "/etc/passwd" } });
    expect(foreign).toMatchObject({ status: 400, error: { code: "bad_input", field: "file" } });
  });

  it("are bounded, unpacked, of a known kind, and not nested without end", async () => {
    const cases: [string, string | Buffer, number, string][] = [
      ["big.csv", "x".repeat(2_001), 413, "too_large"],
      ["bomb.csv", Buffer.from("504b030414000000", "hex"), 415, "packed_file"],
      ["bomb.json", Buffer.from("1f8b0800", "hex"), 415, "packed_file"],
      ["page.html", "<script>", 415, "unknown_format"],
      ["deep.json", "[".repeat(1_000), 400, "too_deep"],
      ["empty.csv", "", 400, "empty_file"],
    ];
    for (const [name, content, status, code] of cases) {
      expect(await upload(name, content), name).toMatchObject({ status, error: { code } });
    }
  });

  it("are cut off while they come when they are larger than they said", async () => {
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(500)),
    });
    const answer = await fetch(`${url}/api/uploads?name=endless.csv`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body,
      duplex: "half",
    } as RequestInit).catch((error: Error) => error);
    if (answer instanceof Response) expect(answer.status).toBe(413);
    const left = await readdir(join(store.folder, "uploads"));
    expect(left.filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("keys", () => {
  it("once set, nothing but health and session answers without one", async () => {
    const { addKey, removeKey } = await import("../lab/index.ts");
    const { key, info } = await addKey(store.database, "test");
    const guarded = await createApp({ store, registry, queue });
    const ask = (url: string, more: Record<string, string> = {}, method: "GET" | "POST" = "GET") =>
      guarded.inject({ url, method, headers: { ...headers, ...more } });
    const urls = ["/api/runs", "/api/labs", "/api/openapi.json", "/api/events", "/api/nothing"];
    for (const url of urls) {
      expect((await ask(url)).statusCode, url).toBe(401);
      expect((await ask(url, { authorization: "Bearer dd_wrong" })).statusCode, url).toBe(401);
    }
    expect((await ask("/api/uploads?name=a.csv", {}, "POST")).statusCode).toBe(401);
    expect((await ask("/api/health")).statusCode).toBe(200);
    expect((await ask("/api/runs", { authorization: `Bearer ${key}` })).statusCode).toBe(200);
    const session = await guarded.inject({
      method: "POST",
      url: "/api/session",
      headers,
      payload: { key },
    });
    const cookie = String(session.headers["set-cookie"]);
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    const asBrowser = await ask("/api/runs", { cookie: cookie.split(";")[0] });
    expect(asBrowser.statusCode).toBe(200);
    const { rows } = await store.database.query("select * from keys");
    expect(JSON.stringify(rows)).not.toContain(key);
    await removeKey(store.database, info.id);
    await guarded.close();
  });
});

it("a JSON body of depth 10,000 is refused, and one that reaches for prototypes", async () => {
  const send = (payload: string) =>
    app.inject({
      method: "POST",
      url: "/api/labs/echo/call",
      headers: { ...headers, "content-type": "application/json" },
      payload,
    });
  const deep = await send(`{"input":${"[".repeat(10_000)}${"]".repeat(10_000)}}`);
  expect([deep.statusCode, deep.json().error.code]).toEqual([400, "too_deep"]);
  const strings = await send(JSON.stringify({ input: { text: "[".repeat(10_000) } }));
  expect(strings.statusCode).toBe(200);
  expect((await send('{"__proto__":{"a":1}}')).statusCode).toBe(400);
  const packed = await app.inject({
    method: "POST",
    url: "/api/labs/echo/call",
    headers: { ...headers, "content-type": "application/json", "content-encoding": "gzip" },
    payload: "x",
  });
  expect(packed.statusCode).toBe(415);
});
