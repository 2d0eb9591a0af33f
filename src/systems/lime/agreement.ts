// How near a sampled explanation is to the exact one, which all neighbours together give.
import type { Explained, Explanation } from "./api.ts";
import { LimeError } from "./errors.ts";

/** Agreement of sampled explanations with the exact ones, averaged over examples. */
export interface Agreement {
  /** Features named by both, as a share of those named by either. */
  readonly jaccard: number;
  /** Share of examples whose weightiest feature is the same. */
  readonly sameFirst: number;
  /** Mean |difference| of the weights that both name, as a share of the exact one's largest. */
  readonly error: number;
  /** Share of those weights whose 95% interval holds the exact one; null where none was sampled. */
  readonly covered: number | null;
  /** Examples compared. */
  readonly examples: number;
  /** Examples of few features, whose neighbours were all enumerated in the first place. */
  readonly enumerated: number;
}

/**
 * Compares the first explanation of each example with the exact one of the same example and class
 * (`samples: "exact"`, with `exactAs` as many samples as the other had, so that the penalty of the fit
 * weighs the same).
 *
 * @throws LimeError where the lists differ in length, or an exact one was sampled.
 */
export function agreementWithExact(
  sampled: readonly Pick<Explained<never>, "explanations">[],
  exact: readonly Pick<Explained<never>, "explanations">[],
): Agreement {
  if (sampled.length === 0 || sampled.length !== exact.length) {
    throw new LimeError("exact", {
      expected: `as many explanations as there are sampled ones, at least one`,
      received: `${exact.length} beside ${sampled.length}`,
    });
  }
  const pairs = sampled.map(({ explanations: [a] }, i) => pairOf(a!, exact[i]!.explanations[0]!));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const intervals = pairs.flatMap(({ held }) => held);
  return {
    jaccard: mean(pairs.map(({ jaccard }) => jaccard)),
    sameFirst: mean(pairs.map(({ sameFirst }) => (sameFirst ? 1 : 0))),
    error: mean(pairs.flatMap(({ errors }) => (errors.length > 0 ? [mean(errors)] : []))),
    covered: intervals.length > 0 ? mean(intervals.map(Number)) : null,
    examples: pairs.length,
    enumerated: sampled.filter(({ explanations: [a] }) => a!.exact).length,
  };
}

function pairOf(sampled: Explanation, exact: Explanation) {
  if (!exact.exact || exact.label !== sampled.label) {
    throw new LimeError("exact", {
      expected: `the exact explanation of class ${sampled.label}`,
      received: `${exact.exact ? "the exact one" : "a sampled one"} of class ${exact.label}`,
      hint: 'Explain with `samples: "exact"` and the same `labels`.',
    });
  }
  const truth = new Map(exact.weights.map(({ feature, weight }) => [feature, weight]));
  const largest = Math.max(1e-300, ...exact.weights.map(({ weight }) => Math.abs(weight)));
  const shared = sampled.weights.filter(({ feature }) => truth.has(feature));
  const union = sampled.weights.length + exact.weights.length - shared.length;
  return {
    jaccard: union > 0 ? shared.length / union : 1,
    sameFirst: sampled.weights[0]?.feature === exact.weights[0]?.feature,
    errors: shared.map(({ feature, weight }) => Math.abs(weight - truth.get(feature)!) / largest),
    held: sampled.exact
      ? []
      : shared.map(({ feature, low, high }) => {
          const weight = truth.get(feature)!;
          return low <= weight && weight <= high;
        }),
  };
}
