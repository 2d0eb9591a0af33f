// How good a classifier is on texts that it has not seen: figures, confusion matrix, mistakes.
import { type LabelledTexts, loadTextDataset } from "../../data/index.ts";
import { confusionMatrix } from "../../train/index.ts";
import { classificationFigures, mostProbable } from "../../train/text-baseline.ts";
import type { EvaluateTexts, TextEvaluation } from "./api.ts";
import { loadTextModel } from "./saved-model.ts";

const longestShown = 20_000;
const mostShown = 2_000;

/** Judges probabilities [texts, classes] by the truth. `rows` are the texts' places in their source. */
export function judgeProbabilities(
  probabilities: Float64Array,
  { texts, labels, classes }: LabelledTexts,
  rows: ArrayLike<number>,
): TextEvaluation {
  const predicted = mostProbable(probabilities, classes.length);
  const wrong = Array.from(labels.keys()).filter((i) => predicted[i] !== labels[i]);
  const mistakes = wrong.map((i) => ({
    index: rows[i]!,
    text: texts[i]!.slice(0, longestShown),
    truth: classes[labels[i]!]!,
    predicted: classes[predicted[i]!]!,
    confidence: probabilities[i * classes.length + predicted[i]!]!,
  }));
  return {
    ...classificationFigures(probabilities, predicted, labels, classes.length),
    tested: labels.length,
    wrong: wrong.length,
    confusion: { classes, counts: confusionMatrix(predicted, labels, classes.length) },
    mistakes: mistakes.sort((a, b) => b.confidence - a.confidence).slice(0, mostShown),
  };
}

/**
 * Judges a saved model on a table of texts with labels.
 *
 * @throws DataError for anything wrong with the table, also a label that the model does not know
 */
export const evaluateTexts: EvaluateTexts = async (options) => {
  const predictor = await loadTextModel(options.model);
  try {
    const classes = predictor.labels;
    const table = await loadTextDataset({ ...options.data, classes });
    return judgeProbabilities(await predictor.probabilities(table.texts), table, table.rows);
  } finally {
    predictor.dispose();
  }
};
