/** @file Counting: how often whole numbers occur, and how values fall into bins. */
import { isFloat } from "../dtype.ts";
import { DTypeError, ValueError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { full } from "./create.ts";
import { clip, floor, minimum, mul, sub } from "./elementwise.ts";
import { scatterAddRows } from "./indexing.ts";
import { greaterEqual, lessEqual, logicalAnd } from "./logic.ts";
import { reshape } from "./reshape.ts";

/** How often each number from 0 to `count - 1` occurs in an int32 tensor (int32 `[count]`); others are left out. */
export function bincount(x: Tensor, count: number): Tensor {
  if (x.dtype !== "int32")
    throw new DTypeError(`bincount: dtype ${x.dtype}: expected int32; cast(x, "int32") first`);
  if (!Number.isInteger(count) || count < 1)
    throw new ValueError(`bincount: count ${count}: expected a whole number of at least 1`);
  const flat = reshape(x, [x.size]);
  const counted = logicalAnd(greaterEqual(flat, 0), lessEqual(flat, count - 1));
  return scatterAddRows(
    full([count], 0, "int32"),
    clip(flat, 0, count - 1),
    cast(counted, "int32"),
  );
}

/**
 * How many values fall into each of `bins` equal parts of `[low, high]` (int32 `[bins]`); the last
 * part includes its end, as in NumPy, and values outside are left out.
 */
export function histogram(x: Tensor, bins: number, low: number, high: number): Tensor {
  if (!isFloat(x.dtype))
    throw new DTypeError(
      `histogram: dtype ${x.dtype}: expected a float dtype; cast(x, "float32") first`,
    );
  if (!(high > low)) throw new ValueError(`histogram: range ${low} to ${high} is empty`);
  const flat = reshape(x, [x.size]);
  const inside = logicalAnd(greaterEqual(flat, low), lessEqual(flat, high));
  const place = minimum(floor(mul(sub(flat, low), bins / (high - low))), bins - 1);
  // Values outside get a number that bincount leaves out.
  const counted = cast(inside, x.dtype);
  const shifted = sub(mul(clip(place, 0, bins), counted), sub(full([], 1, x.dtype), counted));
  return bincount(cast(shifted, "int32"), bins);
}
