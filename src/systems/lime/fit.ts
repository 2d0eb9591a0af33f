// The core of `lime`: from neighbours, outputs and distances to a weighted linear model that names few features.
import type {
  Explanation,
  FitOptions,
  Matrix,
  Neighbourhood,
  Selection,
  Surrogate,
  Weight,
} from "./api.ts";
import { LimeError } from "./errors.ts";
import { type Assisted, assistedErrors, type Population } from "./surrogate/assisted.ts";
import { type Moments, weightedMoments } from "./surrogate/gram.ts";
import { normal95, sandwich, standardErrors } from "./surrogate/intervals.ts";
import { kernelWeights, underflowNote } from "./surrogate/kernel.ts";
import { fitRidge, isConstant, type RidgeFit } from "./surrogate/ridge.ts";
import { selectFeatures } from "./surrogate/select.ts";
import { fitTree, pathContributions, treeValue } from "./surrogate/tree.ts";

/** Penalty of the final ridge fit. */
const surrogateAlpha = 1;

const selections: readonly Selection[] = ["auto", "forward", "weights", "lasso", "none"];

/** What a fit needs beyond the neighbourhood; names serve the report. */
export interface FitContext {
  readonly names?: readonly string[];
  readonly classNames?: readonly string[];
  /** Inputs the model was asked for; default: the rows. */
  readonly calls?: number;
}

/** Explanations of several labels, and what a reader must know about them. */
export interface Fits {
  readonly explanations: Explanation[];
  readonly notes: string[];
}

/**
 * Explains output `label` from a neighbourhood computed elsewhere: data [N, d] with the example in
 * row 0, model outputs [N, C], distances [N]. Paper: Ribeiro et al. 2016, equation 1, with the
 * kernel, the choices of features and the ridge of the reference implementation. Double precision;
 * the rows are read once, whatever the number of features chosen.
 */
export function fitSurrogate(
  data: Matrix,
  labels: Matrix,
  distances: Float64Array,
  label: number,
  options: FitOptions = {},
): Explanation {
  checkMatrix("data", data, { rows: data.rows, columns: data.columns });
  checkMatrix("labels", labels, { rows: data.rows, columns: labels.columns });
  if (distances.length !== data.rows) {
    throw new LimeError("distances", {
      expected: `${data.rows} numbers, one per row of the data`,
      received: `${distances.length}`,
    });
  }
  const neighbourhood = { data, outputs: labels, distances };
  return fitLabels(neighbourhood, [label], options, {}).explanations[0]!;
}

function checkMatrix(
  field: string,
  { rows, columns, values }: Matrix,
  expected: { rows: number; columns: number },
): void {
  if (rows === expected.rows && values.length === rows * columns && rows > 0 && columns > 0) return;
  throw new LimeError(field, {
    expected: `a matrix of ${expected.rows} rows with rows x columns values`,
    received: `[${rows}, ${columns}] with ${values.length} values`,
  });
}

/** A label's moments, where they are known better than the neighbourhood alone tells. */
export interface Assistance {
  readonly population: Population;
  readonly byLabel: ReadonlyMap<number, Assisted>;
}

/**
 * Explains several labels of one neighbourhood: one weighted Gram matrix serves them all. With
 * `assistance` the neighbourhood is the asked part of a population, and the fits are the population's.
 */
export function fitLabels(
  neighbourhood: Neighbourhood,
  labels: readonly number[],
  options: FitOptions,
  context: FitContext,
  assistance?: Assistance,
): Fits {
  const { data, outputs, distances } = neighbourhood;
  checkOptions(options);
  checkLabels(labels, outputs.columns);
  const proximity = kernelWeights(distances, options);
  const notes: string[] = [];
  const underflow = underflowNote(distances, proximity, widthOf(options));
  if (underflow !== undefined) notes.push(underflow);
  const weights = observationWeights(proximity, neighbourhood.frequencies);
  const shared = assistance === undefined ? weightedMoments(data, outputs, weights) : undefined;
  const explanations = labels.map((label) => {
    const basis = basisOf(neighbourhood, shared, weights, label, assistance);
    const explained = explainLabel(neighbourhood, basis, weights, label, options, context);
    if (isConstant(basis.moments, basis.index) && underflow === undefined) {
      const name = explained.className;
      notes.push(`All neighbours have the same output for ${name}: weights and R2 are 0.`);
    }
    return explained;
  });
  return { explanations, notes };
}

