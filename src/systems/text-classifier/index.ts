// What `deepdive/systems/text-classifier` exports.
export * from "./api.ts";
export { evaluateTexts } from "./evaluate.ts";
export { predictTexts } from "./predict.ts";
export { loadTextModel, TextPredictor } from "./saved-model.ts";
export { trainTextClassifier } from "./train.ts";
