// Scales of an axis: value to pixel and back, with the same arithmetic as HiPlot's, so brushes agree to the row.
import type { ColumnDef } from "./infer.ts";
import { categoryOf, isSpecial, numberOf, type ParamType, type Value } from "./types.ts";

/** Where an axis begins and ends, in pixels: `[height, 0]`, or `[0, height]` when inverted. */
export type PixelRange = readonly [number, number];

/** Pixels at the far end of an axis that are kept for values which are no finite numbers. */
export const laneSize = 30;

/** The label of the special lane. */
const laneLabel = "nan/inf/null";

/** A tick: its place in pixels and its text. */
export interface Tick {
  readonly position: number;
  readonly label: string;
}

/** A scale of numbers. */
export interface NumberScale {
  readonly kind: "number";
  readonly type: Exclude<ParamType, "categorical">;
  /** Ends of the axis in values: the least and the greatest, forced bounds included. */
  readonly domain: readonly [number, number];
  readonly range: PixelRange;
  /** Whether there is a lane for special values at the far end. */
  readonly lane: boolean;
  /** The pixel of a number; of one that is not finite: the lane's end, NaN without a lane. */
  position(value: number): number;
  /** The value at a pixel; in the lane a value beyond the domain. */
  invert(pixel: number): number;
  /** About `count` round values, the lane's tick last. */
  ticks(count: number): Tick[];
}

/** A scale of categories at equal distances. */
export interface CategoryScale {
  readonly kind: "category";
  readonly type: "categorical";
  /** Distinct texts by code units. */
  readonly domain: readonly string[];
  readonly range: PixelRange;
  /** The pixel of a category; NaN for one that is not in the domain. */
  position(text: string): number;
  ticks(count: number): Tick[];
}

export type Scale = NumberScale | CategoryScale;

/**
 * Makes the scale of a column.
 *
 * @param lane false for colours and distributions, which use the scale without its lane.
 */
export function createScale(def: ColumnDef, range: PixelRange, lane = true): Scale {
  if (def.type === "categorical") {
    return categoryScale([...new Set(def.values().map(categoryOf))].sort(), range);
  }
  const hasLane = lane && def.special && def.type !== "timestamp";
  const plain = plainScale(def, def.type, range);
  return hasLane ? withLane(plain) : plain;
}

/** The place of a cell on a scale; NaN for one that has none. */
export function positionOf(scale: Scale, value: Value | undefined): number {
  if (value === undefined) return Number.NaN;
  if (scale.kind === "category") return scale.position(categoryOf(value));
  return scale.position(isSpecial(value) ? Number.NaN : numberOf(value));
}

/** A scale of these texts. */
function categoryScale(domain: readonly string[], range: PixelRange): CategoryScale {
  const index = new Map(domain.map((text, i) => [text, i]));
  const last = domain.length - 1;
  // A single category stands in the middle.
  const at = (i: number) => range[0] + (range[1] - range[0]) * (last > 0 ? i / last : 0.5);
  return {
    kind: "category",
    type: "categorical",
    domain,
    range,
    position: (text) => {
      const i = index.get(text);
      return i === undefined ? Number.NaN : at(i);
    },
    ticks: (count) => {
      const step = Math.max(1, Math.ceil(domain.length / Math.max(1, count)));
      return domain.flatMap((label, i) => (i % step === 0 ? [{ position: at(i), label }] : []));
    },
  };
}

function plainScale(
  def: ColumnDef,
  type: Exclude<ParamType, "categorical">,
  range: PixelRange,
): NumberScale {
  if (type === "numericpercentile") return percentileScale(def.numbers(), range);
  const domain = boundsOf(def);
  if (type === "numericlog") return transformed(type, domain, range, Math.log, Math.exp);
  if (type === "timestamp") return timestampScale(domain, range);
  const same = (value: number) => value;
  return transformed(type, domain, range, same, same);
}

