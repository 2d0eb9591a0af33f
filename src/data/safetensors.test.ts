import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Tensor, tensor, zeros } from "../engine/index.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { readSafetensors, writeSafetensors } from "./safetensors-file.ts";

const root = mkdtempSync(join(tmpdir(), "deepdive-safetensors-"));
afterAll(() => rmSync(root, { recursive: true }));

const sample = (): Map<string, Tensor> =>
  new Map([
    ["flags", tensor([true, false, true])],
    [
      "a.weight",
      tensor([
        [1.5, -0],
        [Number.NaN, 1e-40],
      ]),
    ],
    ["step", tensor(7, { dtype: "int32" })],
    ["big", tensor(BigInt64Array.of(2n ** 60n))],
    ["key", tensor(Uint32Array.of(1, 0xffffffff))],
    ["none", zeros([0, 3])],
  ]);

/** A file by hand: header, then bytes. */
function file(header: unknown, body: readonly number[] = []): Uint8Array {
  const json = typeof header === "string" ? header : JSON.stringify(header);
  const bytes = new Uint8Array(8 + json.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(new TextEncoder().encode(json), 8);
  bytes.set(body, 8 + json.length);
  return bytes;
}

describe("safetensors", () => {
  test("every dtype comes back bit for bit, with its shape and the notes", async () => {
    const path = join(root, "sample.safetensors");
    await writeSafetensors(path, sample(), { note: "ünï" });
    for (const content of [await readSafetensors(path), decodeSafetensors(readFileSync(path))]) {
      expect(content.metadata).toEqual({ note: "ünï" });
      expect(new Set(content.tensors.keys())).toEqual(new Set(sample().keys()));
      for (const [name, t] of sample()) {
        const read = content.tensors.get(name)!;
        expect([read.dtype, read.shape]).toEqual([t.dtype, t.shape]);
        const bits = async (x: Tensor) => {
          const { buffer, byteOffset, byteLength } = await x.data();
          return [...new Uint8Array(buffer, byteOffset, byteLength)];
        };
        expect(await bits(read)).toEqual(await bits(t));
      }
    }
  });

  test("the bytes are those of the format", async () => {
    const bytes = await encodeSafetensors(new Map([["x", tensor([1, 2])]]));
    const header = '{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(56n);
    expect(new TextDecoder().decode(bytes.subarray(8, 64))).toBe(header.padEnd(56));
    expect([...bytes.subarray(64)]).toEqual([0, 0, 128, 63, 0, 0, 0, 64]);
  });

  test("half-width formats of other programs become what the engine has", async () => {
    const entry = { shape: [2], data_offsets: [0, 4] };
    const bf16 = decodeSafetensors(file({ x: { dtype: "BF16", ...entry } }, [0x80, 0x3f, 0, 0xc0]));
    expect(await bf16.tensors.get("x")!.array()).toEqual([1, -2]);
    const i16 = decodeSafetensors(file({ x: { dtype: "I16", ...entry } }, [1, 0, 0xff, 0xff]));
    expect(await i16.tensors.get("x")!.array()).toEqual([1, -1]);
  });

  test("damage is said to be damage", async () => {
    const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
    const cases: [Uint8Array, string][] = [
      [new Uint8Array(3), "an empty file"],
      [file("{").subarray(0, 8), "a header length within the file"],
      [file("no json"), "a JSON header"],
      [file({ x: entry }, [0, 0, 0, 0]), "8 bytes of x within the 4 that the file has"],
      [file({ x: { ...entry, dtype: "C64" } }), "a dtype of x among F32"],
      [file({ x: { ...entry, shape: [-1] } }), "dtype, shape and offsets of x"],
    ];
    for (const [bytes, message] of cases) {
      const path = join(root, "damaged.safetensors");
      writeFileSync(path, bytes);
      await expect(readSafetensors(path)).rejects.toThrow(message);
      expect(() => decodeSafetensors(bytes)).toThrow(message);
    }
    await expect(readSafetensors(join(root, "absent"))).rejects.toMatchObject({
      code: "file-missing",
    });
  });
});

describe("writeFileAtomically", () => {
  test("a write that fails leaves the old file and nothing else", async () => {
    const path = join(root, "atomic", "..", "kept.bin");
    await writeFileAtomically(path, [Uint8Array.of(1, 2)]);
    async function* failing() {
      yield Uint8Array.of(9);
      throw new Error("the disk is full");
    }
    await expect(writeFileAtomically(path, failing())).rejects.toThrow("the disk is full");
    expect([...readFileSync(path)]).toEqual([1, 2]);
    expect(readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
