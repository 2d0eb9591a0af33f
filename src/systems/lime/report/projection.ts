// A neighbourhood in the plane: where the neighbours lie, what the model says there, and the surrogate's line.
import type { Explanation, Neighbourhood } from "../api.ts";

/** The neighbourhood as a picture of points. */
export interface Projection {
  /** One per neighbour shown; the first is the example. */
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    /** The kernel's weight, 0 to 1. */
    readonly proximity: number;
    /** The model's output for the class. */
    readonly output: number;
  }[];
  /** Where the surrogate gives `level`: `a x + b y = c`. */
  readonly line: { readonly a: number; readonly b: number; readonly c: number };
  /** 0.5, or the middle of the outputs where none of them crosses it. */
  readonly level: number;
}

/** Options of `projectNeighbourhood`. */
export interface ProjectionOptions {
  /** Points at most, the nearest. Default 400. */
  readonly most?: number;
  /** Width of the kernel that gives the proximity. */
  readonly kernelWidth: number;
}

/**
 * Projects neighbours on the first two principal axes, weighed by proximity. The space is that of the
 * features the explanation names, each as long as its weight is large: what the surrogate takes for
 * small looks small, and its line crosses the cloud where the model changes its mind.
 */
export function projectNeighbourhood(
  { data, outputs, distances }: Neighbourhood,
  { label, intercept, weights }: Explanation,
  { most = 400, kernelWidth }: ProjectionOptions,
): Projection {
  const chosen = weights.map(({ feature }) => feature);
  const proximity = distances.map((d) => Math.exp(-(d * d) / (2 * kernelWidth ** 2)));
  const lengths = weights.map(({ weight }) => Math.abs(weight));
  const cell = (row: number, k: number) =>
    data.values[row * data.columns + chosen[k]!]! * lengths[k]!;
  const total = proximity.reduce((a, b) => a + b, 0);
  const mean = chosen.map((_, k) => {
    let sum = 0;
    for (let row = 0; row < data.rows; row++) sum += proximity[row]! * cell(row, k);
    return sum / total;
  });
  const covariance = chosen.map((_, i) =>
    chosen.map((_, j) => {
      let sum = 0;
      for (let row = 0; row < data.rows; row++) {
        sum += proximity[row]! * (cell(row, i) - mean[i]!) * (cell(row, j) - mean[j]!);
      }
      return sum / total;
    }),
  );
  const first = principalAxis(covariance, []);
  const second = principalAxis(covariance, [first]);
  const along = (axis: readonly number[], row: number) =>
    axis.reduce((sum, part, k) => sum + part * (cell(row, k) - mean[k]!), 0);
  const output = (row: number) => outputs.values[row * outputs.columns + label]!;
  const rows = Array.from(distances.keys())
    .sort((a, b) => distances[a]! - distances[b]! || a - b)
    .slice(0, most);
  const values = rows.map(output);
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const level = least < 0.5 && greatest > 0.5 ? 0.5 : (least + greatest) / 2;
  const slope = (axis: readonly number[]) =>
    axis.reduce((sum, part, k) => sum + part * Math.sign(weights[k]!.weight), 0);
  const atMean = weights.reduce((sum, w, k) => sum + Math.sign(w.weight) * mean[k]!, intercept);
  return {
    points: rows.map((row, i) => ({
      x: along(first, row),
      y: along(second, row),
      proximity: proximity[row]!,
      output: values[i]!,
    })),
    line: { a: slope(first), b: slope(second), c: level - atMean },
    level,
  };
}

/** The direction of most variance among those at right angles to `others`, by power iteration. */
function principalAxis(
  covariance: readonly (readonly number[])[],
  others: readonly (readonly number[])[],
): number[] {
  let axis = covariance.map((_, i) => Math.cos(1 + i + others.length));
  for (let step = 0; step < 200; step++) {
    for (const other of others) {
      const shared = axis.reduce((sum, part, k) => sum + part * other[k]!, 0);
      axis = axis.map((part, k) => part - shared * other[k]!);
    }
    const length = Math.hypot(...axis);
    if (length < 1e-12) return axis.map(() => 0);
    const unit = axis.map((part) => part / length);
    if (step === 199) return unit;
    axis = covariance.map((row) => row.reduce((sum, value, k) => sum + value * unit[k]!, 0));
    if (axis.every((part) => Math.abs(part) < 1e-15)) return unit;
  }
  return axis;
}
