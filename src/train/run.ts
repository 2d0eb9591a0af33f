/** @file One training run: its state, and what happens after each step. */
import { batchesPerEpoch, type LoadedBatch } from "../data/batches.ts";
import { type Tensor, treeMap } from "../engine/index.ts";
import { assign, type Module, type Parameters, trainable } from "../nn/index.ts";
import { asSchedule } from "../optim/index.ts";
import { judge } from "./early-stopping.ts";
import { TrainingError } from "./errors.ts";
import type {
  CheckpointOptions,
  FitCallbacks,
  FitEvent,
  FitOptions,
  FitResult,
  StopReason,
} from "./options.ts";
import { Pace, type ProgressReporter } from "./progress.ts";
import type { MetricValues, RunIdentity, RunProgress } from "./run-progress.ts";
import { copyTree, makeStepper, type Stepper, startState, type TrainState } from "./step.ts";
import { makeValidator, type Validator } from "./validate.ts";

/** @internal The state of one call of `fit`. */
export class Run<M extends Module, B> implements Disposable {
  /** Why the run should end now. */
  ended: StopReason | undefined;
  readonly #options: FitOptions<M, B>;
  readonly #reporter: ProgressReporter | null;
  readonly #callbacks: readonly FitCallbacks<M>[];
  readonly #stepper: Stepper<M, B>;
  readonly #validator: Validator<M, B>;
  readonly #batchesPerEpoch: number;
  readonly #totalSteps: number;
  #state: TrainState<M>;
  #progress: RunProgress;
  #best: Parameters | null = null;
  #savedStep = -1;
  #startedAt = performance.now();
  #secondsBefore = 0;
  readonly #pace = new Pace();

