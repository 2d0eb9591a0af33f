/** @file Matrix products with batch axes; transposes and a scale ride along, so gradients need no copies. */
import { isFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { broadcastStrides } from "../js/elementwise.ts";
import type { NDArray } from "../js/ndarray.ts";
import { type Aval, defineOp, type OpDef, type Params } from "../op.ts";
import { broadcastShapes, type Shape, showShape, sizeOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { add, checkDtype, checkSameDtype } from "./elementwise.ts";
import { reshape, swapAxes } from "./reshape.ts";

/** @internal Parameters of the ops `matmul` and `linear`. */
export interface MatmulParams extends Params {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly alpha: number;
}

interface Dims {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly batch: number[];
}

function dimensions(a: Shape, b: Shape, { transposeA, transposeB }: MatmulParams): Dims {
  const [m, k] = transposeA ? [a.at(-1), a.at(-2)] : [a.at(-2), a.at(-1)];
  const [k2, n] = transposeB ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)];
  if (k !== k2) {
    throw new ShapeError(
      `matmul: shapes ${showShape(a)}${transposeA ? "ᵀ" : ""} and ${showShape(b)}${transposeB ? "ᵀ" : ""} do not fit: ` +
        `the inner sizes ${k} and ${k2} differ`,
    );
  }
  return {
    m: m as number,
    k: k as number,
    n: n as number,
    batch: broadcastShapes("matmul", a.slice(0, -2), b.slice(0, -2)),
  };
}

const matmulOp: OpDef<MatmulParams> = defineOp<MatmulParams>({
  name: "matmul",
  infer([a, b], params) {
    checkSameDtype("matmul", a, b);
    checkDtype("matmul", a, ["float32", "float16", "float64", "int32", "int64"]);
    const { m, n, batch } = dimensions(a.shape, b.shape, params);
    return [{ shape: [...batch, m, n], dtype: a.dtype }];
  },
  grad: ({ grad, inputs: [a, b], params, needs }) => [
    needs(0) ? productGradient(grad, a, b, params, 0) : null,
    needs(1) ? productGradient(grad, a, b, params, 1) : null,
  ],
  lower: (b, [x, y], params) => [b.matmul(x, y, params)],
  js: (ctx, [a, b], params, [out]) => [multiply(ctx.alloc(out), a, b, params, out)],
  flops([a], { transposeA }, [out]) {
    return 2 * sizeOf(out.shape) * (a.shape.at(transposeA ? -2 : -1) as number);
  },
});

/** The gradient of `alpha·op(a)·op(b)` by one of its factors: again a product, without copies. */
function productGradient(
  g: Tensor,
  a: Tensor,
  b: Tensor,
  params: MatmulParams,
  factor: 0 | 1,
): Tensor {
  const { transposeA: ta, transposeB: tb, alpha } = params;
  const product = (x: Tensor, y: Tensor, transposeA: boolean, transposeB: boolean): Tensor =>
    apply1(matmulOp, [x, y], { transposeA, transposeB, alpha });
  if (factor === 0) return ta ? product(b, g, tb, true) : product(g, b, false, !tb);
  return tb ? product(g, a, true, ta) : product(a, g, !ta, false);
}

function multiply(
  result: NDArray,
  a: NDArray,
  b: NDArray,
  params: MatmulParams,
  out: Aval,
): NDArray {
  const { m, k, n, batch } = dimensions(a.shape, b.shape, params);
  const { transposeA: ta, transposeB: tb, alpha } = params;
  const [am, ak] = ta ? [1, m] : [k, 1];
  const [bk, bn] = tb ? [1, k] : [n, 1];
  const sa = broadcastStrides(a.shape.slice(0, -2), batch).map((s) => s * m * k);
  const sb = broadcastStrides(b.shape.slice(0, -2), batch).map((s) => s * k * n);
  const index = new Array<number>(batch.length).fill(0);
  const row = new Float64Array(n);
  const count = m * n === 0 ? 0 : sizeOf(out.shape) / (m * n);
  for (let t = 0; t < count; t++) {
    const a0 = index.reduce((o, i, axis) => o + i * sa[axis], 0);
    const b0 = index.reduce((o, i, axis) => o + i * sb[axis], 0);
    for (let i = 0; i < m; i++) {
      row.fill(0);
      for (let p = 0; p < k; p++) {
        const v = a.data[a0 + i * am + p * ak];
        const base = b0 + p * bk;
        for (let j = 0; j < n; j++) row[j] += v * b.data[base + j * bn];
      }
      const at = (t * m + i) * n;
      for (let j = 0; j < n; j++) result.data[at + j] = alpha * row[j];
    }
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      if (++index[axis] < batch[axis]) break;
      index[axis] = 0;
    }
  }
  return result;
}

/** Options of `matmul`. */
export interface MatmulOptions {
  /** Use the first factor with its last two axes swapped. */
  readonly transposeA?: boolean;
  /** Use the second factor with its last two axes swapped. */
  readonly transposeB?: boolean;
  /** A scale on the product. */
  readonly alpha?: number;
}

