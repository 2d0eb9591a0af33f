// Rows of numbers of one width: lengths, means, and products that are fast for many rows.
import { type CompiledFunction, compile, matmul, type Tensor, tensor } from "../../engine/index.ts";

/** `count` rows of `dim` numbers, row by row. */
export interface Vectors {
  readonly data: Float32Array;
  readonly count: number;
  readonly dim: number;
}

/** Below so many multiplications a loop is quicker than a session. */
const SMALL = 2_000_000;
/** Rows of a full block: few compiled shapes, and memory that does not grow with the corpus. */
const BLOCK = 2048;

type Product = CompiledFunction<[Tensor, Tensor], Tensor>;
const quietly = { onRetrace: () => {} };
const rowsByColumns: Product = compile((a: Tensor, b: Tensor) => matmul(a, b), {
  name: "products",
  ...quietly,
});
const columnsByColumns: Product = compile(
  (a: Tensor, b: Tensor) => matmul(a, b, { transposeA: true }),
  { name: "scatter", ...quietly },
);

/** Makes vectors of their data. */
export function vectorsOf(data: Float32Array, dim: number): Vectors {
  return { data, count: data.length / dim, dim };
}

/** The given rows, in the given order. */
export function takeVectors({ data, dim }: Vectors, rows: ArrayLike<number>): Vectors {
  const taken = new Float32Array(rows.length * dim);
  for (let i = 0; i < rows.length; i++) {
    taken.set(data.subarray(rows[i]! * dim, (rows[i]! + 1) * dim), i * dim);
  }
  return vectorsOf(taken, dim);
}

/** Rows one after the other. */
export function joinVectors(parts: readonly Vectors[], dim: number): Vectors {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return vectorsOf(data, dim);
}

/** Mean of all rows that are not zero. */
export function meanVector({ data, count, dim }: Vectors): Float64Array {
  const mean = new Float64Array(dim);
  let used = 0;
  for (let row = 0; row < count; row++) {
    let any = false;
    for (let k = 0; k < dim; k++) {
      const value = data[row * dim + k]!;
      if (value !== 0) any = true;
      mean[k]! += value;
    }
    if (any) used++;
  }
  return mean.map((sum) => sum / Math.max(used, 1));
}

/**
 * Each row, less `centre` where given, at length 1. A row of zeros stays zero: nothing is known of it.
 */
export function unitRows({ data, count, dim }: Vectors, centre?: ArrayLike<number>): Vectors {
  const unit = new Float32Array(data.length);
  for (let row = 0; row < count; row++) {
    const from = row * dim;
    if (isZero(data, from, dim)) continue;
    let squares = 0;
    for (let k = 0; k < dim; k++) {
      const value = data[from + k]! - (centre?.[k] ?? 0);
      unit[from + k] = value;
      squares += value * value;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let k = 0; k < dim; k++) unit[from + k]! *= scale;
  }
  return { data: unit, count, dim };
}

function isZero(data: Float32Array, from: number, dim: number): boolean {
  for (let k = 0; k < dim; k++) if (data[from + k] !== 0) return false;
  return true;
}

/** Products of all rows of `a` with a matrix [dim, columns]: [a.count, columns]. */
export async function project(
  a: Vectors,
  matrix: Float32Array,
  columns: number,
): Promise<Float32Array> {
  const { count, dim } = a;
  const result = new Float32Array(count * columns);
  if (count * dim * columns < SMALL) {
    for (let row = 0; row < count; row++) {
      for (let k = 0; k < dim; k++) {
        const value = a.data[row * dim + k]!;
        if (value === 0) continue;
        for (let c = 0; c < columns; c++) {
          result[row * columns + c]! += value * matrix[k * columns + c]!;
        }
      }
    }
    return result;
  }
  const right = tensor(matrix, { shape: [dim, columns] });
  for (let from = 0; from < count; from += BLOCK) {
    const rows = Math.min(BLOCK, count - from);
    const left = block(a, from, rows);
    const product = await rowsByColumns(left, right);
    const values = (await product.data()) as Float32Array;
    result.set(values.subarray(0, rows * columns), from * columns);
  }
  return result;
}

/** Products of all rows of `a` with all rows of `b`: [a.count, b.count]. Cosines for unit rows. */
export function products(a: Vectors, b: Vectors): Promise<Float32Array> {
  return project(a, transposed(b), b.count);
}

/** Sum over rows of the outer product of a row with itself: [dim, dim]. */
export async function scatter(a: Vectors): Promise<Float64Array> {
  const sum = new Float64Array(a.dim * a.dim);
  for (let from = 0; from < a.count; from += BLOCK) {
    const rows = block(a, from, Math.min(BLOCK, a.count - from));
    const values = (await (await columnsByColumns(rows, rows)).data()) as Float32Array;
    for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
  }
  return sum;
}

/** Columns become rows. */
export function transposed({ data, count, dim }: Vectors): Float32Array {
  const turned = new Float32Array(data.length);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < dim; k++) turned[k * count + row] = data[row * dim + k]!;
  }
  return turned;
}

/** Some rows as a tensor, filled up with zeros to a power of two so that shapes repeat. */
function block({ data, dim }: Vectors, from: number, rows: number): Tensor {
  const height = Math.min(BLOCK, 2 ** Math.ceil(Math.log2(Math.max(rows, 16))));
  let values = data.subarray(from * dim, (from + rows) * dim);
  if (rows < height) {
    const padded = new Float32Array(height * dim);
    padded.set(values);
    values = padded;
  }
  return tensor(values, { shape: [height, dim] });
}
