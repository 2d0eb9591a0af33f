/** @file The discrete Fourier transform on host arrays, of any length. */
import type { NumericArray } from "./ndarray.ts";

/**
 * Transforms rows of n complex pairs without scaling: by halves where n is a power of two (Cooley &
 * Tukey 1965), else as a convolution of such a length (Bluestein 1970).
 */
export function fourierRows(x: NumericArray, out: NumericArray, n: number, inverse: boolean): void {
  const rows = n === 0 ? 0 : x.length / (2 * n);
  const transform = (n & (n - 1)) === 0 ? radix2 : bluestein;
  for (let r = 0; r < rows; r++) {
    const row = Float64Array.from(x.subarray(r * 2 * n, (r + 1) * 2 * n));
    out.set(transform(row, inverse), r * 2 * n);
  }
}

/** In place; n is a power of two. */
function radix2(a: Float64Array, inverse: boolean): Float64Array {
  const n = a.length / 2;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [a[2 * i], a[2 * j]] = [a[2 * j], a[2 * i]];
      [a[2 * i + 1], a[2 * j + 1]] = [a[2 * j + 1], a[2 * i + 1]];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const step = ((inverse ? 2 : -2) * Math.PI) / size;
    for (let k = 0; k < size / 2; k++) {
      const [c, s] = [Math.cos(step * k), Math.sin(step * k)];
      for (let start = 0; start < n; start += size) {
        const p = 2 * (start + k);
        const q = p + size;
        const re = a[q] * c - a[q + 1] * s;
        const im = a[q] * s + a[q + 1] * c;
        a[q] = a[p] - re;
        a[q + 1] = a[p + 1] - im;
        a[p] += re;
        a[p + 1] += im;
      }
    }
  }
  return a;
}

/** jk = (j² + k² - (k - j)²)/2 turns the transform into a convolution with a chirp. */
function bluestein(x: Float64Array, inverse: boolean): Float64Array {
  const n = x.length / 2;
  let size = 1;
  while (size < 2 * n - 1) size *= 2;
  const chirp = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    // k² mod 2n keeps the angle exact.
    const angle = ((inverse ? 1 : -1) * Math.PI * ((k * k) % (2 * n))) / n;
    chirp[2 * k] = Math.cos(angle);
    chirp[2 * k + 1] = Math.sin(angle);
  }
  const a = new Float64Array(2 * size);
  const b = new Float64Array(2 * size);
  for (let k = 0; k < n; k++) {
    const [c, s] = [chirp[2 * k], chirp[2 * k + 1]];
    a[2 * k] = x[2 * k] * c - x[2 * k + 1] * s;
    a[2 * k + 1] = x[2 * k] * s + x[2 * k + 1] * c;
    for (const at of k === 0 ? [0] : [k, size - k]) {
      b[2 * at] = c;
      b[2 * at + 1] = -s;
    }
  }
  radix2(a, false);
  radix2(b, false);
  for (let k = 0; k < size; k++) {
    const re = a[2 * k] * b[2 * k] - a[2 * k + 1] * b[2 * k + 1];
    a[2 * k + 1] = a[2 * k] * b[2 * k + 1] + a[2 * k + 1] * b[2 * k];
    a[2 * k] = re;
  }
  radix2(a, true);
  const out = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    const [re, im] = [a[2 * k] / size, a[2 * k + 1] / size];
    const [c, s] = [chirp[2 * k], chirp[2 * k + 1]];
    out[2 * k] = re * c - im * s;
    out[2 * k + 1] = re * s + im * c;
  }
  return out;
}
