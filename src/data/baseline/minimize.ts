/** @file L-BFGS: the minimum of a smooth function of many variables (Liu and Nocedal 1989). */

/** Value of the function at `at`; writes its gradient into `gradient`. */
export type Objective = (at: Float64Array, gradient: Float64Array) => number;

/** Options of `minimize`. */
export interface MinimizeOptions {
  /** Ends when no component of the gradient is larger than this. Default 1e-4. */
  readonly tolerance?: number;
  /** Default 200. */
  readonly maxIterations?: number;
}

/** Where `minimize` ended. */
export interface Minimum {
  readonly at: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** Whether the gradient met the tolerance. */
  readonly converged: boolean;
}

/** Pairs of steps that approximate the curvature. */
const memory = 10;

/** Minimises from `start` (left as it is), with steps by bisection to the weak Wolfe conditions. */
export function minimize(
  objective: Objective,
  start: Float64Array,
  options: MinimizeOptions = {},
): Minimum {
  const search = steps(start, options);
  let turn = search.next();
  while (!turn.done) turn = search.next(objective(turn.value.at, turn.value.gradient));
  return turn.value;
}

/** As `minimize`, of a function that takes its time: one computed by the engine. */
export async function minimizeAsync(
  objective: (at: Float64Array, gradient: Float64Array) => Promise<number>,
  start: Float64Array,
  options: MinimizeOptions = {},
): Promise<Minimum> {
  const search = steps(start, options);
  let turn = search.next();
  while (!turn.done) turn = search.next(await objective(turn.value.at, turn.value.gradient));
  return turn.value;
}

/** Where the value is wanted; the gradient is to be written. */
interface Question {
  readonly at: Float64Array;
  readonly gradient: Float64Array;
}

/** The search itself: it asks for values and ends with what it found. */
function* steps(
  start: Float64Array,
  { tolerance = 1e-4, maxIterations = 200 }: MinimizeOptions,
): Generator<Question, Minimum, number> {
  let at = Float64Array.from(start);
  let gradient = new Float64Array(at.length);
  let value = yield { at, gradient };
  let next = new Float64Array(at.length);
  let nextGradient = new Float64Array(at.length);
  const pairs: CurvaturePair[] = [];
  let iterations = 0;
  while (largest(gradient) > tolerance && iterations < maxIterations) {
    const direction = descent(gradient, pairs);
    const slope = dot(direction, gradient);
    // Without curvature yet, a step of length 1 is as good a guess as any.
    let step = pairs.length === 0 ? 1 / Math.sqrt(-slope) : 1;
    let low = 0;
    let high = Infinity;
    let nextValue = value;
    for (let tries = 0; tries < 40; tries++) {
      for (let i = 0; i < at.length; i++) next[i] = at[i]! + step * direction[i]!;
      nextValue = yield { at: next, gradient: nextGradient };
      if (!(nextValue <= value + 1e-4 * step * slope)) high = step;
      else if (dot(direction, nextGradient) < 0.9 * slope) low = step;
      else break;
      step = high === Infinity ? 2 * step : (low + high) / 2;
    }
    // Rounding leaves nothing to gain.
    if (!(nextValue < value)) break;
    const move = next.map((each, i) => each - at[i]!);
    const turn = nextGradient.map((each, i) => each - gradient[i]!);
    const curvature = dot(move, turn);
    if (curvature > 1e-12) pairs.push({ move, turn, curvature });
    if (pairs.length > memory) pairs.shift();
    [at, next] = [next, at];
    [gradient, nextGradient] = [nextGradient, gradient];
    value = nextValue;
    iterations++;
  }
  return { at, value, iterations, converged: largest(gradient) <= tolerance };
}

interface CurvaturePair {
  readonly move: Float64Array;
  readonly turn: Float64Array;
  readonly curvature: number;
}

/** Minus the gradient times the approximate inverse Hessian: the two-loop recursion. */
function descent(gradient: Float64Array, pairs: readonly CurvaturePair[]): Float64Array {
  const direction = gradient.map((each) => -each);
  const factors = new Float64Array(pairs.length);
  for (let p = pairs.length - 1; p >= 0; p--) {
    const { move, turn, curvature } = pairs[p]!;
    factors[p] = dot(move, direction) / curvature;
    for (let i = 0; i < direction.length; i++) direction[i]! -= factors[p]! * turn[i]!;
  }
  const latest = pairs.at(-1);
  if (latest !== undefined) {
    const scale = latest.curvature / dot(latest.turn, latest.turn);
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  pairs.forEach(({ move, turn, curvature }, p) => {
    const change = factors[p]! - dot(turn, direction) / curvature;
    for (let i = 0; i < direction.length; i++) direction[i]! += change * move[i]!;
  });
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}
