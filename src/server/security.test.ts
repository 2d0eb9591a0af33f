import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey, LabRegistry, listKeys, Queue, removeKey, type Store } from "../lab/index.ts";
import { makeStore } from "../lab/testing.ts";
import { createApp } from "./app.ts";
import { toCsv } from "./csv.ts";
import { type RunningServer, startServer } from "./start.ts";

const registry = new LabRegistry({
  folders: [fileURLToPath(new URL("../lab/fixtures/labs", import.meta.url))],
});

let store: Store;
let discard: () => Promise<void>;
let queue: Queue;
let server: RunningServer;
let studio: string;
beforeAll(async () => {
  ({ store, discard } = await makeStore());
  queue = await Queue.open(store);
  studio = await mkdtemp(join(tmpdir(), "deepdive-page-"));
  await mkdir(join(studio, "assets"));
  await writeFile(join(studio, "index.html"), "<!doctype html><title>Studio</title>");
  await writeFile(join(studio, "assets", "app.js"), "1");
  server = await startServer({ store, registry, queue, studio, port: 0, uploadLimit: 1_000 });
});
afterAll(async () => {
  await server.close();
  await queue.stop();
  await discard();
  await rm(studio, { recursive: true });
});

/** Sends bytes as they stand, which no client library would. */
async function raw(text: string): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  socket.write(text);
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}

describe("by default", () => {
  it("the server can be reached from this machine alone", () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });

  it("tells the browser to run nothing but the page's own scripts, and to show it in no frame", async () => {
    const { headers } = await fetch(server.url);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("foreign sites", () => {
  it("cannot ask by another name, from another page, or with a form", async () => {
    const body = '{"input":{"text":"x"}}';
    const post = (more: string) =>
      raw(
        `POST /api/labs/echo/call HTTP/1.1\r\nConnection: close\r\n${more}` +
          `Content-Length: ${body.length}\r\n\r\n${body}`,
      );
    const json = "Content-Type: application/json\r\n";
    expect(await post(`Host: evil.example\r\n${json}`)).toMatch(/^HTTP\/1\.1 403/);
    expect(await post(`Host: localhost\r\nOrigin: http://evil.example\r\n${json}`)).toMatch(
      /^HTTP\/1\.1 403/,
    );
    expect(await post(`Host: localhost\r\nOrigin: null\r\n${json}`)).toMatch(/^HTTP\/1\.1 403/);
    expect(await post(`Host: localhost\r\nSec-Fetch-Site: cross-site\r\n${json}`)).toMatch(
      /^HTTP\/1\.1 403/,
    );
    // What a form can send without asking first is not taken for JSON.
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      expect(await post(`Host: localhost\r\nContent-Type: ${type}\r\n`), type).toMatch(
        /^HTTP\/1\.1 4(00|15)/,
      );
    }
    expect(await post(`Host: localhost\r\n${json}`)).toMatch(/^HTTP\/1\.1 200/);
  });
});

describe("paths", () => {
  it("to write to are known as such in every lab, and so refused", async () => {
    const labs = await new LabRegistry().list();
    const written = labs.flatMap(({ id, input }) =>
      ["save", "cache"].flatMap((name) => {
        const field = input.properties[name];
        return field ? [`${id} ${name} ${field.format}`] : [];
      }),
    );
    expect(written.length).toBeGreaterThan(3);
    expect(written.filter((line) => !line.endsWith(" write-path"))).toEqual([]);
  });

  it("never lead out of the bundle, a run or the uploads", async () => {
    const run = await store.createRun({ lab: "toy" });
    await run.artifact("note", "text", "fine");
    await run.finish();
    const up = ["..", "%2e%2e", "..%2f..", "..%5c..", "%252e%252e"];
    const paths = up.flatMap((step) => [
      `/${step}/${step}/etc/passwd`,
      `/assets/${step}/index.html%00`,
      `/api/runs/${step}/metrics`,
      `/api/runs/${run.id}/artifacts/${step}/${step}/database/PG_VERSION`,
      `/api/runs/${run.id}/artifacts/note/${step}/${step}/log.txt`,
      `/api/labs/${step}/runs`,
    ]);
    for (const path of paths) {
      const answer = await raw(
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect(answer, path).toMatch(/^HTTP\/1\.1 (400|404)/);
      expect(answer, path).not.toMatch(/root:|^15$/m);
    }
  });

  it("name no file of the disk in a lab's input", async () => {
    const files = [
      "/etc/passwd",
      "../../etc/passwd",
      "https://evil.example/x.csv",
      "upload:0/../x",
    ];
    files.push("upload:0123456789abcdef/../../locks", "run:0123456789/../../database/PG_VERSION");
    for (const file of files) {
      const answer = await fetch(`${server.url}/api/labs/toy-count/runs`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ input: { file } }),
      });
      expect(answer.status, file).toBe(400);
      expect(await answer.json(), file).toMatchObject({ error: { field: "file" } });
    }
  });
});

