/** @file Model files on disk: the model's own bytes, and the external data beside it. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { DataError } from "../../data/errors.ts";
import { MAX_MODEL_BYTES } from "./decode.ts";
import type { ExternalData } from "./tensor-data.ts";

const CHUNK_BYTES = 64 * 2 ** 20;

/** The bytes of a model file, in memory that nobody else has. @throws DataError where it cannot be read */
export async function readModelFile(path: string): Promise<Uint8Array> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    const code = error.code === "ENOENT" ? "file-missing" : "file-unreadable";
    throw new DataError({ code, path, expected: "an ONNX model", received: error.message });
  });
  try {
    const { size } = await file.stat();
    if (size > MAX_MODEL_BYTES) {
      throw new DataError({
        code: "file-too-large",
        path,
        limitBytes: MAX_MODEL_BYTES,
        expected: "an ONNX model of at most 2 GiB",
        received: `${size} bytes`,
        hint: "Larger models keep their weights in files beside it (external data).",
      });
    }
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; ) {
      const length = Math.min(CHUNK_BYTES, size - at);
      const { bytesRead } = await file.read(bytes, at, length, at);
      if (bytesRead === 0) return bytes.subarray(0, at);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/**
 * Reads tensors that lie in files beside the model. Paths must stay in the model's folder, and all
 * tensors together may not ask for more than the files hold.
 */
export function externalDataOf(path: string): ExternalData {
  const folder = dirname(resolve(path));
  const parts = new Map<string, Uint8Array>();
  const taken = new Map<string, number>();
  return (tensor) => {
    const entries = new Map((tensor.externalData ?? []).map((e) => [e.key, e.value ?? ""]));
    const location = entries.get("location") ?? "";
    const refuse = (expected: string, received: string): DataError =>
      new DataError({
        code: "malformed",
        path,
        field: `external data of tensor ${JSON.stringify(tensor.name ?? "")}`,
        expected,
        received,
      });
    const file = join(folder, location);
    const inside = relative(folder, file);
    if (location === "" || isAbsolute(location) || inside.startsWith("..")) {
      throw refuse("a file in the model's own folder", JSON.stringify(location));
    }
    if (inside === basename(path)) throw refuse("a file beside the model", "the model itself");
    const size = sizeOf(file);
    if (size === null) throw refuse(`the file ${location} beside the model`, "none");
    const offset = wholeNumber(entries.get("offset"), 0);
    const length = wholeNumber(entries.get("length"), size - offset);
    if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
      throw refuse(`bytes within the ${size} of ${location}`, `${offset} to ${offset + length}`);
    }
    const key = `${file}:${offset}:${length}`;
    let part = parts.get(key);
    if (!part) {
      const all = (taken.get(file) ?? 0) + length;
      if (all > size) throw refuse("parts that do not overlap", `${all} bytes out of ${size}`);
      taken.set(file, all);
      part = readPart(file, offset, length, refuse);
      parts.set(key, part);
    }
    return part;
  };
}

function wholeNumber(text: string | undefined, otherwise: number): number {
  if (text === undefined || text === "") return otherwise;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function sizeOf(file: string): number | null {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : null;
}

function readPart(
  path: string,
  offset: number,
  length: number,
  refuse: (expected: string, received: string) => DataError,
): Uint8Array {
  const file = openSync(path, "r");
  try {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const read = readSync(file, bytes, at, Math.min(CHUNK_BYTES, length - at), offset + at);
      if (read === 0) throw refuse("a file that stays", "one that became shorter");
      at += read;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}
