// When to stop asking: the order of the leading features no longer depends on which rows were asked.
import { type Assisted, assistedErrors, type Population } from "./surrogate/assisted.ts";
import { normal95 } from "./surrogate/intervals.ts";
import { fitRidge, isConstant } from "./surrogate/ridge.ts";
import { rankingAlpha } from "./surrogate/select.ts";

/** Weights that surely differ by less than this part of the largest are equal; their order is none. */
const sameShare = 0.01;

/**
 * Whether the 95% intervals of features that are neighbours in rank do not overlap, among the
 * leading `features` and the one after them. Within the leading ones, neighbours that are surely as
 * good as equal count as settled too. Ranks and intervals are those of the ridge fit on all features,
 * which the choice of features goes by.
 */
export function isSettled(population: Population, assisted: Assisted, features: number): boolean {
  const { columns } = population.data;
  // Without a stored Gram matrix the errors of all features would take too long.
  if (population.features.gram.stored === undefined) return false;
  // Fewer rows than that say little about their own errors.
  if (assisted.asked.rows.length < columns) return false;
  if (isConstant(assisted.moments, 0)) return true;
  const all = Int32Array.from({ length: columns }, (_, i) => i);
  const fit = fitRidge(assisted.moments, 0, all, rankingAlpha);
  const margins = assistedErrors(population, assisted, fit, false).map((error) => normal95 * error);
  const size = fit.coefficients.map(Math.abs);
  const leading = [...all].sort((a, b) => size[b]! - size[a]!).slice(0, features + 1);
  return leading.every((next, rank) => {
    const before = leading[rank - 1];
    if (before === undefined) return true;
    const margin = margins[before]! + margins[next]!;
    const gap = size[before]! - size[next]!;
    return gap > margin || (rank < features && gap + margin < sameShare * size[leading[0]!]!);
  });
}
