/** @file The yardstick of text classification: TF-IDF with logistic regression, fitted and measured. */
import { fitLogistic, predictLogistic } from "../data/baseline/logistic.ts";
import { fitTfIdf } from "../data/baseline/tfidf.ts";
import type { LabelledTexts } from "../data/labelled.ts";
import { accuracy, auroc, f1 } from "./metrics.ts";

/** Figures of a classifier on held-out texts. */
export interface ClassificationFigures {
  readonly accuracy: number;
  /** F1 of the rarer class (of the truth) for two classes, macro F1 for more. */
  readonly f1: number;
  /** Area under the ROC curve; one-versus-rest mean over the classes present for more. */
  readonly auroc: number;
}

/** What the baseline reached and how long it took to fit. */
export interface TextBaseline extends ClassificationFigures {
  /** [texts, classes] row by row. */
  readonly probabilities: Float64Array;
  readonly predicted: Int32Array;
  readonly seconds: number;
  /** Number of words and word pairs. */
  readonly terms: number;
}

/**
 * Penalty of the logistic regression. Rows of length 1 leave the default of 1 too strong; 10 is the
 * usual choice for text of some thousand documents.
 */
const inversePenalty = 10;

/** Fits TF-IDF (words and pairs, sublinear) with logistic regression on `train`, measures on `test`. */
export function textBaseline(train: LabelledTexts, test: LabelledTexts): TextBaseline {
  const started = performance.now();
  const terms = fitTfIdf(train.texts);
  const classes = train.classes.length;
  const rows = terms.transform(train.texts);
  const model = fitLogistic(rows, train.labels, classes, { c: inversePenalty });
  const seconds = (performance.now() - started) / 1000;
  const probabilities = predictLogistic(model, terms.transform(test.texts));
  const predicted = mostProbable(probabilities, classes);
  const figures = classificationFigures(probabilities, predicted, test.labels, classes);
  return { ...figures, probabilities, predicted, seconds, terms: terms.size };
}

/** Accuracy, F1 and AUROC of probabilities [n, classes] and the classes chosen by them. */
export function classificationFigures(
  probabilities: ArrayLike<number>,
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  classes: number,
): ClassificationFigures {
  const share = accuracy(predicted, truth);
  if (classes !== 2) {
    const macro = f1(predicted, truth, { average: "macro" });
    return { accuracy: share, f1: macro, auroc: aurocOfPresent(probabilities, truth, classes) };
  }
  const ones = Array.from(truth).filter((label) => label === 1).length;
  const positive = 2 * ones <= truth.length ? 1 : 0;
  const scores = Float64Array.from({ length: truth.length }, (_, i) => probabilities[2 * i + 1]!);
  return {
    accuracy: share,
    f1: f1(predicted, truth, { positive }),
    auroc: auroc(scores, truth),
  };
}

/** The mean over the classes that occur in the truth: small held-out parts may lack some. */
function aurocOfPresent(
  probabilities: ArrayLike<number>,
  truth: ArrayLike<number>,
  classes: number,
): number {
  const present = [...new Set(Array.from(truth))];
  const each = present.map((label) =>
    auroc(
      Float64Array.from({ length: truth.length }, (_, i) => probabilities[i * classes + label]!),
      Uint8Array.from(truth, (own) => (own === label ? 1 : 0)),
    ),
  );
  return each.reduce((sum, value) => sum + value, 0) / each.length;
}

/** The class with the highest probability in each row of [n, classes]; the first among equals. */
export function mostProbable(probabilities: ArrayLike<number>, classes: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, row) => {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (probabilities[row * classes + c]! > probabilities[row * classes + best]!) best = c;
    }
    return best;
  });
}