/**
 * The matrix product over the last two axes; the axes before them broadcast. Vectors work as in
 * NumPy: a 1-D first factor is a row, a 1-D second one a column, and the axis is dropped again.
 * @throws ShapeError where the inner sizes differ
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, alpha = 1 } = options;
  if (a.rank === 0 || b.rank === 0) {
    throw new ShapeError(
      `matmul: expected factors of rank 1 or more, got ${showShape(a.shape)} and ${showShape(b.shape)}`,
    );
  }
  if (a.rank === 1) {
    const y = matmul(reshape(a, [1, a.shape[0]]), b, { transposeB, alpha });
    return reshape(y, [...y.shape.slice(0, -2), ...y.shape.slice(-1)].slice(b.rank === 1 ? 1 : 0));
  }
  if (b.rank === 1) {
    const y = matmul(a, reshape(b, [b.shape[0], 1]), { transposeA, alpha });
    return reshape(y, y.shape.slice(0, -1));
  }
  const params = { transposeA, transposeB, alpha };
  // Leading axes of the first factor fold into its rows: one large product beats many small ones,
  // and the gradient of the second factor needs no sum over the batch.
  if (b.rank === 2 && a.rank > 2 && !transposeA) {
    const rows = reshape(a, [sizeOf(a.shape.slice(0, -1)), a.shape.at(-1) as number]);
    const y = apply1(matmulOp, [rows, b], params);
    return reshape(y, [...a.shape.slice(0, -1), y.shape[1]]);
  }
  return apply1(matmulOp, [a, b], params);
}

const linearOp: OpDef<MatmulParams> = defineOp<MatmulParams>({
  name: "linear",
  infer([x, w, bias], params) {
    const [product] = matmulOp.infer([x, w], params);
    checkSameDtype("linear", x, bias);
    if (
      product.shape.length !== 2 ||
      bias.shape.length !== 1 ||
      bias.shape[0] !== product.shape[1]
    ) {
      throw new ShapeError(
        `linear: expected a bias [${product.shape.at(-1)}] for a product ${showShape(product.shape)}, got ${showShape(bias.shape)}`,
      );
    }
    return [product];
  },
  // The bias' gradient is summed over the rows to its own shape.
  grad: ({ grad, inputs: [x, w], params, needs }) => [
    needs(0) ? productGradient(grad, x, w, params, 0) : null,
    needs(1) ? productGradient(grad, x, w, params, 1) : null,
    grad,
  ],
  compose: ([x, w, bias], params) => [add(apply1(matmulOp, [x, w], params), bias)],
  lower: (b, [x, w, bias], { transposeA, transposeB, alpha }, [out]) => [
    b.op("Gemm", [x, w, bias], out, {
      transA: { int: transposeA ? 1 : 0 },
      transB: { int: transposeB ? 1 : 0 },
      alpha: { float: alpha },
    }),
  ],
  supports: (_provider, [x, w]) =>
    isFloat(x.dtype) && sizeOf(x.shape) > 0 && sizeOf(w.shape) > 0
      ? true
      : "Gemm takes filled float matrices",
  flops: ([x], { transposeA }, [out]) => 2 * sizeOf(out.shape) * x.shape[transposeA ? 0 : 1],
});

/**
 * `x·w + bias`, one kernel: `[..., in]`, `[in, out]` (or `[out, in]` with `transposeB`) and `[out]`
 * give `[..., out]`.
 * @throws ShapeError where the sizes do not fit
 */
export function linear(x: Tensor, w: Tensor, bias: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, alpha = 1 } = options;
  if (w.rank !== 2 || x.rank < 1) {
    throw new ShapeError(
      `linear: expected weights of rank 2, got ${showShape(w.shape)} for ${showShape(x.shape)}`,
    );
  }
  const rows =
    x.rank === 2 ? x : reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1) as number]);
  const y = apply1(linearOp, [rows, w, bias], { transposeA, transposeB, alpha });
  return x.rank === 2 ? y : reshape(y, [...x.shape.slice(0, -1), y.shape[1]]);
}

/** The inner product of two vectors. */
export function dot(a: Tensor, b: Tensor): Tensor {
  if (a.rank !== 1 || b.rank !== 1) {
    throw new ShapeError(
      `dot: expected two vectors, got ${showShape(a.shape)} and ${showShape(b.shape)}; use matmul`,
    );
  }
  return matmul(a, b);
}

/** The outer product of two vectors: `[n]` and `[m]` give `[n, m]`. */
export function outer(a: Tensor, b: Tensor): Tensor {
  return matmul(reshape(a, [a.size, 1]), reshape(b, [1, b.size]));
}

/** The matrix transpose: the last two axes swapped. */
export function matrixTranspose(x: Tensor): Tensor {
  return swapAxes(x);
}
