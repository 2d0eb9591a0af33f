/** @file The compiled step of `fit`: loss, gradients, clipping, update and averages as one graph. */
import {
  add,
  compile,
  evaluate,
  foldIn,
  gradients,
  mul,
  scalar,
  Tensor,
  tensor,
  treeLeaves,
  treeMap,
} from "../engine/index.ts";
import { assign, type Context, type Module, type Parameters, Rng, trainable } from "../nn/index.ts";
import {
  clipByGlobalNorm,
  clipByValue,
  emaUpdate,
  globalNorm,
  type Optimizer,
  type Schedule,
} from "../optim/index.ts";

/** What a loss function is told: the context for `forward`, and the step's number. */
export interface LossContext extends Context {
  /** int32 scalar: steps made before this one. */
  readonly step: Tensor;
}

/** A loss, or a loss with other scalars that are reported beside it. */
export type LossResult =
  | Tensor
  | { readonly loss: Tensor; readonly metrics?: Readonly<Record<string, Tensor>> };

/** The loss of a batch. It is traced: it must be synchronous and made of tensor operations. */
export type LossFunction<M, B> = (model: M, batch: B, ctx: LossContext) => LossResult;

/** Everything that a step changes. */
export interface TrainState<M extends Module> {
  readonly model: M;
  readonly optimizer: unknown;
  /** Averages of the trained parameters; empty without `ema`. */
  readonly average: Parameters;
  /** int32 scalar: steps made. */
  readonly step: Tensor;
}

/** Numbers that a step reports. */
export interface StepValues {
  readonly loss: Tensor;
  readonly metrics: Readonly<Record<string, Tensor>>;
}

/** How steps are made. */
export interface StepSettings<M extends Module, B> {
  readonly loss: LossFunction<M, B>;
  readonly optimizer: Optimizer;
  readonly schedule?: Schedule;
  readonly clip?: { readonly norm?: number; readonly value?: number };
  readonly ema?: { readonly decay?: number };
}

interface Sums extends StepValues {
  readonly grads: Parameters;
  /** Batches that were added up (float32 scalar). */
  readonly count: Tensor;
}

/** Makes steps of one batch or of several. */
export interface Stepper<M extends Module, B> {
  /** One step on the mean loss of the batches. The state is used up. */
  step(
    state: TrainState<M>,
    batches: readonly B[],
    key: Tensor,
  ): Promise<{ state: TrainState<M>; values: StepValues }>;
  dispose(): void;
}

function named(result: LossResult): StepValues {
  return result instanceof Tensor
    ? { loss: result, metrics: {} }
    : { loss: result.loss, metrics: result.metrics ?? {} };
}

/** Loss and gradients of one batch; the model's buffers are updated on the way. */
function lossAndGradients<M extends Module, B>(
  loss: LossFunction<M, B>,
  model: M,
  batch: B,
  key: Tensor,
  step: Tensor,
): { params: Parameters; grads: Parameters; values: StepValues } {
  // Taken first: what forward assigns to the model are buffers, never parameters.
  const params = trainable(model);
  const values = named(loss(model, batch, { training: true, rng: new Rng(key), step }));
  return { params, grads: gradients(values.loss, params), values };
}

function update<M extends Module, B>(
  { optimizer, schedule, clip, ema }: StepSettings<M, B>,
  state: TrainState<M>,
  grads: Parameters,
): { state: TrainState<M>; norm: Tensor | null } {
  const params = trainable(state.model);
  let norm: Tensor | null = null;
  let used = clip?.value ? clipByValue(grads, clip.value) : grads;
  if (clip?.norm) ({ grads: used, norm } = clipByGlobalNorm(used, clip.norm));
  else if (clip?.value) norm = globalNorm(grads);
  const options = schedule ? { learningRate: schedule.at(state.step) } : {};
  const next = optimizer.update(params, used, state.optimizer, options);
  const { step } = state;
  const average = ema ? emaUpdate(state.average, next.params, { ...ema, step }) : state.average;
  assign(state.model, next.params);
  const changed = { model: state.model, optimizer: next.state, average, step: add(step, 1) };
  return { state: changed, norm };
}

