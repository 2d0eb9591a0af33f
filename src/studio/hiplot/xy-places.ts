// Where the rows of an XY plot stand: on the whole plot, zoomed, and smoothed along runs.
import { type Chains, rowsOfChain } from "../../systems/hiplot/core/chains.ts";
import { type ColumnDef, inferType } from "../../systems/hiplot/core/infer.ts";
import { createScale, type Scale } from "../../systems/hiplot/core/scales.ts";
import type { PlotModel } from "./model.ts";
import { axisPlaces } from "./places.ts";

/** Part of the plot that is shown, in pixels of the whole. */
export interface Zoom {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Pixels of each row. */
export interface Places {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** A column as an axis has it: on a log scale, off it, or (null) as the parallel plot shows it. */
export function axisDef(
  model: PlotModel,
  name: string,
  log: boolean | null,
): ColumnDef | undefined {
  const def = model.def(name);
  if (!def || log === null || !def.typeOptions.includes("numericlog")) return def;
  const type = log ? "numericlog" : def.type === "numericlog" ? "numeric" : def.type;
  const column = model.frame.column(name);
  if (type === def.type || !column) return def;
  const { kept } = model.selection;
  return inferType(column, { kept, hints: { [name]: { ...def, type } } }) ?? def;
}

/** The scales of a plot of so many pixels; null where a column is gone. */
export function scalesOf(
  model: PlotModel,
  axes: { readonly x: ColumnDef | undefined; readonly y: ColumnDef | undefined },
  size: { readonly width: number; readonly height: number },
): { x: Scale; y: Scale } | null {
  const { x, y } = axes;
  if (!x || !y || !model.frame.column(x.name)) return null;
  return { x: createScale(x, [0, size.width], false), y: createScale(y, [size.height, 0], false) };
}

/** Places on the whole plot. */
export function wholePlaces(
  model: PlotModel,
  names: { readonly x: string; readonly y: string },
  scales: { readonly x: Scale; readonly y: Scale },
): Places | null {
  const [x, y] = [model.frame.column(names.x), model.frame.column(names.y)];
  return x && y ? { x: axisPlaces(x, scales.x), y: axisPlaces(y, scales.y) } : null;
}

/**
 * Heights smoothed along each run: an exponential mean with this weight on what was before, free of the
 * pull towards its start (as in TensorBoard, or Adam's first moment). On a log scale it is a geometric mean.
 */
export function smoothedAlong(y: Float32Array, chains: Chains, weight: number): Float32Array {
  if (weight <= 0) return y;
  const out = Float32Array.from(y);
  for (let run = 0; run < chains.count; run++) {
    let mean = 0;
    let total = 0;
    for (const row of rowsOfChain(chains, run)) {
      if (Number.isNaN(y[row])) continue;
      mean = weight * mean + (1 - weight) * y[row];
      total = weight * total + (1 - weight);
      out[row] = mean / total;
    }
  }
  return out;
}

/** The part of a zoom that lies between two corners, in pixels of the inner plot. */
export function zoomedTo(
  old: Zoom,
  size: { readonly width: number; readonly height: number },
  a: { readonly x: number; readonly y: number },
  b: { readonly x: number; readonly y: number },
): Zoom {
  const part = (pixel: number, most: number, span: readonly [number, number]) =>
    span[0] + (Math.max(0, Math.min(most, pixel)) / most) * (span[1] - span[0]);
  const { width, height } = size;
  return {
    x: [part(Math.min(a.x, b.x), width, old.x), part(Math.max(a.x, b.x), width, old.x)],
    y: [part(Math.min(a.y, b.y), height, old.y), part(Math.max(a.y, b.y), height, old.y)],
  };
}
