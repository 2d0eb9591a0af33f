/** @file Archives made by the system's tar, and hostile ones made by hand. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { extractTar } from "./tar.ts";
import { tarOf } from "./testing/tar.ts";

let folder: string;
let target: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deepdive-"));
  target = join(folder, "target");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The bytes in pieces that end anywhere. */
async function* inPieces(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const extract = (bytes: Uint8Array, maxBytes = 10_000, more = {}) =>
  extractTar(inPieces(bytes), target, { maxBytes, ...more });

it.each(["ustar", "gnu", "pax"])("reads what tar writes as %s", async (format) => {
  const long = `${"deep/".repeat(30)}file.txt`;
  mkdirSync(join(folder, "package", long, ".."), { recursive: true });
  writeFileSync(join(folder, "package", long), "far away");
  writeFileSync(join(folder, "package", "größe.txt"), "x".repeat(1024));
  writeFileSync(join(folder, "package", "empty"), "");
  const args = ["--format", format, "-c", "package"];
  const bytes = execFileSync("tar", args, { cwd: folder });
  const names = await extract(bytes, 10_000, { strip: 1 });
  expect(names.sort()).toEqual([long, "empty", "größe.txt"].sort());
  expect(readFileSync(join(target, long), "utf8")).toBe("far away");
  expect(readFileSync(join(target, "größe.txt"), "utf8")).toBe("x".repeat(1024));
});

it("writes only the files that are wanted", async () => {
  const bytes = tarOf([
    { name: "p/a.json", content: "{}" },
    { name: "p/b.js", content: "evil()" },
  ]);
  const files = (name: string) => name.endsWith(".json");
  expect(await extract(bytes, 100, { strip: 1, files })).toEqual(["a.json"]);
  expect(readdirSync(target)).toEqual(["a.json"]);
});

describe("refuses", () => {
  it.each(["../evil", "a/../../evil", "/etc/evil", "a\\b", "..", "a//b"])(
    "the name %s",
    async (name) => {
      await expect(extract(tarOf([{ name, content: "x" }]))).rejects.toThrow(/inside this folder/);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it("links and devices", async () => {
    for (const type of ["1", "2", "3", "6"]) {
      await expect(extract(tarOf([{ name: "a", content: "", type }]))).rejects.toThrow(
        /"a", which is no plain file/,
      );
    }
  });

  it("more bytes than allowed, whatever a header says", async () => {
    const bytes = tarOf([
      { name: "a", content: "x".repeat(600) },
      { name: "b", content: "y" },
    ]);
    await expect(extract(bytes, 600)).rejects.toThrow(/received more than 600 bytes/);
  });

  it("what is cut short or changed", async () => {
    const bytes = tarOf([{ name: "a", content: "x".repeat(600) }]);
    await expect(extract(bytes.subarray(0, 700))).rejects.toThrow(/cut short/);
    bytes[0] = 98;
    await expect(extract(bytes)).rejects.toThrow(/wrong checksum/);
  });
});
