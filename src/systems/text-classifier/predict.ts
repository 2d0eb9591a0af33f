// Labels for texts, from a saved model.
import { mostProbable } from "../../train/text-baseline.ts";
import type { PredictTexts } from "./api.ts";
import { loadTextModel } from "./saved-model.ts";

/** Labels texts in batches. @throws DataError where the folder holds no whole model */
export const predictTexts: PredictTexts = async ({ model, texts }) => {
  const predictor = await loadTextModel(model);
  try {
    const { labels } = predictor;
    const probabilities = await predictor.probabilities(texts);
    const best = mostProbable(probabilities, labels.length);
    return texts.map((_, row) => {
      const own = probabilities.subarray(row * labels.length, (row + 1) * labels.length);
      return {
        label: labels[best[row]!]!,
        confidence: own[best[row]!]!,
        scores: Object.fromEntries(labels.map((label, i) => [label, own[i]!])),
      };
    });
  } finally {
    predictor.dispose();
  }
};
