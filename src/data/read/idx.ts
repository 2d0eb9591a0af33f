/** @file IDX arrays, the format of MNIST (big-endian; type, rank and dimensions in the header). */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { DataError } from "../errors.ts";
import { checkFile, isGzip } from "./source.ts";

/** Values of an IDX file; the dtype of the engine that holds them without loss is alongside. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly type: IdxType["name"];
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

interface IdxType {
  readonly name: "uint8" | "int8" | "int16" | "int32" | "float32" | "float64";
  readonly bytes: number;
  readonly make: (buffer: ArrayBuffer) => IdxArray["data"];
}

// Type codes of the IDX header: http://yann.lecun.com/exdb/mnist, "the IDX file format".
const types = new Map<number, IdxType>([
  [0x08, { name: "uint8", bytes: 1, make: (buffer) => new Uint8Array(buffer) }],
  [0x09, { name: "int8", bytes: 1, make: (buffer) => new Int8Array(buffer) }],
  [0x0b, { name: "int16", bytes: 2, make: (buffer) => new Int16Array(buffer) }],
  [0x0c, { name: "int32", bytes: 4, make: (buffer) => new Int32Array(buffer) }],
  [0x0d, { name: "float32", bytes: 4, make: (buffer) => new Float32Array(buffer) }],
  [0x0e, { name: "float64", bytes: 8, make: (buffer) => new Float64Array(buffer) }],
]);

/** Reads an IDX file, gzipped or not. Throws a `DataError` where it is not IDX or not whole. */
export async function readIdx(path: string): Promise<IdxArray> {
  await checkFile(path);
  const file = await readFile(path);
  try {
    return decodeIdx(isGzip(file) ? gunzipSync(file) : file, path);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const received = (cause as Error).message;
    const expected = "a whole gzip file";
    throw new DataError({ code: "file-unreadable", path, expected, received }, { cause });
  }
}

/** Decodes the bytes of an IDX file; `path` is for messages. */
export function decodeIdx(bytes: Uint8Array, path?: string): IdxArray {
  const about = path === undefined ? {} : { path };
  const type = types.get(bytes[2] ?? 0);
  const rank = bytes[3] ?? 0;
  if (bytes[0] !== 0 || bytes[1] !== 0 || type === undefined || rank === 0) {
    const received = `a file that begins with ${Buffer.from(bytes.subarray(0, 4)).toString("hex")}`;
    const expected = "an IDX header (two zero bytes, a type from 08 to 0e, a rank of at least 1)";
    throw new DataError({ code: "malformed", ...about, expected, received });
  }
  const headerBytes = 4 + 4 * rank;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape: number[] = [];
  for (let i = 0; i < rank && 8 + 4 * i <= bytes.length; i++) shape.push(view.getUint32(4 + 4 * i));
  const count = shape.reduce((product, extent) => product * extent, 1);
  const expectedBytes = headerBytes + count * type.bytes;
  if (bytes.length !== expectedBytes) {
    throw new DataError({
      code: bytes.length < expectedBytes ? "truncated" : "malformed",
      ...about,
      expectedBytes,
      receivedBytes: bytes.length,
      expected: `${expectedBytes} bytes for shape [${shape.join(", ")}] of ${type.name}`,
      received: `${bytes.length}`,
      hint: "Fetch the file once more.",
    });
  }
  const content = new Uint8Array(bytes.subarray(headerBytes));
  if (type.bytes > 1) reverseEach(content, type.bytes);
  return { shape, type: type.name, data: type.make(content.buffer) };
}

function reverseEach(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
