// Whether explanations are true of the model: its output while the features they name are taken away or put back.
import { permutation } from "../../data/random.ts";
import type { Explained, Predict } from "./api.ts";
import { outputRows } from "./output-rows.ts";

/** The class's output at each share of features hidden (or shown), averaged over examples. */
export interface Curve {
  /** 0 to 1 in equal steps. */
  readonly share: readonly number[];
  readonly output: readonly number[];
}

/** How faithful explanations are; random orders stand beside them. */
export interface Faithfulness {
  /** Features hidden, those that speak most for the class first: a faithful explanation falls fast. */
  readonly deletion: Curve;
  /** Features shown in the same order, beginning with none: a faithful explanation rises fast. */
  readonly insertion: Curve;
  /** Areas under both curves: the first is better low, the second high. */
  readonly auc: readonly [deletion: number, insertion: number];
  /** The same areas for features in random order. */
  readonly randomAuc: readonly [deletion: number, insertion: number];
  /** Mean of the surrogates' weighted R2. */
  readonly r2: number;
}

/** Options of `faithfulness`. */
export interface FaithfulnessOptions {
  /** Points on a curve after the first. Default 20. */
  readonly steps?: number;
  /** Order of the random comparison. Default 0. */
  readonly seed?: number;
}

/**
 * Deletion and insertion curves (Petsiuk et al. 2018, "RISE", section 4.1) of each example's first
 * explanation: features are taken by weight, those it does not name last.
 */
export async function faithfulness<I>(
  explained: readonly Explained<I>[],
  predict: Predict<I>,
  { steps = 20, seed = 0 }: FaithfulnessOptions = {},
): Promise<Faithfulness> {
  const sums = [0, 1, 2, 3].map(() => new Float64Array(steps + 1));
  for (const [i, example] of explained.entries()) {
    const { label } = example.explanations[0]!;
    const orders = [byWeight(example), Array.from(permutation(example.features.length, seed, i))];
    for (const [k, order] of orders.entries()) {
      const sets = hiddenSets(order, steps);
      const inputs = sets.map((hidden) => example.hide(hidden));
      const rows = outputRows(await predict(inputs), inputs.length);
      rows.forEach((row, at) => {
        sums[2 * k + (at <= steps ? 0 : 1)]![at % (steps + 1)]! += row[label]!;
      });
    }
  }
  const share = Array.from({ length: steps + 1 }, (_, step) => step / steps);
  const curve = (i: number): Curve => {
    return { share, output: Array.from(sums[i]!, (value) => value / explained.length) };
  };
  const [deletion, insertion] = [curve(0), curve(1)];
  const r2 = explained.reduce((sum, { explanations }) => sum + explanations[0]!.r2, 0);
  return {
    ...{ deletion, insertion },
    auc: [area(deletion), area(insertion)],
    randomAuc: [area(curve(2)), area(curve(3))],
    r2: r2 / explained.length,
  };
}

/** Features from the one that speaks most for the class to the one that speaks most against it. */
function byWeight<I>({ explanations, features }: Explained<I>): number[] {
  const weights = new Float64Array(features.length);
  for (const { feature, weight } of explanations[0]!.weights) weights[feature] = weight;
  return Array.from(features.keys()).sort((a, b) => weights[b]! - weights[a]!);
}

/** The sets of the deletion curve, then of the insertion curve. */
function hiddenSets(order: readonly number[], steps: number): number[][] {
  const cuts = Array.from({ length: steps + 1 }, (_, step) =>
    Math.round((step / steps) * order.length),
  );
  return [...cuts.map((cut) => order.slice(0, cut)), ...cuts.map((cut) => order.slice(cut))];
}

/** By trapezoids. */
function area({ output }: Curve): number {
  let sum = 0;
  for (let i = 1; i < output.length; i++) sum += (output[i]! + output[i - 1]!) / 2;
  return sum / (output.length - 1);
}
