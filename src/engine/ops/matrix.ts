/** @file Matrices by their structure: triangles, diagonals, traces, norms, coordinate grids. */
import { isFloat } from "../dtype.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { defineOp, type OpDef, type Params } from "../op.ts";
import { showShape } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { eye, full } from "./create.ts";
import { abs, checkDtype, mul, pow, sqrt, square } from "./elementwise.ts";
import { equal, where } from "./logic.ts";
import { max, min, type ReduceOptions, sum } from "./reduce.ts";
import { broadcastTo, expandDims, reshape } from "./reshape.ts";
import { slice } from "./slice.ts";

interface TriangleParams extends Params {
  readonly upper: boolean;
  readonly offset: number;
}

const triangleOp: OpDef<TriangleParams> = defineOp<TriangleParams>({
  name: "triangle",
  infer([x]) {
    checkDtype("triangle", x, ["float32", "float16", "float64", "int32", "int64", "bool"]);
    if (x.shape.length < 2)
      throw new ShapeError(`tril and triu: expected a matrix, got shape ${showShape(x.shape)}`);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  grad: ({ grad, params }) => [apply1(triangleOp, [grad], params)],
  lower(b, [x], { upper, offset }) {
    const narrow = x.dtype === "bool" && !b.onCpu;
    const source = narrow ? b.cast(x, "int32") : x;
    const k = b.constant(BigInt64Array.of(BigInt(offset)), [], "int64");
    const y = b.op("Trilu", [source, k], source, { upper: { int: upper ? 1 : 0 } });
    return [b.cast(y, x.dtype)];
  },
  js(ctx, [x], { upper, offset }, [out]) {
    const result = ctx.alloc(out);
    const [n, m] = x.shape.slice(-2);
    for (let i = 0; i < result.data.length; i++) {
      const column = i % m;
      const row = Math.floor(i / m) % n;
      const above = column - row - offset;
      if (upper ? above >= 0 : above <= 0) result.data[i] = x.data[i];
    }
    return [result];
  },
  flops: () => 0,
});

/** `x` with zeros above diagonal `offset` of its last two axes (0: the main one, positive: above it). */
export function tril(x: Tensor, offset = 0): Tensor {
  return apply1(triangleOp, [x], { upper: false, offset });
}

/** `x` with zeros below diagonal `offset` of its last two axes. */
export function triu(x: Tensor, offset = 0): Tensor {
  return apply1(triangleOp, [x], { upper: true, offset });
}

/** The diagonals of the last two axes, which become one: `[..., n, m]` gives `[..., min(n, m)]` for offset 0. */
export function diagonal(x: Tensor, offset = 0): Tensor {
  if (x.rank < 2) throw new ShapeError(`diagonal: expected a matrix, got ${showShape(x.shape)}`);
  const [n, m] = x.shape.slice(-2);
  const lead = x.shape.slice(0, -2);
  const first = offset >= 0 ? offset : -offset * m;
  const count = Math.max(0, offset >= 0 ? Math.min(n, m - offset) : Math.min(n + offset, m));
  // In a flattened matrix the diagonal is every (m + 1)-th element.
  const flat = reshape(x, [...lead, n * m]);
  const all = lead.map(() => null);
  return slice(
    flat,
    [...all, count === 0 ? 0 : first],
    [...all, count === 0 ? 0 : first + (count - 1) * (m + 1) + 1],
    [...lead.map(() => 1), m + 1],
  );
}

/** Matrices with the vectors `[..., n]` on their diagonals: `[..., n, n]`. */
export function diag(x: Tensor): Tensor {
  if (x.rank === 0) throw new ShapeError("diag: expected vectors, got a scalar");
  const n = x.shape[x.rank - 1];
  const column = expandDims(x, x.rank);
  return isFloat(x.dtype)
    ? mul(column, eye(n, n, x.dtype))
    : where(cast(eye(n), "bool"), column, full([], 0, x.dtype));
}

/** The sum of the diagonal of the last two axes. */
export function trace(x: Tensor): Tensor {
  return sum(diagonal(x), { axis: -1 });
}

/**
 * The vector norm over axes (all by default): order 1, 2 (default), any other positive number,
 * Infinity (largest magnitude), -Infinity (smallest) or 0 (how many are not zero). The 2-norm's
 * gradient at zero is not a number: add a small constant under the root yourself where that may be.
 */
export function norm(x: Tensor, order = 2, options: ReduceOptions = {}): Tensor {
  if (order === 2) return sqrt(sum(square(x), options));
  if (order === 1) return sum(abs(x), options);
  if (order === Number.POSITIVE_INFINITY) return max(abs(x), options);
  if (order === Number.NEGATIVE_INFINITY) return min(abs(x), options);
  if (order === 0) return sum(where(equal(x, 0), full([], 0, x.dtype), 1), options);
  if (!(order > 0))
    throw new ValueError(`norm: order ${order}: expected a positive number, 0 or ±Infinity`);
  return pow(sum(pow(abs(x), order), options), 1 / order);
}

/**
 * Coordinate arrays of a grid from vectors: result i varies along axis i ("ij", the default), or the
 * first two axes are swapped ("xy", as in images).
 */
export function meshgrid(vectors: readonly Tensor[], indexing: "ij" | "xy" = "ij"): Tensor[] {
  for (const [i, v] of vectors.entries())
    if (v.rank !== 1)
      throw new ShapeError(
        `meshgrid: vector ${i} has shape ${showShape(v.shape)}: expected rank 1`,
      );
  const axisOf = (i: number): number =>
    indexing === "xy" && i < 2 && vectors.length > 1 ? 1 - i : i;
  const shape = new Array<number>(vectors.length);
  for (const [i, v] of vectors.entries()) shape[axisOf(i)] = v.size;
  return vectors.map((v, i) =>
    broadcastTo(
      reshape(
        v,
        shape.map((_, a) => (a === axisOf(i) ? v.size : 1)),
      ),
      shape,
    ),
  );
}
