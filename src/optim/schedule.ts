/** @file Learning rates as functions of the step: the same formula for numbers and inside a graph. */
import { cos, floor, maximum, minimum, pow, scalar, Tensor, ValueError } from "../engine/index.ts";

/** The few operations that schedules are made of, on numbers or on tensors. */
interface Arithmetic<T> {
  readonly of: (value: number) => T;
  readonly add: (a: T, b: T) => T;
  readonly mul: (a: T, b: number) => T;
  readonly times: (a: T, b: T) => T;
  readonly min: (a: T, b: number) => T;
  readonly max: (a: T, b: number) => T;
  readonly floor: (a: T) => T;
  readonly cos: (a: T) => T;
  /** base to the power of a. */
  readonly power: (base: number, a: T) => T;
  /** a to a fixed power. */
  readonly root: (a: T, exponent: number) => T;
}

const numbers: Arithmetic<number> = {
  of: (value) => value,
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  times: (a, b) => a * b,
  min: Math.min,
  max: Math.max,
  floor: Math.floor,
  cos: Math.cos,
  power: (base, a) => base ** a,
  root: (a, exponent) => a ** exponent,
};

const tensors: Arithmetic<Tensor> = {
  of: (value) => scalar(value),
  add: (a, b) => a.add(b),
  mul: (a, b) => a.mul(b),
  times: (a, b) => a.mul(b),
  min: minimum,
  max: maximum,
  floor,
  cos,
  power: (base, a) => pow(scalar(base), a),
  root: (a, exponent) => pow(a, exponent),
};

type Formula = <T>(math: Arithmetic<T>, step: T) => T;

/**
 * A value for each step, counted from 0: of a number it gives a number; of a scalar tensor (a step
 * count inside a compiled step) it gives a float32 scalar tensor.
 */
export class Schedule {
  /** @internal */
  readonly _formula: Formula;

  /** @internal use the functions below */
  constructor(formula: Formula) {
    this._formula = formula;
  }

  /** The value at a step. */
  at(step: number): number;
  at(step: Tensor): Tensor;
  at(step: number | Tensor): number | Tensor {
    return step instanceof Tensor
      ? this._formula(tensors, step.cast("float32"))
      : this._formula(numbers, step);
  }

  /** The same schedule, scaled. */
  times(factor: number): Schedule {
    return new Schedule((m, step) => m.mul(this._formula(m, step), factor));
  }
}

/** A number, or a value for each step. */
export type Rate = number | Schedule;

/** A rate as a schedule. */
export function asSchedule(rate: Rate): Schedule {
  return typeof rate === "number" ? constant(rate) : rate;
}

function checkSteps(name: string, steps: number): void {
  if (!(steps > 0)) throw new ValueError(`${name}: steps must be above 0, got ${steps}`);
}

/** The same value at every step. */
export function constant(value: number): Schedule {
  return new Schedule((m) => m.of(value));
}

/** From `from` to `to` in a straight line over `steps`, then `to`. */
export function linear(options: {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}): Schedule {
  const { from, to, steps } = options;
  checkSteps("linear", steps);
  return new Schedule((m, step) =>
    m.add(m.of(from), m.mul(m.min(m.mul(step, 1 / steps), 1), to - from)),
  );
}

/** Half a cosine from `from` to `to` (default 0) over `steps`, then `to` (Loshchilov & Hutter 2017). */
export function cosine(options: {
  readonly from: number;
  readonly to?: number;
  readonly steps: number;
}): Schedule {
  const { from, to = 0, steps } = options;
  checkSteps("cosine", steps);
  return new Schedule((m, step) => {
    const angle = m.mul(m.min(m.mul(step, 1 / steps), 1), Math.PI);
    return m.add(m.mul(m.add(m.cos(angle), m.of(1)), (from - to) / 2), m.of(to));
  });
}

/** `from`, multiplied by `factor` (default 0.1) after every `every` steps. */
export function stepDecay(options: {
  readonly from: number;
  readonly factor?: number;
  readonly every: number;
}): Schedule {
  const { from, factor = 0.1, every } = options;
  checkSteps("stepDecay", every);
  // A quarter of a step keeps the division from falling short of a whole number.
  return new Schedule((m, step) =>
    m.mul(m.power(factor, m.floor(m.mul(m.add(step, m.of(0.25)), 1 / every))), from),
  );
}

/** `from` times √(steps / step) from step `steps` on, `from` before it (Vaswani et al. 2017, equation 3). */
export function inverseSqrt(options: { readonly from: number; readonly steps: number }): Schedule {
  const { from, steps } = options;
  checkSteps("inverseSqrt", steps);
  return new Schedule((m, step) =>
    m.mul(m.root(m.max(m.mul(m.add(step, m.of(1)), 1 / steps), 1), -0.5), from),
  );
}

/**
 * Rises in a straight line over `steps` steps, of which the first is already above zero, to what
 * `then` begins with; `then` counts from the end of the rise.
 */
export function warmup(steps: number, then: Rate): Schedule {
  checkSteps("warmup", steps);
  const schedule = asSchedule(then);
  return new Schedule((m, step) => {
    const rise = m.min(m.mul(m.add(step, m.of(1)), 1 / steps), 1);
    return m.times(rise, schedule._formula(m, m.max(m.add(step, m.of(-steps)), 0)));
  });
}
