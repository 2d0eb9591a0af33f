/** @file Joining and cutting values in the blocked layout along images and whole blocks of channels. */
import { type Shape, sameShape } from "../shape.ts";
import { type BlockedLayout, blockedShape } from "./blocked.ts";
import type { Lowering, Value } from "./lowering.ts";

/** The joined value, where a part exists in blocked form only and all parts have whole blocks; else null. */
export function concatBlocked(
  b: Lowering,
  layout: BlockedLayout,
  xs: readonly Value[],
  axis: number,
  shape: Shape,
): Value | null {
  if (axis > 1 || !xs.some((x) => layout.only(x))) return null;
  if (!xs.every((x) => layout.has(x) || layout.fits(x))) return null;
  const aval = { shape, dtype: xs[0].dtype };
  const joined = b.emit(
    "Concat",
    xs.map((x) => layout.block(x)),
    [{ ...aval, shape: blockedShape(shape) }],
    { axis: { int: axis } },
    "",
  );
  return layout.hold(joined[0], aval);
}

/** The elements `starts` to `ends`, where they are whole blocks of a value in blocked form only; else null. */
export function sliceBlocked(
  b: Lowering,
  layout: BlockedLayout,
  x: Value,
  starts: readonly number[],
  ends: readonly number[],
): Value | null {
  const blocks = starts[1] % layout.size === 0 && ends[1] % layout.size === 0;
  const shape = starts.map((s, i) => ends[i] - s);
  if (!layout.only(x) || !blocks || !sameShape(shape.slice(2), x.shape.slice(2))) return null;
  const aval = { shape, dtype: x.dtype };
  const part = b.emit(
    "Slice",
    [layout.block(x), ...[starts, ends, [0, 1]].map((v) => b.ints(v.slice(0, 2)))],
    [{ ...aval, shape: blockedShape(shape) }],
    {},
    "",
  );
  return layout.hold(part[0], aval);
}
