/** @file Softmax regression on dense rows (vectors of an encoder, say), computed by the engine. */
import {
  add,
  compile,
  crossEntropyRows,
  gradients,
  matmul,
  mul,
  square,
  sum,
  type Tensor,
  tensor,
} from "../../engine/index.ts";
import { DataError } from "../errors.ts";
import { type MinimizeOptions, minimizeAsync } from "./minimize.ts";

/** Rows of equal width, row by row. */
export interface DenseRows {
  /** [count, dim] */
  readonly data: Float32Array;
  readonly count: number;
  readonly dim: number;
}

/** Options of `fitDenseLogistic`. */
export interface DenseLogisticOptions extends MinimizeOptions {
  /** Inverse strength of the penalty, scikit-learn's `C`. Default 1. */
  readonly c?: number;
  /** How much each row counts. Default 1. */
  readonly rowWeights?: Float32Array;
  /** Ends the search with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A fitted model: scores are x weights + bias. */
export interface DenseLogisticModel {
  /** [dim, classes] row by row. */
  readonly weights: Float32Array;
  /** One per class; not penalised. */
  readonly bias: Float32Array;
  readonly iterations: number;
}

interface Problem {
  readonly rows: Tensor;
  readonly labels: Tensor;
  readonly rowWeights: Tensor;
  readonly penalty: Tensor;
}

const objective = compile(
  (weights: Tensor, bias: Tensor, { rows, labels, rowWeights, penalty }: Problem) => {
    const losses = crossEntropyRows(add(matmul(rows, weights), bias), labels);
    const loss = add(sum(mul(losses, rowWeights)), mul(sum(square(weights)), penalty));
    return { loss, slopes: gradients(loss, { weights, bias }) };
  },
  { name: "dense-logistic", onRetrace: () => {} },
);

/**
 * Minimises C x (sum of the weighted log-losses) + |w|^2 / 2, as `fitLogistic` does, by L-BFGS with
 * softmax over all classes, for two as well. Labels are class numbers.
 *
 * @throws DataError where the labels or row weights are not one per row
 */
export async function fitDenseLogistic(
  { data, count, dim }: DenseRows,
  labels: ArrayLike<number>,
  classes: number,
  options: DenseLogisticOptions = {},
): Promise<DenseLogisticModel> {
  const { c = 1, tolerance = 1e-5, maxIterations, rowWeights, signal } = options;
  for (const [field, values] of Object.entries({ labels, rowWeights })) {
    if (values === undefined || values.length === count) continue;
    const expected = `${count} values, one per row`;
    throw new DataError({ code: "option", field, expected, received: `${values.length}` });
  }
  // Divided by the rows' total weight, so that the tolerance means the same for any amount of data.
  const own = rowWeights ?? new Float32Array(count).fill(1);
  const total = own.reduce((all, weight) => all + weight, 0);
  const problem: Problem = {
    rows: tensor(data, { shape: [count, dim] }),
    labels: tensor(Int32Array.from(labels)),
    rowWeights: tensor(own.map((weight) => weight / total)),
    penalty: tensor(1 / (2 * c * total)),
  };
  const size = dim * classes;
  const found = await minimizeAsync(
    async (at, gradient) => {
      signal?.throwIfAborted();
      const weights = tensor(Float32Array.from(at.subarray(0, size)), { shape: [dim, classes] });
      const bias = tensor(Float32Array.from(at.subarray(size)));
      const { loss, slopes } = await objective(weights, bias, problem);
      gradient.set((await slopes.weights.data()) as Float32Array);
      gradient.set((await slopes.bias.data()) as Float32Array, size);
      return loss.item();
    },
    new Float64Array(size + classes),
    { tolerance, ...(maxIterations !== undefined && { maxIterations }) },
  );
  return {
    weights: Float32Array.from(found.at.subarray(0, size)),
    bias: Float32Array.from(found.at.subarray(size)),
    iterations: found.iterations,
  };
}
