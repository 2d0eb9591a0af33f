// Saved text classifiers as black boxes, for systems that explain or compare whatever gives probabilities.
import { loadTextModel } from "./saved-model.ts";

/** Opens a saved model's folder; `predict` gives probabilities [texts x classes] row by row. */
export const predictor = {
  format: "deepdive-text-classifier",
  async open(folder: string) {
    const model = await loadTextModel(folder);
    return {
      predict: (texts: readonly string[]) => model.probabilities(texts),
      classNames: model.labels,
      close: async () => model.dispose(),
    };
  },
};
