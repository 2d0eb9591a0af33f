// Explanations of single predictions: which words, cells, regions or tokens moved the model's output.
export { type Agreement, agreementWithExact } from "./agreement.ts";
export type * from "./api.ts";
export { type ComparedFeature, type Comparison, compareExplanations } from "./compare.ts";
export {
  type Entity,
  type EntityExplanation,
  type EntityOptions,
  explainEntities,
  type Tagger,
} from "./entities.ts";
export { LimeError } from "./errors.ts";
export {
  type Curve,
  type Faithfulness,
  type FaithfulnessOptions,
  faithfulness,
} from "./faithfulness.ts";
export { fitSurrogate } from "./fit.ts";
export { type Flip, type FlipOptions, minimalFlip } from "./flip.ts";
export { namedRegions } from "./image/region-names.ts";
export { explainImage, type ImageExplanation, type ImageOptions } from "./image.ts";
export {
  type ExplainedMistake,
  explainMistakes,
  type MistakesOptions,
  type WrongText,
} from "./mistakes.ts";
export {
  explainMixed,
  type MixedExplanation,
  type MixedInput,
  type MixedOptions,
} from "./mixed.ts";
export { PredictError } from "./neighbourhood/outputs.ts";
export { type PickOptions, type Picks, submodularPick } from "./pick.ts";
export type { BlackBox, BlackBoxOptions, InputKind, InputKinds } from "./predictors/black-box.ts";
export { commandModel } from "./predictors/command.ts";
export { cachedOnDisk } from "./predictors/disk-cache.ts";
export { httpModel } from "./predictors/http.ts";
export { onnxModel } from "./predictors/onnx.ts";
export { type OpenOptions, openModel } from "./predictors/open.ts";
export { RecurrentTabularExplainer, type Sequences } from "./recurrent.ts";
export { explanationPng, explanationSvg } from "./report/bars.ts";
export { reportCsv } from "./report/csv.ts";
export { type AnyExplanation, reportHtml } from "./report/html.ts";
export { reportJson } from "./report/json.ts";
export { encodePng, imageMask, type OverlayOptions, overlay } from "./report/overlay.ts";
export {
  type Projection,
  type ProjectionOptions,
  projectNeighbourhood,
} from "./report/projection.ts";
export { type Ribbon, stabilityRibbon } from "./report/ribbon.ts";
export { type ImageLike, type SegmentSpec, segment } from "./segment/index.ts";
export {
  type SparseExplanation,
  type SparseOptions,
  type SparseRow,
  SparseTabularExplainer,
} from "./sparse.ts";
export type { Discretizer } from "./table/discretize.ts";
export type { ColumnSchema, NumberTable, RowInput, TableSchema } from "./table/table.ts";
export { TabularExplainer, type TabularOptions } from "./tabular.ts";
export { explainText, type TextOptions } from "./text.ts";
export type { SplitOptions, Tokenizer } from "./tokens.ts";
