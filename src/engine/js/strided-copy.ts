/** @file The copy by strides that every op which only moves elements is made of. */
import type { Aval } from "../op.ts";
import type { JsContext, NDArray } from "./ndarray.ts";

/** Copies elements by strides: `out[i] = x[offset + Σ i·strides]`. */
export function stridedCopy(
  ctx: JsContext,
  x: NDArray,
  out: Aval,
  strides: readonly number[],
  offset: number,
): NDArray {
  const result = ctx.alloc(out);
  const { shape } = out;
  const n = result.data.length;
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let o = 0; o < n; o++) {
    result.data[o] = x.data[at];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}
