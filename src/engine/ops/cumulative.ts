/** @file Running sums and products along an axis. */

import { defineOp, type OpDef, type Params } from "../op.ts";
import { normalizeAxis, sizeOf } from "../shape.ts";
import { apply1, type Tensor } from "../tensor.ts";
import { full } from "./create.ts";
import { checkDtype, mul } from "./elementwise.ts";
import { concat } from "./join.ts";
import { reshape, transpose } from "./reshape.ts";
import { flip, slice } from "./slice.ts";

interface CumsumParams extends Params {
  readonly axis: number;
  readonly reverse: boolean;
  readonly exclusive: boolean;
}

const cumsumOp: OpDef<CumsumParams> = defineOp<CumsumParams>({
  name: "cumsum",
  infer([x]) {
    checkDtype("cumsum", x, ["float32", "float16", "float64", "int32", "int64"]);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  grad: ({ grad, params }) => [apply1(cumsumOp, [grad], { ...params, reverse: !params.reverse })],
  lower: (b, [x], { axis, reverse, exclusive }) => [
    b.op("CumSum", [x, b.constant(new Int32Array([axis]), [], "int32")], x, {
      reverse: { int: reverse ? 1 : 0 },
      exclusive: { int: exclusive ? 1 : 0 },
    }),
  ],
  js(ctx, [x], { axis, reverse, exclusive }, [out]) {
    const result = ctx.alloc(out);
    const inner = sizeOf(x.shape.slice(axis + 1));
    const d = x.shape[axis];
    const outer = sizeOf(x.shape.slice(0, axis));
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        let acc = 0;
        for (let k = 0; k < d; k++) {
          const at = (o * d + (reverse ? d - 1 - k : k)) * inner + i;
          if (exclusive) result.data[at] = acc;
          acc += x.data[at];
          if (!exclusive) result.data[at] = acc;
        }
      }
    }
    return [result];
  },
});

/** Running sums along an axis: from the end with `reverse`, without the element itself with `exclusive`. */
export function cumsum(
  x: Tensor,
  axis = -1,
  {
    reverse = false,
    exclusive = false,
  }: { readonly reverse?: boolean; readonly exclusive?: boolean } = {},
): Tensor {
  return apply1(cumsumOp, [x], { axis: normalizeAxis("cumsum", axis, x.rank), reverse, exclusive });
}

/**
 * @internal For `[rows, n]`: the product of the elements before each one (after it with `reverse`),
 * by doubling: log2(n) products, right also where elements are zero.
 */
export function cumprodExclusive(x: Tensor, reverse: boolean): Tensor {
  const [rows, n] = x.shape;
  if (n === 0) return x;
  const ordered = reverse ? flip(x, 1) : x;
  let y = concat([full([rows, 1], 1, x.dtype), slice(ordered, [0, 0], [rows, n - 1])], 1);
  for (let step = 1; step < n; step *= 2) {
    const shifted = concat([full([rows, step], 1, x.dtype), slice(y, [0, 0], [rows, n - step])], 1);
    y = mul(y, shifted);
  }
  return reverse ? flip(y, 1) : y;
}

/**
 * Running products along an axis: from the end with `reverse`, without the element itself with
 * `exclusive`. By doubling: log2(n) products, with the right gradient where elements are zero.
 */
export function cumprod(
  x: Tensor,
  axis = -1,
  {
    reverse = false,
    exclusive = false,
  }: { readonly reverse?: boolean; readonly exclusive?: boolean } = {},
): Tensor {
  const at = normalizeAxis("cumprod", axis, x.rank);
  if (x.size === 0) return x;
  const perm = [...x.shape.map((_, i) => i).filter((i) => i !== at), at];
  const moved = transpose(x, perm);
  const before = cumprodExclusive(reshape(moved, [-1, x.shape[at]]), reverse);
  const products = transpose(
    reshape(before, moved.shape),
    perm.map((_, i) => perm.indexOf(i)),
  );
  return exclusive ? products : mul(products, x);
}
