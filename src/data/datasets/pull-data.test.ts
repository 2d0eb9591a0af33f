/** @file Data sets from a registry that this test plays. */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tarOf } from "../testing/tar.ts";
import type { DataPackage } from "./catalogue.ts";
import { pullData } from "./pull-data.ts";

const good = gzipSync(
  tarOf([
    { name: "package/data/words.json", content: '{"a":1}' },
    { name: "package/index.js", content: "evil()" },
  ]),
);
let archive: Buffer;
let known: Record<string, DataPackage>;
let urls: string[];
let server: Server;
let root: string;
let folder: string;

function entryOf(bytes: Buffer): DataPackage {
  return {
    summary: "",
    licence: "",
    package: "@scope/words",
    version: "1.0.0",
    integrity: createHash("sha512").update(bytes).digest("base64"),
    maxBytes: 1000,
    files: /^data\//,
  };
}

beforeEach(async () => {
  [archive, urls] = [good, []];
  known = { words: entryOf(good) };
  root = mkdtempSync(join(tmpdir(), "deepdive-"));
  folder = join(root, "words");
  server = createServer((request, response) => {
    urls.push(request.url ?? "");
    response.end(archive);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
});
afterEach(() => {
  server.close();
  rmSync(root, { recursive: true });
});

const pull = (name = "words") => {
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return pullData(name, { folder, known, registry, delayMs: 1 });
};

it("fetches and unpacks once", async () => {
  expect(await pull()).toEqual({ folder, files: ["data/words.json"] });
  expect(readFileSync(join(folder, "data/words.json"), "utf8")).toBe('{"a":1}');
  expect(readdirSync(root)).toEqual(["words"]);
  expect(await pull()).toEqual({ folder, files: ["data/words.json"] });
  expect(urls).toEqual(["/@scope/words/-/words-1.0.0.tgz"]);
});

it("keeps nothing of an archive with another checksum, or that is hostile", async () => {
  archive = gzipSync(tarOf([{ name: "package/data/x", content: "other" }]));
  await expect(pull()).rejects.toThrow(/content with sha512 .*nothing is kept/);
  archive = gzipSync(tarOf([{ name: "package/../../evil", content: "x" }]));
  known = { words: entryOf(archive) };
  await expect(pull()).rejects.toThrow(/inside this folder/);
  archive = gzipSync(tarOf([{ name: "package/data/x", content: "x".repeat(2000) }]));
  known = { words: entryOf(archive) };
  await expect(pull()).rejects.toThrow(/more than 1000 bytes/);
  expect(readdirSync(root)).toEqual([]);
});

it("names the folder for files where the registry cannot be reached, and uses what lies there", async () => {
  const offline = { folder, known, registry: "http://127.0.0.1:1", delayMs: 1 };
  await expect(pullData("words", offline)).rejects.toThrow(
    `${folder}: expected the files of words (npm package @scope/words 1.0.0), received no files`,
  );
  expect(existsSync(folder)).toBe(false);
  mkdirSync(folder);
  writeFileSync(join(folder, "words.json"), "{}");
  expect(await pullData("words", offline)).toEqual({ folder, files: ["words.json"] });
});

it("lists the names that it knows", async () => {
  await expect(pullData("nothing")).rejects.toThrow(
    'name: expected one of word-vectors, wordnet, received "nothing".',
  );
});
