/** @file Sliding windows over spatial axes: what convolutions and pools share about stride, padding and size. */
import { ShapeError, ValueError } from "../errors.ts";
import type { Params } from "../op.ts";
import { type Shape, showShape } from "../shape.ts";

/**
 * Zeros around each spatial axis: one number for all, one number or `[before, after]` per axis,
 * `"valid"` for none, or `"same"` for as many as give `ceil(size / stride)` outputs (the odd one after).
 */
export type Padding = number | readonly (number | readonly [number, number])[] | "same" | "valid";

/** A number for every spatial axis, or one per axis. */
export type PerAxis = number | readonly number[];

/** Where windows stand on each spatial axis; all arrays have one entry per axis. */
export interface Windows extends Params {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before and after. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Options as a user gives them. */
export interface WindowOptions {
  readonly stride?: PerAxis;
  readonly padding?: Padding;
  readonly dilation?: PerAxis;
}

/** One whole number of at least `least` per axis. @throws ValueError */
export function perAxis(
  op: string,
  field: string,
  value: PerAxis,
  axes: number,
  least: number,
): number[] {
  const list = typeof value === "number" ? new Array<number>(axes).fill(value) : [...value];
  if (list.length !== axes || list.some((v) => !Number.isInteger(v) || v < least)) {
    throw new ValueError(
      `${op}: ${field} ${JSON.stringify(value)}: expected a whole number of at least ${least}, ` +
        `or ${axes} of them for ${axes} spatial axes`,
    );
  }
  return list;
}

/** How many elements a window reaches over: its kernel with the gaps of dilation. */
export function reach(kernel: number, dilation: number): number {
  return dilation * (kernel - 1) + 1;
}

/** Checked windows for a kernel over spatial sizes. @throws ValueError where an option is malformed */
export function windowsOf(
  op: string,
  sizes: Shape,
  kernel: Shape,
  { stride = 1, padding = 0, dilation = 1 }: WindowOptions,
): Windows {
  const axes = sizes.length;
  const strides = perAxis(op, "stride", stride, axes, 1);
  const dilations = perAxis(op, "dilation", dilation, axes, 1);
  const pairs = paddingPairs(op, padding, sizes, kernel, strides, dilations);
  return {
    strides,
    dilations,
    low: pairs.map(([low]) => low),
    high: pairs.map(([, high]) => high),
  };
}

function paddingPairs(
  op: string,
  padding: Padding,
  sizes: Shape,
  kernel: Shape,
  strides: readonly number[],
  dilations: readonly number[],
): (readonly [number, number])[] {
  if (padding === "valid") return sizes.map(() => [0, 0]);
  if (padding === "same") {
    return sizes.map((size, i) => {
      const count = Math.ceil(size / strides[i]);
      const total = Math.max(0, (count - 1) * strides[i] + reach(kernel[i], dilations[i]) - size);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
  }
  const list = typeof padding === "number" ? sizes.map(() => padding) : padding;
  const pairs = Array.isArray(list)
    ? list.map((p): readonly [number, number] => (typeof p === "number" ? [p, p] : p))
    : [];
  const valid = (p: readonly number[]): boolean =>
    Array.isArray(p) && p.length === 2 && p.every((v) => Number.isInteger(v) && v >= 0);
  if (pairs.length !== sizes.length || !pairs.every(valid)) {
    throw new ValueError(
      `${op}: padding ${JSON.stringify(padding)}: expected "same", "valid", a whole number, or a ` +
        `number or [before, after] for each of the ${sizes.length} spatial axes`,
    );
  }
  return pairs;
}

/**
 * How many windows fit on each axis.
 * @throws ShapeError where the kernel is larger than the padded input
 */
export function windowCounts(op: string, sizes: Shape, kernel: Shape, w: Windows): number[] {
  return sizes.map((size, i) => {
    const padded = size + w.low[i] + w.high[i];
    const span = reach(kernel[i], w.dilations[i]);
    if (span > padded) {
      const wide = w.dilations[i] > 1 ? ` (${span} wide with dilation ${w.dilations[i]})` : "";
      throw new ShapeError(
        `${op}: the kernel ${showShape(kernel)}${wide} is larger than the padded input on spatial axis ${i}: ` +
          `${size} + ${w.low[i] + w.high[i]}; add padding or take a smaller kernel`,
      );
    }
    return Math.floor((padded - span) / w.strides[i]) + 1;
  });
}

/** Runs of windows along the last axis that meet the same kernel element. */
export interface WindowRows {
  /** For each run: kernel offset, first input offset, first output offset, length. */
  readonly runs: Int32Array;
  /** How far the input moves from one window to the next. */
  readonly step: number;
}

/** Every pairing of input element, kernel element and window, for loops over host arrays. */
export function windowRows(sizes: Shape, kernel: Shape, counts: Shape, w: Windows): WindowRows {
  const lead = 3 - sizes.length;
  const three = (v: readonly number[], fill: number): number[] => [
    ...new Array<number>(lead).fill(fill),
    ...v,
  ];
  const [, h, wd] = three(sizes, 1);
  const size = three(sizes, 1);
  const [kd, kh, kw] = three(kernel, 1);
  const [od, oh, ow] = three(counts, 1);
  const stride = three(w.strides, 1);
  const dilation = three(w.dilations, 1);
  const low = three(w.low, 0);
  const runs: number[] = [];
  const place = (axis: number, window: number, k: number): number => {
    const at = window * stride[axis] - low[axis] + k * dilation[axis];
    return at >= 0 && at < size[axis] ? at : -1;
  };
  for (let a = 0; a < kd; a++)
    for (let b = 0; b < kh; b++)
      for (let c = 0; c < kw; c++) {
        const shift = c * dilation[2] - low[2];
        const first = Math.max(0, Math.ceil(-shift / stride[2]));
        const last = Math.min(ow - 1, Math.floor((wd - 1 - shift) / stride[2]));
        if (last < first) continue;
        for (let i = 0; i < od; i++) {
          const z = place(0, i, a);
          if (z < 0) continue;
          for (let j = 0; j < oh; j++) {
            const y = place(1, j, b);
            if (y < 0) continue;
            runs.push(
              (a * kh + b) * kw + c,
              (z * h + y) * wd + shift + first * stride[2],
              (i * oh + j) * ow + first,
              last - first + 1,
            );
          }
        }
      }
  return { runs: Int32Array.from(runs), step: stride[2] };
}
