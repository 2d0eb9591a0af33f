// From a stretch of pixels on an axis to the values in it and to a filter, and back.
import type { RangeFilter } from "./filters.ts";
import { laneSize, type NumberScale, type PixelRange, type Scale } from "./scales.ts";
import type { ParamType } from "./types.ts";

/** What a brush selects, as HiPlot reports it in `brush_extents`. */
export interface Extent {
  readonly type: ParamType;
  /** Both ends as shares of the axis, from its beginning. */
  readonly brush_extents_normalized: [number, number];
  /** The categories in it, by category. */
  readonly values?: readonly string[];
  /** The numbers at both ends, by number. */
  readonly range?: [number, number];
  readonly include_infnans?: boolean;
}

/** What lies between two pixels (upper end first) of an axis. */
export function extentOf(scale: Scale, pixels: PixelRange): Extent {
  const { range } = scale;
  const share = (pixel: number) => {
    const [a, b] = range[1] < range[0] ? [range[1], range[0]] : range;
    const t = b === a ? 0.5 : (pixel - a) / (b - a);
    return range[1] < range[0] ? 1 * (1 - t) + 0 * t : 0 * (1 - t) + 1 * t;
  };
  const normalized: [number, number] = [share(pixels[0]), share(pixels[1])];
  if (scale.kind === "category") {
    const last = scale.domain.length - 1;
    const from = Math.ceil(Math.min(...normalized) * last);
    const to = Math.floor(Math.max(...normalized) * last + 1);
    const values = scale.domain.slice(from, to);
    return { type: scale.type, brush_extents_normalized: normalized, values };
  }
  // An end of the brush on an end of the axis goes a pixel beyond, lest rounding lose the extreme.
  const low = Math.min(...range);
  const high = Math.max(...range);
  const pushed = pixels.map((pixel) => {
    const down = pixel === low ? pixel - 1 : pixel;
    return down === high ? down + 1 : down;
  }) as [number, number];
  return {
    type: scale.type,
    brush_extents_normalized: normalized,
    range: [scale.invert(pushed[0]), scale.invert(pushed[1])],
    include_infnans: scale.lane && pushed[0] <= range[1] && range[1] <= pushed[1],
  };
}

/** The filter of a brush. */
export function brushFilter(
  col: string,
  extent: Extent,
): RangeFilter | { type: "None"; data: object } {
  const { type } = extent;
  if (type === "categorical") {
    const values = extent.values ?? [];
    if (values.length === 0) return { type: "None", data: {} };
    return { type: "Range", data: { col, type, min: values[0]!, max: values.at(-1)! } };
  }
  const [a, b] = extent.range!;
  const include = extent.include_infnans ?? false;
  return {
    type: "Range",
    data: { col, type, min: Math.min(a, b), max: Math.max(a, b), include_infnans: include },
  };
}

/** Where on the axis a range would be drawn as a brush, upper pixel first; null where nowhere. */
export function pixelsOf(scale: Scale, { data }: RangeFilter): [number, number] | null {
  if (scale.kind === "category") {
    const inside = scale.domain.filter(
      (text) => text >= String(data.min) && text <= String(data.max),
    );
    if (inside.length === 0) return null;
    return ascending(scale.position(inside[0]!), scale.position(inside.at(-1)!));
  }
  const [low, high] = scale.domain;
  const min = Math.max(low, Number(data.min));
  const max = Math.min(high, Number(data.max));
  if (min > max) return data.include_infnans && scale.lane ? lanePixels(scale) : null;
  const [a, b] = ascending(scale.position(min), scale.position(max));
  if (!data.include_infnans || !scale.lane) return [a, b];
  const lane = lanePixels(scale);
  return [Math.min(a, lane[0]), Math.max(b, lane[1])];
}

/** The pixels of the special lane, upper one first. */
function lanePixels({ range }: NumberScale): [number, number] {
  const inner = range[1] < range[0] ? range[1] + laneSize / 2 : range[1] - laneSize / 2;
  return ascending(range[1], inner);
}

function ascending(a: number, b: number): [number, number] {
  return a <= b ? [a, b] : [b, a];
}
