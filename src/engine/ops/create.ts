/** @file Tensors from values: literals, constants, ranges. */
import type { DType, TypedArray } from "../dtype.ts";
import { bytesOf, dtypeOfArray, toTypedArray, viewOf } from "../dtype.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { defineOp } from "../op.ts";
import { checkShape, type Shape, showShape, sizeOf } from "../shape.ts";
import { Storage } from "../storage.ts";
import { apply1, type NestedArray, Tensor } from "../tensor.ts";

/** What `tensor` takes: a number, nested arrays, or a host array. */
export type TensorLike =
  | NestedArray
  | readonly number[]
  | readonly (readonly number[])[]
  | TypedArray;

interface FullParams extends Record<string, unknown> {
  readonly shape: Shape;
  readonly value: number;
  readonly dtype: DType;
}

/** A constant repeated over a shape; scalars among them are how JavaScript numbers enter a graph. */
export const fullOp = defineOp<FullParams>({
  name: "full",
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
  grad: () => [],
  lower(b, _inputs, { shape, value, dtype }) {
    const scalar = b.scalar(value, dtype);
    return [shape.length === 0 ? scalar : b.expand(scalar, shape)];
  },
  js(ctx, _inputs, { value }, [out]) {
    const array = ctx.alloc(out);
    array.data.fill(value);
    return [array];
  },
  flops: () => 0,
});

/** A tensor whose every element is `value` (default dtype float32). */
export function full(shape: Shape, value: number, dtype: DType = "float32"): Tensor {
  checkShape("full", shape);
  return apply1(fullOp, [], { shape: [...shape], value, dtype });
}

/** A tensor of zeros. */
export function zeros(shape: Shape, dtype: DType = "float32"): Tensor {
  return full(shape, 0, dtype);
}

/** A tensor of ones. */
export function ones(shape: Shape, dtype: DType = "float32"): Tensor {
  return full(shape, 1, dtype);
}

/** Zeros of the shape and dtype of `x`. */
export function zerosLike(x: Tensor): Tensor {
  return full(x.shape, 0, x.dtype);
}

/** Ones of the shape and dtype of `x`. */
export function onesLike(x: Tensor): Tensor {
  return full(x.shape, 1, x.dtype);
}

/** A scalar. */
export function scalar(value: number, dtype: DType = "float32"): Tensor {
  return full([], value, dtype);
}

/** @internal A tensor over host elements; nothing is copied. */
export function fromHostArray(data: TypedArray, shape: Shape, dtype: DType): Tensor {
  return new Tensor([...shape], dtype, { storage: new Storage(dtype, data) });
}

/**
 * A tensor from a number, nested arrays or a typed array (which is used in place, not copied).
 * Numbers become float32 and booleans bool unless `dtype` says otherwise; a typed array gives its own dtype.
 * @throws ShapeError where rows differ in length or `shape` does not hold the elements
 */
export function tensor(
  values: TensorLike,
  options: { readonly dtype?: DType; readonly shape?: Shape } = {},
): Tensor {
  if (ArrayBuffer.isView(values)) {
    const array = values as TypedArray;
    const own = dtypeOfArray(array);
    const dtype = options.dtype ?? own;
    const shape = options.shape ?? [array.length];
    checkCount(array.length, shape);
    return fromHostArray(
      dtype === own || sameBits(dtype, own) ? retype(array, dtype) : toTypedArray(array, dtype),
      shape,
      dtype,
    );
  }
  const flat: number[] = [];
  const shape = flatten(values as NestedArray, flat);
  const dtype =
    options.dtype ?? (firstLeaf(values as NestedArray) === "boolean" ? "bool" : "float32");
  const given = options.shape ?? shape;
  checkCount(flat.length, given);
  return fromHostArray(toTypedArray(flat, dtype), given, dtype);
}

function sameBits(a: DType, b: DType): boolean {
  return (a === "bool" && b === "uint8") || (a === "uint8" && b === "bool");
}

function retype(array: TypedArray, dtype: DType): TypedArray {
  return array.byteOffset % bytesOf(dtype) === 0
    ? viewOf(dtype, array.buffer, array.byteOffset, array.length)
    : array;
}

function firstLeaf(v: NestedArray): string {
  let x: NestedArray | undefined = v;
  while (Array.isArray(x)) x = x[0];
  return typeof x;
}

function checkCount(count: number, shape: Shape): void {
  checkShape("tensor", shape);
  if (count !== sizeOf(shape)) {
    throw new ShapeError(
      `tensor: ${count} values do not fill shape ${showShape(shape)}, which holds ${sizeOf(shape)}`,
    );
  }
}

function flatten(v: NestedArray, out: number[]): number[] {
  if (!Array.isArray(v)) {
    if (typeof v !== "number" && typeof v !== "boolean") {
      throw new ValueError(
        `tensor: expected numbers, booleans or nested arrays of them, got ${v === null ? "null" : typeof v}`,
      );
    }
    out.push(Number(v));
    return [];
  }
  if (v.length === 0) return [0];
  const first = flatten(v[0], out);
  for (let i = 1; i < v.length; i++) {
    const shape = flatten(v[i], out);
    if (shape.length !== first.length || shape.some((d, k) => d !== first[k])) {
      throw new ShapeError(
        `tensor: nested arrays differ in shape: element 0 has ${showShape(first)}, element ${i} has ${showShape(shape)}`,
      );
    }
  }
  return [v.length, ...first];
}

/** `start, start + step, …` up to but without `stop`; `arange(n)` counts from 0. */
export function arange(start: number, stop?: number, step = 1, dtype: DType = "int32"): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (step === 0) throw new ValueError("arange: step is 0");
  const n = Math.max(0, Math.ceil((to - from) / step));
  return fromHostArray(
    toTypedArray(
      Array.from({ length: n }, (_, i) => from + i * step),
      dtype,
    ),
    [n],
    dtype,
  );
}

/** `count` values evenly spaced from `start` to `stop`, both included. */
export function linspace(
  start: number,
  stop: number,
  count: number,
  dtype: DType = "float32",
): Tensor {
  const values = Array.from({ length: count }, (_, i) =>
    count === 1 ? start : start + ((stop - start) * i) / (count - 1),
  );
  return fromHostArray(toTypedArray(values, dtype), [count], dtype);
}

/** The identity matrix of size `[n, m]` (m = n by default). */
export function eye(n: number, m: number = n, dtype: DType = "float32"): Tensor {
  const values = new Array<number>(n * m).fill(0);
  for (let i = 0; i < Math.min(n, m); i++) values[i * m + i] = 1;
  return fromHostArray(toTypedArray(values, dtype), [n, m], dtype);
}

/** @internal An operand: a tensor, or a number in the dtype of its partner. */
export function operand(x: Tensor | number, partner: Tensor | number): Tensor {
  if (x instanceof Tensor) return x;
  return full([], x, partner instanceof Tensor ? partner.dtype : "float32");
}
