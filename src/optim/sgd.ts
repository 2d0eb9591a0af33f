/** @file Stochastic gradient descent. */
import { add, mul, sub, type Tensor } from "../engine/index.ts";
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

/** Settings of `Sgd`. */
export interface SgdOptions extends OptimizerOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** Look ahead along the momentum (Sutskever et al. 2013). Default false. */
  readonly nesterov?: boolean;
}

/** What SGD remembers. */
export interface SgdState {
  /** int32 scalar: steps made. */
  readonly step: Tensor;
  /** Empty without momentum. */
  readonly velocity: Slots;
}

/**
 * Gradient descent; with momentum b' = μb + g (b starts as the first gradient) and p' = p - rate·b'.
 * `weightDecay` adds its multiple of the weights to the gradient.
 */
export class Sgd implements Optimizer<SgdState> {
  readonly options: SgdOptions;

  constructor(options: SgdOptions) {
    checkRange("Sgd: momentum", options.momentum ?? 0, 0, 1);
    this.options = options;
  }

  init(params: unknown): SgdState {
    return { step: firstStep(), velocity: this.options.momentum ? zeroSlots(params) : {} };
  }

  rateAt(step: number): number {
    return asSchedule(this.options.learningRate).at(step);
  }

  update<P>(params: P, grads: P, state: SgdState, options?: UpdateOptions): Updated<P, SgdState> {
    const { momentum = 0, nesterov = false } = this.options;
    const input = { params, grads, step: state.step, options };
    const updated = updateEach("Sgd", this.options, input, (settings, p, gradient, path) => {
      const { learningRate, weightDecay } = settings;
      const g = weightDecay === 0 ? gradient : add(gradient, mul(p, weightDecay));
      if (momentum === 0) return { parameter: sub(p, mul(g, learningRate)), velocity: null };
      // From a velocity of 0, μ·0 + g is the first gradient.
      const velocity = add(mul(state.velocity[path], momentum), g);
      const direction = nesterov ? add(g, mul(velocity, momentum)) : velocity;
      return { parameter: sub(p, mul(direction, learningRate)), velocity };
    });
    const velocity = momentum === 0 ? {} : pick(updated.results, "velocity");
    return { params: updated.params, state: { step: add(state.step, 1), velocity } };
  }
}