function withNorm(values: StepValues, norm: Tensor | null): StepValues {
  return norm ? { ...values, metrics: { ...values.metrics, gradientNorm: norm } } : values;
}

/**
 * Compiles steps. One batch is one graph with the state donated; several are graphs that add up
 * gradients, and one that applies them.
 */
export function makeStepper<M extends Module, B>(settings: StepSettings<M, B>): Stepper<M, B> {
  const whole = compile(
    (state: TrainState<M>, batch: B, key: Tensor) => {
      const stepKey = foldIn(key, state.step);
      const { grads, values } = lossAndGradients(
        settings.loss,
        state.model,
        batch,
        stepKey,
        state.step,
      );
      const updated = update(settings, state, grads);
      return { state: updated.state, values: withNorm(values, updated.norm) };
    },
    { donate: [0], name: "training step" },
  );

  const first = compile(
    (model: M, batch: B, key: Tensor, step: Tensor) => {
      const { grads, values } = lossAndGradients(settings.loss, model, batch, key, step);
      return { model, sums: { ...values, grads, count: scalar(1) } as Sums };
    },
    { name: "first batch of a step" },
  );

  const more = compile(
    (model: M, sums: Sums, batch: B, key: Tensor, step: Tensor) => {
      const { grads, values } = lossAndGradients(settings.loss, model, batch, key, step);
      const metrics = treeMap(sums.metrics, (sum, name) => add(sum, values.metrics[name]));
      const total = treeMap(sums.grads, (sum, path) => add(sum, grads[path]));
      const loss = add(sums.loss, values.loss);
      return { model, sums: { loss, metrics, grads: total, count: add(sums.count, 1) } as Sums };
    },
    { donate: [1], name: "further batch of a step" },
  );

  const apply = compile(
    (state: TrainState<M>, { grads, count, loss, metrics }: Sums) => {
      const share = count.reciprocal();
      const mean = <T>(tree: T): T => treeMap(tree, (sum) => mul(sum, share));
      const updated = update(settings, state, mean(grads));
      return {
        state: updated.state,
        values: withNorm({ loss: mul(loss, share), metrics: mean(metrics) }, updated.norm),
      };
    },
    { donate: [0, 1], name: "update after several batches" },
  );

  const several = async (state: TrainState<M>, batches: readonly B[], key: Tensor) => {
    const stepKey = foldIn(key, state.step);
    let { model, sums } = await first(state.model, batches[0], await own(stepKey, 0), state.step);
    for (let i = 1; i < batches.length; i++) {
      ({ model, sums } = await more(model, sums, batches[i], await own(stepKey, i), state.step));
    }
    return apply({ ...state, model }, sums);
  };
  return {
    step: (state, batches, key) =>
      batches.length === 1 ? whole(state, batches[0], key) : several(state, batches, key),
    dispose() {
      for (const compiled of [whole, first, more, apply]) compiled.dispose();
    },
  };
}

function own(key: Tensor, index: number): Promise<Tensor> {
  return evaluate(foldIn(key, index));
}

/**
 * The state before the first step. The model's tensors are copied: steps use their state up, and the
 * caller may hold the weights elsewhere too.
 */
export async function startState<M extends Module>(
  model: M,
  optimizer: Optimizer,
  averaged = false,
): Promise<TrainState<M>> {
  const own = await copyTree(model);
  const params = trainable(own);
  return {
    model: own,
    optimizer: await copyTree(optimizer.init(params)),
    average: averaged ? await copyTree(params) : {},
    step: await copyTree(scalar(0, "int32")),
  };
}

/** Every tensor of a tree computed and copied, so that a step may use it up. */
export async function copyTree<T>(tree: T): Promise<T> {
  await evaluate(tree);
  const copies = new Map<Tensor, Tensor>();
  for (const leaf of treeLeaves(tree)) {
    const data = (await leaf.data()).slice();
    copies.set(leaf, tensor(data, { dtype: leaf.dtype, shape: leaf.shape }));
  }
  return treeMap(tree, (leaf) => copies.get(leaf));
}
