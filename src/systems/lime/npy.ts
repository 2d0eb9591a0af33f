// NumPy's .npy files: arrays of numbers, as label maps and pictures come.
import { LimeError } from "./errors.ts";

/** An array and its shape, rows first. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Int32Array | Float32Array | Float64Array;
}

type Reader = (view: DataView, at: number, little: boolean) => number;

const readers: Readonly<Record<string, { readonly bytes: number; readonly read: Reader }>> = {
  b1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  u1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  i1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  u2: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  i2: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  u4: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  i4: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  i8: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  u8: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  f4: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
};

/**
 * Decodes a .npy file (format 1 to 3; whole numbers, floats and booleans; C order). Bytes stay bytes,
 * float32 stays float32, other whole numbers become int32 where they fit and float64 where not.
 *
 * @throws LimeError naming `source` where it is something else.
 */
export function decodeNpy(bytes: Uint8Array, source = "array"): NpyArray {
  const refuse = (received: string): never => {
    throw new LimeError(source, { expected: "a .npy file of numbers in C order", received });
  };
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== "\u0093NUMPY" || bytes.length < 12) refuse("bytes that do not begin as one");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = bytes[6]! > 1;
  const start = long ? 12 : 10;
  const end = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder("latin1").decode(bytes.subarray(start, end));
  const type = /'descr':\s*'([<>|=]?)([a-z]\d+)'/.exec(header);
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  const reader = readers[type?.[2] ?? ""];
  if (type === null || reader === undefined || order !== "False" || sizes === undefined) {
    return refuse(`the header ${header.trim().slice(0, 100)}`);
  }
  const shape = sizes.split(",").flatMap((size) => (size.trim() === "" ? [] : [Number(size)]));
  const count = shape.reduce((a, b) => a * b, 1);
  if (bytes.length - end !== count * reader.bytes) {
    refuse(`${bytes.length - end} bytes for shape (${shape.join(", ")}) of ${type[2]}`);
  }
  const little = type[1] !== ">";
  const values = Float64Array.from({ length: count }, (_, i) =>
    reader.read(view, end + i * reader.bytes, little),
  );
  return { shape, data: narrow(values, type[2]!) };
}

function narrow(values: Float64Array, type: string): NpyArray["data"] {
  if (type === "u1" || type === "b1") return Uint8Array.from(values);
  if (type === "f4") return Float32Array.from(values);
  if (type === "f8") return values;
  const fits = values.every((value) => value === (value | 0));
  return fits ? Int32Array.from(values) : values;
}
