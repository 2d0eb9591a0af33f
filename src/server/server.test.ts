import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Run, Store } from "../lab/index.ts";
import { makeStore } from "../lab/testing.ts";
import { createApp } from "./app.ts";
import { defaultPort, type RunningServer, startServer } from "./start.ts";

let store: Store;
let discard: () => Promise<void>;
let run: Run;
beforeAll(async () => {
  ({ store, discard } = await makeStore());
  run = await store.createRun({ lab: "toy", name: "<script>alert(1)</script>" });
  run.metrics(1, { "train/loss": 0.5, "train/accuracy": Number.NaN });
  run.metrics(2, { "train/loss": 0.25 });
  await run.flush();
  await run.artifact("confusion", "table", { classes: ["ham", "spam"], counts: [] });
  await run.artifact("page.html", "html", "<script>alert(1)</script>");
  await run.artifact("model/weights.safetensors", "model", new Uint8Array([1, 2, 3]));
  await run.artifact("empty", "text", "");
});
afterAll(() => discard());

describe("the API", () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = await createApp({ store });
  });
  afterAll(() => app.close());
  const get = async (url: string) => {
    const answer = await app.inject({ url, headers: { host: "localhost:7331" } });
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  };
  const getJson = async (url: string) => JSON.parse((await get(url)).body);

  it("says that it is well, and which version it is", async () => {
    expect(await getJson("/api/health")).toEqual({
      status: "ok",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
  });

  it("lists runs and shows one with its artifacts", async () => {
    const { runs } = await getJson("/api/runs?lab=toy&status=running&limit=5");
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ id: run.id, lab: "toy" });
    const shown = await getJson(`/api/runs/${run.id}`);
    expect(shown.artifacts.map((artifact: { name: string }) => artifact.name)).toEqual([
      "confusion",
      "empty",
      "model/weights.safetensors",
      "page.html",
    ]);
    expect(await getJson("/api/runs?lab=other")).toEqual({ runs: [] });
  });

  it("sends curves in columns, what is not finite as null", async () => {
    const { series, cursor } = await getJson(`/api/runs/${run.id}/metrics`);
    expect(series).toEqual([
      { name: "train/accuracy", count: 1, steps: [1], values: [null] },
      { name: "train/loss", count: 2, steps: [1, 2], values: [0.5, 0.25] },
    ]);
    expect(cursor).toBeGreaterThan(0);
    const some = await getJson(`/api/runs/${run.id}/metrics?names=train/loss,x&afterStep=1`);
    expect(some.series).toEqual([{ name: "train/loss", count: 1, steps: [2], values: [0.25] }]);
  });

  it("sends artifacts with their type, and what a browser could run as a download", async () => {
    const table = await get(`/api/runs/${run.id}/artifacts/confusion`);
    expect(table.headers["content-type"]).toContain("application/json");
    expect(JSON.parse(table.body)).toEqual({ classes: ["ham", "spam"], counts: [] });
    const page = await get(`/api/runs/${run.id}/artifacts/page.html`);
    expect(page.headers["content-disposition"]).toBe('attachment; filename="page.html"');
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    const weights = await get(`/api/runs/${run.id}/artifacts/model/weights.safetensors`);
    expect(weights.headers["content-length"]).toBe("3");
    expect((await get(`/api/runs/${run.id}/artifacts/empty`)).body).toBe("");
  });

  it("answers mistakes with 4xx and one shape", async () => {
    const cases: [string, number, string][] = [
      ["/api/nothing", 404, "not_found"],
      ["/api/runs/zzzzzzzzzz", 404, "not_found"],
      ["/api/runs/..%2f..%2fsecret", 404, "not_found"],
      [`/api/runs/${run.id}/artifacts/none`, 404, "not_found"],
      [`/api/runs/${run.id}/artifacts/../../../database/PG_VERSION`, 404, "not_found"],
      [`/api/runs/${run.id}/artifacts/..%2f..%2f..%2fdatabase%2fPG_VERSION`, 404, "not_found"],
      [`/api/runs/${run.id}/artifacts/%00`, 404, "not_found"],
      ["/api/runs?limit=0", 400, "bad_request"],
      ["/api/runs?status=lost", 400, "bad_request"],
      [`/api/runs/${run.id}/metrics?maxPoints=many`, 400, "bad_request"],
      ["/api/%ff", 400, "bad_request"],
    ];
    for (const [url, status, code] of cases) {
      const answer = await get(url);
      expect(answer.status, url).toBe(status);
      expect(JSON.parse(answer.body), url).toEqual({
        error: expect.objectContaining({ code, message: expect.stringMatching(/.+/) }),
      });
    }
  });

  it("names the parameter at fault", async () => {
    const { error } = await getJson("/api/runs?limit=0");
    expect(error).toMatchObject({ field: "limit" });
  });

  it("refuses bodies above a mebibyte", async () => {
    const answer = await app.inject({
      method: "POST",
      url: "/api/runs",
      headers: { host: "localhost", "content-type": "application/json" },
      payload: JSON.stringify({ padding: "x".repeat(2 ** 20) }),
    });
    expect([404, 413]).toContain(answer.statusCode);
    expect(answer.json().error.message).toMatch(/.+/);
  });

  it("refuses a foreign Host, a foreign Origin and cross-site requests", async () => {
    const refused: Record<string, string>[] = [
      { host: "evil.example" },
      { host: "evil.example:7331" },
      { host: "localhost.evil.example" },
      { host: "192.168.1.5:7331" },
      { host: "localhost:7331", origin: "http://evil.example" },
      { host: "localhost:7331", origin: "null" },
      { host: "localhost:7331", origin: "http://localhost:3000" },
      { host: "localhost:7331", "sec-fetch-site": "cross-site" },
    ];
    for (const headers of refused) {
      const answer = await app.inject({ url: "/api/runs", headers });
      expect(answer.statusCode, JSON.stringify(headers)).toBe(403);
      expect(answer.json().error.code).toMatch(/^foreign_/);
      expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    }
    const welcome: Record<string, string>[] = [
      { host: "localhost:7331", origin: "http://localhost:7331", "sec-fetch-site": "same-origin" },
      { host: "127.0.0.1:80" },
      { host: "[::1]:7331" },
    ];
    for (const headers of welcome) {
      const answer = await app.inject({ url: "/api/runs", headers });
      expect(answer.statusCode, JSON.stringify(headers)).toBe(200);
    }
  });
});

