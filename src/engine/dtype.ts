/** @file Element types: their JavaScript arrays, sizes and names. */

/** Element type of a tensor. `float64` exists on the `js` backend and in the CPU kernels only. */
export type DType =
  | "float32"
  | "float16"
  | "float64"
  | "int32"
  | "int64"
  | "uint32"
  | "uint8"
  | "bool";

/** What holds a tensor's elements on the host: float16 as its bits, bool as 0 and 1. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Uint16Array
  | Int32Array
  | BigInt64Array
  | Uint32Array
  | Uint8Array;

type TypedArrayConstructor = {
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
};

const ARRAYS: Record<DType, TypedArrayConstructor> = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint32: Uint32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** All element types, in a fixed order. */
export const DTYPES = Object.keys(ARRAYS) as DType[];

/** A zero-filled host array of `length` elements of `dtype`. */
export function allocate(dtype: DType, length: number): TypedArray {
  return new ARRAYS[dtype](length);
}

/** A view of `dtype` over `length` elements of `buffer`, from `byteOffset` (which must be aligned). */
export function viewOf(
  dtype: DType,
  buffer: ArrayBufferLike,
  byteOffset = 0,
  length?: number,
): TypedArray {
  return new ARRAYS[dtype](buffer, byteOffset, length);
}

/** Bytes of one element. */
export function bytesOf(dtype: DType): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/** Whether `dtype` is a floating-point type, and so can carry a gradient. */
export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float16" || dtype === "float64";
}

/** Whether `dtype` is an integer type (bool is not). */
export function isInteger(dtype: DType): boolean {
  return dtype === "int32" || dtype === "int64" || dtype === "uint32" || dtype === "uint8";
}

/** The dtype that a host array holds by default (Uint16Array: float16 bits; Uint8Array: uint8). */
export function dtypeOfArray(array: TypedArray): DType {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  if (array instanceof Uint16Array) return "float16";
  if (array instanceof Int32Array) return "int32";
  if (array instanceof BigInt64Array) return "int64";
  if (array instanceof Uint32Array) return "uint32";
  return "uint8";
}

const scratch = new DataView(new ArrayBuffer(8));

/** Rounds a number to float16 (to nearest, ties to even) and gives its 16 bits. */
export function float16Bits(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  let mantissa = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
  let half = exponent - 112;
  if (half >= 31) return sign | 0x7c00;
  if (half <= 0) {
    if (half < -10) return sign;
    mantissa |= 0x800000;
    const shift = 14 - half;
    const rounded = mantissa >>> shift;
    const rest = mantissa & ((1 << shift) - 1);
    const middle = 1 << (shift - 1);
    return sign | (rounded + (rest > middle || (rest === middle && rounded & 1) ? 1 : 0));
  }
  const rest = mantissa & 0x1fff;
  mantissa >>>= 13;
  if (rest > 0x1000 || (rest === 0x1000 && mantissa & 1)) mantissa++;
  if (mantissa === 0x400) {
    mantissa = 0;
    half++;
    if (half >= 31) return sign | 0x7c00;
  }
  return sign | (half << 10) | mantissa;
}

/** The number that 16 bits of float16 stand for. */
export function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** Element `i` of a host array of `dtype` as a number. */
export function readNumber(array: TypedArray, dtype: DType, i: number): number {
  return dtype === "float16" ? float16Value(array[i] as number) : Number(array[i]);
}

/** Converts numbers to a host array of `dtype`: floats to integers truncate, bool is `!== 0`. */
export function toTypedArray(values: ArrayLike<number | bigint>, dtype: DType): TypedArray {
  const n = values.length;
  const out = allocate(dtype, n);
  if (dtype === "int64") {
    for (let i = 0; i < n; i++) {
      const v = values[i];
      (out as BigInt64Array)[i] = typeof v === "bigint" ? v : BigInt(Math.trunc(v));
    }
  } else if (dtype === "float16") {
    for (let i = 0; i < n; i++) (out as Uint16Array)[i] = float16Bits(Number(values[i]));
  } else if (dtype === "bool") {
    for (let i = 0; i < n; i++) (out as Uint8Array)[i] = Number(values[i]) !== 0 ? 1 : 0;
  } else {
    for (let i = 0; i < n; i++) (out as Float32Array)[i] = Number(values[i]);
  }
  return out;
}
