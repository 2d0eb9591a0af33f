// Two explanations of one example side by side: what one model sees and the other does not.
import type { Explained } from "./api.ts";
import { LimeError } from "./errors.ts";

/** A feature in both explanations; 0 where one of them does not name it. */
export interface ComparedFeature {
  readonly feature: number;
  readonly name: string;
  readonly weights: readonly [first: number, second: number];
  /** Second minus first. */
  readonly difference: number;
}

/** Two explanations of the same class of one example. */
export interface Comparison {
  readonly label: number;
  readonly className: string;
  /** Both models' outputs for the class. */
  readonly modelOutput: readonly [first: number, second: number];
  readonly r2: readonly [first: number, second: number];
  /** By |difference|, the largest first. */
  readonly features: readonly ComparedFeature[];
  /** Cosine of the two weight vectors; 0 where one of them is all 0. */
  readonly similarity: number;
  /** Features named by both, as a share of those named by either. */
  readonly overlap: number;
}

/**
 * Aligns two explanations of the same example, one entry per class that both explain. Made with the
 * same options and seed both models have seen the same neighbours, so differences are the models'.
 */
export function compareExplanations<I>(first: Explained<I>, second: Explained<I>): Comparison[] {
  const { features } = first;
  if (features.join("\0") !== second.features.join("\0")) {
    throw new LimeError("second", {
      expected: `an explanation of the same ${features.length} features`,
      received: `one of ${second.features.length} that differ`,
      hint: "Explain the same example with the same options.",
    });
  }
  return first.explanations.flatMap((a) => {
    const b = second.explanations.find(({ label }) => label === a.label);
    if (b === undefined) return [];
    const weights = [a, b].map(
      (each) => new Map(each.weights.map(({ feature, weight }) => [feature, weight])),
    ) as [Map<number, number>, Map<number, number>];
    const union = new Set([...weights[0].keys(), ...weights[1].keys()]);
    const rows = Array.from(union, (feature): ComparedFeature => {
      const [one, two] = [weights[0].get(feature) ?? 0, weights[1].get(feature) ?? 0];
      return { feature, name: features[feature]!, weights: [one, two], difference: two - one };
    }).sort((x, y) => Math.abs(y.difference) - Math.abs(x.difference));
    const both = rows.filter(({ feature }) => weights.every((own) => own.has(feature))).length;
    const product = rows.reduce((sum, { weights: [x, y] }) => sum + x * y, 0);
    const length = (side: 0 | 1) => Math.hypot(...rows.map((row) => row.weights[side]));
    const lengths = length(0) * length(1);
    return {
      label: a.label,
      className: a.className,
      modelOutput: [a.modelOutput, b.modelOutput],
      r2: [a.r2, b.r2],
      features: rows,
      similarity: lengths > 0 ? product / lengths : 0,
      overlap: rows.length > 0 ? both / rows.length : 1,
    };
  });
}
