// Metrics of a split in one call, under the names that badges and plots know.
import {
  accuracy,
  f1,
  meanAbsoluteError,
  meanSquaredError,
  perplexity,
} from "../../../train/index.ts";

/** Numbers by metric. */
export type Measures = Record<string, number>;

/** MAE = Σ|ŷ-y|/n, MSE, RMSE and R² of numbers; `part` goes in front of the names, e.g. `valid`. */
export function regressionMeasures(
  part: string,
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
): Measures {
  const mse = meanSquaredError(predicted, truth);
  const mean = Array.from(truth).reduce((a, b) => a + b, 0) / truth.length;
  const variance = Array.from(truth).reduce((sum, y) => sum + (y - mean) ** 2, 0) / truth.length;
  return prefixed(part, {
    mae: meanAbsoluteError(predicted, truth),
    mse,
    rmse: Math.sqrt(mse),
    r2: variance === 0 ? Number.NaN : 1 - mse / variance,
  });
}

/** Accuracy and F1 (of class 1 for two classes, macro for more). */
export function classMeasures(
  part: string,
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
): Measures {
  const classes = new Set([...Array.from(predicted), ...Array.from(truth)]).size;
  const average = classes > 2 ? "macro" : "binary";
  return prefixed(part, {
    accuracy: accuracy(predicted, truth),
    f1: f1(predicted, truth, { average }),
  });
}

/** Perplexity of mean losses in nats, each over so many tokens. */
export function languageMeasures(
  part: string,
  losses: ArrayLike<number>,
  tokens?: ArrayLike<number>,
): Measures {
  return prefixed(part, { perplexity: perplexity(losses, tokens) });
}

function prefixed(part: string, values: Measures): Measures {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${part}/${name}`, value]),
  );
}
