/** @file Bytes that are read piece by piece: a file, or an array in memory. */
import type { FileHandle } from "node:fs/promises";
import { DataError } from "../data/errors.ts";

/** Something with bytes at positions. */
export interface ByteSource {
  /** What messages call it. */
  readonly name: string;
  readonly size: number;
  /** A copy of some bytes, in memory of its own. @throws DataError where they are not all there */
  read(at: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Opens a file for reading in pieces, or wraps bytes. `expected` says what it should be. */
export async function openSource(
  source: string | URL | Uint8Array,
  expected: string,
): Promise<ByteSource> {
  if (source instanceof Uint8Array) return memorySource(source, expected);
  const { fileURLToPath } = await import("node:url");
  const { open } = await import("node:fs/promises");
  const path = source instanceof URL ? fileURLToPath(source) : source;
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    const code = error.code === "ENOENT" ? "file-missing" : "file-unreadable";
    throw new DataError({ code, path, expected, received: error.message });
  });
  const { size } = await file.stat();
  return fileSource(file, path, size, expected);
}

function fileSource(file: FileHandle, name: string, size: number, expected: string): ByteSource {
  return {
    name,
    size,
    async read(at, length) {
      checkRange(name, expected, at, length, size);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await file.read(bytes, done, length - done, at + done);
        if (bytesRead === 0) throw outside(name, expected, at, length, at + done);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

function memorySource(bytes: Uint8Array, expected: string): ByteSource {
  const name = "the bytes";
  return {
    name,
    size: bytes.length,
    async read(at, length) {
      checkRange(name, expected, at, length, bytes.length);
      return new Uint8Array(bytes.subarray(at, at + length));
    },
    async close() {},
  };
}

function checkRange(
  name: string,
  expected: string,
  at: number,
  length: number,
  size: number,
): void {
  const whole = Number.isSafeInteger(at) && Number.isSafeInteger(length);
  if (!whole || at < 0 || length < 0 || at + length > size)
    throw outside(name, expected, at, length, size);
}

function outside(
  name: string,
  expected: string,
  at: number,
  length: number,
  size: number,
): DataError {
  return new DataError({
    code: "malformed",
    path: name,
    expected: `${expected} that is whole`,
    received: `${size} bytes where bytes ${at} to ${at + length} are needed`,
    hint: "The file is cut short or damaged.",
  });
}
