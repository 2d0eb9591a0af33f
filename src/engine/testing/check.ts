/** @file Checks of one op: its gradients against differences of values in float64, and one backend against another. */
import { vjp } from "../autodiff.ts";
import type { BackendName } from "../backend.ts";
import { compile } from "../compile.ts";
import { isFloat } from "../dtype.ts";
import { buildGraph, type Graph } from "../graph.ts";
import { exactly } from "../js/backend.ts";
import { fromHostArray, zerosLike } from "../ops/create.ts";
import { sizeOf } from "../shape.ts";
import { type Node, Tensor } from "../tensor.ts";
import { drawValues, type InputSpec, randomSource, seedOf, stored } from "./values.ts";

/** One thing to check: a function of tensors around an op, and what to feed it. */
export interface OpCase {
  /** The registered op that the case is for; the traced function must use it. */
  readonly op: string;
  /** What this case is about, unique in the table. */
  readonly name: string;
  readonly inputs: readonly InputSpec[];
  readonly fn: (...xs: Tensor[]) => Tensor | readonly Tensor[];
  /** Inputs to differentiate by: every float input by default, `[]` for none. */
  readonly wrt?: readonly number[];
  /** Whether the gradient is differentiated again (default true). */
  readonly second?: boolean;
  /** Largest difference between backends, relative to the largest magnitude (default 1e-5). */
  readonly tolerance?: number;
}

/** Largest relative error of a gradient against numerical differentiation. */
export const GRADIENT_TOLERANCE = 1e-6;
/** Largest difference between two backends, relative to the largest magnitude. */
export const BACKEND_TOLERANCE = 1e-5;
/** Up to this many elements, each partial derivative is checked by itself. */
const EACH_ELEMENT = 12;
const STEP = 1e-3;

function outputsOf(c: OpCase, xs: readonly Tensor[]): readonly Tensor[] {
  const y = c.fn(...xs);
  return y instanceof Tensor ? [y] : y;
}

function wrtOf(c: OpCase): readonly number[] {
  return c.wrt ?? c.inputs.flatMap((s, i) => (isFloat(s.dtype) ? [i] : []));
}

/** Weights of a case's float outputs: the gradient checked is that of their weighted sum. */
function cotangents(outputs: readonly Tensor[], random: () => number): (Tensor | null)[] {
  return outputs.map((o) => {
    if (!isFloat(o.dtype)) return null;
    const values = Float32Array.from({ length: o.size }, () => random() * 2 - 1);
    return fromHostArray(values, o.shape, "float32");
  });
}

/** A case's outputs, then the gradients of their weighted sum: what backends are compared by. */
export function outputsAndGradients(c: OpCase, xs: readonly Tensor[]): Tensor[] {
  const outputs = outputsOf(c, xs);
  const wrt = wrtOf(c).map((i) => xs[i]);
  const seeds = cotangents(outputs, randomSource(seedOf(`${c.name} weights`)));
  const gradients = wrt.length > 0 ? vjp(outputs, seeds, wrt) : [];
  return [...outputs, ...gradients.map((g, i) => g ?? zerosLike(wrt[i]))];
}

/** The applications in a case's outputs and gradients, as traced. */
export function tracedNodes(c: OpCase): readonly Node[] {
  const xs = placeholders(c);
  return buildGraph(xs, outputsAndGradients(c, xs)).nodes;
}

function placeholders(c: OpCase): Tensor[] {
  return c.inputs.map(
    (s, i) => new Tensor(s.shape, s.dtype, { placeholder: `input ${i} of ${c.name}` }),
  );
}

/** The case's inputs as stored tensors. */
export function storedInputs(c: OpCase): Tensor[] {
  const random = randomSource(seedOf(c.name));
  return c.inputs.map((s) => stored(s, drawValues(s, random)));
}

type Evaluate = (feeds: readonly Float64Array[]) => Promise<readonly ArrayLike<number>[]>;

function evaluator(graph: Graph): Evaluate {
  const run = exactly(graph);
  return async (feeds) => (await run(feeds)).map((a) => a.data);
}

function weightedSum(
  values: readonly ArrayLike<number>[],
  weights: readonly (ArrayLike<number> | null)[],
): number {
  let total = 0;
  for (const [k, w] of weights.entries())
    if (w) for (let i = 0; i < w.length; i++) total += w[i] * values[k][i];
  return total;
}

/** d/dt of `value(x + t·direction)` at 0: central differences at two steps, extrapolated (Richardson). */
async function slope(
  value: (feeds: readonly Float64Array[]) => Promise<number>,
  feeds: readonly Float64Array[],
  directions: ReadonlyMap<number, Float64Array>,
): Promise<number> {
  const at = (t: number): Promise<number> =>
    value(
      feeds.map((x, i) => {
        const d = directions.get(i);
        return d ? x.map((v, k) => v + t * d[k]) : x;
      }),
    );
  const difference = async (h: number): Promise<number> =>
    ((await at(h)) - (await at(-h))) / (2 * h);
  const [wide, narrow] = [await difference(STEP), await difference(STEP / 2)];
  return (4 * narrow - wide) / 3;
}

