// Systems of linear equations with a symmetric positive definite matrix, in double precision.

/**
 * Solves A X = B by Cholesky's factorisation. `a` is [size, size] row by row (its lower triangle is
 * read), `b` is [size, columns].
 *
 * @throws RangeError where the matrix is not positive definite
 */
export function solvePositive(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  size: number,
): Float64Array {
  const columns = b.length / size;
  const factor = cholesky(a, size);
  const x = Float64Array.from(b);
  // L y = b, then L' x = y; each row of unknowns is used as soon as it is known.
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) addRow(x, i, k, -factor[i * size + k]!, columns);
    scaleRow(x, i, 1 / factor[i * size + i]!, columns);
  }
  for (let i = size - 1; i >= 0; i--) {
    scaleRow(x, i, 1 / factor[i * size + i]!, columns);
    for (let k = 0; k < i; k++) addRow(x, k, i, -factor[i * size + k]!, columns);
  }
  return x;
}

function cholesky(a: ArrayLike<number>, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= factor[i * size + k]! * factor[j * size + k]!;
      if (i !== j) factor[i * size + j] = sum / factor[j * size + j]!;
      else if (sum > 0) factor[i * size + i] = Math.sqrt(sum);
      else throw new RangeError(`solvePositive: the matrix is not positive definite at row ${i}`);
    }
  }
  return factor;
}

function addRow(x: Float64Array, to: number, from: number, by: number, columns: number): void {
  for (let c = 0; c < columns; c++) x[to * columns + c]! += by * x[from * columns + c]!;
}

function scaleRow(x: Float64Array, row: number, by: number, columns: number): void {
  for (let c = 0; c < columns; c++) x[row * columns + c]! *= by;
}
