// The engine of all explainers: draw neighbours, ask the model, fit; sampled, exact or until stable.
import type { Explanation, FitOptions, Matrix, Neighbourhood, Predict } from "./api.ts";
import { LimeError } from "./errors.ts";
import { fitLabels } from "./fit.ts";
import { Oracle, sumNote } from "./neighbourhood/outputs.ts";
import type { Block, Subject } from "./neighbourhood/perturbation.ts";
import { isSettled } from "./settle.ts";
import { distancesToFirst } from "./surrogate/kernel.ts";

/** Rows of a step of `samples: "auto"`, and where it ends. */
const autoStep = 500;
const autoCap = 20_000;

/** What explaining gives, before a kind adds what is its own. */
export interface Result {
  readonly explanations: Explanation[];
  readonly neighbourhood: Neighbourhood;
  readonly classNames: readonly string[];
  readonly modelOutput: readonly number[];
  readonly notes: string[];
}

/** Explains a subject; every kind of example comes down to this. */
export async function explainSubject<I>(
  subject: Subject<I>,
  predict: Predict<I>,
  given: FitOptions,
): Promise<Result> {
  const options = withDefaults(subject, given);
  const plan = planOf(subject, options);
  const { mode, id, defaults } = subject;
  const batchSize = options.batchSize ?? defaults.batchSize;
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    const expected = "a whole number above 0";
    throw new LimeError("batchSize", { expected, received: `${batchSize}` });
  }
  const oracle = new Oracle({ predict, mode, id, batchSize, total: plan.total, options });
  const notes: string[] = [];
  let labels: readonly number[] = [];
  const onFirst = (outputs: Float64Array) => {
    labels = chosenLabels(outputs, options, mode, notes);
  };
  const neighbourhood = await collect(subject, plan, oracle, options, onFirst, () => labels);
  const { outputs } = neighbourhood;
  const sums = mode === "classification" ? sumNote(outputs) : undefined;
  if (sums !== undefined) notes.push(sums);
  const names = Array.from(
    { length: outputs.columns },
    (_, label) => options.classNames?.[label] ?? String(label),
  );
  const context = { names: subject.names, classNames: names, calls: oracle.calls };
  const fits = fitLabels(neighbourhood, labels, options, context);
  return {
    explanations: fits.explanations,
    neighbourhood,
    classNames: names,
    modelOutput: Array.from(outputs.values.subarray(0, outputs.columns)),
    notes: [...notes, ...fits.notes],
  };
}

function withDefaults<I>({ defaults }: Subject<I>, given: FitOptions): FitOptions {
  return {
    ...given,
    features: given.features ?? defaults.features,
    ...(given.kernel === undefined && { kernelWidth: given.kernelWidth ?? defaults.kernelWidth }),
  };
}

type Plan =
  | { readonly way: "draw"; readonly total: number }
  | { readonly way: "enumerate"; readonly total: number; readonly as: number }
  | { readonly way: "settle"; readonly total: number };

/**
 * Enumerates where that was asked for, and also where it takes no more rows than sampling would: the
 * result is what sampling gives on average. NumPy's stream is only sampled, but for one feature,
 * where all neighbours are the same.
 */
function planOf<I>(
  { perturbation, defaults }: Subject<I>,
  { samples = defaults.samples, exactAs = defaults.samples, budget = 65_536, ...rest }: FitOptions,
): Plan {
  const { count, columns } = perturbation;
  const enumerable = perturbation.enumerate !== undefined;
  if (samples === "exact") {
    if (enumerable && count <= budget) return { way: "enumerate", total: count, as: exactAs };
    const size = enumerable ? `2^${columns} neighbours` : "endlessly many neighbours";
    throw new LimeError("samples", {
      expected: `at most ${budget} neighbours for "exact"`,
      received: `${columns} features with ${size}`,
      hint: enumerable ? 'Use samples: "auto", or raise `budget`.' : 'Use samples: "auto".',
    });
  }
  if (samples === "auto") {
    if (enumerable && count <= autoStep) return { way: "enumerate", total: count, as: exactAs };
    return { way: "settle", total: autoCap };
  }
  const features = Math.min(rest.features ?? defaults.features, columns);
  if (!Number.isInteger(samples) || samples < features + 2) {
    throw new LimeError("samples", {
      expected: `at least ${features + 2} for ${features} features`,
      received: `${samples}`,
      hint: "Raise `samples` or lower `features`.",
    });
  }
  const sampled = rest.rng === "numpy" && count > 2;
  if (enumerable && count <= samples && !sampled) {
    return { way: "enumerate", total: count, as: samples };
  }
  return { way: "draw", total: samples };
}

async function collect<I>(
  { perturbation, defaults }: Subject<I>,
  plan: Plan,
  oracle: Oracle<I>,
  options: FitOptions,
  onFirst: (outputs: Float64Array) => void,
  labels: () => readonly number[],
): Promise<Neighbourhood> {
  const distance = options.distance ?? defaults.distance;
  const toFirst = (data: Matrix) => distancesToFirst(data, distance, defaults.distanceScale);
  const { paired } = perturbation;
  if (plan.way === "enumerate") {
    const { block, frequencies } = perturbation.enumerate!(plan.as);
    const outputs = await oracle.ask(block, onFirst);
    return { data: block.data, outputs, distances: toFirst(block.data), frequencies };
  }
  // A pair begins at every odd row, so an odd number of rows holds whole pairs.
  const odd = (rows: number) => (paired && rows % 2 === 0 ? rows + 1 : rows);
  let step = odd(plan.way === "draw" ? plan.total : autoStep);
  let first = true;
  let collected: Neighbourhood | undefined;
  for (;;) {
    const block: Block<I> = perturbation.draw(step, first);
    const outputs = await oracle.ask(block, first ? onFirst : undefined);
    const data = collected === undefined ? block.data : below(collected.data, block.data);
    const all = collected === undefined ? outputs : below(collected.outputs, outputs);
    collected = { data, outputs: all, distances: toFirst(data), paired };
    first = false;
    if (plan.way === "draw" || data.rows >= autoCap) return collected;
    if (isSettled(collected, labels(), options)) return collected;
    step = Math.min(autoStep, autoCap - data.rows + (paired ? 1 : 0));
  }
}

/** One matrix on top of another. */
function below(top: Matrix, bottom: Matrix): Matrix {
  const length = top.values.length + bottom.values.length;
  const values =
    top.values instanceof Uint8Array ? new Uint8Array(length) : new Float64Array(length);
  values.set(top.values);
  values.set(bottom.values, top.values.length);
  return { rows: top.rows + bottom.rows, columns: top.columns, values };
}

function chosenLabels(
  outputs: Float64Array,
  { labels, topLabels }: FitOptions,
  mode: "classification" | "regression",
  notes: string[],
): readonly number[] {
  const classes = outputs.length;
  if (mode === "regression") return [0];
  if (topLabels !== undefined) {
    if (!(Number.isInteger(topLabels) && topLabels > 0)) {
      const expected = "a whole number above 0";
      throw new LimeError("topLabels", { expected, received: `${topLabels}` });
    }
    if (topLabels > classes) {
      notes.push(
        `topLabels ${topLabels} is more than the model's ${classes} classes: all are explained.`,
      );
    }
    const order = Array.from(outputs.keys()).sort((a, b) => outputs[a]! - outputs[b]!);
    return order.reverse().slice(0, topLabels);
  }
  const asked = labels ?? [1];
  for (const label of asked) {
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new LimeError("labels", {
      expected: `classes from 0 to ${classes - 1}, as the model gives ${classes} outputs`,
      received: `${label}`,
    });
  }
  return asked;
}