function widthOf({ kernel, kernelWidth }: FitOptions): number | undefined {
  return kernel === undefined ? kernelWidth : undefined;
}

function observationWeights(proximity: Float64Array, frequencies?: Float64Array): Float64Array {
  if (frequencies === undefined) return proximity;
  return proximity.map((weight, i) => weight * frequencies[i]!);
}

function checkLabels(labels: readonly number[], classes: number): void {
  for (const label of labels) {
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new LimeError("labels", {
      expected: `a class from 0 to ${classes - 1}, as the model has ${classes} outputs`,
      received: `${label}`,
    });
  }
}

/** Refuses options that no fit can have; called before the model is asked. */
export function checkOptions(options: FitOptions): void {
  const { features = 10, select = "auto", kernel, kernelWidth } = options;
  if (!(Number.isInteger(features) && features > 0)) {
    throw new LimeError("features", {
      expected: "a whole number above 0",
      received: `${features}`,
    });
  }
  if (!selections.includes(select)) {
    const expected = `one of ${selections.join(", ")}`;
    throw new LimeError("select", { expected, received: `${select}` });
  }
  if (kernel === undefined && !(kernelWidth !== undefined && kernelWidth > 0)) {
    const expected = "a number above 0";
    throw new LimeError("kernelWidth", { expected, received: `${kernelWidth}` });
  }
}

/** What one label is fitted on. */
interface Basis {
  readonly moments: Moments;
  /** The label's place in the moments. */
  readonly index: number;
  /** Standard errors of a fit's coefficients. */
  readonly errors: (fit: RidgeFit) => Float64Array;
}

function basisOf(
  { data, outputs, frequencies, paired = false }: Neighbourhood,
  shared: Moments | undefined,
  weights: Float64Array,
  label: number,
  assistance: Assistance | undefined,
): Basis {
  if (assistance !== undefined) {
    const { population } = assistance;
    const assisted = assistance.byLabel.get(label)!;
    const errors = (fit: RidgeFit) => assistedErrors(population, assisted, fit, true);
    return { moments: assisted.moments, index: 0, errors };
  }
  const moments = shared!;
  const rows = { data, outputs, weights, paired };
  return {
    moments,
    index: label,
    errors: (fit) =>
      frequencies === undefined
        ? standardErrors(sandwich(rows, moments, label, fit), fit.chosen.length)
        : new Float64Array(fit.chosen.length),
  };
}

function explainLabel(
  neighbourhood: Neighbourhood,
  { moments, index, errors }: Basis,
  weights: Float64Array,
  label: number,
  options: FitOptions,
  { names, classNames, calls }: FitContext,
): Explanation {
  const { data, outputs, frequencies } = neighbourhood;
  const instance = data.values.subarray(0, data.columns);
  const count = Math.min(options.features ?? 10, data.columns);
  const chosen = selectFeatures(moments, index, instance, count, options.select ?? "auto");
  const fit = fitChosen(neighbourhood, { moments, index, errors }, weights, label, chosen, options);
  let localPrediction = fit.localPrediction;
  if (localPrediction === undefined) {
    localPrediction = fit.intercept;
    chosen.forEach((feature, i) => {
      localPrediction! += fit.weights[i]! * instance[feature]!;
    });
  }
  const list: Weight[] = Array.from(chosen, (feature, i) => ({
    feature,
    name: names?.[feature] ?? String(feature),
    weight: fit.weights[i]!,
    low: fit.weights[i]! - fit.margins[i]!,
    high: fit.weights[i]! + fit.margins[i]!,
  }));
  // Array.prototype.sort is stable: equal weights stay in the order of the choice.
  list.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  return {
    label,
    className: (classNames ?? options.classNames)?.[label] ?? String(label),
    intercept: fit.intercept,
    r2: fit.r2,
    localPrediction,
    modelOutput: outputs.values[label]!,
    weights: list,
    calls: calls ?? data.rows,
    exact: frequencies !== undefined,
  };
}

