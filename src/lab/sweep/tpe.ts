// Tree-structured Parzen estimator: Bergstra et al. 2011, "Algorithms for hyper-parameter optimization", section 4.
import type { Assignment, Dimension, SearchSpace, SweepValue } from "./space.ts";
import { placeOf, sample, valueAt } from "./space.ts";

/** A finished trial; a lower `loss` is better. */
export interface Observation {
  readonly assignment: Assignment;
  readonly loss: number;
}

const startupTrials = 10;
const candidates = 24;
/** The part of the trials that counts as good; never more than 25 of them. */
const goodShare = 0.1;

/**
 * The next trial: fields one by one, each where good trials are dense in comparison with the others
 * (the largest l(x)/g(x) of 24 drawn from l). The first ten are at random.
 */
export function suggest(
  space: SearchSpace,
  observations: readonly Observation[],
  random: () => number,
): Assignment {
  const known = observations.filter(({ loss }) => Number.isFinite(loss));
  if (known.length < startupTrials) return sample(space, random);
  const sorted = [...known].sort((a, b) => a.loss - b.loss);
  const count = Math.min(25, Math.ceil(goodShare * sorted.length));
  const good = sorted.slice(0, count);
  const rest = sorted.slice(count);
  const fields = Object.entries(space).map(([field, dimension]) => {
    const valuesOf = (list: readonly Observation[]) =>
      list.map(({ assignment }) => assignment[field] as SweepValue);
    return [field, suggestField(dimension, valuesOf(good), valuesOf(rest), random)];
  });
  return Object.fromEntries(fields);
}

function suggestField(
  dimension: Dimension,
  good: readonly SweepValue[],
  rest: readonly SweepValue[],
  random: () => number,
): SweepValue {
  const [dense, sparse] =
    dimension.kind === "choice"
      ? [shares(dimension.values, good), shares(dimension.values, rest)]
      : [parzen(dimension, good), parzen(dimension, rest)];
  let best = valueAt(dimension, random());
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < candidates; i++) {
    const place = dense.draw(random);
    const score = Math.log(dense.density(place)) - Math.log(sparse.density(place));
    if (score > bestScore) [best, bestScore] = [valueAt(dimension, place), score];
  }
  return best;
}

interface Estimate {
  draw(random: () => number): number;
  density(place: number): number;
}

/** How often each value was used, with one more for each. */
function shares(values: readonly SweepValue[], used: readonly SweepValue[]): Estimate {
  const counts = values.map((value) => 1 + used.filter((one) => one === value).length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const indexAt = (place: number) => Math.min(counts.length - 1, Math.floor(place * counts.length));
  return {
    draw(random) {
      let left = random() * total;
      const index = counts.findIndex((count) => {
        left -= count;
        return left < 0;
      });
      return ((index < 0 ? counts.length - 1 : index) + 0.5) / counts.length;
    },
    density: (place) => (counts[indexAt(place)] as number) / total,
  };
}

/** A bell around each value, as wide as the gap to its neighbours, and a wide one over the range. */
function parzen(dimension: Dimension, values: readonly SweepValue[]): Estimate {
  const centres = [0.5, ...values.map((value) => placeOf(dimension, value))].sort((a, b) => a - b);
  const narrowest = 1 / Math.min(100, centres.length + 1);
  const bells = centres.map((centre, i) => {
    const left = centre - (centres[i - 1] ?? 0);
    const right = (centres[i + 1] ?? 1) - centre;
    const width = centre === 0.5 ? 1 : Math.min(1, Math.max(narrowest, left, right));
    return { centre, width };
  });
  return {
    draw(random) {
      const { centre, width } = bells[Math.floor(random() * bells.length)] as (typeof bells)[0];
      // Kept within the range by drawing again.
      for (;;) {
        const place = centre + width * normal(random);
        if (place >= 0 && place <= 1) return place;
      }
    },
    density: (place) =>
      bells.reduce((sum, { centre, width }) => {
        const inside = normalShare((1 - centre) / width) - normalShare(-centre / width);
        const z = (place - centre) / width;
        return sum + Math.exp(-0.5 * z * z) / (width * Math.sqrt(2 * Math.PI) * inside);
      }, 0) / bells.length,
  };
}

/** Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The standard normal's distribution function; Abramowitz & Stegun 7.1.26, to 1.5e-7. */
function normalShare(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp(-x * x);
  return z >= 0 ? 0.5 * (1 + erf) : 0.5 * (1 - erf);
}
