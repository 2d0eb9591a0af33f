// The engine of all explainers: draw neighbours, ask the model, fit; sampled, exact or until stable.

import { permutation } from "../../data/random.ts";
import type { Explanation, FitOptions, Matrix, Neighbourhood, Predict } from "./api.ts";
import { LimeError } from "./errors.ts";
import { type Assistance, checkOptions, fitLabels } from "./fit.ts";
import { Oracle, sumNote } from "./neighbourhood/outputs.ts";
import type { Subject } from "./neighbourhood/perturbation.ts";
import { isSettled } from "./settle.ts";
import { assistedMoments, populationOf, rowsOf } from "./surrogate/assisted.ts";
import { distancesToFirst, kernelWeights } from "./surrogate/kernel.ts";

/** Neighbours in all where only a part is asked about, and rows of the first steps of `auto`. */
const populationRows = 20_000;
const autoStep = 500;

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
  checkOptions(options);
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
  const collected = await collect(subject, plan, oracle, options, onFirst, () => labels);
  const { neighbourhood } = collected;
  const { outputs } = neighbourhood;
  const sums = mode === "classification" ? sumNote(outputs) : undefined;
  if (sums !== undefined) notes.push(sums);
  const names = Array.from(
    { length: outputs.columns },
    (_, label) => options.classNames?.[label] ?? String(label),
  );
  const context = { names: subject.names, classNames: names, calls: oracle.calls };
  const fits = fitLabels(neighbourhood, labels, options, context, collected.assistance);
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
  | { readonly way: "assist"; readonly total: number; readonly settle: boolean };

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
    return { way: "assist", total: populationRows, settle: true };
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
  if (rest.emulate === true) {
    return { way: "assist", total: Math.min(samples, populationRows), settle: false };
  }
  return { way: "draw", total: samples };
}

interface Collected {
  readonly neighbourhood: Neighbourhood;
  readonly assistance?: Assistance;
}

async function collect<I>(
  subject: Subject<I>,
  plan: Plan,
  oracle: Oracle<I>,
  options: FitOptions,
  onFirst: (outputs: Float64Array) => void,
  labels: () => readonly number[],
): Promise<Collected> {
  const { perturbation, defaults } = subject;
  const distance = options.distance ?? defaults.distance;
  const toFirst = (data: Matrix) => distancesToFirst(data, distance, defaults.distanceScale);
  if (plan.way === "enumerate") {
    const { block, frequencies } = perturbation.enumerate!(plan.as);
    const outputs = await oracle.ask(block, onFirst);
    const distances = toFirst(block.data);
    return { neighbourhood: { data: block.data, outputs, distances, frequencies } };
  }
  if (plan.way === "assist") {
    return askPart(subject, plan, oracle, options, toFirst, onFirst, labels);
  }
  const { paired } = perturbation;
  // Row 0 and then pairs.
  const rows = paired && plan.total % 2 === 0 ? plan.total + 1 : plan.total;
  const block = perturbation.draw(rows, true);
  const outputs = await oracle.ask(block, onFirst);
  const distances = toFirst(block.data);
  return { neighbourhood: { data: block.data, outputs, distances, paired } };
}

/**
 * Asks about a part of a population of neighbours, in an order that the seed decides; the population
 * itself is the same for every seed. With `settle` it ends as soon as the order of features does.
 */
async function askPart<I>(
  { perturbation, defaults }: Subject<I>,
  { total, settle }: { readonly total: number; readonly settle: boolean },
  oracle: Oracle<I>,
  options: FitOptions,
  toFirst: (data: Matrix) => Float64Array,
  onFirst: (outputs: Float64Array) => void,
  labels: () => readonly number[],
): Promise<Collected> {
  const block = perturbation.draw(populationRows, true);
  const weights = kernelWeights(toFirst(block.data), options);
  const population = populationOf(block.data, weights);
  const others = permutation(populationRows - 1, options.seed ?? 0);
  const order = Int32Array.of(0, ...others.map((row) => row + 1));
  const answers: Matrix[] = [];
  for (let asked = 0; ; ) {
    // Steps grow, as a fit of many rows costs more and one step changes it less.
    const step = settle ? Math.max(autoStep, autoStep * Math.floor(asked / (4 * autoStep))) : total;
    const next = order.subarray(asked, Math.min(total, asked + step));
    const part = {
      data: rowsOf(block.data, next),
      input: (row: number) => block.input(next[row]!),
      key: (row: number) => block.key(next[row]!),
    };
    answers.push(await oracle.ask(part, asked === 0 ? onFirst : undefined));
    asked += next.length;
    const rows = order.subarray(0, asked);
    const outputs = stacked(answers);
    const byLabel = new Map(
      labels().map((label) => [label, assistedMoments(population, askedFor(rows, outputs, label))]),
    );
    const features = options.features ?? defaults.features;
    const settled = () =>
      [...byLabel.values()].every((each) => isSettled(population, each, features));
    if (asked < total && !settled()) continue;
    const data = rowsOf(block.data, rows);
    const neighbourhood = { data, outputs, distances: toFirst(data) };
    return { neighbourhood, assistance: { population, byLabel } };
  }
}

/** One label's outputs at the rows asked about, the first of which is the example. */
function askedFor(rows: Int32Array, { columns, values }: Matrix, label: number) {
  const targets = Float64Array.from(rows, (_, i) => values[i * columns + label]!);
  return { rows: rows.slice(1), targets: targets.slice(1), atExample: targets[0]! };
}

/** Matrices of equal width on top of each other. */
function stacked(parts: readonly Matrix[]): Matrix {
  const { columns } = parts[0]!;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const values = new Float64Array(rows * columns);
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    at += part.values.length;
  }
  return { rows, columns, values };
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
