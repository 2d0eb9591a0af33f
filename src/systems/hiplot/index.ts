// What `deepdive/systems/hiplot` exports.
export type { Extent } from "./core/brush.ts";
export { predicateOf, sqlOf } from "./core/filter-code.ts";
export type { Filter } from "./core/filters.ts";
export { parseSentence, SentenceError, sentenceOf } from "./core/sentence.ts";
export type {
  Datapoint,
  Display,
  ExperimentJson,
  ParamType,
  Value,
  ValueDef,
} from "./core/types.ts";
export type { Displayed, DisplayOptions } from "./display.ts";
export { DoesNotApply, HiplotError, type HiplotErrorCode } from "./errors.ts";
export { type Importance, type ImportanceOptions, importance } from "./importance.ts";
export { type Columns, Experiment } from "./public-experiment.ts";
export { type HiplotServer, type ServeOptions, serveHiplot } from "./serve.ts";
export { demoNames } from "./sources/demos.ts";
export { type Fetcher, importFetcher, type LoadOptions, loadUri } from "./sources/uri.ts";
export { callback } from "./tracker/callback.ts";
export { type FollowOptions, followRuns } from "./tracker/follow.ts";
export { importRunsInto } from "./tracker/import-runs.ts";
export {
  classMeasures,
  languageMeasures,
  type Measures,
  regressionMeasures,
} from "./tracker/measures.ts";
export { badgesOf, listRuns, readRun, runsExperiment } from "./tracker/runs.ts";
export { JournalCopier, keepCopying, trackedLab } from "./tracker/to-store.ts";
export {
  type Metrics,
  type Params,
  TrackedRun,
  type TrackOptions,
  track,
} from "./tracker/tracker.ts";
