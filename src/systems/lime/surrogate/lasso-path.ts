// The LARS-lasso path (Efron et al. 2004, "Least angle regression", section 3.1) on the moments.
import { cholesky, choleskySolve } from "./cholesky.ts";
import type { Gram, Moments } from "./gram.ts";

/** The path ends where the largest correlation per row is below this, as scikit-learn's does. */
const endOfPath = 2 ** -23;
const mostSteps = 500;

/**
 * Coefficients at each knot of the lasso path, from none (step 0) to the last; [d] each. The columns
 * are the features about their weighted means, without an intercept.
 */
export function lassoPath(moments: Moments, label: number): Float64Array[] {
  const { columns: d, gram, rows } = moments;
  const target = moments.cross.slice(label * d, (label + 1) * d);
  const correlations = Float64Array.from(target);
  const path = [new Float64Array(d)];
  const active: number[] = [];
  const signs: number[] = [];
  const excluded = new Uint8Array(d);
  let dropped = false;
  let previous = Number.POSITIVE_INFINITY;
  while (path.length <= mostSteps) {
    const inactive: number[] = [];
    for (let j = 0; j < d; j++) if (excluded[j] === 0 && !active.includes(j)) inactive.push(j);
    const next = strongest(correlations, inactive);
    const level = next < 0 ? 0 : Math.abs(correlations[next]!);
    if (level / rows <= endOfPath || active.length >= d) break;
    if (!dropped) {
      if (degenerate(gram, active, next)) {
        excluded[next] = 1;
        continue;
      }
      active.push(next);
      signs.push(Math.sign(correlations[next]!));
      inactive.splice(inactive.indexOf(next), 1);
    }
    if (level > previous * (1 + 1e-12)) break;
    previous = level;
    const { direction, rate } = equiangular(gram, active, signs);
    const changes = correlationChanges(gram, d, active, direction);
    const coefficients = path.at(-1)!;
    let step = level / rate;
    for (const j of inactive) {
      step = smallerPositive(step, (level - correlations[j]!) / (rate - changes[j]!));
      step = smallerPositive(step, (level + correlations[j]!) / (rate + changes[j]!));
    }
    let crossing = Number.POSITIVE_INFINITY;
    active.forEach((j, i) => {
      crossing = smallerPositive(crossing, -coefficients[j]! / direction[i]!);
    });
    dropped = crossing < step;
    if (dropped) step = crossing;
    const moved = new Float64Array(d);
    active.forEach((j, i) => {
      moved[j] = coefficients[j]! + step * direction[i]!;
    });
    if (dropped) dropCrossed(active, signs, moved, coefficients, direction, crossing);
    path.push(moved);
    updateCorrelations(correlations, target, gram, moved, active);
  }
  return path;
}

/** The first of `among` with the largest absolute correlation; -1 for none. */
function strongest(correlations: Float64Array, among: readonly number[]): number {
  let best = -1;
  for (const j of among) {
    if (best < 0 || Math.abs(correlations[j]!) > Math.abs(correlations[best]!)) best = j;
  }
  return best;
}

/** Whether the active features explain the candidate (scikit-learn's bound on the pivot). */
function degenerate(gram: Gram, active: readonly number[], candidate: number): boolean {
  const together = [...active, candidate];
  const factor = cholesky(part(gram, together), together.length, 0);
  return factor[together.length ** 2 - 1]! < 1e-7;
}

function part(gram: Gram, chosen: readonly number[]): Float64Array {
  const k = chosen.length;
  const square = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) square[i * k + j] = gram.row(chosen[i]!)[chosen[j]!]!;
  }
  return square;
}

/** The direction that lowers all active correlations at the same rate. */
function equiangular(
  gram: Gram,
  active: readonly number[],
  signs: readonly number[],
): { direction: Float64Array; rate: number } {
  const k = active.length;
  const factor = cholesky(part(gram, active), k, 0);
  const solved = choleskySolve(factor, k, Float64Array.from(signs));
  let sum = 0;
  for (let i = 0; i < k; i++) sum += solved[i]! * signs[i]!;
  const rate = 1 / Math.sqrt(sum);
  return { direction: solved.map((each) => each * rate), rate };
}

function correlationChanges(
  gram: Gram,
  d: number,
  active: readonly number[],
  direction: Float64Array,
): Float64Array {
  const changes = new Float64Array(d);
  active.forEach((a, i) => {
    const row = gram.row(a);
    for (let j = 0; j < d; j++) changes[j]! += row[j]! * direction[i]!;
  });
  return changes;
}

function smallerPositive(least: number, candidate: number): number {
  return candidate > 0 && candidate < least ? candidate : least;
}

/** Takes the features whose coefficients reached 0 out of the active set. */
function dropCrossed(
  active: number[],
  signs: number[],
  moved: Float64Array,
  coefficients: Float64Array,
  direction: Float64Array,
  crossing: number,
): void {
  for (let i = active.length - 1; i >= 0; i--) {
    const j = active[i]!;
    if (-coefficients[j]! / direction[i]! !== crossing) continue;
    moved[j] = 0;
    active.splice(i, 1);
    signs.splice(i, 1);
  }
}

/** Correlations of the residual with the inactive features, computed anew: no error adds up. */
function updateCorrelations(
  correlations: Float64Array,
  target: Float64Array,
  gram: Gram,
  coefficients: Float64Array,
  active: readonly number[],
): void {
  correlations.set(target);
  for (const a of active) {
    const row = gram.row(a);
    for (let j = 0; j < target.length; j++) correlations[j]! -= row[j]! * coefficients[a]!;
  }
}
