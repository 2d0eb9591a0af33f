/** @file The safetensors format: a JSON header with names, dtypes, shapes and offsets, then the elements. */
import { type DType, type Tensor, type TypedArray, tensor } from "../engine/index.ts";
import { DataError, quoted } from "./errors.ts";

/** Tensors by name, and what was noted beside them. */
export interface SafetensorsContent {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One tensor of a header: `offsets` count from the end of the header. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly offsets: readonly [begin: number, end: number];
}

const CODES: Readonly<Record<DType, string>> = {
  float32: "F32",
  float16: "F16",
  float64: "F64",
  int32: "I32",
  int64: "I64",
  uint32: "U32",
  uint8: "U8",
  bool: "BOOL",
};

/** Bytes of an element and the way to read it, by the format's code. */
const READERS: Readonly<
  Record<string, { bytes: number; read: (part: ArrayBuffer) => { data: TypedArray; dtype: DType } }>
> = {
  F32: { bytes: 4, read: (b) => ({ data: new Float32Array(b), dtype: "float32" }) },
  F16: { bytes: 2, read: (b) => ({ data: new Uint16Array(b), dtype: "float16" }) },
  F64: { bytes: 8, read: (b) => ({ data: new Float64Array(b), dtype: "float64" }) },
  BF16: { bytes: 2, read: (b) => ({ data: fromBfloat16(new Uint16Array(b)), dtype: "float32" }) },
  I64: { bytes: 8, read: (b) => ({ data: new BigInt64Array(b), dtype: "int64" }) },
  I32: { bytes: 4, read: (b) => ({ data: new Int32Array(b), dtype: "int32" }) },
  I16: { bytes: 2, read: (b) => ({ data: Int32Array.from(new Int16Array(b)), dtype: "int32" }) },
  I8: { bytes: 1, read: (b) => ({ data: Int32Array.from(new Int8Array(b)), dtype: "int32" }) },
  U32: { bytes: 4, read: (b) => ({ data: new Uint32Array(b), dtype: "uint32" }) },
  U16: { bytes: 2, read: (b) => ({ data: Int32Array.from(new Uint16Array(b)), dtype: "int32" }) },
  U8: { bytes: 1, read: (b) => ({ data: new Uint8Array(b), dtype: "uint8" }) },
  BOOL: { bytes: 1, read: (b) => ({ data: new Uint8Array(b), dtype: "bool" }) },
};

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(bits: Uint16Array): Float32Array {
  const words = Uint32Array.from(bits, (half) => half << 16);
  return new Float32Array(words.buffer);
}

/** Bytes before the header: its length as a 64-bit number. */
export const PREFIX_BYTES = 8;
const MAX_HEADER_BYTES = 100 * 2 ** 20;

/** The prefix and header of a file with these tensors, which follow in this order. */
export function encodeHeader(
  tensors: readonly (readonly [name: string, value: Tensor, bytes: number])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let at = 0;
  for (const [name, { dtype, shape }, bytes] of tensors) {
    header[name] = { dtype: CODES[dtype], shape, data_offsets: [at, at + bytes] };
    at += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces bring the elements to a multiple of 8 bytes, so that they can be read in place.
  const bytes = new Uint8Array(PREFIX_BYTES + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - PREFIX_BYTES), true);
  bytes.set(json, PREFIX_BYTES);
  return bytes;
}

/** The length of the header from the first 8 bytes. @throws DataError where the file is none of this format */
export function headerLength(prefix: Uint8Array, fileBytes: number, file?: string): number {
  const short = prefix.length < PREFIX_BYTES;
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const length = short ? 0n : view.getBigUint64(0, true);
  if (short || length > BigInt(Math.min(MAX_HEADER_BYTES, fileBytes - PREFIX_BYTES))) {
    throw malformed(file, "a header length within the file", short ? "an empty file" : `${length}`);
  }
  return Number(length);
}

/** Reads and checks a header. @throws DataError that says what is wrong with it */
export function decodeHeader(
  header: Uint8Array,
  dataBytes: number,
  file?: string,
): { entries: SafetensorsEntry[]; metadata: Record<string, string> } {
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header));
  } catch (error) {
    throw malformed(file, "a JSON header", (error as Error).message);
  }
  const { __metadata__: metadata = {}, ...tensors } = parsed;
  const entries = Object.entries(tensors).map(([name, value]) =>
    checkedEntry(name, value, dataBytes, file),
  );
  return { entries, metadata: metadata as Record<string, string> };
}

function checkedEntry(
  name: string,
  value: unknown,
  dataBytes: number,
  file?: string,
): SafetensorsEntry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof dtype !== "string" || !whole(shape) || !whole(offsets) || offsets.length !== 2) {
    throw malformed(file, `dtype, shape and offsets of ${name}`, JSON.stringify(value));
  }
  const reader = READERS[dtype];
  if (!reader) {
    throw malformed(file, `a dtype of ${name} among ${Object.keys(READERS).join(", ")}`, dtype);
  }
  const [begin, end] = offsets as [number, number];
  const bytes = shape.reduce((product, size) => product * size, reader.bytes);
  if (end - begin !== bytes || end > dataBytes) {
    const expected = `${bytes} bytes of ${name} within the ${dataBytes} that the file has`;
    throw malformed(file, expected, `bytes ${begin} to ${end}`);
  }
  return { name, dtype, shape, offsets: [begin, end] };
}

/** A tensor from its elements' bytes, which it takes over. */
export function decodeTensor({ dtype, shape }: SafetensorsEntry, part: ArrayBuffer): Tensor {
  const { data, dtype: own } = READERS[dtype]!.read(part);
  return tensor(data, { dtype: own, shape });
}

/** Parses a whole file. @throws DataError that says what is wrong with it */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  const start = PREFIX_BYTES + headerLength(bytes.subarray(0, PREFIX_BYTES), bytes.length);
  const body = bytes.subarray(start);
  const { entries, metadata } = decodeHeader(bytes.subarray(PREFIX_BYTES, start), body.length);
  const tensors = new Map<string, Tensor>();
  for (const entry of entries) {
    // A copy by the constructor: `slice` of a Node Buffer shares its memory.
    const part = new Uint8Array(body.subarray(...entry.offsets));
    tensors.set(entry.name, decodeTensor(entry, part.buffer));
  }
  return { tensors, metadata };
}

/** The elements of tensors in the order of the file: the widest first, so that all stand aligned. */
export async function tensorParts(
  tensors: ReadonlyMap<string, Tensor>,
): Promise<{ name: string; value: Tensor; data: TypedArray }[]> {
  const parts: { name: string; value: Tensor; data: TypedArray }[] = [];
  for (const [name, value] of tensors) parts.push({ name, value, data: await value.data() });
  return parts.sort((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
}

/** A whole file as bytes. */
export async function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const parts = await tensorParts(tensors);
  const header = encodeHeader(
    parts.map(({ name, value, data }) => [name, value, data.byteLength] as const),
    metadata,
  );
  const total = parts.reduce((sum, { data }) => sum + data.byteLength, header.length);
  const bytes = new Uint8Array(total);
  bytes.set(header);
  let at = header.length;
  for (const { data } of parts) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function malformed(file: string | undefined, expected: string, received: string): DataError {
  return new DataError({
    code: "malformed",
    ...(file ? { path: file } : {}),
    field: "safetensors header",
    expected,
    received: quoted(received),
  });
}
