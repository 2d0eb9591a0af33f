/** @file Sums and means over the pixels of values in the blocked layout. */
import { reducedShape, sizeOf } from "../shape.ts";
import type { BlockedLayout } from "./blocked.ts";
import type { Lowering, Value } from "./lowering.ts";

/** ReduceSum or ReduceMean over all spatial axes, and over the batch too if it is among them; else null. */
export function reduceBlocked(
  b: Lowering,
  layout: BlockedLayout,
  type: string,
  x: Value,
  axes: readonly number[],
  keepdims: boolean,
): Value | null {
  if ((type !== "ReduceSum" && type !== "ReduceMean") || !layout.only(x) || x.dtype !== "float32")
    return null;
  const spatial = x.shape.map((_, i) => i).slice(2);
  const overBatch = axes.includes(0);
  if (axes.includes(1) || axes.length !== spatial.length + (overBatch ? 1 : 0)) return null;
  if (!spatial.every((a) => axes.includes(a))) return null;
  const means = layout.planeMeans(layout.block(x));
  const whole = overBatch ? b.reduce(type, means, [0], false) : means;
  const pixels = sizeOf(spatial.map((a) => x.shape[a]));
  const result = type === "ReduceSum" ? b.scale(whole, pixels) : whole;
  return b.reshape(result, reducedShape(x.shape, axes, keepdims));
}
