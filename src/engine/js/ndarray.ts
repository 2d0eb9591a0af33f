/** @file Arrays of the `js` backend, and what its kernels are given. */

import type { DType, TypedArray } from "../dtype.ts";
import { float16Bits, float16Value } from "../dtype.ts";
import type { Aval } from "../op.ts";
import { type Shape, sizeOf } from "../shape.ts";

/**
 * What a kernel reads and writes: plain numbers for every dtype. float16 is held as rounded
 * float32, int64 as float64 (exact to 2^53), so kernels need no special cases.
 */
export type NumericArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A row-major array of the `js` backend. */
export interface NDArray {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: NumericArray;
}

/** Handed to kernels. */
export interface JsContext {
  /** How float32 is held. */
  readonly precision: FloatPrecision;
  /** A zero-filled array for an output. */
  alloc(aval: Aval): NDArray;
}

/** How float32 is held: as itself, or as float64 where a test wants the exact gradient. */
export type FloatPrecision = "float32" | "float64";

/** A context whose floating-point arrays have the given precision. */
export function jsContext(precision: FloatPrecision): JsContext {
  return {
    precision,
    alloc: ({ shape, dtype }) => ({
      shape,
      dtype,
      data: allocateNumeric(dtype, sizeOf(shape), precision),
    }),
  };
}

/** A zero-filled kernel array. */
export function allocateNumeric(dtype: DType, n: number, precision: FloatPrecision): NumericArray {
  switch (dtype) {
    case "float32":
    case "float16":
      return precision === "float64" ? new Float64Array(n) : new Float32Array(n);
    case "float64":
    case "int64":
      return new Float64Array(n);
    case "int32":
      return new Int32Array(n);
    case "uint32":
      return new Uint32Array(n);
    default:
      return new Uint8Array(n);
  }
}

/** Host elements as a kernel array; shared where the representation is the same. */
export function fromHost(
  host: TypedArray,
  dtype: DType,
  shape: Shape,
  precision: FloatPrecision,
): NDArray {
  const n = sizeOf(shape);
  const direct =
    dtype !== "float16" && dtype !== "int64" && !(dtype === "float32" && precision === "float64");
  if (direct) return { shape, dtype, data: host as NumericArray };
  const data = allocateNumeric(dtype, n, precision);
  if (dtype === "float16")
    for (let i = 0; i < n; i++) data[i] = float16Value((host as Uint16Array)[i]);
  else for (let i = 0; i < n; i++) data[i] = Number(host[i]);
  return { shape, dtype, data };
}

/** A kernel array as host elements of its dtype. */
export function toHost(array: NDArray, precision: FloatPrecision): TypedArray {
  const { dtype, data } = array;
  const n = data.length;
  if (dtype === "float16") {
    const out = new Uint16Array(n);
    for (let i = 0; i < n; i++) out[i] = float16Bits(data[i]);
    return out;
  }
  if (dtype === "int64") {
    const out = new BigInt64Array(n);
    for (let i = 0; i < n; i++) out[i] = BigInt(data[i]);
    return out;
  }
  if (dtype === "float32" && precision === "float64") return data;
  return data;
}

/** Rounds every element to float16, in place. */
export function roundToFloat16(data: NumericArray): void {
  for (let i = 0; i < data.length; i++) data[i] = float16Value(float16Bits(data[i]));
}
