// Whether a run over- or underfits, from its training and validation curves alone.

/** A run's verdict. */
export type Fit = "ok" | "overfit" | "underfit";

/** A verdict with the epoch to keep. */
export interface Badge {
  readonly fit: Fit;
  /** Index of the best epoch of the smoothed validation curve; -1 without any. */
  readonly best: number;
  /** One sentence with the figures behind it. */
  readonly reason: string;
  /** What decided: the sentence's kind, and the share in it where there is one. */
  readonly why: "rose" | "falling" | "behind" | "best" | "none";
  readonly share?: number;
}

/** Curves of a run by epoch. */
export interface FitCurves {
  readonly train: readonly number[];
  readonly valid: readonly number[];
  /** False where a greater value is better, e.g. accuracy. Default true. */
  readonly lowerIsBetter?: boolean;
  /** The best validation value that any run of the comparison ends with. */
  readonly bestOfAll?: number;
}

/**
 * Judges a run on its curves, smoothed by a median over three epochs. Overfit: for three epochs or
 * more the validation value lies over 5 % above its minimum, and training went on falling meanwhile.
 * Underfit: training still falls by more than 1 % an epoch at the end; or validation ends more than
 * 50 % worse than the best run's with a gap under 5 % between training and validation.
 */
export function fitBadge({ train, valid, lowerIsBetter = true, bestOfAll }: FitCurves): Badge {
  const sign = lowerIsBetter ? 1 : -1;
  const t = smoothed(train.map((value) => sign * value));
  const v = smoothed(valid.map((value) => sign * value));
  const best = v.reduce((at, value, i) => (value < (v[at] ?? Infinity) ? i : at), -1);
  if (best < 0) return { fit: "ok", best, why: "none", reason: "there is no validation value yet" };
  const last = v.length - 1;
  const margin = 0.05 * Math.abs(v[best]!);
  const above = v.slice(best + 1).filter((value) => value > v[best]! + margin).length;
  if (above >= 3 && t[t.length - 1]! < t[Math.min(best, t.length - 1)]!) {
    const share = (v[last]! - v[best]!) / Math.abs(v[best]!);
    return {
      fit: "overfit",
      best,
      why: "rose",
      share,
      reason: `validation ends ${percent(share)} above its best (epoch ${best}) while training went on falling`,
    };
  }
  const falling = finalFall(t);
  if (falling > 0.01) {
    return {
      fit: "underfit",
      best,
      why: "falling",
      share: falling,
      reason: `training still falls ${percent(falling)} an epoch at the end`,
    };
  }
  const gap = Math.abs(v[last]! - t[t.length - 1]!) / Math.abs(t[t.length - 1]! || 1);
  const target = bestOfAll === undefined ? undefined : sign * bestOfAll;
  if (target !== undefined && v[last]! > target + 0.5 * Math.abs(target) && gap < 0.05) {
    const share = (v[last]! - target) / Math.abs(target);
    return {
      fit: "underfit",
      best,
      why: "behind",
      share,
      reason: `ends ${percent(share)} worse than the best run, training hardly better`,
    };
  }
  return { fit: "ok", best, why: "best", reason: `best at epoch ${best}` };
}

/** Mean relative fall per epoch over the last three. */
function finalFall(values: readonly number[]): number {
  const steps = Math.min(3, values.length - 1);
  if (steps < 1) return 0;
  const from = values[values.length - 1 - steps]!;
  return (from - values[values.length - 1]!) / Math.abs(from || 1) / steps;
}

/** The median of each value and its neighbours; values that are no numbers are passed over. */
export function smoothed(values: readonly number[]): number[] {
  return values.map((_, i) => {
    const near = values.slice(Math.max(0, i - 1), i + 2).filter(Number.isFinite);
    if (near.length === 0) return Infinity;
    near.sort((a, b) => a - b);
    const middle = near.length >> 1;
    return near.length % 2 === 1 ? near[middle]! : (near[middle - 1]! + near[middle]!) / 2;
  });
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(2)} %`;
}
