/** @file Adafactor (Shazeer & Stern 2018): second moments of matrices kept as row and column sums. */
import {
  add,
  div,
  expandDims,
  flattenTree,
  full,
  maximum,
  mean,
  mul,
  pow,
  sqrt,
  square,
  sub,
  type Tensor,
  zerosLike,
} from "../engine/index.ts";
import {
  firstStep,
  type Optimizer,
  type OptimizerOptions,
  type Slots,
  type Updated,
  type UpdateOptions,
  updateEach,
} from "./optimizer.ts";
import { asSchedule, type Rate, Schedule } from "./schedule.ts";

/** Settings of `Adafactor`. */
export interface AdafactorOptions extends Omit<OptimizerOptions, "learningRate"> {
  /** The relative step size ρ. Default min(0.01, 1/√t), with t from 1. */
  readonly learningRate?: Rate;
  /** Steps are scaled by the root mean square of the parameter, at least `epsilon2`. Default true. */
  readonly scaleByParameter?: boolean;
  /** The decay of moments is 1 - t^-decay. Default 0.8. */
  readonly decay?: number;
  /** Updates whose root mean square is above it are scaled down to it. Default 1. */
  readonly clip?: number;
  /** Added to squared gradients. Default 1e-30. */
  readonly epsilon1?: number;
  /** The least scale of a parameter. Default 1e-3. */
  readonly epsilon2?: number;
}

/** What Adafactor remembers: of matrices means over columns and rows, of vectors all. */
export interface AdafactorState {
  /** int32 scalar: steps made. */
  readonly step: Tensor;
  readonly rows: Slots;
  readonly columns: Slots;
  readonly v: Slots;
}

interface Moments {
  readonly rows?: Tensor;
  readonly columns?: Tensor;
  readonly v?: Tensor;
}

const rms = (x: Tensor): Tensor => sqrt(mean(square(x)));

/** The paper's algorithms 4 and 5 without momentum; tensors of rank 2 and more are factored over their last two axes. */
export class Adafactor implements Optimizer<AdafactorState> {
  readonly options: AdafactorOptions & { readonly learningRate: Rate };

  constructor(options: AdafactorOptions = {}) {
    const paperRate = new Schedule((m, step) => m.min(m.root(m.add(step, m.of(1)), -0.5), 0.01));
    this.options = { ...options, learningRate: options.learningRate ?? paperRate };
  }

  init(params: unknown): AdafactorState {
    const { leaves, paths } = flattenTree(params);
    const entries = leaves.map((p, i) => ({ p, path: paths[i] }));
    const slots = (wanted: (p: Tensor) => boolean, make: (p: Tensor) => Tensor): Slots =>
      Object.fromEntries(entries.filter(({ p }) => wanted(p)).map((e) => [e.path, make(e.p)]));
    const factored = (p: Tensor): boolean => p.rank >= 2;
    return {
      step: firstStep(),
      rows: slots(factored, (p) => full(p.shape.slice(0, -1), 0, p.dtype)),
      columns: slots(factored, (p) => full([...p.shape.slice(0, -2), ...p.shape.slice(-1)], 0)),
      v: slots((p) => !factored(p), zerosLike),
    };
  }

  rateAt(step: number): number {
    return asSchedule(this.options.learningRate).at(step);
  }

  update<P>(
    params: P,
    grads: P,
    state: AdafactorState,
    options?: UpdateOptions,
  ): Updated<P, AdafactorState> {
    const { clip = 1, decay = 0.8, epsilon2 = 1e-3, scaleByParameter = true } = this.options;
    const step = add(state.step, 1);
    const fresh = pow(step.cast("float32"), -decay);
    const input = { params, grads, step: state.step, options };
    const updated = updateEach("Adafactor", this.options, input, (settings, p, g, path) => {
      const { direction, moments } = this.scaled(g, state, path, fresh);
      const clipped = div(direction, maximum(div(rms(direction), clip), 1));
      const scale = scaleByParameter ? maximum(rms(p), epsilon2) : null;
      const rate = scale ? mul(settings.learningRate, scale) : settings.learningRate;
      const change = mul(clipped, rate);
      const kept =
        settings.weightDecay === 0
          ? p
          : sub(p, mul(p, mul(settings.learningRate, settings.weightDecay)));
      return { parameter: sub(kept, change), ...moments };
    });
    const slots = (key: keyof Moments): Slots =>
      Object.fromEntries(
        Object.keys(state[key]).map((path) => [path, updated.results[path][key] as Tensor]),
      );
    const next = { step, rows: slots("rows"), columns: slots("columns"), v: slots("v") };
    return { params: updated.params, state: next };
  }

  /** The gradient over the root of its estimated second moment. `fresh` is 1 - β₂. */
  private scaled(
    g: Tensor,
    state: AdafactorState,
    path: string,
    fresh: Tensor,
  ): { direction: Tensor; moments: Moments } {
    const squared = add(square(g), this.options.epsilon1 ?? 1e-30);
    const blend = (old: Tensor, value: Tensor): Tensor => add(old, mul(sub(value, old), fresh));
    if (g.rank < 2) {
      const v = blend(state.v[path], squared);
      return { direction: div(g, sqrt(v)), moments: { v } };
    }
    const rows = blend(state.rows[path], mean(squared, { axis: -1 }));
    const columns = blend(state.columns[path], mean(squared, { axis: -2 }));
    // v = rows · columns / mean(rows); the roots are taken apart, as products would leave float32.
    const share = sqrt(div(rows, mean(rows, { axis: -1, keepdims: true })));
    const root = mul(expandDims(share, -1), expandDims(sqrt(columns), -2));
    return { direction: div(g, root), moments: { rows, columns } };
  }
}