  private constructor(
    options: FitOptions<M, B>,
    reporter: ProgressReporter | null,
    state: TrainState<M>,
  ) {
    const { data, accumulate = 1, epochs = Infinity, steps = Infinity } = options;
    this.#options = options;
    this.#reporter = reporter;
    this.#callbacks = [options.callbacks ?? []].flat();
    this.#stepper = makeStepper({
      ...options,
      schedule: options.schedule === undefined ? undefined : asSchedule(options.schedule),
    });
    this.#validator = makeValidator(options.validation?.loss ?? options.loss);
    this.#batchesPerEpoch = batchesPerEpoch(data.count, data);
    this.#totalSteps = Math.min(steps, epochs * Math.ceil(this.#batchesPerEpoch / accumulate));
    this.#state = state;
    this.#progress = {
      identity: identityOf(options),
      step: 0,
      next: { epoch: 0, batch: 0 },
      seconds: 0,
      validations: [],
      best: null,
      finished: false,
    };
  }

  /** Prepares a run from the beginning or from its checkpoint. */
  static async begin<M extends Module, B>(
    options: FitOptions<M, B>,
    reporter: ProgressReporter | null,
  ): Promise<Run<M, B>> {
    if (Object.keys(trainable(options.model)).length === 0) {
      const why = "fit: the model has no parameters to train; all are frozen";
      throw new TrainingError("option", why);
    }
    const state = await startState(options.model, options.optimizer, options.ema !== undefined);
    const run = new Run(options, reporter, state);
    if (options.checkpoint && options.checkpoint.resume !== false) await run.#resume();
    run.#adopt(run.#state.model);
    if (run.#progress.finished) run.ended = "early";
    else if (run.#progress.step >= run.#totalSteps) run.ended = "finished";
    return run;
  }

  /** The batch that comes next. */
  get position(): RunProgress["next"] {
    return this.#progress.next;
  }

  /** One step, and all that is due after it. */
  async step(batches: readonly LoadedBatch<B>[]): Promise<void> {
    const began = performance.now();
    const { key } = this.#options;
    const data = batches.map((batch) => batch.data);
    const { state, values } = await this.#stepper.step(this.#state, data, key);
    this.#state = state;
    const loss = await values.loss.item();
    const last = batches[batches.length - 1];
    const step = this.#progress.step + 1;
    if (!Number.isFinite(loss)) throw diverged(loss, step, last, this.#savedStep);
    const epochEnds = last.index === this.#batchesPerEpoch - 1;
    const next = epochEnds
      ? { epoch: last.epoch + 1, batch: 0 }
      : { epoch: last.epoch, batch: last.index + 1 };
    this.#progress = { ...this.#progress, step, next };
    this.#adopt(state.model);
    const examples = batches.reduce((sum, { valid }) => sum + valid, 0);
    await this.#report(loss, values.metrics, last.epoch, examples, performance.now() - began);
    const finishes = step >= this.#totalSteps;
    await this.#afterStep(last.epoch, epochEnds, finishes);
    if (finishes) this.ended ??= "finished";
  }

  /** Saves what is not saved yet, and gives the model the weights that it should end with. */
  async finish(): Promise<void> {
    if (this.#options.checkpoint && this.#savedStep !== this.#progress.step) await this.#save();
    const { earlyStopping, model } = this.#options;
    this.#adopt(this.#evaluated());
    if (earlyStopping && this.#best) assign(model, this.#best);
  }

  result(): Omit<FitResult<M>, "stopped"> {
    const { step, validations, best } = this.#progress;
    const { model } = this.#options;
    return { model, steps: step, seconds: this.#seconds(), validations, best };
  }

  [Symbol.dispose](): void {
    this.#stepper.dispose();
    this.#validator.dispose();
  }

  /** The model with the weights that are validated: averaged ones where they are kept. */
  #evaluated(): M {
    if (!this.#options.ema) return this.#state.model;
    return assign(
      treeMap(this.#state.model, (t) => t),
      this.#state.average,
    );
  }

  /** Puts tensors into the caller's model. */
  #adopt(from: M): void {
    assign(this.#options.model, Object.fromEntries(from.stateDict()));
  }

  #seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#startedAt) / 1e3;
  }

  #event(epoch: number): FitEvent<M> {
    return {
      model: this.#options.model,
      step: this.#progress.step,
      epoch,
      stop: () => {
        this.ended ??= "callback";
      },
    };
  }

  async #report(
    loss: number,
    tensors: Readonly<Record<string, Tensor>>,
    epoch: number,
    examples: number,
    ms: number,
  ): Promise<void> {
    const { step } = this.#progress;
    const { schedule, optimizer, epochs } = this.#options;
    this.#pace.note(ms);
    const paceMs = this.#pace.ms ?? ms;
    const examplesPerSecond = (1e3 * examples) / paceMs;
    const ends = Number.isFinite(this.#totalSteps);
    const left = this.#pace.ms === null ? null : (paceMs * (this.#totalSteps - step)) / 1e3;
    this.#reporter?.update({
      step,
      epoch,
      loss,
      examplesPerSecond,
      ...(epochs !== undefined && { epochs }),
      ...(ends && { steps: this.#totalSteps }),
      ...(ends && left !== null && { secondsLeft: left }),
    });
    if (this.#callbacks.every(({ onStep }) => onStep === undefined)) return;
    const rate = schedule === undefined ? optimizer : asSchedule(schedule);
    const learningRate = "rateAt" in rate ? rate.rateAt(step - 1) : rate.at(step - 1);
    const metrics = await numbers(tensors);
    const event = { ...this.#event(epoch), loss, metrics, learningRate, examplesPerSecond };
    for (const callbacks of this.#callbacks) await callbacks.onStep?.(event);
  }

  async #afterStep(epoch: number, epochEnds: boolean, finishes: boolean): Promise<void> {
    const { validation, checkpoint } = this.#options;
    const { step } = this.#progress;
    const due = (every: number | undefined): boolean =>
      every === undefined ? epochEnds : step % every === 0;
    if (validation && (due(validation.every) || finishes)) await this.#validate(epoch);
    if (epochEnds) {
      for (const callbacks of this.#callbacks) await callbacks.onEpoch?.(this.#event(epoch));
    }
    if (checkpoint && due(checkpoint.every)) await this.#save();
  }

  async #validate(epoch: number): Promise<void> {
    const { validation, earlyStopping } = this.#options;
    const model = this.#evaluated();
    const means = validation?.data ? await this.#validator.run(model, validation.data) : {};
    const values = { ...means, ...(await validation?.evaluate?.(model)) };
    const record = { step: this.#progress.step, epoch, values };
    const metric = earlyStopping?.metric ?? ("loss" in values ? "loss" : null);
    const best = metric ? judge(this.#progress.best, record, { ...earlyStopping, metric }) : null;
    const isBest = best !== null && best.waited === 0;
    // Kept apart from the state, which the next step overwrites.
    if (isBest && earlyStopping) this.#best = await copyTree(stateOf(model));
    const stops = earlyStopping && best && best.waited >= earlyStopping.patience;
    const validations = [...this.#progress.validations, record];
    this.#progress = { ...this.#progress, validations, best, finished: stops === true };
    if (stops) this.ended ??= "early";
    const shown = Object.entries(values).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
    this.#reporter?.say(`validation after step ${record.step}: ${shown.join("  ")}`);
    const event = { ...this.#event(epoch), values, isBest };
    for (const callbacks of this.#callbacks) await callbacks.onValidation?.(event);
  }

  async #save(): Promise<void> {
    const { dir } = this.#options.checkpoint as CheckpointOptions;
    const { model, optimizer, average, step } = this.#state;
    const best = this.#best ?? {};
    const trees = { model: stateOf(model), optimizer, average, step, key: this.#options.key, best };
    // The one part that needs files; a page in a browser never comes here.
    const { saveCheckpoint } = await import("./checkpoint.ts");
    await saveCheckpoint(dir, trees, { ...this.#progress, seconds: this.#seconds() });
    this.#savedStep = this.#progress.step;
  }

  async #resume(): Promise<void> {
    const { loadCheckpoint, recordFrom, restoreTree } = await import("./checkpoint.ts");
    const { dir } = this.#options.checkpoint as CheckpointOptions;
    const checkpoint = await loadCheckpoint(dir);
    if (!checkpoint) return;
    const { progress, path } = checkpoint;
    const key = restoreTree(checkpoint, "key", this.#options.key);
    checkSameRun(path, progress.identity, this.#progress.identity);
    if (`${await key.data()}` !== `${await this.#options.key.data()}`) {
      throw otherRun(path, "its random key is another");
    }
    const state = { ...this.#state, model: stateOf(this.#state.model) };
    const saved = Object.fromEntries(
      Object.entries(state).map(([name, tree]) => [name, restoreTree(checkpoint, name, tree)]),
    ) as typeof state;
    this.#state = { ...saved, model: assign(this.#state.model, saved.model) };
    const best = recordFrom(checkpoint, "best");
    if (Object.keys(best).length > 0) this.#best = best;
    this.#progress = progress;
    this.#savedStep = progress.step;
    this.#secondsBefore = progress.seconds;
    this.#reporter?.say(`continuing after step ${progress.step} from ${path}`);
  }
}

function stateOf(model: Module): Parameters {
  return Object.fromEntries(model.stateDict());
}

function identityOf<M extends Module, B>({ data, accumulate = 1 }: FitOptions<M, B>): RunIdentity {
  const { count: rows, batchSize, seed = 0, shuffle = true, last = "keep" } = data;
  return { rows, batchSize, seed, shuffle, last, accumulate };
}

function checkSameRun(path: string, saved: RunIdentity, own: RunIdentity): void {
  for (const field of Object.keys(own) as (keyof RunIdentity)[]) {
    if (saved[field] === own[field]) continue;
    throw otherRun(path, `its ${field} was ${saved[field]}, now it is ${own[field]}`);
  }
}

function otherRun(path: string, why: string): TrainingError {
  return new TrainingError(
    "checkpoint",
    `${path} is of another run: ${why}. Use the same settings, another folder, or resume: false.`,
  );
}

function diverged(
  loss: number,
  step: number,
  { epoch, index }: LoadedBatch<unknown>,
  savedStep: number,
): TrainingError {
  const saved = savedStep < 0 ? "" : ` The checkpoint of step ${savedStep} is untouched.`;
  return new TrainingError(
    "diverged",
    `fit: the loss became ${loss} at step ${step} (epoch ${epoch + 1}, batch ${index + 1}); the weights are lost.${saved} ` +
      "Try a lower learning rate or a warm-up, clip gradients (clip: { norm: 1 }), and look in the data for NaN and in the loss for log(0).",
  );
}

async function numbers(tensors: Readonly<Record<string, Tensor>>): Promise<MetricValues> {
  const entries = Object.entries(tensors).map(async ([name, t]) => [name, await t.item()]);
  return Object.fromEntries(await Promise.all(entries));
}
