/** @file Pools and repeated pixels as ONNX nodes: blocked where the input is, plain elsewhere. */
import type { Aval } from "../op.ts";
import type { PoolParams } from "../ops/pool.ts";
import { sizeOf } from "../shape.ts";
import { blockedShape } from "./blocked.ts";
import { overTwoAxes } from "./blocked-conv.ts";
import type { Lowering, Value } from "./lowering.ts";
import type { Attribute } from "./model.ts";

/** MaxPool or AveragePool. */
export function lowerPool(
  b: Lowering,
  type: "MaxPool" | "AveragePool",
  x: Value,
  params: PoolParams,
  attributes: Record<string, Attribute>,
  out: Aval,
): Value {
  if (sizeOf(out.shape) === 0) return b.expand(b.scalar(0, out.dtype), out.shape);
  const { layout } = b;
  const blocked = layout?.has(x) ? layout : null;
  const { strides, low, high } = blocked ? overTwoAxes(params) : params;
  const kernel = blocked && params.kernel.length === 1 ? [1, ...params.kernel] : params.kernel;
  const all = {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    pads: { ints: [...low, ...high] },
    ...attributes,
  };
  if (!blocked) return b.op(type, [x], out, all);
  const aval = { shape: blockedShape(out.shape), dtype: out.dtype };
  return blocked.hold(blocked.emit(type, [blocked.block(x)], aval, all), out);
}

/** Every element repeated along the spatial axes. */
export function lowerUpsample(b: Lowering, x: Value, factors: readonly number[], out: Aval): Value {
  const { layout } = b;
  if (layout?.has(x)) {
    const scales = factors.length === 1 ? [1, 1, 1, ...factors] : [1, 1, ...factors];
    const attributes = { scales: { ints: scales }, mode: { string: "nearest" } };
    const aval = { shape: blockedShape(out.shape), dtype: out.dtype };
    return layout.hold(layout.emit("Upsample", [layout.block(x)], aval, attributes), out);
  }
  const scales = b.constant(Float32Array.from([1, 1, ...factors]), [x.shape.length], "float32");
  return b.op("Resize", [x, null, scales], out, {
    mode: { string: "nearest" },
    nearest_mode: { string: "floor" },
    coordinate_transformation_mode: { string: "asymmetric" },
  });
}
