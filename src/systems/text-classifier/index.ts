// What `deepdive/systems/text-classifier` exports.
export * from "./api.ts";
export { evaluateTexts, type TextEvaluation } from "./evaluate.ts";
export { predictTexts } from "./predict.ts";
export { loadTextModel, TextPredictor } from "./saved-model.ts";
export { trainTextClassifier } from "./train.ts";