interface ChosenFit {
  readonly intercept: number;
  readonly r2: number;
  /** One per chosen feature. */
  readonly weights: ArrayLike<number>;
  /** Half the 95% interval of each weight. */
  readonly margins: ArrayLike<number>;
  /** Where it is not intercept + weights x values. */
  readonly localPrediction?: number;
}

function fitChosen(
  { data, outputs }: Neighbourhood,
  { moments, index, errors }: Basis,
  weights: Float64Array,
  label: number,
  chosen: Int32Array,
  { surrogate = "ridge" }: FitOptions,
): ChosenFit {
  if (surrogate === "ridge") {
    const fit = fitRidge(moments, index, chosen, surrogateAlpha);
    const flat = isConstant(moments, index);
    const margins = flat
      ? new Float64Array(chosen.length)
      : errors(fit).map((error) => normal95 * error);
    return { intercept: fit.intercept, r2: fit.r2, weights: fit.coefficients, margins };
  }
  const targets = outputColumn(outputs, label);
  if (surrogate === "tree") return treeFit(data, targets, weights, chosen);
  return ownFit(data, targets, weights, chosen, surrogate);
}

function outputColumn({ rows, columns, values }: Matrix, label: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => values[i * columns + label]!);
}

function treeFit(
  data: Matrix,
  targets: Float64Array,
  weights: Float64Array,
  chosen: Int32Array,
): ChosenFit {
  const tree = fitTree(data, targets, weights, chosen);
  const row = (i: number) => data.values.subarray(i * data.columns, (i + 1) * data.columns);
  const contributions = pathContributions(tree, row(0));
  return {
    intercept: tree.mean,
    r2: weightedR2(targets, weights, (i) => treeValue(tree, row(i))),
    weights: Array.from(chosen, (feature) => contributions.get(feature) ?? 0),
    margins: new Float64Array(chosen.length),
    localPrediction: treeValue(tree, row(0)),
  };
}

function ownFit(
  data: Matrix,
  targets: Float64Array,
  weights: Float64Array,
  chosen: Int32Array,
  surrogate: Surrogate,
): ChosenFit {
  const k = chosen.length;
  const values = new Float64Array(data.rows * k);
  for (let i = 0; i < data.rows; i++) {
    for (let j = 0; j < k; j++) values[i * k + j] = data.values[i * data.columns + chosen[j]!]!;
  }
  const own = surrogate({ rows: data.rows, columns: k, values }, targets, weights);
  const { coefficients, intercept } = own;
  if (coefficients.length !== k || !Array.from(coefficients).every(Number.isFinite)) {
    throw new LimeError("surrogate", {
      expected: `${k} finite coefficients`,
      received: `[${Array.from(coefficients).join(", ")}]`,
    });
  }
  const r2 = weightedR2(targets, weights, (i) => {
    let value = intercept;
    for (let j = 0; j < k; j++) value += coefficients[j]! * values[i * k + j]!;
    return value;
  });
  return { intercept, r2, weights: coefficients, margins: new Float64Array(k) };
}

/** 1 - squared error / spread, both weighted; 0 where the targets do not vary. */
function weightedR2(
  targets: Float64Array,
  weights: Float64Array,
  value: (row: number) => number,
): number {
  let total = 0;
  let sum = 0;
  targets.forEach((target, i) => {
    total += weights[i]!;
    sum += weights[i]! * target;
  });
  const mean = sum / total;
  let error = 0;
  let spread = 0;
  targets.forEach((target, i) => {
    error += weights[i]! * (target - value(i)) ** 2;
    spread += weights[i]! * (target - mean) ** 2;
  });
  return spread > 0 ? 1 - error / spread : 0;
}
