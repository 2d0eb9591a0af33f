/** @file Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019). */
import { add, div, mul, scalar, sqrt, square, sub, type Tensor } from "../engine/index.ts";
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

/** Settings of `Adam` and `AdamW`. */
export interface AdamOptions extends OptimizerOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** What Adam remembers. */
export interface AdamState {
  /** int32 scalar: steps made. */
  readonly step: Tensor;
  /** Running means of the gradients. */
  readonly m: Slots;
  /** Running means of their squares. */
  readonly v: Slots;
  /** 1 - β₁ᵗ and 1 - β₂ᵗ: running means of 1, which is exact where the difference would not be. */
  readonly weight1: Tensor;
  readonly weight2: Tensor;
}

/** Adam; `weightDecay` is an L2 penalty that goes through the moments. */
export class Adam implements Optimizer<AdamState> {
  readonly options: AdamOptions;
  /** Whether weights shrink by themselves, apart from the gradient. */
  protected readonly decoupled: boolean = false;

  constructor(options: AdamOptions) {
    checkRange(`${new.target.name}: beta1`, options.beta1 ?? 0.9, 0, 1);
    checkRange(`${new.target.name}: beta2`, options.beta2 ?? 0.999, 0, 1);
    this.options = options;
  }

  init(params: unknown): AdamState {
    const moments = { m: zeroSlots(params), v: zeroSlots(params) };
    return { step: firstStep(), ...moments, weight1: scalar(0), weight2: scalar(0) };
  }

  rateAt(step: number): number {
    return asSchedule(this.options.learningRate).at(step);
  }

  update<P>(params: P, grads: P, state: AdamState, options?: UpdateOptions): Updated<P, AdamState> {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = this.options;
    const weight1 = add(mul(state.weight1, beta1), 1 - beta1);
    const weight2 = add(mul(state.weight2, beta2), 1 - beta2);
    // √(v/w₂) = √v/√w₂: the corrections stay scalars, out of the loop over elements.
    const rescale = div(1, sqrt(weight2));
    const input = { params, grads, step: state.step, options };
    const updated = updateEach("Adam", this.options, input, (settings, p, gradient, path) => {
      const { learningRate, weightDecay } = settings;
      const penalty = weightDecay !== 0 && !this.decoupled;
      const g = penalty ? add(gradient, mul(p, weightDecay)) : gradient;
      const m = add(mul(state.m[path], beta1), mul(g, 1 - beta1));
      const v = add(mul(state.v[path], beta2), mul(square(g), 1 - beta2));
      const size = div(learningRate, weight1);
      const change = div(mul(m, size), add(mul(sqrt(v), rescale), epsilon));
      const shrinks = weightDecay !== 0 && this.decoupled;
      const kept = shrinks ? mul(p, sub(1, mul(learningRate, weightDecay))) : p;
      return { parameter: sub(kept, change), m, v };
    });
    const [m, v] = [pick(updated.results, "m"), pick(updated.results, "v")];
    return { params: updated.params, state: { step: add(state.step, 1), m, v, weight1, weight2 } };
  }
}

/** Adam with decoupled weight decay: each step multiplies weights by 1 - rate · weightDecay. Default decay 0.01. */
export class AdamW extends Adam {
  protected override readonly decoupled = true;

  constructor(options: AdamOptions) {
    super({ weightDecay: 0.01, ...options });
  }
}
