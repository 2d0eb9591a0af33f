/** @file Mean loss and metrics over data that is not trained on. */
import { planEpoch } from "../data/batches.ts";
import { prefetch } from "../data/prefetch.ts";
import { type CompiledFunction, compile, scalar, Tensor } from "../engine/index.ts";
import type { Module } from "../nn/index.ts";
import type { TrainingData } from "./data.ts";
import { takeTurn } from "./interrupt.ts";
import type { MetricValues } from "./run-progress.ts";
import type { LossFunction, StepValues } from "./step.ts";

/** Computes means over data. */
export interface Validator<M extends Module, B> {
  /** The mean of the loss and of each metric over all rows. */
  run(model: M, data: TrainingData<B>): Promise<MetricValues>;
  dispose(): void;
}

/** Compiles a loss for evaluation: no dropout, running statistics, nothing updated. */
export function makeValidator<M extends Module, B>(loss: LossFunction<M, B>): Validator<M, B> {
  const evaluate: CompiledFunction<[M, B], StepValues> = compile(
    (model: M, batch: B) => {
      const result = loss(model, batch, { training: false, step: scalar(0, "int32") });
      return result instanceof Tensor
        ? { loss: result, metrics: {} }
        : { loss: result.loss, metrics: result.metrics ?? {} };
    },
    { name: "validation" },
  );
  return {
    async run(model, data) {
      const totals = new Map<string, number>();
      let rows = 0;
      const plan = planEpoch(data.count, 0, { ...data, shuffle: false });
      const loaded = (async function* () {
        for (const batch of plan) yield { valid: batch.valid, value: await data.load(batch) };
      })();
      for await (const { valid, value } of prefetch(loaded, data.depth ?? 2)) {
        const { loss: mean, metrics } = await evaluate(model, value);
        for (const [name, tensor] of Object.entries({ loss: mean, ...metrics })) {
          totals.set(name, (totals.get(name) ?? 0) + valid * (await tensor.item()));
        }
        rows += valid;
        await takeTurn();
      }
      return Object.fromEntries([...totals].map(([name, sum]) => [name, sum / rows]));
    },
    dispose: () => evaluate.dispose(),
  };
}
