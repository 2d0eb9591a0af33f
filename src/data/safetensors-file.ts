/** @file Safetensors files: written atomically, read one tensor at a time. */
import { type FileHandle, open } from "node:fs/promises";
import type { Tensor } from "../engine/index.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { DataError } from "./errors.ts";
import {
  decodeHeader,
  decodeTensor,
  encodeHeader,
  headerLength,
  PREFIX_BYTES,
  type SafetensorsContent,
  tensorParts,
} from "./safetensors.ts";

/**
 * Writes tensors by name, with notes beside them. A crash leaves the file as it was before or as it
 * should be, never half of it.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const parts = await tensorParts(tensors);
  const header = encodeHeader(
    parts.map(({ name, value, data }) => [name, value, data.byteLength] as const),
    metadata,
  );
  const bytes = parts.map(
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  await writeFileAtomically(path, [header, ...bytes]);
}

/** Reads tensors by name, and the notes. @throws DataError where the file is missing or damaged */
export async function readSafetensors(path: string): Promise<SafetensorsContent> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    const code = error.code === "ENOENT" ? "file-missing" : "file-unreadable";
    throw new DataError({ code, path, expected: "a safetensors file", received: error.message });
  });
  try {
    const { size } = await file.stat();
    const prefix = new Uint8Array(await readPart(file, 0, Math.min(size, PREFIX_BYTES)));
    const start = PREFIX_BYTES + headerLength(prefix, size, path);
    const header = new Uint8Array(await readPart(file, PREFIX_BYTES, start - PREFIX_BYTES));
    const { entries, metadata } = decodeHeader(header, size - start, path);
    const tensors = new Map<string, Tensor>();
    for (const entry of entries) {
      const [begin, end] = entry.offsets;
      tensors.set(
        entry.name,
        decodeTensor(entry, await readPart(file, start + begin, end - begin)),
      );
    }
    return { tensors, metadata };
  } finally {
    await file.close();
  }
}

async function readPart(file: FileHandle, position: number, length: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, position + at);
    if (bytesRead === 0) throw new Error("the file became shorter while it was being read");
    at += bytesRead;
  }
  return bytes.buffer;
}