/** Least and greatest finite value, widened by forced bounds. */
function boundsOf({ bounds, forceValueMin, forceValueMax }: ColumnDef): [number, number] {
  const lows = [forceValueMin, bounds?.[0]].filter((value) => value != null);
  const highs = [forceValueMax, bounds?.[1]].filter((value) => value != null);
  return lows.length && highs.length ? [Math.min(...lows), Math.max(...highs)] : [0, 1];
}

/** Between two pairs of ends: t of [a, b] to t of [c, d], each pair in the order that ascends in a, b. */
function between(from: PixelRange, to: PixelRange): (value: number) => number {
  const [a, b] = from[1] < from[0] ? [from[1], from[0]] : from;
  const [c, d] = from[1] < from[0] ? [to[1], to[0]] : to;
  const span = b - a;
  return (value) => {
    const t = span === 0 ? (Number.isNaN(value) ? value : 0.5) : (value - a) / span;
    return c * (1 - t) + d * t;
  };
}

function transformed(
  type: "numeric" | "numericlog",
  domain: readonly [number, number],
  range: PixelRange,
  forth: (value: number) => number,
  back: (value: number) => number,
): NumberScale {
  const ends = [forth(domain[0]), forth(domain[1])] as const;
  const toPixel = between(ends, range);
  const toValue = between(range, ends);
  const position = (value: number) => (Number.isFinite(value) ? toPixel(forth(value)) : Number.NaN);
  const isLog = type === "numericlog";
  return {
    kind: "number",
    type,
    domain,
    range,
    lane: false,
    position,
    invert: (pixel) => back(toValue(pixel)),
    ticks: (count) => {
      const values = isLog ? logTicks(domain, count) : linearTicks(domain, count);
      const format = isLog ? (v: number) => v.toExponential(1) : linearFormat(values);
      return values.map((value) => ({ position: position(value), label: format(value) }));
    },
  };
}

/** Seconds, through dates: whole milliseconds, as a clock has them. */
function timestampScale(domain: readonly [number, number], range: PixelRange): NumberScale {
  const ends = [domain[0] * 1000, domain[1] * 1000] as const;
  const toPixel = between(ends, range);
  const toValue = between(range, ends);
  const position = (value: number) => toPixel(Math.trunc(value * 1000));
  return {
    kind: "number",
    type: "timestamp",
    domain,
    range,
    lane: false,
    position,
    invert: (pixel) => Math.trunc(toValue(pixel)) / 1000,
    ticks: (count) =>
      timeTicks(domain, count).map(([at, label]) => ({ position: position(at), label })),
  };
}

/** By rank among the distinct values, straight lines between neighbours. */
function percentileScale(values: Float64Array, range: PixelRange): NumberScale {
  const last = values.length - 1;
  const toPixel = between([0, 1], range);
  const toShare = between(range, [0, 1]);
  const position = (value: number): number => {
    if (!Number.isFinite(value)) return Number.NaN;
    if (last < 1) return toPixel(0.5);
    if (value > values[last]!) return toPixel(1);
    if (value < values[0]!) return toPixel(0);
    const upper = lowerBound(values, value);
    if (values[upper] === value || upper === 0) return toPixel(upper / last);
    const low = values[upper - 1]!;
    return toPixel((upper - 1 + (value - low) / (values[upper]! - low)) / last);
  };
  const invert = (pixel: number): number => {
    const rank = Math.max(0, Math.min(last, toShare(pixel) * last));
    const low = Math.floor(rank);
    const high = Math.ceil(rank);
    if (low === high) return values[low]!;
    const share = rank - low;
    return values[high]! * share + values[low]! * (1 - share);
  };
  return {
    kind: "number",
    type: "numericpercentile",
    domain: [values[0]!, values[last]!],
    range,
    lane: false,
    position,
    invert,
    ticks: (count) => {
      const n = Math.max(1, Math.min(Math.floor(count), values.length));
      const at = Array.from({ length: n }, (_, i) =>
        n === values.length ? values[i]! : values[Math.round((i / Math.max(1, n - 1)) * last)]!,
      );
      return [...new Set(at)].map((value) => ({
        position: position(value),
        label: shortNumber(value),
      }));
    },
  };
}

