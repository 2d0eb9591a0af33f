/** @file Discrete Fourier transforms. Complex numbers are pairs: a last axis of size 2 holds real and imaginary part. */
import { DTypeError, ShapeError } from "../errors.ts";
import { fourierRows } from "../js/fourier.ts";
import { type Aval, defineOp, type OpDef, type Params } from "../op.ts";
import { normalizeAxis, showShape, sizeOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { fromHostArray, full } from "./create.ts";
import { mul } from "./elementwise.ts";
import { concat } from "./join.ts";
import { matmul } from "./matmul.ts";
import { pad } from "./pad.ts";
import { expandDims, reshape, swapAxes } from "./reshape.ts";
import { flip, select, slice } from "./slice.ts";

interface FourierParams extends Params {
  readonly inverse: boolean;
}

function checkFloat(op: string, x: Aval): void {
  if (x.dtype !== "float32" && x.dtype !== "float64" && x.dtype !== "float16")
    throw new DTypeError(`${op}: dtype ${x.dtype}: expected a float dtype`);
}

function checkPairs(op: string, x: Aval): void {
  checkFloat(op, x);
  if (x.shape.length < 2 || x.shape.at(-1) !== 2) {
    throw new ShapeError(
      `${op}: shape ${showShape(x.shape)}: expected [..., n, 2] with real and imaginary parts; toComplex(x) makes pairs of real numbers`,
    );
  }
}

/** `[..., n, 2]`: Σ x·exp(∓2πi jk/n), unscaled both ways, so that each is the other's adjoint. */
const fourierOp: OpDef<FourierParams> = defineOp<FourierParams>({
  name: "fft",
  infer([x]) {
    checkPairs("fft", x);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  grad: ({ grad, params: { inverse } }) => [apply1(fourierOp, [grad], { inverse: !inverse })],
  lower(b, [x], { inverse }) {
    const n = x.shape[x.shape.length - 2];
    // ONNX wants a batch axis before the signal.
    const rows = b.reshape(x, [sizeOf(x.shape) / (2 * n), n, 2]);
    const length = b.constant(BigInt64Array.of(BigInt(n)), [], "int64");
    const axis = b.constant(BigInt64Array.of(1n), [], "int64");
    const y = b.op("DFT", [rows, length, axis], rows, { inverse: { int: inverse ? 1 : 0 } });
    return [b.reshape(inverse ? b.scale(y, n) : y, x.shape)];
  },
  js(ctx, [x], { inverse }, [out]) {
    const result = ctx.alloc(out);
    fourierRows(x.data, result.data, x.shape[x.shape.length - 2], inverse);
    return [result];
  },
  compose([x], { inverse }) {
    const n = x.shape[x.rank - 2];
    const table = fourierTable(n, n, inverse, true);
    return [reshape(matmul(reshape(x, [-1, 2 * n]), cast(table, x.dtype)), x.shape)];
  },
  supports: (_provider, [x]) => longEnough(x.shape[x.shape.length - 2], MOST_COMPLEX),
  flops: ([x]) => 5 * sizeOf(x.shape) * Math.log2(Math.max(2, x.shape.at(-2) ?? 2)),
});

/** Longest transforms that are a product with a table of at most 16 MB. */
const MOST_COMPLEX = 1024;
const MOST_REAL = 2048;

/**
 * At these lengths a product with a table is quicker than the CPU's kernel (1000 rows of 400: 2 ms
 * against 41, of 1024: 18 against 23) and, on WebGPU, whose sines have few digits, exact.
 */
function longEnough(n: number, most: number): true | string {
  return n > most ? true : "at this length it is a product with a table";
}

/**
 * The transform as a matrix: rows are the input's n numbers (with `pairs` real and imaginary parts in
 * turn), columns the real and imaginary parts of `bins` coefficients in turn.
 */
function fourierTable(n: number, bins: number, inverse: boolean, pairs: boolean): Tensor {
  const parts = pairs ? 2 : 1;
  const table = new Float32Array(parts * n * 2 * bins);
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < bins; k++) {
      // jk mod n keeps the angle exact.
      const angle = (2 * Math.PI * ((j * k) % n)) / n;
      const [c, s] = [Math.cos(angle), inverse ? Math.sin(angle) : -Math.sin(angle)];
      const at = parts * j * 2 * bins + 2 * k;
      table.set([c, s], at);
      if (pairs) table.set([-s, c], at + 2 * bins);
    }
  }
  return fromHostArray(table, [parts * n, 2 * bins], "float32");
}

