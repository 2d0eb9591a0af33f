// Explains a row of a sparse table (word counts, say): only its non-zero cells are changed.
import type { SparseRows } from "../../data/baseline/sparse.ts";
import type { Explained, FitOptions, Predict } from "./api.ts";
import { LimeError } from "./errors.ts";
import { explainSubject } from "./explain.ts";
import { randomSource } from "./random.ts";
import { type NumberColumn, tablePerturbation } from "./table/neighbours.ts";
import { scaleOf } from "./table/sums.ts";
import { tableWidth } from "./tabular.ts";

/** A sparse row: `values[k]` in column `columns[k]`, zero elsewhere. */
export interface SparseRow {
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/** Options of `SparseTabularExplainer`. */
export interface SparseOptions {
  /** Names of all columns; default their numbers. */
  readonly names?: readonly string[];
  readonly mode?: "classification" | "regression";
  /** Draw around the row in place of the columns' means. Default false. */
  readonly aroundInstance?: boolean;
}

/** What explaining a sparse row gives; feature i is the row's i-th non-zero cell. */
export interface SparseExplanation extends Explained<SparseRow> {
  readonly kind: "sparse";
  /** The column of each feature. */
  readonly columns: Int32Array;
}

/**
 * Explains rows of a sparse table. Non-zero cells are drawn from normals of the column's mean and
 * deviation; they are scaled but not moved by the mean, so that zeros stay zeros.
 */
export class SparseTabularExplainer {
  readonly #train: SparseRows;
  readonly #options: SparseOptions;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;

  constructor(train: SparseRows, options: SparseOptions = {}) {
    const rows = train.starts.length - 1;
    if (rows < 1) {
      throw new LimeError("train", { expected: "at least one row", received: "none" });
    }
    this.#train = train;
    this.#options = options;
    this.#means = new Float64Array(train.width);
    this.#squares = new Float64Array(train.width);
    train.values.forEach((value, k) => {
      this.#means[train.columns[k]!]! += value / rows;
      this.#squares[train.columns[k]!]! += (value * value) / rows;
    });
  }

  /** Explains the model at a sparse row. Defaults: those of `TabularExplainer`. */
  async explain(
    row: SparseRow,
    predict: Predict<SparseRow>,
    options: FitOptions = {},
  ): Promise<SparseExplanation> {
    const { names, mode = "classification", aroundInstance = false } = this.#options;
    const { columns, values } = row;
    const { width, starts } = this.#train;
    this.#check(row);
    const rows = starts.length - 1;
    const drawn = Array.from(columns, (column): NumberColumn => {
      const mean = this.#means[column]!;
      const deviation = Math.sqrt(Math.max(0, this.#squares[column]! - mean * mean));
      const scale = scaleOf(mean, deviation, rows);
      return { kind: "number", mean, scale, origin: 0, missing: 0 };
    });
    const random = randomSource(options);
    const { seed = 0, rng = "deepdive", samples = 5000, emulate } = options;
    const result = await explainSubject<Float64Array>(
      {
        perturbation: tablePerturbation({
          ...{ columns: drawn, row: values, random, aroundInstance },
          discretized: false,
        }),
        names: Array.from(columns, (column) => names?.[column] ?? String(column)),
        mode,
        id: JSON.stringify([[...columns], [...values], seed, rng, samples, emulate]),
        defaults: {
          distance: "euclidean",
          distanceScale: 1,
          kernelWidth: tableWidth(width),
          samples: 5000,
          features: 10,
          batchSize: 100,
        },
      },
      (batch) => predict(batch.map((cells) => ({ columns, values: cells }))),
      options,
    );
    return {
      kind: "sparse",
      columns,
      features: Array.from(columns, (column) => names?.[column] ?? String(column)),
      ...result,
      hide: (hidden) => ({
        columns,
        values: values.map((value, i) => (hidden.includes(i) ? 0 : value)),
      }),
    };
  }

  #check({ columns, values }: SparseRow): void {
    const { width } = this.#train;
    const inside = columns.every((column) => column >= 0 && column < width);
    if (columns.length === values.length && columns.length > 0 && inside) return;
    throw new LimeError("row", {
      expected: `at least one cell, as many columns (0 to ${width - 1}) as values`,
      received: `${columns.length} columns and ${values.length} values`,
    });
  }
}
