// Which features an explanation names: the four ways of lime_base.py, all on the moments.
import type { Selection } from "../api.ts";
import { LimeError } from "../errors.ts";
import type { Moments } from "./gram.ts";
import { lassoPath } from "./lasso-path.ts";
import { fitRidge } from "./ridge.ts";
import { conjugateGradients } from "./wide-gram.ts";

/** Penalty of the fit that `weights` ranks features by. */
export const rankingAlpha = 0.01;

/** Gains in R2 nearer than this are equal: the first feature wins, whatever the rounding. */
const tie = 1e-13;

/** A residual below this part of a feature's spread means that the chosen ones explain it. */
const collinear = 1e-12;

/** At most `count` features, in the order in which the final fit lists equal weights. */
export function selectFeatures(
  moments: Moments,
  label: number,
  instance: ArrayLike<number>,
  count: number,
  selection: Selection,
): Int32Array {
  if (selection === "auto") {
    return selectFeatures(moments, label, instance, count, count <= 6 ? "forward" : "weights");
  }
  if (selection === "forward") return forward(moments, label, count);
  if (selection === "weights") return heaviest(moments, label, instance, count);
  if (selection === "lasso") return lasso(moments, label, count);
  if (moments.gram.stored !== undefined) return allFeatures(moments);
  throw new LimeError("select", {
    expected: "auto, forward, weights or lasso for more than 2,048 features",
    received: `none for ${moments.columns}`,
  });
}

function allFeatures(moments: Moments): Int32Array {
  return Int32Array.from({ length: moments.columns }, (_, i) => i);
}

/** Those with the largest |coefficient x value at the example| in a ridge fit on all features. */
function heaviest(
  moments: Moments,
  label: number,
  instance: ArrayLike<number>,
  count: number,
): Int32Array {
  const all = allFeatures(moments);
  const coefficients = rankingCoefficients(moments, label, all);
  const effect = coefficients.map((each, i) => Math.abs(each * instance[i]!));
  // Array.prototype.sort is stable: of equals the first stays first.
  return Int32Array.from([...all].sort((a, b) => effect[b]! - effect[a]!).slice(0, count));
}

function rankingCoefficients(moments: Moments, label: number, all: Int32Array): Float64Array {
  const { columns: d, gram, cross } = moments;
  if (gram.stored !== undefined) return fitRidge(moments, label, all, rankingAlpha).coefficients;
  const target = cross.slice(label * d, (label + 1) * d);
  return conjugateGradients(gram, rankingAlpha, target);
}

/** The last step of the LARS-lasso path with at most `count` non-zero coefficients, by index. */
function lasso(moments: Moments, label: number, count: number): Int32Array {
  const path = lassoPath(moments, label);
  let support = allFeatures(moments);
  for (let step = path.length - 1; step > 0; step--) {
    support = support.filter((feature) => path[step]![feature] !== 0);
    if (support.length <= count) break;
    support = allFeatures(moments);
  }
  return support;
}

/**
 * Adds `count` times the feature that raises the weighted R2 of an unpenalised fit most. Each round
 * takes the new feature's direction out of all others (Gram-Schmidt on the moments), so a round costs
 * d times the number chosen, not a fit per candidate.
 */
function forward(moments: Moments, label: number, count: number): Int32Array {
  const { columns: d, gram, cross, spread } = moments;
  const rounds = Math.min(count, d);
  const residual = Float64Array.from(gram.diagonal);
  const covariance = Float64Array.from(cross.subarray(label * d, (label + 1) * d));
  const directions: Float64Array[] = [];
  const chosen: number[] = [];
  const used = new Uint8Array(d);
  const scale = spread[label]! > 0 ? spread[label]! : 1;
  for (let round = 0; round < rounds; round++) {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < d; j++) {
      if (used[j] === 1) continue;
      const free = residual[j]! > collinear * gram.diagonal[j]!;
      const gain = free ? covariance[j]! ** 2 / residual[j]! / scale : 0;
      if (gain > most + tie) {
        best = j;
        most = gain;
      }
    }
    used[best] = 1;
    chosen.push(best);
    const size = residual[best]!;
    if (!(size > collinear * gram.diagonal[best]!)) continue;
    const direction = new Float64Array(d);
    const norm = Math.sqrt(size);
    const row = gram.row(best);
    for (let j = 0; j < d; j++) {
      let shared = row[j]!;
      for (const earlier of directions) shared -= earlier[best]! * earlier[j]!;
      direction[j] = shared / norm;
    }
    const along = covariance[best]! / norm;
    for (let j = 0; j < d; j++) {
      residual[j]! -= direction[j]! ** 2;
      covariance[j]! -= direction[j]! * along;
    }
    directions.push(direction);
  }
  return Int32Array.from(chosen);
}
