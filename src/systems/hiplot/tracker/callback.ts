// The bridge from `fit` to the tracker: each validation becomes an epoch of the run.
import type { FitCallbacks } from "../../../train/index.ts";
import type { TrackedRun } from "./tracker.ts";

/**
 * Callbacks that record a training: means of loss and metrics over the steps since the last
 * validation as `train/…`, the validation's values as `valid/…`, the learning rate as `lr`.
 */
export function callback<M>(run: TrackedRun): FitCallbacks<M> {
  let sums = new Map<string, number>();
  let steps = 0;
  let rate = Number.NaN;
  return {
    onStep({ loss, metrics, learningRate }) {
      for (const [name, value] of Object.entries({ loss, ...metrics })) {
        sums.set(name, (sums.get(name) ?? 0) + value);
      }
      steps++;
      rate = learningRate;
    },
    onValidation({ epoch, values }) {
      const record: Record<string, number> = { epoch, "learning rate": rate };
      for (const [name, sum] of sums) record[`train/${name}`] = sum / steps;
      for (const [name, value] of Object.entries(values)) record[`valid/${name}`] = value;
      run.log(record);
      sums = new Map();
      steps = 0;
    },
  };
}
