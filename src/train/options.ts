/** @file The options of `fit`, what its callbacks are told, and what it gives back. */
import type { Tensor } from "../engine/index.ts";
import type { Module } from "../nn/index.ts";
import type { Optimizer, Rate } from "../optim/index.ts";
import type { TrainingData } from "./data.ts";
import type { EarlyStoppingOptions } from "./early-stopping.ts";
import { TrainingError } from "./errors.ts";
import type { ProgressOptions } from "./progress.ts";
import type { BestRecord, MetricValues, ValidationRecord } from "./run-progress.ts";
import type { LossFunction } from "./step.ts";

/** What every callback is told. */
export interface FitEvent<M> {
  /** The model as it is now; valid until the callback returns. */
  readonly model: M;
  /** Steps made. */
  readonly step: number;
  /** From 0. */
  readonly epoch: number;
  /** Ends the run after this step, with a checkpoint. */
  stop(): void;
}

/** After each step. */
export interface StepEvent<M> extends FitEvent<M> {
  readonly loss: number;
  readonly metrics: MetricValues;
  readonly learningRate: number;
  readonly examplesPerSecond: number;
}

/** After each validation. */
export interface ValidationEvent<M> extends FitEvent<M> {
  readonly values: MetricValues;
  /** Whether no earlier validation was better. */
  readonly isBest: boolean;
}

/** Functions that are called during a run, and waited for. */
export interface FitCallbacks<M> {
  onStep?(event: StepEvent<M>): void | Promise<void>;
  onValidation?(event: ValidationEvent<M>): void | Promise<void>;
  /** After the last step of each epoch. */
  onEpoch?(event: FitEvent<M>): void | Promise<void>;
}

/** How a run is validated. */
export interface ValidationOptions<M, B> {
  /** Data whose mean loss and metrics are computed; `evaluate` may stand in its place. */
  readonly data?: TrainingData<B>;
  /** Another loss than that of training. */
  readonly loss?: LossFunction<M, B>;
  /** Values that are no means over batches, such as F1; they join those of `data`. */
  readonly evaluate?: (model: M) => MetricValues | Promise<MetricValues>;
  /** Steps between validations. Default: at the end of each epoch. */
  readonly every?: number;
}

/** Where and when a run saves itself. */
export interface CheckpointOptions {
  readonly dir: string;
  /** Steps between checkpoints. Default: at the end of each epoch. There is always one at the end. */
  readonly every?: number;
  /** Go on from the folder's checkpoint where there is one. Default true. */
  readonly resume?: boolean;
}

/** Arguments of `fit`. */
export interface FitOptions<M extends Module, B> {
  /** Trained in place: it holds the new weights when `fit` resolves. */
  readonly model: M;
  readonly optimizer: Optimizer;
  readonly loss: LossFunction<M, B>;
  readonly data: TrainingData<B>;
  /** At least one of `epochs` and `steps`; the one that is reached first ends the run. */
  readonly epochs?: number;
  readonly steps?: number;
  /** Where dropout and the like draw from, by `randomKey`. The order of the data has its own seed. */
  readonly key: Tensor;
  readonly validation?: ValidationOptions<M, B>;
  readonly callbacks?: FitCallbacks<M> | readonly FitCallbacks<M>[];
  readonly checkpoint?: CheckpointOptions;
  readonly earlyStopping?: EarlyStoppingOptions;
  /** A learning rate over the steps of this run, in place of the optimizer's own. */
  readonly schedule?: Rate;
  /** Limits of the gradients: of their global norm, and of each element. The norm is reported as `gradientNorm`. */
  readonly clip?: { readonly norm?: number; readonly value?: number };
  /** Batches whose gradients are averaged for one step. Default 1. */
  readonly accumulate?: number;
  /** Keep an average of the weights: validated, and the model's weights at the end. */
  readonly ema?: { readonly decay?: number };
  /** When it fires, the run saves and stops; `fit` resolves with `stopped: "interrupted"`. */
  readonly signal?: AbortSignal;
  /** Let Ctrl-C and SIGTERM save and stop; a second one ends the process. Default: where no `signal` is given. */
  readonly processSignals?: boolean;
  /** Default true: a line on standard error. */
  readonly progress?: boolean | ProgressOptions;
}

/** How a run ended. */
export type StopReason = "finished" | "early" | "interrupted" | "callback";

/** What `fit` resolves to. */
export interface FitResult<M> {
  readonly model: M;
  /** Steps made, those before a resumption included. */
  readonly steps: number;
  /** Seconds of training, over all sittings. */
  readonly seconds: number;
  readonly stopped: StopReason;
  readonly validations: readonly ValidationRecord[];
  readonly best: BestRecord | null;
}

/** @throws TrainingError for options that cannot work, before anything is computed */
export function checkOptions<M extends Module, B>(options: FitOptions<M, B>): void {
  const whole = (field: string, value: number | undefined, least: number): void => {
    if (value === undefined || (Number.isInteger(value) && value >= least)) return;
    fail(`${field}: expected a whole number of at least ${least}, got ${value}`);
  };
  const fail = (message: string): never => {
    throw new TrainingError("option", `fit: ${message}`);
  };
  const { epochs, steps, validation, earlyStopping, checkpoint } = options;
  if (epochs === undefined && steps === undefined) fail("expected epochs or steps, got neither");
  whole("epochs", epochs, 1);
  whole("steps", steps, 1);
  whole("accumulate", options.accumulate, 1);
  whole("validation.every", validation?.every, 1);
  whole("checkpoint.every", checkpoint?.every, 1);
  whole("earlyStopping.patience", earlyStopping?.patience, 1);
  if (validation && !validation.data && !validation.evaluate) {
    fail("validation: expected data or evaluate, got neither");
  }
  if (earlyStopping && !validation) fail("earlyStopping needs validation");
}
