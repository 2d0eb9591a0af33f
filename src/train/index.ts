/** @file The public surface of `deepdive/train`: `fit`, its data and checkpoints, metrics. */
export { arrayData, type RowField, type TrainingData } from "./data.ts";
export type { EarlyStoppingOptions } from "./early-stopping.ts";
export { TrainingError } from "./errors.ts";
export { fit } from "./fit.ts";
export {
  type AverageOptions,
  accuracy,
  auroc,
  aurocMacro,
  averagePrecision,
  confusionMatrix,
  f1,
  meanAbsoluteError,
  meanSquaredError,
  perplexity,
  precision,
  recall,
} from "./metrics.ts";
export type {
  CheckpointOptions,
  FitCallbacks,
  FitEvent,
  FitOptions,
  FitResult,
  StepEvent,
  StopReason,
  ValidationEvent,
  ValidationOptions,
} from "./options.ts";
export type { ProgressOptions } from "./progress.ts";
export type { BestRecord, MetricValues, ValidationRecord } from "./run-progress.ts";
export type { LossContext, LossFunction, LossResult } from "./step.ts";
