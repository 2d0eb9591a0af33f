// Explanations of single predictions: which words, cells, regions or tokens moved the model's output.
export type * from "./api.ts";
export { LimeError } from "./errors.ts";
export { fitSurrogate } from "./fit.ts";
