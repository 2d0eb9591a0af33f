// Explanations of single predictions: which words, cells, regions or tokens moved the model's output.
export type * from "./api.ts";
export { LimeError } from "./errors.ts";
export { fitSurrogate } from "./fit.ts";
export { PredictError } from "./neighbourhood/outputs.ts";
export { RecurrentTabularExplainer, type Sequences } from "./recurrent.ts";
export type { Discretizer } from "./table/discretize.ts";
export type { ColumnSchema, NumberTable, RowInput, TableSchema } from "./table/table.ts";
export { TabularExplainer, type TabularOptions } from "./tabular.ts";
export { explainText, type TextOptions } from "./text.ts";
export type { SplitOptions, Tokenizer } from "./tokens.ts";
