// How far a label can be trusted: calibration on reviewed texts, abstention, accuracy against coverage.

/** Reviewed texts needed before confidences are calibrated. */
export const CALIBRATION_LEAST = 30;

/** A rising step function from confidences to the share that is right. */
export interface Calibration {
  /** Ascending confidences, and the calibrated value at each; in between it is a straight line. */
  readonly from: Float64Array;
  readonly to: Float64Array;
}

/**
 * Isotonic regression of right (1) or wrong (0) on confidence by pooling neighbours that are out of
 * order (Ayer et al. 1955); undefined with fewer than 30 reviewed texts, which say too little.
 */
export function fitCalibration(
  confidence: ArrayLike<number>,
  right: ArrayLike<number>,
): Calibration | undefined {
  if (confidence.length < CALIBRATION_LEAST) return undefined;
  const order = Array.from({ length: confidence.length }, (_, i) => i).sort(
    // Of equal confidences the right ones first: they are pooled with the others.
    (a, b) => confidence[a]! - confidence[b]! || right[b]! - right[a]!,
  );
  const pools: { sum: number; count: number; at: number }[] = [];
  for (const i of order) {
    pools.push({ sum: right[i]!, count: 1, at: confidence[i]! });
    while (pools.length > 1) {
      const last = pools[pools.length - 1]!;
      const before = pools[pools.length - 2]!;
      if (before.sum / before.count < last.sum / last.count) break;
      pools.length -= 2;
      const count = before.count + last.count;
      const at = (before.at * before.count + last.at * last.count) / count;
      pools.push({ sum: before.sum + last.sum, count, at });
    }
  }
  return {
    from: Float64Array.from(pools, ({ at }) => at),
    to: Float64Array.from(pools, ({ sum, count }) => sum / count),
  };
}

/**
 * The calibrated confidence: on a straight line between the pools. Below them the line begins at 0, and
 * above them it ends at 1: people review what is doubtful, so the sure texts are seldom among the pools.
 */
export function calibrate({ from, to }: Calibration, confidence: number): number {
  const above = from.findIndex((at) => at >= confidence);
  const below = (above < 0 ? from.length : above) - 1;
  const [a, start] = below < 0 ? [0, 0] : [from[below]!, to[below]!];
  const [b, end] = above < 0 ? [1, 1] : [from[above]!, to[above]!];
  if (b <= a) return end;
  return start + ((Math.min(confidence, b) - a) / (b - a)) * (end - start);
}

/** Accuracy on the surest texts. */
export interface CoveragePoint {
  /** Share of the texts that get a label, 0 to 1. */
  readonly coverage: number;
  readonly accuracy: number;
  /** Texts with a sureness below this abstain. */
  readonly threshold: number;
}

/** Accuracy when only the surest texts are labelled, at the given shares. */
export function coverageCurve(
  sureness: ArrayLike<number>,
  right: ArrayLike<number | boolean>,
  shares: readonly number[] = Array.from({ length: 20 }, (_, i) => (i + 1) / 20),
): CoveragePoint[] {
  const count = sureness.length;
  const order = Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => sureness[b]! - sureness[a]!,
  );
  const hits = new Float64Array(count + 1);
  order.forEach((row, i) => {
    hits[i + 1] = hits[i]! + Number(right[row]!);
  });
  return shares.map((coverage) => {
    const taken = Math.max(1, Math.round(coverage * count));
    return { coverage, accuracy: hits[taken]! / taken, threshold: sureness[order[taken - 1]!]! };
  });
}
