/** @file The hub client against a server that behaves, and misbehaves, like the hub. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type PullProgress, pullModel } from "./pull.ts";

const name = "owner/small-model";
const weights = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251));
const config = Buffer.from('{"layers":2}');

interface Listed {
  path: string;
  content: Buffer;
  /** What is announced, where it is not the truth. */
  digest?: string;
}

let files: Listed[];
/** Bytes after which the next answers break off, one each. */
let breaks: number[];
let requests: { url: string; range: string | undefined; token: string | undefined }[];
let status: number;
let server: Server;
let hubUrl: string;
let folder: string;

function entryOf({ path, content, digest }: Listed): Record<string, unknown> {
  const large = content.length > 1000;
  const hash = createHash(large ? "sha256" : "sha1");
  if (!large) hash.update(`blob ${content.length}\0`);
  const oid = digest ?? hash.update(content).digest("hex");
  const lfs = large ? { lfs: { oid, size: content.length, pointerSize: 130 } } : {};
  return { type: "file", size: content.length, path, oid: large ? "pointer" : oid, ...lfs };
}

beforeEach(async () => {
  files = [
    { path: "config.json", content: config },
    { path: "onnx/model.onnx", content: weights },
    { path: "pytorch_model.bin", content: weights },
    { path: ".gitattributes", content: config },
  ];
  [breaks, requests, status] = [[], [], 200];
  folder = await mkdtemp(join(tmpdir(), "deepdive-"));
  server = createServer((request, response) => {
    const { range, authorization } = request.headers;
    const url = request.url ?? "";
    requests.push({ url, range, token: authorization });
    if (status !== 200) return void response.writeHead(status).end("no");
    if (url.startsWith("/api/")) {
      response.setHeader("Content-Type", "application/json");
      return void response.end(JSON.stringify(files.map(entryOf)));
    }
    const file = files.find(({ path }) => url === `/${name}/resolve/main/${path}`);
    if (!file) return void response.writeHead(404).end();
    const from = Number(/bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
    const rest = file.content.subarray(from);
    const { length } = file.content;
    response.writeHead(from > 0 ? 206 : 200, {
      "Content-Length": rest.length,
      ...(from > 0 && { "Content-Range": `bytes ${from}-${length - 1}/${length}` }),
    });
    const cut = file.content === weights ? breaks.shift() : undefined;
    if (cut === undefined) return void response.end(rest);
    // What was written arrives; then the connection ends.
    response.write(rest.subarray(0, cut), () => request.socket.end());
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  hubUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const pull = (more: Parameters<typeof pullModel>[1] = {}) =>
  pullModel(name, { hubUrl, folder, delayMs: 1, ...more });

it("fetches what is needed once, with progress and the token", async () => {
  const seen: PullProgress[] = [];
  const pulled = await pull({ token: "hf_secret", onProgress: (p) => seen.push(p) });
  expect(pulled).toEqual({ folder, files: ["config.json", "onnx/model.onnx"], offline: false });
  expect(await readFile(join(folder, "onnx/model.onnx"))).toEqual(weights);
  const total = weights.length + config.length;
  expect(seen.at(-1)).toEqual({ file: "onnx/model.onnx", done: total, total });
  expect(requests.every(({ token }) => token === "Bearer hf_secret")).toBe(true);
  requests = [];
  await pull();
  expect(requests.map(({ url }) => url)).toEqual([
    `/api/models/${name}/tree/main?recursive=true&expand=false`,
  ]);
});

it("takes only the files that are asked for", async () => {
  expect((await pull({ files: /\.json$/ })).files).toEqual(["config.json"]);
  await expect(pull({ files: () => false })).rejects.toThrow(/files: expected files to fetch/);
});

it("goes on where a connection broke", async () => {
  breaks = [100_000, 50_000];
  await pull();
  expect(await readFile(join(folder, "onnx/model.onnx"))).toEqual(weights);
  const ranges = requests.flatMap(({ url, range }) => (url.endsWith(".onnx") ? [range] : []));
  expect(ranges).toHaveLength(3);
  expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
});

it("goes on in a later run, after it gave up", async () => {
  breaks = [100_000, 0, 0, 0, 0, 0];
  await expect(pull()).rejects.toThrow(/model\.onnx: .*broke off time and again.*Run .* again/s);
  const kept = (await readFile(join(folder, "onnx/model.onnx.part"))).length;
  expect(kept).toBeGreaterThan(0);
  requests = [];
  await pull();
  expect(requests.at(-1)?.range).toBe(`bytes=${kept}-`);
  expect(await readFile(join(folder, "onnx/model.onnx"))).toEqual(weights);
  expect(await readdir(join(folder, "onnx"))).toEqual(["model.onnx"]);
});

it("keeps nothing of a file with another checksum", async () => {
  for (const [at, algorithm] of [
    [1, "sha256"],
    [0, "git"],
  ] as const) {
    files[at]!.digest = "0".repeat(64);
    await expect(pull()).rejects.toThrow(
      new RegExp(`expected content with ${algorithm} 0{64}.*nothing is kept`),
    );
    delete files[at]!.digest;
    await rm(join(folder, "config.json"), { force: true });
  }
  expect(await readdir(join(folder, "onnx"))).toEqual([]);
});

it("refuses names that leave the folder, before it writes anything", async () => {
  for (const path of ["../evil", "a/../../evil", "/etc/evil", "a\\..\\evil", "a//b", "a\0b"]) {
    files[2] = { path, content: config };
    files[1] = { path: "fine.onnx.json", content: config };
    await expect(pull()).rejects.toThrow(/expected names of files inside this folder/);
  }
  expect(await readdir(folder)).toEqual([]);
});

it("says what the hub answers", async () => {
  status = 401;
  await expect(pull()).rejects.toThrow(/the answer 401.*HF_TOKEN/);
  status = 404;
  await expect(pull()).rejects.toThrow(/expected the model owner\/small-model .*Check the name/);
  await expect(pullModel("../x", { hubUrl })).rejects.toThrow(/a name like "owner\/model"/);
  await expect(pullModel("x", { hubUrl })).rejects.toThrow(/got "x"/);
});

it("names the folder where files can be put when the hub cannot be reached, and uses what is there", async () => {
  const offline = { hubUrl: "http://127.0.0.1:1", folder };
  await expect(pullModel(name, offline)).rejects.toThrow(
    `${folder}: expected the files of ${name}, received no files, and http://127.0.0.1:1 cannot be reached`,
  );
  await writeFile(join(folder, "model.onnx"), "x");
  expect(await pullModel(name, offline)).toEqual({ folder, files: ["model.onnx"], offline: true });
});
