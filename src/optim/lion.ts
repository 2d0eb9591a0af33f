/** @file Lion (Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2). */
import { add, mul, sign, sub, type Tensor } from "../engine/index.ts";
import {
  checkRange,
  firstStep,
  type Optimizer,
  type OptimizerOptions,
  pick,
  type Slots,
  type Updated,
  type UpdateOptions,
  updateEach,
  zeroSlots,
} from "./optimizer.ts";
import { asSchedule } from "./schedule.ts";

/** Settings of `Lion`. */
export interface LionOptions extends OptimizerOptions {
  /** Weight of the past in the step's direction. Default 0.9. */
  readonly beta1?: number;
  /** Weight of the past in what is remembered. Default 0.99. */
  readonly beta2?: number;
}

/** What Lion remembers. */
export interface LionState {
  /** int32 scalar: steps made. */
  readonly step: Tensor;
  readonly m: Slots;
}

/** Steps of equal size along the sign of a blend of momentum and gradient, with decoupled decay. */
export class Lion implements Optimizer<LionState> {
  readonly options: LionOptions;

  constructor(options: LionOptions) {
    checkRange("Lion: beta1", options.beta1 ?? 0.9, 0, 1);
    checkRange("Lion: beta2", options.beta2 ?? 0.99, 0, 1);
    this.options = options;
  }

  init(params: unknown): LionState {
    return { step: firstStep(), m: zeroSlots(params) };
  }

  rateAt(step: number): number {
    return asSchedule(this.options.learningRate).at(step);
  }

  update<P>(params: P, grads: P, state: LionState, options?: UpdateOptions): Updated<P, LionState> {
    const { beta1 = 0.9, beta2 = 0.99 } = this.options;
    const input = { params, grads, step: state.step, options };
    const updated = updateEach("Lion", this.options, input, (settings, p, g, path) => {
      const { learningRate, weightDecay } = settings;
      const direction = sign(add(mul(state.m[path], beta1), mul(g, 1 - beta1)));
      const m = add(mul(state.m[path], beta2), mul(g, 1 - beta2));
      const pull = weightDecay === 0 ? direction : add(direction, mul(p, weightDecay));
      return { parameter: sub(p, mul(pull, learningRate)), m };
    });
    const m = pick(updated.results, "m");
    return { params: updated.params, state: { step: add(state.step, 1), m } };
  }
}
