// How the logits of both parts become probabilities: two factors, chosen on the validation part.

/** Factors of the two parts' logits. */
export interface Mixture {
  readonly wide: number;
  readonly deep: number;
}

/** Logits [texts, classes] of both parts, row by row. */
export interface PartLogits {
  readonly wide: Float64Array;
  readonly deep: Float64Array;
}

const shares = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const scales = [0.5, 0.7, 1, 1.4, 2, 2.8, 4];

/**
 * The mixture with the least cross-entropy on labelled texts, over shares of the deep part and over
 * scales (temperature scaling, Guo et al. 2017).
 */
export function chooseMixture(
  logits: PartLogits,
  labels: ArrayLike<number>,
  classes: number,
): Mixture {
  let best: Mixture = { wide: 0.5, deep: 0.5 };
  let least = Number.POSITIVE_INFINITY;
  for (const share of shares) {
    for (const scale of scales) {
      const mixture = { wide: (1 - share) * scale, deep: share * scale };
      const probabilities = mix(logits, mixture, classes);
      let loss = 0;
      for (let i = 0; i < labels.length; i++) {
        loss -= Math.log(Math.max(1e-30, probabilities[i * classes + labels[i]!]!));
      }
      if (loss < least) [best, least] = [mixture, loss];
    }
  }
  return best;
}

/** Probabilities [texts, classes]: the softmax of the weighted sum of logits. */
export function mix({ wide, deep }: PartLogits, by: Mixture, classes: number): Float64Array {
  const mixed = wide.map((z, i) => by.wide * z + by.deep * deep[i]!);
  for (let from = 0; from < mixed.length; from += classes) {
    const row = mixed.subarray(from, from + classes);
    const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      row[c] = Math.exp(row[c]! - most);
      sum += row[c]!;
    }
    for (let c = 0; c < classes; c++) row[c]! /= sum;
  }
  return mixed;
}