/** `[..., n]` real to `[..., n/2 + 1, 2]`. */
const realFourierOp: OpDef = defineOp({
  name: "rfft",
  infer([x]) {
    checkFloat("rfft", x);
    const n = x.shape.at(-1);
    if (!n) throw new ShapeError(`rfft: shape ${showShape(x.shape)}: expected [..., n] with n > 0`);
    return [{ shape: [...x.shape.slice(0, -1), Math.floor(n / 2) + 1, 2], dtype: x.dtype }];
  },
  grad({ grad, inputs: [x] }) {
    const n = x.shape[x.rank - 1];
    const widths = grad.shape.map(
      (d, i) => (i === grad.rank - 2 ? [0, n - d] : [0, 0]) as [number, number],
    );
    return [select(apply1(fourierOp, [pad(grad, widths)], { inverse: true }), -1, 0)];
  },
  compose([x]) {
    const n = x.shape[x.rank - 1];
    const bins = Math.floor(n / 2) + 1;
    const table = cast(fourierTable(n, bins, false, false), x.dtype);
    return [reshape(matmul(reshape(x, [-1, n]), table), [...x.shape.slice(0, -1), bins, 2])];
  },
  supports: (_provider, [x]) => longEnough(x.shape[x.shape.length - 1], MOST_REAL),
  js(ctx, [x], _params, [out]) {
    const n = x.shape[x.shape.length - 1];
    const pairs = new Float64Array(2 * x.data.length);
    for (let i = 0; i < x.data.length; i++) pairs[2 * i] = x.data[i];
    const whole = new Float64Array(pairs.length);
    fourierRows(pairs, whole, n, false);
    const result = ctx.alloc(out);
    const kept = 2 * (Math.floor(n / 2) + 1);
    for (let r = 0; r < x.data.length / n; r++)
      result.data.set(whole.subarray(r * 2 * n, r * 2 * n + kept), r * kept);
    return [result];
  },
  lower(b, [x], _params, [out]) {
    const n = x.shape.at(-1) as number;
    const batch = sizeOf(x.shape) / n;
    const length = b.constant(BigInt64Array.of(BigInt(n)), [], "int64");
    const axis = b.constant(BigInt64Array.of(1n), [], "int64");
    const y = b.op(
      "DFT",
      [b.reshape(x, [batch, n, 1]), length, axis],
      { shape: [batch, Math.floor(n / 2) + 1, 2], dtype: x.dtype },
      { onesided: { int: 1 } },
    );
    return [b.reshape(y, out.shape)];
  },
  flops: ([x]) => 2.5 * sizeOf(x.shape) * Math.log2(Math.max(2, x.shape.at(-1) ?? 2)),
});

/** Pairs `[..., 2]` from real parts and imaginary ones (zeros where left out). */
export function toComplex(real: Tensor, imaginary?: Tensor): Tensor {
  const other = imaginary ?? full(real.shape, 0, real.dtype);
  return concat([expandDims(real, real.rank), expandDims(other, real.rank)], real.rank);
}

/** Applies a transform of axis -2 along another axis of the pairs. */
function along(op: string, x: Tensor, axis: number, transform: (moved: Tensor) => Tensor): Tensor {
  checkPairs(op, x);
  const last = x.rank - 2;
  const at = normalizeAxis(op, axis, x.rank - 1);
  return at === last ? transform(x) : swapAxes(transform(swapAxes(x, at, last)), at, last);
}

/**
 * The Fourier transform `Σ_j x_j exp(-2πi jk/n)` of complex pairs `[..., n, 2]` along an axis, which is
 * counted without the pairs' axis.
 */
export function fft(x: Tensor, axis = -1): Tensor {
  return along("fft", x, axis, (y) => apply1(fourierOp, [y], { inverse: false }));
}

/** The inverse of `fft`: `1/n Σ_k x_k exp(2πi jk/n)`. */
export function ifft(x: Tensor, axis = -1): Tensor {
  return along("ifft", x, axis, (y) =>
    mul(apply1(fourierOp, [y], { inverse: true }), 1 / y.shape[y.rank - 2]),
  );
}

/** The Fourier transform of a real signal `[..., n]`: its first n/2 + 1 coefficients, `[..., n/2 + 1, 2]`. */
export function rfft(x: Tensor): Tensor {
  return apply1(realFourierOp, [x], {});
}

/**
 * The real signal `[..., n]` whose `rfft` is `[..., n/2 + 1, 2]`; `n` is even unless given. Imaginary
 * parts at frequency 0 (and n/2) are left out, as in NumPy.
 */
export function irfft(x: Tensor, n?: number): Tensor {
  checkPairs("irfft", x);
  const bins = x.shape[x.rank - 2];
  const length = n ?? 2 * (bins - 1);
  if (Math.floor(length / 2) + 1 !== bins) {
    throw new ShapeError(
      `irfft: ${bins} coefficients do not give ${length} values: expected ${Math.floor(length / 2) + 1}`,
    );
  }
  const all = x.shape.slice(0, -2).map(() => null);
  const mirrored = flip(
    slice(x, [...all, 1], [...all, Math.floor((length - 1) / 2) + 1]),
    x.rank - 2,
  );
  const sign = full([1], 1, x.dtype);
  const conjugate = mul(mirrored, concat([sign, mul(sign, -1)]));
  const whole = concat([x, conjugate], x.rank - 2);
  return mul(select(apply1(fourierOp, [whole], { inverse: true }), -1, 0), 1 / length);
}
