/** @file The hub client against a server that behaves, and misbehaves, like the hub. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type HubServer, openHubServer } from "../testing/hub-server.ts";
import { type PullProgress, pullModel } from "./pull.ts";

const name = "owner/small-model";
const weights = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251));
const config = Buffer.from('{"layers":2}');

let hub: HubServer;
let folder: string;

beforeEach(async () => {
  hub = await openHubServer(name, [
    { path: "config.json", content: config },
    { path: "onnx/model.onnx", content: weights },
    { path: "pytorch_model.bin", content: weights },
    { path: ".gitattributes", content: config },
  ]);
  folder = await mkdtemp(join(tmpdir(), "deepdive-"));
});

afterEach(async () => {
  hub.close();
  await rm(folder, { recursive: true, force: true });
});

const pull = (more: Parameters<typeof pullModel>[1] = {}) =>
  pullModel(name, { hubUrl: hub.url, folder, delayMs: 1, ...more });

it("fetches what is needed once, with progress and the token", async () => {
  const seen: PullProgress[] = [];
  const pulled = await pull({ token: "hf_secret", onProgress: (p) => seen.push(p) });
  expect(pulled).toEqual({ folder, files: ["config.json", "onnx/model.onnx"], offline: false });
  expect(await readFile(join(folder, "onnx/model.onnx"))).toEqual(weights);
  const total = weights.length + config.length;
  expect(seen.at(-1)).toEqual({ file: "onnx/model.onnx", done: total, total });
  expect(hub.requests.every(({ token }) => token === "Bearer hf_secret")).toBe(true);
  hub.requests = [];
  await pull();
  expect(hub.requests.map(({ url }) => url)).toEqual([
    `/api/models/${name}/tree/main?recursive=true&expand=false`,
  ]);
});

it("fetches empty files too", async () => {
  hub.files = [{ path: "__init__.py", content: Buffer.alloc(0) }];
  await pull();
  expect(await readdir(folder)).toEqual(["__init__.py"]);
});

it("takes only the files that are asked for", async () => {
  expect((await pull({ files: /\.json$/ })).files).toEqual(["config.json"]);
  await expect(pull({ files: () => false })).rejects.toThrow(/files: expected files to fetch/);
});

it("goes on where a connection broke", async () => {
  hub.breaks = [100_000, 50_000];
  await pull({ onProgress: () => hub.breakOff() });
  expect(await readFile(join(folder, "onnx/model.onnx"))).toEqual(weights);
  const ranges = hub.requests.flatMap(({ url, range }) => (url.endsWith(".onnx") ? [range] : []));
  expect(ranges).toHaveLength(3);
  expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
});

it("goes on in a later run, after it gave up", async () => {
  hub.breaks = [100_000, 0, 0, 0, 0, 0];
  const broken = pull({ onProgress: () => hub.breakOff() });
  await expect(broken).rejects.toThrow(/model\.onnx: .*broke off time and again.*Run .* again/s);
  const kept = (await readFile(join(folder, "onnx/model.onnx.part"))).length;
  expect(kept).toBeGreaterThan(0);
  hub.requests = [];
  await pull();
  expect(hub.requests.at(-1)?.range).toBe(`bytes=${kept}-`);
  expect(await readFile(join(folder, "onnx/model.onnx"))).toEqual(weights);
  expect(await readdir(join(folder, "onnx"))).toEqual(["model.onnx"]);
});

it("keeps nothing of a file with another checksum", async () => {
  for (const [at, algorithm] of [
    [1, "sha256"],
    [0, "git"],
  ] as const) {
    hub.files[at]!.digest = "0".repeat(64);
    await expect(pull()).rejects.toThrow(
      new RegExp(`expected content with ${algorithm} 0{64}.*nothing is kept`),
    );
    delete hub.files[at]!.digest;
    await rm(join(folder, "config.json"), { force: true });
  }
  expect(await readdir(join(folder, "onnx"))).toEqual([]);
});

it("refuses names that leave the folder, before it writes anything", async () => {
  for (const path of ["../evil", "a/../../evil", "/etc/evil", "a\\..\\evil", "a//b", "a\0b"]) {
    hub.files[2] = { path, content: config };
    hub.files[1] = { path: "fine.onnx.json", content: config };
    await expect(pull()).rejects.toThrow(/expected names of files inside this folder/);
  }
  expect(await readdir(folder)).toEqual([]);
});

it("says what the hub answers", async () => {
  hub.status = 401;
  await expect(pull()).rejects.toThrow(/the answer 401.*HF_TOKEN/);
  hub.status = 404;
  await expect(pull()).rejects.toThrow(/expected the model owner\/small-model .*Check the name/);
  await expect(pullModel("../x", { hubUrl: hub.url })).rejects.toThrow(
    /a name like "owner\/model"/,
  );
  await expect(pullModel("x", { hubUrl: hub.url })).rejects.toThrow(/got "x"/);
});

it("names the folder where files can be put when the hub cannot be reached, and uses what is there", async () => {
  const offline = { hubUrl: "http://127.0.0.1:1", folder };
  await expect(pullModel(name, offline)).rejects.toThrow(
    `${folder}: expected the files of ${name}, received no files, and http://127.0.0.1:1 cannot be reached`,
  );
  await writeFile(join(folder, "model.onnx"), "x");
  expect(await pullModel(name, offline)).toEqual({ folder, files: ["model.onnx"], offline: true });
});
