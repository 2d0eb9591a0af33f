// Explains a sequence of numbers per feature: every feature at every step is a column of a table.
import type { FitOptions, Predict, TableRow, TabularExplanation } from "./api.ts";
import { LimeError } from "./errors.ts";
import { TabularExplainer, type TabularOptions } from "./tabular.ts";

/** Sequences of equal length: [rows, steps, features] row by row. */
export interface Sequences {
  readonly rows: number;
  readonly steps: number;
  readonly features: number;
  readonly values: Float64Array;
  /** Default `feature0`, `feature1`, … */
  readonly names?: readonly string[];
}

/**
 * Explains sequence models. Columns are named `feature_t-k`, k steps before the end. The model gets
 * a sequence as [steps, features], row by row.
 */
export class RecurrentTabularExplainer {
  readonly #table: TabularExplainer;
  readonly #steps: number;
  readonly #features: number;

  constructor(train: Sequences, options: TabularOptions = {}) {
    const { rows, steps, features, values, names } = train;
    if (values.length !== rows * steps * features || values.length === 0) {
      throw new LimeError("train", {
        expected: `rows x steps x features = ${rows} x ${steps} x ${features} values, at least one`,
        received: `${values.length}`,
      });
    }
    this.#steps = steps;
    this.#features = features;
    const columns: string[] = [];
    for (let feature = 0; feature < features; feature++) {
      const name = names?.[feature] ?? `feature${feature}`;
      for (let step = 0; step < steps; step++) columns.push(`${name}_t-${steps - step - 1}`);
    }
    const size = steps * features;
    const table = Array.from({ length: rows }, (_, row) =>
      this.#flatten(values.subarray(row * size, (row + 1) * size)),
    );
    this.#table = new TabularExplainer({ names: columns, rows: table }, options);
  }

  /** Explains the model at a sequence [steps, features]. */
  async explain(
    sequence: ArrayLike<number>,
    predict: Predict<Float64Array>,
    options: FitOptions = {},
  ): Promise<TabularExplanation> {
    const size = this.#steps * this.#features;
    if (sequence.length !== size) {
      const expected = `${this.#steps} steps x ${this.#features} features`;
      throw new LimeError("sequence", { expected, received: `${sequence.length} values` });
    }
    const asSequences = (rows: TableRow[]) => predict(rows.map((row) => this.#unflatten(row)));
    return this.#table.explain(this.#flatten(sequence), asSequences, options);
  }

  /** [steps, features] to [features, steps]. */
  #flatten(sequence: ArrayLike<number>): Float64Array {
    return Float64Array.from(
      { length: sequence.length },
      (_, at) => sequence[(at % this.#steps) * this.#features + Math.floor(at / this.#steps)]!,
    );
  }

  /** [features, steps] to [steps, features]. */
  #unflatten(row: TableRow): Float64Array {
    return row.map(
      (_, at) => row[(at % this.#features) * this.#steps + Math.floor(at / this.#features)]!,
    );
  }
}