describe("keys", () => {
  it("are asked for by everything but health, session and the page; kept as hashes", async () => {
    const { key, info } = await addKey(store.database, "somebody");
    const app = await createApp({ store, registry, queue, studio });
    const ask = async (url: string, headers = {}) =>
      (await app.inject({ url, headers: { host: "localhost", ...headers } })).statusCode;
    const open = ["/api/health", "/api/session", "/", "/runs", "/compare", "/assets/app.js"];
    for (const url of open) expect(await ask(url), url).toBe(200);
    const closed = ["runs", "runs/x", "labs", "labs/echo", "openapi.json", "events", "nothing"];
    for (const name of closed) {
      expect(await ask(`/api/${name}`), name).toBe(401);
      expect(await ask(`/api/${name}`, { cookie: "deepdive_key=dd_x" }), name).toBe(401);
    }
    for (const url of [
      "/api//runs",
      "/api/./runs",
      "/API/runs",
      "/api/runs/",
      "/%61pi/runs",
      "/%2fapi/runs",
    ]) {
      expect([401, 404, 400], url).toContain(await ask(url));
    }
    expect(await ask("/api/runs", { authorization: `Bearer ${key}` })).toBe(200);
    const { rows } = await store.database.query<{ hash: string }>("select * from keys");
    expect(rows[0].hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify([rows, await listKeys(store.database)])).not.toContain(key);
    await removeKey(store.database, info.id);
    await app.close();
  });
});

describe("content", () => {
  it("of exports holds no formulas", async () => {
    const rows = [
      { text: '=HYPERLINK("http://evil.example")', n: -1.5, label: "+cmd|' /C calc'!A0" },
      { text: "@SUM(A1)", n: 2, label: "-5" },
      { text: "\t=1+1", n: null, label: 'say "hi", <b>' },
      { text: "  =1", n: 1e-7, label: "- a list" },
    ];
    expect(toCsv(rows).split("\r\n")).toEqual([
      "text,n,label",
      `"'=HYPERLINK(""http://evil.example"")",-1.5,'+cmd|' /C calc'!A0`,
      "'@SUM(A1),2,-5",
      `'\t=1+1,,"say ""hi"", <b>"`,
      "'  =1,1e-7,'- a list",
      "",
    ]);
    const run = await store.createRun({ lab: "toy" });
    await run.artifact("rows", "table", rows);
    await run.artifact("other", "table", { a: 1 });
    await run.finish();
    const answer = await fetch(`${server.url}/api/runs/${run.id}/artifacts/rows?format=csv`);
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="rows.csv"');
    expect(await answer.text()).toBe(toCsv(rows));
    const other = await fetch(`${server.url}/api/runs/${run.id}/artifacts/other?format=csv`);
    expect(other.status).toBe(409);
  });

  it("with HTML in names and texts is sent as data, never as a page", async () => {
    const evil = '<img src=x onerror="alert(1)">';
    const run = await store.createRun({ lab: "toy", name: evil, config: { label: evil } });
    await run.artifact("page.html", "html", evil);
    await run.artifact("drawing.svg", "image", `<svg onload="alert(1)"/>`);
    await run.artifact("table", "table", [{ label: evil }]);
    await run.finish();
    const types = await Promise.all(
      ["", "/artifacts/table", "/artifacts/page.html", "/artifacts/drawing.svg"].map(
        async (path) => {
          const { headers } = await fetch(`${server.url}/api/runs/${run.id}${path}`);
          return [headers.get("content-type")?.split(";")[0], headers.has("content-disposition")];
        },
      ),
    );
    expect(types).toEqual([
      ["application/json", false],
      ["application/json", false],
      ["text/html", true],
      ["image/svg+xml", true],
    ]);
    const missing = await fetch(`${server.url}/api/runs/${encodeURIComponent(evil)}`);
    expect(missing.headers.get("content-type")).toContain("application/json");
  });

  it("of uploads is bounded and not unpacked; JSON is not nested without end", async () => {
    const upload = async (name: string, body: Uint8Array<ArrayBuffer> | string) => {
      const answer = await fetch(`${server.url}/api/uploads?name=${name}`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body,
      });
      return [answer.status, (await answer.json()).error?.code];
    };
    const zip = new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0, 0]);
    expect(await upload("bomb.csv", zip)).toEqual([415, "packed_file"]);
    expect(await upload("bomb.zip", zip)).toEqual([415, "unknown_format"]);
    expect(await upload("big.csv", "x".repeat(1_001))).toEqual([413, "too_large"]);
    expect(await upload("deep.json", "[".repeat(900))).toEqual([400, "too_deep"]);
    const deep = await fetch(`${server.url}/api/labs/echo/call`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"input":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
    });
    expect([deep.status, (await deep.json()).error.code]).toEqual([400, "too_deep"]);
  });
});
