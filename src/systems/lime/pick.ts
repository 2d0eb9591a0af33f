// Which explanations to show a reader who has time for few: SP-LIME, and random ones to compare with.
import { permutation } from "../../data/random.ts";
import type { Explanation } from "./api.ts";
import { LimeError } from "./errors.ts";

/** What was picked. */
export interface Picks {
  /** Instances, in the order in which they were picked. */
  readonly picks: readonly number[];
  /** Share of all importance that belongs to a feature some pick names, 0 to 1. */
  readonly coverage: number;
}

/** Options of `submodularPick`. */
export interface PickOptions {
  /** Order of random picks (`rp`). Default 0. */
  readonly seed?: number;
}

/**
 * Picks `k` instances whose explanations together name what matters (Ribeiro et al. 2016, algorithm
 * 2). W[i, j] sums instance i's weights of the feature called j over its labels, the importance of j
 * is sqrt(sum_i |W[i, j]|) (equation 3 uses it as I), and each pick adds the most importance not yet
 * covered; of equals the later instance. `rp` picks at random.
 */
export function submodularPick(
  explanations: readonly (readonly Explanation[])[],
  k = 5,
  method: "sp" | "rp" = "sp",
  { seed = 0 }: PickOptions = {},
): Picks {
  if (explanations.length === 0) {
    throw new LimeError("explanations", { expected: "at least one instance", received: "none" });
  }
  if (!(Number.isInteger(k) && k > 0)) {
    throw new LimeError("k", { expected: "a whole number above 0", received: `${k}` });
  }
  const named = namedFeatures(explanations);
  const count = Math.min(k, explanations.length);
  const picks =
    method === "rp"
      ? Array.from(permutation(explanations.length, seed).subarray(0, count))
      : greedyPicks(named, count);
  return { picks, coverage: coverageOf(named, picks) };
}

interface NamedFeatures {
  /** Features with a weight other than 0, per instance. */
  readonly features: readonly Int32Array[];
  readonly importance: Float64Array;
}

function namedFeatures(explanations: readonly (readonly Explanation[])[]): NamedFeatures {
  const columns = new Map<string, number>();
  const sums: number[] = [];
  const features = explanations.map((own) => {
    const weights = new Map<number, number>();
    for (const { name, weight } of own.flatMap((explanation) => explanation.weights)) {
      const column = columns.get(name) ?? columns.size;
      columns.set(name, column);
      weights.set(column, (weights.get(column) ?? 0) + weight);
    }
    for (const [column, weight] of weights) sums[column] = (sums[column] ?? 0) + Math.abs(weight);
    return Int32Array.from(
      [...weights].filter(([, weight]) => weight !== 0),
      ([column]) => column,
    );
  });
  return { features, importance: Float64Array.from(sums, (sum) => Math.sqrt(sum)) };
}

/** Covering more never adds less, so the greedy choice is within 1 - 1/e of the best (section 4). */
function greedyPicks({ features, importance }: NamedFeatures, count: number): number[] {
  const covered = new Uint8Array(importance.length);
  const picked = new Set<number>();
  while (picked.size < count) {
    let best = -1;
    let most = -1;
    features.forEach((own, instance) => {
      if (picked.has(instance)) return;
      let gain = 0;
      for (const column of own) if (covered[column] === 0) gain += importance[column]!;
      if (gain < most - 1e-12 * Math.abs(most)) return;
      best = instance;
      most = Math.max(gain, most);
    });
    picked.add(best);
    for (const column of features[best]!) covered[column] = 1;
  }
  return [...picked];
}

function coverageOf({ features, importance }: NamedFeatures, picks: readonly number[]): number {
  const covered = new Set(picks.flatMap((instance) => Array.from(features[instance]!)));
  const total = importance.reduce((a, b) => a + b, 0);
  const mass = [...covered].reduce((sum, column) => sum + importance[column]!, 0);
  return total > 0 ? mass / total : 0;
}