/** Directions to differentiate along: one through all inputs at once, and each element where they are few. */
function* directionsFor(
  c: OpCase,
  wrt: readonly number[],
  random: () => number,
): Generator<Map<number, Float64Array>> {
  const length = (i: number): number => sizeOf(c.inputs[i].shape);
  yield new Map(
    wrt.map((i) => [i, Float64Array.from({ length: length(i) }, () => random() * 2 - 1)]),
  );
  for (const i of wrt) {
    if (length(i) > EACH_ELEMENT) continue;
    for (let k = 0; k < length(i); k++) {
      const unit = new Float64Array(length(i));
      unit[k] = 1;
      yield new Map([[i, unit]]);
    }
  }
}

function assertSlope(
  c: OpCase,
  what: string,
  found: number,
  expected: number,
  scale: number,
): void {
  const error = Math.abs(found - expected) / Math.max(scale, 1e-3);
  if (!(error < GRADIENT_TOLERANCE)) {
    throw new Error(
      `${c.op}: ${c.name}: ${what} is ${found}, numerical differentiation gives ${expected} (relative error ${error.toExponential(1)})`,
    );
  }
}

/** Compares `gradient(x)·v` with the slope of `value` for several directions v. */
async function checkSlopes(
  c: OpCase,
  what: string,
  value: (feeds: readonly Float64Array[]) => Promise<number>,
  gradient: readonly ArrayLike<number>[],
  feeds: readonly Float64Array[],
): Promise<void> {
  const wrt = wrtOf(c);
  const random = randomSource(seedOf(`${c.name} directions`));
  const largest = Math.max(0, ...gradient.map((g) => Math.max(0, ...Array.from(g, Math.abs))));
  for (const directions of directionsFor(c, wrt, random)) {
    const expected = await slope(value, feeds, directions);
    const found = weightedSum(
      gradient,
      wrt.map((i) => directions.get(i) ?? null),
    );
    const reach = directions.size === wrt.length ? Math.abs(expected) : 0;
    assertSlope(c, what, found, expected, Math.max(largest, reach));
  }
}

/**
 * The gradient by reverse mode against numerical differentiation, both in float64, and the gradient
 * of that gradient too unless the case says otherwise.
 * @throws Error with case, direction's value and expected value where they differ
 */
export async function checkGradients(c: OpCase): Promise<void> {
  const wrt = wrtOf(c);
  if (wrt.length === 0) return;
  const random = randomSource(seedOf(c.name));
  const feeds = c.inputs.map((s) => Float64Array.from(drawValues(s, random)));
  const xs = placeholders(c);
  const targets = wrt.map((i) => xs[i]);
  const outputs = outputsOf(c, xs);
  const seeds = cotangents(outputs, randomSource(seedOf(`${c.name} weights`)));
  const weights = seeds.map((s) => (s ? (s._storage?.host as Float32Array) : null));
  const first = vjp(outputs, seeds, targets).map((g, i) => g ?? zerosLike(targets[i]));
  const values = evaluator(buildGraph(xs, outputs));
  const gradients = evaluator(buildGraph(xs, first));
  const loss = async (at: readonly Float64Array[]): Promise<number> =>
    weightedSum(await values(at), weights);
  await checkSlopes(c, "its gradient", loss, await gradients(feeds), feeds);
  if (c.second === false) return;
  const probes = cotangents(first, randomSource(seedOf(`${c.name} probes`)));
  const probeValues = probes.map((p) => p?._storage?.host as Float32Array);
  const second = vjp(first, probes, targets).map((g, i) => g ?? zerosLike(targets[i]));
  const projected = async (at: readonly Float64Array[]): Promise<number> =>
    weightedSum(await gradients(at), probeValues);
  const curvature = await evaluator(buildGraph(xs, second))(feeds);
  await checkSlopes(c, "its second derivative", projected, curvature, feeds);
}

/** What a case gave on a backend: outputs then gradients, as numbers. */
export type CaseResult = readonly (readonly number[])[];

/** Runs several cases as one compiled graph on a backend. */
export async function runCases(
  cases: readonly OpCase[],
  backend: BackendName,
): Promise<CaseResult[]> {
  const step = compile(
    (all: readonly Tensor[][]) => all.map((xs, i) => outputsAndGradients(cases[i], xs)),
    { backend, name: "op suite" },
  );
  try {
    const results = await step(cases.map(storedInputs));
    return await Promise.all(results.map((r) => Promise.all(r.map((t) => t.numbers()))));
  } finally {
    step.dispose();
  }
}

/** Runs a case without `compile`. */
export async function runEagerly(c: OpCase): Promise<CaseResult> {
  return Promise.all(outputsAndGradients(c, storedInputs(c)).map((t) => t.numbers()));
}

/** @throws Error where two results of a case differ by more than its tolerance */
export function assertSameResult(c: OpCase, found: CaseResult, expected: CaseResult): void {
  const tolerance = c.tolerance ?? BACKEND_TOLERANCE;
  for (const [k, want] of expected.entries()) {
    const got = found[k];
    if (got.length !== want.length)
      throw new Error(
        `${c.name}: result ${k} has ${got.length} elements instead of ${want.length}`,
      );
    const scale = Math.max(1e-3, ...want.map((v) => (Number.isFinite(v) ? Math.abs(v) : 0)));
    for (const [i, v] of want.entries()) {
      const same =
        Object.is(v, got[i]) || v === got[i] || Math.abs(v - got[i]) <= tolerance * scale;
      if (!same) {
        throw new Error(
          `${c.name}: element ${i} of result ${k} is ${got[i]} instead of ${v} (largest magnitude ${scale})`,
        );
      }
    }
  }
}
