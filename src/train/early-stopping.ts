/** @file Which validation was the best, and when to stop waiting for a better one. */
import { TrainingError } from "./errors.ts";
import type { BestRecord, ValidationRecord } from "./run-progress.ts";

/** Settings of early stopping. The best weights are the model's at the end. */
export interface EarlyStoppingOptions {
  /** Validations without a better one after which the run ends. */
  readonly patience: number;
  /** Which value decides. Default `loss`. */
  readonly metric?: string;
  /** Default `min`. */
  readonly mode?: "min" | "max";
  /** A value must be better by more than this. Default 0. */
  readonly minDelta?: number;
}

/** The best record after one more validation: the new one, or the old one having waited longer. */
export function judge(
  best: BestRecord | null,
  fresh: ValidationRecord,
  { metric = "loss", mode = "min", minDelta = 0 }: Omit<EarlyStoppingOptions, "patience">,
): BestRecord {
  const value = metricOf(fresh, metric);
  if (best === null) return { ...fresh, waited: 0 };
  const gain = (value - metricOf(best, metric)) * (mode === "max" ? 1 : -1);
  return gain > minDelta ? { ...fresh, waited: 0 } : { ...best, waited: best.waited + 1 };
}

function metricOf({ values }: ValidationRecord, metric: string): number {
  const value = values[metric];
  if (value !== undefined) return value;
  throw new TrainingError(
    "option",
    `earlyStopping.metric: "${metric}" is none of the validation's values: ${Object.keys(values).join(", ")}`,
  );
}
