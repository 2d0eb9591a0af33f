/** @file Single tensors out of safetensors files, in one file and in shards. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeSafetensors } from "../data/safetensors.ts";
import { writeSafetensors } from "../data/safetensors-file.ts";
import { tensor } from "../engine/index.ts";
import { openSafetensors } from "./safetensors.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deepdive-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file with the given header and body. */
function fileOf(header: object, body: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(body, 8 + json.length);
  return bytes;
}

describe("one file", () => {
  test("gives one tensor at a time", async () => {
    const path = join(folder, "two.safetensors");
    const a = tensor([
      [1, 2],
      [3, 4],
    ]);
    const b = tensor([5, -6], { dtype: "int64" });
    await writeSafetensors(
      path,
      new Map([
        ["a", a],
        ["b", b],
      ]),
      { made: "here" },
    );
    const file = await openSafetensors(path);
    expect(file.metadata).toEqual({ made: "here" });
    expect(file.tensors.get("a")).toEqual({ shape: [2, 2], code: "F32", bytes: 16 });
    expect(await (await file.read("a")).array()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await (await file.read("b")).numbers()).toEqual([5, -6]);
    await expect(file.read("c")).rejects.toThrow('received "c"');
    await file.close();
  });

  test("converts 16-bit floats", async () => {
    const values = [0.5, -1.25, 2, 65504];
    const half = await encodeSafetensors(new Map([["x", tensor(values, { dtype: "float16" })]]));
    const file = await openSafetensors(half);
    expect((await file.read("x")).dtype).toBe("float16");
    const wide = await file.read("x", { floats: "float32" });
    expect(wide.dtype).toBe("float32");
    expect(await wide.numbers()).toEqual(values);
    const bits = new Uint32Array(Float32Array.of(1.5, -3).buffer);
    const body = new Uint8Array(Uint16Array.from(bits, (v) => v >>> 16).buffer);
    const brain = fileOf({ y: { dtype: "BF16", shape: [2], data_offsets: [0, 4] } }, body);
    const y = await (await openSafetensors(brain)).read("y");
    expect([y.dtype, await y.numbers()]).toEqual(["float32", [1.5, -3]]);
    const narrow = await (await openSafetensors(brain)).read("y", { floats: "float16" });
    expect([narrow.dtype, await narrow.numbers()]).toEqual(["float16", [1.5, -3]]);
  });

  test("with overlapping tensors, or cut short, is refused", async () => {
    const overlapping = fileOf(
      {
        a: { dtype: "U8", shape: [8], data_offsets: [0, 8] },
        b: { dtype: "U8", shape: [8], data_offsets: [4, 12] },
      },
      new Uint8Array(12),
    );
    await expect(openSafetensors(overlapping)).rejects.toThrow("do not overlap");
    await expect(openSafetensors(overlapping.subarray(0, 60))).rejects.toThrow();
    await expect(openSafetensors(new Uint8Array())).rejects.toThrow("an empty file");
    await expect(openSafetensors("/nowhere.safetensors")).rejects.toThrow("/nowhere.safetensors");
  });
});

describe("shards", () => {
  async function index(content: unknown): Promise<string> {
    const path = join(folder, "model.safetensors.index.json");
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  }

  test("are found through the index", async () => {
    await writeSafetensors(
      join(folder, "1.safetensors"),
      new Map([
        ["a", tensor([1])],
        ["z", tensor([9])],
      ]),
    );
    await writeSafetensors(join(folder, "2.safetensors"), new Map([["b", tensor([2, 3])]]));
    const path = await index({
      metadata: { total_size: 12 },
      weight_map: { a: "1.safetensors", b: "2.safetensors" },
    });
    const file = await openSafetensors(path);
    expect([...file.tensors.keys()]).toEqual(["a", "b"]);
    const all = await Promise.all(["b", "a", "b"].map(async (n) => (await file.read(n)).numbers()));
    expect(all).toEqual([[2, 3], [1], [2, 3]]);
    await expect(file.read("z")).rejects.toThrow('"z"');
    expect(file.metadata).toEqual({ total_size: "12" });
    await file.close();
  });

  test.each([
    [{ weight_map: { a: "../1.safetensors" } }, "in the folder of the index"],
    [{ weight_map: { a: "none.safetensors" } }, "none.safetensors"],
    [{ weight_map: { q: "1.safetensors" } }, "q in 1.safetensors"],
    [{ weight_map: {} }, "weight_map"],
    ["{", "JSON"],
    ["null", "weight_map"],
  ])("%j is refused", async (content, message) => {
    await expect(openSafetensors(await index(content))).rejects.toThrow(message);
  });
});
