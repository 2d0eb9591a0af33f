/** @file ONNX's element types by number, and the engine's dtypes that hold them. */
import type { DType } from "../../engine/index.ts";

/** Numbers of TensorProto.DataType. */
export const ELEMENT = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
  BFLOAT16: 16,
  UINT4: 21,
  INT4: 22,
} as const;

interface ElementType {
  readonly name: string;
  readonly bits: number;
  /** What holds the values in the engine: integers that it has no dtype for are widened. */
  readonly dtype: DType | null;
}

const TYPES: Readonly<Record<number, ElementType>> = {
  1: { name: "float", bits: 32, dtype: "float32" },
  2: { name: "uint8", bits: 8, dtype: "uint8" },
  3: { name: "int8", bits: 8, dtype: "int32" },
  4: { name: "uint16", bits: 16, dtype: "int32" },
  5: { name: "int16", bits: 16, dtype: "int32" },
  6: { name: "int32", bits: 32, dtype: "int32" },
  7: { name: "int64", bits: 64, dtype: "int64" },
  8: { name: "string", bits: 0, dtype: null },
  9: { name: "bool", bits: 8, dtype: "bool" },
  10: { name: "float16", bits: 16, dtype: "float16" },
  11: { name: "double", bits: 64, dtype: "float64" },
  12: { name: "uint32", bits: 32, dtype: "uint32" },
  13: { name: "uint64", bits: 64, dtype: "int64" },
  16: { name: "bfloat16", bits: 16, dtype: "float32" },
  21: { name: "uint4", bits: 4, dtype: "int32" },
  22: { name: "int4", bits: 4, dtype: "int32" },
};

/** ONNX's name of an element type, for messages. */
export function elementName(type: number): string {
  return TYPES[type]?.name ?? `element type ${type}`;
}

/** Bits of one element; 0 where elements have no fixed size or the type is unknown. */
export function elementBits(type: number): number {
  return TYPES[type]?.bits ?? 0;
}

/** The engine's dtype for an element type; null where there is none. With `widen`, float16 is float32. */
export function engineType(type: number, widen = false): DType | null {
  const dtype = TYPES[type]?.dtype ?? null;
  return widen && dtype === "float16" ? "float32" : dtype;
}

/** Whether values of the type are 8-bit or 4-bit integers, as quantized tensors have them. */
export function isQuantized(type: number): boolean {
  return type === ELEMENT.INT8 || type === ELEMENT.UINT8 || type >= ELEMENT.UINT4;
}
