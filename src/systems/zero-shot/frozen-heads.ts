// Heads learnt from a few examples on frozen vectors: W, centroids, a discriminant, logistic regression.
import { fitDenseLogistic } from "../../data/baseline/dense-logistic.ts";
import { foldRows } from "../../data/split.ts";
import { best } from "./balance.ts";
import { scoresOf } from "./corpus.ts";
import { fitDiscriminant, type LinearHead } from "./discriminant.ts";
import { COSINE_SCALE, cosineHead } from "./finetune.ts";
import { solvePositive } from "./solve.ts";
import { joinVectors, takeVectors, unitRows, type Vectors, vectorsOf } from "./vectors.ts";

/** Labelled vectors of unit length, and the unit vectors of the labels in the same space. */
export interface FrozenExamples {
  readonly vectors: Vectors;
  readonly labels: Int32Array;
  readonly labelVectors: Vectors;
}

/** Methods that leave the encoder as it is. */
export const frozenMethods = ["W", "centroid", "discriminant", "logreg"] as const;

/** A method that leaves the encoder as it is. */
export type FrozenMethod = (typeof frozenMethods)[number];

/** How much a label's own vector counts beside the mean of its examples. */
const LABEL_SHARE = 0.3;
const INVERSE_PENALTY = 10;
/** Of the covariance, for few examples: of 0.3, 0.5 and 0.8 the best at 10 of each of 77 classes. */
const SHRINK = 0.3;
/** The discriminant's log-odds are far too sure of themselves. */
const DISCRIMINANT_TEMPERATURE = 4;
/** Up to so many examples each is left out by itself; above it, tenths are. */
const ONE_BY_ONE = 30;

/** Fits a head by one of the frozen methods. */
export async function fitFrozen(
  method: FrozenMethod,
  examples: FrozenExamples,
  { lambda = 1, signal }: { lambda?: number; signal?: AbortSignal | undefined } = {},
): Promise<LinearHead> {
  if (method === "centroid") return cosineHead(mixedCentroids(examples));
  if (method === "W") {
    const w = fitW(examples.vectors, targetsOf(examples), lambda);
    return throughMap(w, examples.labelVectors);
  }
  const { vectors, labels, labelVectors } = examples;
  if (method === "discriminant") {
    // Each label's own vector is one more example, so that a class without any is known too.
    const all = joinVectors([vectors, labelVectors], vectors.dim);
    const numbers = Int32Array.from([...labels, ...Array(labelVectors.count).keys()]);
    return cooled(await fitDiscriminant(all, numbers, labelVectors.count, SHRINK));
  }
  const options = { c: INVERSE_PENALTY, ...(signal && { signal }) };
  return fitDenseLogistic(vectors, labels, labelVectors.count, options);
}

/**
 * The map W = (A'A + lambda I)^-1 (A'T + lambda I), which takes text vectors A [n, dim] near the vectors
 * T of their labels and stays near the identity (Davison 2020, "Zero-Shot Learning in Modern NLP").
 *
 * @returns [dim, dim] row by row, to be applied from the right
 */
export function fitW(texts: Vectors, targets: Vectors, lambda: number): Float64Array {
  const { dim, count } = texts;
  const left = new Float64Array(dim * dim);
  const right = new Float64Array(dim * dim);
  for (let row = 0; row < count; row++) {
    const a = texts.data.subarray(row * dim, (row + 1) * dim);
    const t = targets.data.subarray(row * dim, (row + 1) * dim);
    for (let i = 0; i < dim; i++) {
      const value = a[i]!;
      if (value === 0) continue;
      for (let j = 0; j < dim; j++) {
        left[i * dim + j]! += value * a[j]!;
        right[i * dim + j]! += value * t[j]!;
      }
    }
  }
  for (let i = 0; i < dim; i++) {
    left[i * dim + i]! += lambda;
    right[i * dim + i]! += lambda;
  }
  return solvePositive(left, right, dim);
}

function cooled({ weights, bias }: LinearHead): LinearHead {
  const cool = (value: number) => value / DISCRIMINANT_TEMPERATURE;
  return { weights: weights.map(cool), bias: bias.map(cool) };
}

/** Scores x W l' for each label vector l, times 20. */
function throughMap(w: Float64Array, { data, count, dim }: Vectors): LinearHead {
  const weights = new Float32Array(dim * count);
  for (let k = 0; k < dim; k++) {
    for (let label = 0; label < count; label++) {
      let sum = 0;
      for (let j = 0; j < dim; j++) sum += w[k * dim + j]! * data[label * dim + j]!;
      weights[k * count + label] = COSINE_SCALE * sum;
    }
  }
  return { weights, bias: new Float32Array(count) };
}

function targetsOf({ labels, labelVectors }: FrozenExamples): Vectors {
  return takeVectors(labelVectors, labels);
}

/**
 * Unit vectors of (mean of a class's examples, at length 1) + `share` x its label (0.3); the label alone
 * without examples.
 */
export function mixedCentroids(
  { vectors, labels, labelVectors }: FrozenExamples,
  share = LABEL_SHARE,
): Vectors {
  const { dim } = vectors;
  const sums = new Float32Array(labelVectors.data.length);
  labels.forEach((label, row) => {
    for (let k = 0; k < dim; k++) sums[label * dim + k]! += vectors.data[row * dim + k]!;
  });
  const mixed = unitRows(vectorsOf(sums, dim)).data;
  labelVectors.data.forEach((value, i) => {
    mixed[i]! += share * value;
  });
  return unitRows(vectorsOf(mixed, dim));
}

/**
 * Share of the examples that each method labels rightly when they are left out: one by one up to 30,
 * a tenth at a time above.
 */
export async function leaveOut(
  examples: FrozenExamples,
  {
    lambda,
    seed = 0,
    signal,
  }: { lambda?: number; seed?: number; signal?: AbortSignal | undefined },
): Promise<Record<FrozenMethod, number>> {
  const { vectors, labels, labelVectors } = examples;
  const right = { W: 0, centroid: 0, discriminant: 0, logreg: 0 };
  const { count } = vectors;
  if (count < 2) return right;
  const folds = foldRows(count, count <= ONE_BY_ONE ? count : 10, { labels, seed });
  for (const { train, test } of folds) {
    const part: FrozenExamples = {
      vectors: takeVectors(vectors, train),
      labels: Int32Array.from(train, (row) => labels[row]!),
      labelVectors,
    };
    const held = takeVectors(vectors, test);
    for (const method of frozenMethods) {
      const head = await fitFrozen(method, part, {
        ...(lambda !== undefined && { lambda }),
        signal,
      });
      const values = await scoresOf(held, head, labelVectors.count);
      best({ values, rows: test.length, classes: labelVectors.count }).forEach((guess, i) => {
        if (guess === labels[test[i]!]) right[method] += 1 / count;
      });
    }
  }
  return right;
}