/** The first index whose value is not below `value`. */
function lowerBound(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Shrinks a scale by the lane at the far end, where special values go. */
function withLane(scale: NumberScale): NumberScale {
  const { range, domain } = scale;
  const size = Math.abs(range[1] - range[0]) - laneSize;
  const ascending = range[0] < range[1];
  const position = (value: number): number => {
    if (!Number.isFinite(value)) return range[1];
    const along = ((scale.position(value) - range[0]) / (range[1] - range[0])) * size;
    return ascending ? range[0] + along : range[0] - along;
  };
  const invert = (pixel: number): number => {
    const inLane = ascending ? pixel > range[0] + size : pixel < range[0] - size;
    if (inLane) return domain[1] * 1.1;
    const along = ascending ? pixel - range[0] : range[0] - pixel;
    return scale.invert((along / size) * (range[1] - range[0]) + range[0]);
  };
  return {
    ...scale,
    lane: true,
    position,
    invert,
    ticks: (count) => {
      const ticks = scale.ticks(count - 1).map(({ position: at, label }) => {
        const along = ((at - range[0]) / (range[1] - range[0])) * size;
        return { position: ascending ? range[0] + along : range[0] - along, label };
      });
      return [...ticks, { position: range[1], label: laneLabel }];
    },
  };
}

const roundSteps = [1, 2, 5, 10];

/** Multiples of 1, 2 or 5 times a power of ten, about `count` of them. */
export function linearTicks([low, high]: readonly [number, number], count: number): number[] {
  if (low === high) return [low];
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const error = rough / power;
  const factor =
    error >= Math.sqrt(50) ? 10 : error >= Math.sqrt(10) ? 5 : error >= Math.SQRT2 ? 2 : 1;
  const step = (roundSteps.includes(factor) ? factor : 1) * power;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    // Dividing by a whole number keeps 0.3 from becoming 0.30000000000000004.
    step < 1 ? (first + i) / Math.round(1 / step) : (first + i) * step,
  );
}

/** Powers of ten, with 2s and 5s, or all digits, as there is room; round numbers where the span is small. */
export function logTicks([low, high]: readonly [number, number], count: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const decades = last - first;
  if (decades > count) {
    const step = Math.ceil(decades / Math.max(1, count));
    return powers(first, last, step, [1], low, high);
  }
  const digits =
    decades * 9 <= count ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : decades * 3 <= count ? [1, 2, 5] : [1];
  const ticks = powers(first, last, 1, digits, low, high);
  return ticks.length >= 2 ? ticks : linearTicks([low, high], count);
}

function powers(
  first: number,
  last: number,
  step: number,
  digits: readonly number[],
  low: number,
  high: number,
): number[] {
  const ticks: number[] = [];
  for (let power = first; power <= last; power += step) {
    for (const digit of digits) {
      const value = Number(`${digit}e${power}`);
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return ticks;
}

function linearFormat(ticks: readonly number[]): (value: number) => string {
  const step = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : 0;
  const decimals = step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 0;
  return (value) => {
    if (step === 0) return shortNumber(value);
    if (Math.abs(value) >= 1e9 || decimals > 6) return shortNumber(value);
    return value.toFixed(decimals).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
  };
}

/** A number in at most five significant digits. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(5)));
}

const timeSteps = [
  1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
  2_592_000, 7_776_000, 31_536_000,
];

function timeTicks([low, high]: readonly [number, number], count: number): [number, string][] {
  const rough = (high - low) / Math.max(1, count);
  const step =
    timeSteps.find((seconds) => seconds >= rough) ?? Math.ceil(rough / 31_536_000) * 31_536_000;
  const ticks: [number, string][] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) {
    const text = new Date(at * 1000).toISOString();
    ticks.push([
      at,
      step >= 86_400
        ? text.slice(0, 10)
        : text.slice(step < 60 ? 11 : 5, step < 60 ? 19 : 16).replace("T", " "),
    ]);
  }
  return ticks.length > 0 ? ticks : [[low, new Date(low * 1000).toISOString().slice(0, 19)]];
}
