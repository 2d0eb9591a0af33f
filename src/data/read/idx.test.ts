/** @file IDX: known bytes, and files that are cut or of another kind. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { issueOf, type TestFolder, testFolder } from "../testing.ts";
import { decodeIdx, readIdx } from "./idx.ts";

let folder: TestFolder;
beforeAll(() => {
  folder = testFolder();
});
afterAll(() => folder.remove());

const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 9, 8, 7, 255);

it("reads bytes with their shape, gzipped or not", async () => {
  for (const content of [images, gzipSync(images)]) {
    const array = await readIdx(folder.write("images", content));
    expect(array).toEqual({ shape: [2, 1, 2], type: "uint8", data: Uint8Array.of(9, 8, 7, 255) });
  }
});

it("turns big-endian numbers around", () => {
  const bytes = Buffer.alloc(8 + 8);
  bytes.set([0, 0, 0x0d, 1, 0, 0, 0, 2]);
  bytes.writeFloatBE(1.5, 8);
  bytes.writeFloatBE(-0.25, 12);
  expect(decodeIdx(bytes).data).toEqual(Float32Array.of(1.5, -0.25));
});

it("refuses what is cut, too long, not IDX", async () => {
  const cut = folder.write("cut", images.subarray(0, 18));
  const issue = await issueOf(() => readIdx(cut));
  expect(issue).toMatchObject({ code: "truncated", expectedBytes: 20, receivedBytes: 18 });
  expect(issue.message).toContain("expected 20 bytes for shape [2, 1, 2] of uint8, received 18");
  expect((await issueOf(() => decodeIdx(images.subarray(0, 6)))).code).toBe("truncated");
  expect((await issueOf(() => decodeIdx(Uint8Array.of(...images, 0)))).code).toBe("malformed");
  expect((await issueOf(() => decodeIdx(Buffer.from("P5 28 28")))).code).toBe("malformed");
  const torn = folder.write("torn.gz", gzipSync(images).subarray(0, 15));
  expect((await issueOf(() => readIdx(torn))).code).toBe("file-unreadable");
});
