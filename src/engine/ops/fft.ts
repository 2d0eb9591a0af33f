/** @file Discrete Fourier transforms. Complex numbers are pairs: a last axis of size 2 holds real and imaginary part. */
import { DTypeError, ShapeError } from "../errors.ts";
import { fourierRows } from "../js/fourier.ts";
import { type Aval, defineOp, type OpDef, type Params } from "../op.ts";
import { normalizeAxis, showShape, sizeOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { full } from "./create.ts";
import { mul } from "./elementwise.ts";
import { concat, expandDims, flip, pad, select, slice, swapAxes } from "./shape-ops.ts";

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
  flops: ([x]) => 5 * sizeOf(x.shape) * Math.log2(Math.max(2, x.shape.at(-2) ?? 2)),
});

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
  compose: ([x]) => {
    const n = x.shape[x.rank - 1];
    const whole = apply1(fourierOp, [toComplex(x)], { inverse: false });
    return [half(whole, n)];
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

function half(pairs: Tensor, n: number): Tensor {
  const all = pairs.shape.slice(0, -2).map(() => null);
  return slice(pairs, [...all, 0], [...all, Math.floor(n / 2) + 1]);
}

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
