// When a trial is not worth going on with: the median rule and Hyperband's brackets.

/** Ends trials early by comparing their curves with those of the others. */
export type EarlyStop =
  | {
      readonly type: "median";
      /** Points of a curve before which nothing is ended; default 4. */
      readonly warmup?: number;
      /** Finished curves to compare with; default 3. */
      readonly least?: number;
    }
  | {
      readonly type: "hyperband";
      /** Points of a curve at which trials are compared, ascending. */
      readonly brackets: readonly number[];
      /** One of so many goes on. */
      readonly eta: number;
    };

/** Hyperband's brackets from its settings: upwards from `minIter`, or `s` of them down from `maxIter`. */
export function brackets(
  settings: { readonly minIter: number } | { readonly maxIter: number; readonly s: number },
  eta: number,
): number[] {
  if ("minIter" in settings) {
    return Array.from({ length: 8 }, (_, k) => Math.round(settings.minIter * eta ** k));
  }
  const { maxIter, s } = settings;
  const places = Array.from({ length: s }, (_, k) => Math.floor(maxIter / eta ** (k + 1)));
  return places.filter((place) => place >= 1).sort((a, b) => a - b);
}

/**
 * Whether a running trial should end, now that its curve has a new point. Lower values are better.
 *
 * @param curve the trial's values so far.
 * @param others the curves of the trials that have ended (median) or of all others (Hyperband).
 */
export function shouldStop(
  rule: EarlyStop,
  curve: readonly number[],
  others: readonly (readonly number[])[],
): boolean {
  const points = curve.length;
  if (rule.type === "median") {
    // Golovin et al. 2017, "Google Vizier", section 3.2.1: the best so far against the median of the
    // others' running averages at the same step.
    const { warmup = 4, least = 3 } = rule;
    const averages = others
      .filter((other) => other.length >= points)
      .map((other) => mean(other.slice(0, points)));
    if (points < warmup || averages.length < least) return false;
    return Math.min(...curve) > median(averages);
  }
  // Li et al. 2016, "Hyperband": at a bracket the best 1/eta of those that got there go on.
  if (!rule.brackets.includes(points)) return false;
  const here = curve[points - 1] as number;
  const arrived = others
    .filter((other) => other.length >= points)
    .map((other) => other[points - 1] as number);
  if (arrived.length + 1 < rule.eta) return false;
  const better = arrived.filter((value) => value < here).length;
  return better >= Math.ceil((arrived.length + 1) / rule.eta);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
