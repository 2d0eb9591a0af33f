// When to stop drawing: the order of the leading features no longer depends on the draw.
import type { FitOptions, Neighbourhood } from "./api.ts";
import { weightedMoments } from "./surrogate/gram.ts";
import { normal95, sandwich, standardErrors } from "./surrogate/intervals.ts";
import { kernelWeights } from "./surrogate/kernel.ts";
import { fitRidge, isConstant } from "./surrogate/ridge.ts";
import { rankingAlpha } from "./surrogate/select.ts";

/**
 * Whether for every label the 95% intervals of features that are neighbours in rank do not overlap,
 * among the leading `features` and the one after them. Ranks and intervals are those of the ridge
 * fit on all features, which the choice of features goes by.
 */
export function isSettled(
  { data, outputs, distances, paired = false }: Neighbourhood,
  labels: readonly number[],
  options: FitOptions,
): boolean {
  const { columns, rows } = data;
  // Fewer rows than that say nothing about their own errors.
  if (rows < 3 * columns) return false;
  const weights = kernelWeights(distances, options);
  const moments = weightedMoments(data, outputs, weights);
  const all = Int32Array.from({ length: columns }, (_, i) => i);
  return labels.every((label) => {
    if (isConstant(moments, label)) return true;
    const fit = fitRidge(moments, label, all, rankingAlpha);
    const covariance = sandwich({ data, outputs, weights, paired }, moments, label, fit);
    const errors = standardErrors(covariance, columns);
    const size = fit.coefficients.map(Math.abs);
    const order = [...all].sort((a, b) => size[b]! - size[a]!);
    const leading = order.slice(0, (options.features ?? columns) + 1);
    return leading.every((next, rank) => {
      if (rank === 0) return true;
      const before = leading[rank - 1]!;
      return size[before]! - normal95 * errors[before]! > size[next]! + normal95 * errors[next]!;
    });
  });
}