describe("the pages", () => {
  it("come from the bundle alone, with one document for all of the Studio's addresses", async () => {
    const folder = await mkdtemp(join(tmpdir(), "deepdive-bundle-"));
    await writeFile(join(folder, "index.html"), "<!doctype html>");
    await writeFile(join(folder, "mark.svg"), "<svg/>");
    await writeFile(join(folder, ".built-from"), "secret");
    const app = await createApp({ store, studio: folder });
    const get = (url: string) => app.inject({ url, headers: { host: "localhost" } });
    for (const url of ["/", "/runs", `/runs/${run.id}`]) {
      expect((await get(url)).headers["content-type"], url).toBe("text/html; charset=utf-8");
    }
    expect((await get("/mark.svg")).headers["content-type"]).toBe("image/svg+xml");
    for (const url of ["/.built-from", "/../package.json", "/%2e%2e/package.json", "/assets/"]) {
      expect((await get(url)).statusCode, url).toBe(404);
    }
    await app.close();
    await rm(folder, { recursive: true });
  });
});

describe("a server that listens", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ store, port: 0 });
  });
  afterAll(() => server.close());

  it("listens on loopback and refuses a rebound name on the wire", async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${server.url}/api/health`)).status).toBe(200);
    const foreign = httpRequest(`${server.url}/api/runs`, { headers: { host: "evil.example" } });
    foreign.end();
    const [answer] = await once(foreign, "response");
    expect(answer.statusCode).toBe(403);
    answer.resume();
  });

  it("refuses a path that leads out even when no client has tidied it", async () => {
    const socket = connect(server.port, "127.0.0.1");
    const path = `/api/runs/${run.id}/artifacts/../../../../etc/passwd`;
    socket.end(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    let answer = "";
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("streams a run live, from where the reader left off, without gap or repetition", async () => {
    const live = await store.createRun({ lab: "live" });
    live.metrics(1, { loss: 3 });
    live.metrics(2, { loss: 2 });
    await live.flush();
    const [first] = await store.metricsSince(live.id, 0);
    const answer = await fetch(`${server.url}/api/runs/${live.id}/events?after=${first.seq}`);
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    live.metrics(3, { loss: Number.NaN });
    await live.flush();
    await live.artifact("confusion", "table", {});
    live.progress({ phase: "train", done: 3, total: 3 });
    await live.finish({ accuracy: 1 });
    const events = await readEvents(answer, (event) => event.data.status === "done");
    const points = events.filter((event) => event.event === "metrics");
    expect(points.flatMap((event) => event.data.points)).toEqual([
      { name: "loss", step: 2, value: 2 },
      { name: "loss", step: 3, value: null },
    ]);
    expect(points.at(-1)?.id).toBe(first.seq + 2);
    expect(events.map((event) => event.event)).toEqual(
      expect.arrayContaining(["run", "artifact", "progress"]),
    );
    const again = await fetch(`${server.url}/api/runs/${live.id}/events`, {
      headers: { "last-event-id": `${first.seq + 2}` },
    });
    const seen = await readEvents(again, () => true);
    expect(seen.map((event) => event.event)).toEqual(["run"]);
  });

  it("takes another port when its usual one is taken, and says so", async () => {
    const blocker = createServer().listen(defaultPort, "127.0.0.1");
    await Promise.race([once(blocker, "listening"), once(blocker, "error")]);
    const other = await startServer({ store });
    expect(other.takenPort).toBe(defaultPort);
    expect(other.port).not.toBe(defaultPort);
    await other.close();
    blocker.close();
    await expect(startServer({ store, port: server.port })).rejects.toThrow(
      `port ${server.port} is taken by another program; choose one with --port`,
    );
    await expect(startServer({ store, port: 0, host: "192.0.2.1" })).rejects.toThrow(
      "host 192.0.2.1 is no address of this machine",
    );
  });

  it("closes at once although a stream is open", async () => {
    const short = await startServer({ store, port: 0 });
    const answer = await fetch(`${short.url}/api/events`);
    const before = Date.now();
    await short.close();
    await answer.text().catch(() => {});
    expect(Date.now() - before).toBeLessThan(2_000);
  });
});

interface SentEvent {
  readonly event: string;
  readonly id?: number;
  // biome-ignore lint/suspicious/noExplicitAny: each event has its own shape.
  readonly data: any;
}

/** Reads server-sent events until one is the last. */
async function readEvents(answer: Response, isLast: (event: SentEvent) => boolean) {
  const events: SentEvent[] = [];
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split("\n").map((line) => line.split(/: ?(.*)/s).slice(0, 2)),
      );
      if (!fields.event) continue;
      const id = fields.id === undefined ? undefined : Number(fields.id);
      events.push({ event: fields.event, id, data: JSON.parse(fields.data) });
      if (isLast(events[events.length - 1])) return events;
    }
  }
  return events;
}
