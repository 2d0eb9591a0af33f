// Symmetric positive definite systems in double precision, on row-major square arrays.

/**
 * The lower factor L of A = L L^T, n x n. A pivot below `tolerance` of its diagonal element marks a
 * column that the ones before explain; its row of L is zero, and so is its part of any solution.
 */
export function cholesky(a: Float64Array, n: number, tolerance = 1e-13): Float64Array {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i === j) {
        lower[i * n + i] = sum > tolerance * a[i * n + i]! && sum > 0 ? Math.sqrt(sum) : 0;
      } else {
        const pivot = lower[j * n + j]!;
        lower[i * n + j] = pivot === 0 ? 0 : sum / pivot;
      }
    }
    if (lower[i * n + i] === 0) lower.fill(0, i * n, (i + 1) * n);
  }
  return lower;
}

/** Solves L L^T x = b; columns without a pivot get 0. */
export function choleskySolve(lower: Float64Array, n: number, b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    const pivot = lower[i * n + i]!;
    let sum = x[i]!;
    for (let k = 0; k < i; k++) sum -= lower[i * n + k]! * x[k]!;
    x[i] = pivot === 0 ? 0 : sum / pivot;
  }
  for (let i = n - 1; i >= 0; i--) {
    const pivot = lower[i * n + i]!;
    let sum = x[i]!;
    for (let k = i + 1; k < n; k++) sum -= lower[k * n + i]! * x[k]!;
    x[i] = pivot === 0 ? 0 : sum / pivot;
  }
  return x;
}
