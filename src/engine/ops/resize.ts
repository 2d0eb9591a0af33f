/** @file Resizing of spatial axes: by the nearest element, or by linear interpolation. */
import { ShapeError, ValueError } from "../errors.ts";
import { lowerUpsample } from "../onnx/pool.ts";
import { defineOp, type OpDef, type Params } from "../op.ts";
import { showShape, sizeOf, stridesOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { tensor } from "./create.ts";
import { checkDtype, mul } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { avgPool } from "./pool.ts";
import { broadcastTo, reshape } from "./reshape.ts";
import { type PerAxis, perAxis } from "./window.ts";

interface UpsampleParams extends Params {
  /** Repeats along each spatial axis. */
  readonly factors: readonly number[];
}

const upsampleOp: OpDef<UpsampleParams> = defineOp<UpsampleParams>({
  name: "upsampleNearest",
  infer([x], { factors }) {
    checkDtype("upsampleNearest", x, ["float32", "float16", "float64"]);
    const spatial = factors.map((f, i) => x.shape[i + 2] * f);
    return [{ shape: [...x.shape.slice(0, 2), ...spatial], dtype: x.dtype }];
  },
  grad: ({ grad, params: { factors } }) => [mul(avgPool(grad, { size: factors }), sizeOf(factors))],
  compose([x], { factors }) {
    let y = x;
    for (const [i, f] of factors.entries()) {
      const axis = i + 2;
      const [outer, inner] = [sizeOf(y.shape.slice(0, axis + 1)), sizeOf(y.shape.slice(axis + 1))];
      const repeated = broadcastTo(reshape(y, [outer, 1, inner]), [outer, f, inner]);
      y = reshape(
        repeated,
        y.shape.map((d, k) => (k === axis ? d * f : d)),
      );
    }
    return [y];
  },
  lower: (b, [x], { factors }, [out]) => [lowerUpsample(b, x, factors, out)],
  supports(_provider, [x]) {
    if (sizeOf(x.shape) === 0) return "an empty tensor has no kernel";
    return x.shape.length < 5 ? true : "it is repeated axis by axis over 3 axes";
  },
  js(ctx, [x], { factors }, [out]) {
    const result = ctx.alloc(out);
    const divisors = [1, 1, ...factors];
    const strides = stridesOf(x.shape);
    const place = stridesOf(out.shape);
    for (let o = 0; o < result.data.length; o++) {
      let at = 0;
      for (const [i, s] of place.entries())
        at += Math.floor((Math.floor(o / s) % out.shape[i]) / divisors[i]) * strides[i];
      result.data[o] = x.data[at];
    }
    return [result];
  },
  flops: () => 0,
});

/** @internal Every element repeated `factors[i]` times along spatial axis i. */
export function upsampleNearest(x: Tensor, factors: readonly number[]): Tensor {
  return factors.every((f) => f === 1) ? x : apply1(upsampleOp, [x], { factors: [...factors] });
}

/** Weights `[to, from]` of a linear map along one axis. */
type AxisMap = (to: number, from: number) => number[];

/** Element `floor(i·from/to)` for each i. */
const nearest: AxisMap = (to, from) => {
  const map = new Array<number>(to * from).fill(0);
  for (let i = 0; i < to; i++) map[i * from + Math.floor((i * from) / to)] = 1;
  return map;
};

/** The two neighbours of a place by their distance; places beyond the outer elements take those. */
function linear(alignCorners: boolean): AxisMap {
  return (to, from) => {
    const map = new Array<number>(to * from).fill(0);
    for (let i = 0; i < to; i++) {
      const place = alignCorners
        ? to === 1
          ? 0
          : (i * (from - 1)) / (to - 1)
        : ((i + 0.5) * from) / to - 0.5;
      const at = Math.min(from - 1, Math.max(0, place));
      const below = Math.min(Math.floor(at), Math.max(0, from - 2));
      const t = at - below;
      map[i * from + below] += 1 - t;
      if (t > 0) map[i * from + below + 1] += t;
    }
    return map;
  };
}

/** Applies a map along an axis as a product with its matrix. */
function mapAxis(x: Tensor, axis: number, to: number, map: AxisMap): Tensor {
  const from = x.shape[axis];
  const matrix = cast(tensor(map(to, from), { shape: [to, from] }), x.dtype);
  if (axis === x.rank - 1) return matmul(x, matrix, { transposeB: true });
  const { shape } = x;
  const rows = reshape(x, [sizeOf(shape.slice(0, axis)), from, sizeOf(shape.slice(axis + 1))]);
  const mapped = matmul(matrix, rows);
  return reshape(
    mapped,
    shape.map((d, i) => (i === axis ? to : d)),
  );
}

/** Options of `resize`; give `size` or `scale`. */
export interface ResizeOptions {
  /** Sizes of the spatial axes afterwards. */
  readonly size?: PerAxis;
  /** Factors of the spatial axes; sizes are rounded down. */
  readonly scale?: PerAxis;
  /** Take the nearest element before a place (default), or interpolate between the two around it. */
  readonly mode?: "nearest" | "linear";
  /** Linear only: map the first and last elements onto each other, instead of the outer edges. */
  readonly alignCorners?: boolean;
}

function targetSizes(x: Tensor, { size, scale }: ResizeOptions): number[] {
  const axes = x.rank - 2;
  if ((size === undefined) === (scale === undefined))
    throw new ValueError("resize: expected either size or scale");
  if (size !== undefined) return perAxis("resize", "size", size, axes, 1);
  const factors =
    typeof scale === "number" ? new Array<number>(axes).fill(scale) : [...(scale as number[])];
  const sizes = factors.map((f, i) => Math.floor(x.shape[i + 2] * f));
  if (factors.length !== axes || factors.some((f) => !(f > 0)) || sizes.some((s) => s < 1))
    throw new ValueError(
      `resize: scale ${JSON.stringify(scale)}: expected a positive number, or ${axes} of them, that leave at least one element`,
    );
  return sizes;
}

/**
 * `[batch, channels, ...spatial]` with other spatial sizes. "nearest" takes element `floor(i·from/to)`;
 * "linear" interpolates at `(i + ½)·from/to - ½`, or at `i·(from - 1)/(to - 1)` with `alignCorners`
 * (the places of PyTorch and ONNX's half_pixel and align_corners).
 * @throws ShapeError without spatial axes, ValueError for malformed options
 */
export function resize(x: Tensor, options: ResizeOptions): Tensor {
  const { mode = "nearest", alignCorners = false } = options;
  if (x.rank < 3 || x.rank > 5 || x.shape.slice(2).includes(0))
    throw new ShapeError(
      `resize: expected [batch, channels, ...1 to 3 spatial axes] with elements, got ${showShape(x.shape)}`,
    );
  if (mode !== "nearest" && mode !== "linear")
    throw new ValueError(`resize: mode ${JSON.stringify(mode)}: expected "nearest" or "linear"`);
  const sizes = targetSizes(x, options);
  const factors = sizes.map((s, i) => s / x.shape[i + 2]);
  if (mode === "nearest" && factors.every(Number.isInteger)) return upsampleNearest(x, factors);
  const map = mode === "nearest" ? nearest : linear(alignCorners);
  let y = x;
  for (const [i, size] of sizes.entries())
    if (size !== y.shape[i + 2]) y = mapAxis(y, i + 2, size, map);
  return y;
}

/** `resize` by a factor. */
export function upsample(
  x: Tensor,
  scale: PerAxis,
  mode: "nearest" | "linear" = "nearest",
): Tensor {
  return resize(x, { scale, mode });
}
