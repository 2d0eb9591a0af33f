import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  artifactPath,
  encodeArtifact,
  isArtifactName,
  removeTemporaryFiles,
  writeFileAtomic,
} from "./artifacts.ts";

describe("artifact names", () => {
  it("accepts plain segments", () => {
    for (const name of ["confusion", "model/config.json", "a/b/c/d", "x-1_2.csv", "0"]) {
      expect(isArtifactName(name), name).toBe(true);
    }
  });

  it("refuses ways out, hidden files, device names and other alphabets", () => {
    const refused = ["", ".", "..", "../a", "a/../b", "/a", "a/", "a//b", "a\\b", "C:", ".hidden"];
    refused.push("a\0", "a b", "ä", "A", "a.", "con", "nul.txt", "a/aux", "a/b/c/d/e", "%2e%2e/a");
    refused.push("a".repeat(101));
    for (const name of refused) expect(isArtifactName(name), name).toBe(false);
    expect(() => artifactPath("/runs/1", "../../x")).toThrow(
      'artifact: name "../../x" is not allowed; use one to four segments',
    );
  });

  it("never leads out of the run's folder", () => {
    const piece = fc.constantFrom("..", ".", "/", "\\", "a", "model", ".json", "%2f", "\0", "~");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((list) => list.join("")),
          fc.string(),
        ),
        (name) => {
          if (!isArtifactName(name)) return;
          expect(artifactPath(`${sep}r`, name).startsWith(join(`${sep}r`, "artifacts") + sep)).toBe(
            true,
          );
        },
      ),
      { numRuns: 2_000, seed: 1 },
    );
  });
});

describe("artifact content", () => {
  it("takes its media type from the content and the name", () => {
    expect(encodeArtifact("a", { x: 1 }).mediaType).toBe("application/json");
    expect(encodeArtifact("a", "x").mediaType).toBe("text/plain; charset=utf-8");
    expect(encodeArtifact("a.html", "x").mediaType).toBe("text/html; charset=utf-8");
    expect(encodeArtifact("a.png", new Uint8Array(1)).mediaType).toBe("image/png");
    expect(encodeArtifact("a", new Float32Array(2)).bytes.byteLength).toBe(8);
    expect(() => encodeArtifact("a", (() => {}) as unknown as object)).toThrow("no JSON form");
  });
});

describe("writing a file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deepdive-write-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("leaves one of the whole contents when many write at once, and no temporary file", async () => {
    const path = join(folder, "artifacts", "deep", "file");
    const contents = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(10_000));
    await Promise.all(
      contents.map((text) => writeFileAtomic(path, new TextEncoder().encode(text))),
    );
    expect(contents).toContain(await readFile(path, "utf8"));
    expect(await readdir(join(folder, "artifacts", "deep"))).toEqual(["file"]);
  });

  it("removes what a killed writer left, and nothing else", async () => {
    const bytes = new Uint8Array(1);
    await writeFileAtomic(join(folder, "artifacts", ".0123456789ab.tmp"), bytes);
    await writeFileAtomic(join(folder, "artifacts", "kept.tmp"), bytes);
    await removeTemporaryFiles(folder);
    expect(await readdir(join(folder, "artifacts"))).toEqual(["deep", "kept.tmp"]);
  });
});
