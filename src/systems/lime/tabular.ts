// Explains a table row: which cells, or the bins they lie in, the model's output hangs on.
import type { Table } from "../../data/read/table.ts";
import type { Explanation, FitOptions, Predict, TableRow, TabularExplanation } from "./api.ts";
import { LimeError, quote } from "./errors.ts";
import { explainSubject, type Result } from "./explain.ts";
import type { Perturbation, Subject } from "./neighbourhood/perturbation.ts";
import { type RandomSource, randomSource } from "./random.ts";
import { type Bins, binOf, binsOf, type Discretizer } from "./table/discretize.ts";
import { type DrawnColumn, tablePerturbation } from "./table/neighbours.ts";
import { meanAndDeviation, scaleOf } from "./table/sums.ts";
import {
  cellText,
  type NumberTable,
  type ReadOptions,
  type RowInput,
  readColumns,
  readRow,
  type TrainColumn,
} from "./table/table.ts";

/** What a `TabularExplainer` must know of the model and the table. */
export interface TabularOptions extends ReadOptions {
  /** Default `classification`; `regression` for a model of one number. */
  readonly mode?: "classification" | "regression";
  /** Bins of the numeric columns, or `none` to leave them as they are. Default `quartile`. */
  readonly discretize?: Discretizer | "none";
  /** Without bins: draw around the row in place of the column's mean. Default false. */
  readonly aroundInstance?: boolean;
  /** A category that the training rows do not have: an error, or a value of its own. Default `error`. */
  readonly unseen?: "error" | "other";
  readonly classNames?: readonly string[];
}

/** The kernel's width for rows of so many columns. */
export function tableWidth(columns: number): number {
  return 0.75 * Math.sqrt(columns);
}

/** A row ready to be drawn from. */
export interface RowPart {
  readonly perturbation: Perturbation<TableRow>;
  readonly names: readonly string[];
  readonly mode: "classification" | "regression";
  /** See `Subject.id`. */
  readonly id: string;
  /** See `TabularExplanation`. */
  readonly cells: TabularExplanation["cells"];
  readonly hide: (hidden: readonly number[]) => TableRow;
  readonly notes: readonly string[];
}

/** Explains rows of one table; what it learns of the training rows serves every row. */
export class TabularExplainer {
  /** The model's inputs, in the order of `TableRow`. */
  readonly columns: readonly TrainColumn[];
  readonly #options: TabularOptions;
  readonly #bins: readonly (Bins | undefined)[];
  readonly #drawn: readonly DrawnColumn[];

  /** Names of the classes, where the options gave them. */
  get classNames(): readonly string[] | undefined {
    return this.#options.classNames;
  }

  constructor(train: Table | NumberTable, options: TabularOptions = {}) {
    const { columns, target } = readColumns(train, options);
    const { discretize = "quartile" } = options;
    this.columns = columns;
    this.#options = options;
    this.#bins = columns.map((column) =>
      column.type === "category" || discretize === "none"
        ? undefined
        : binsOf(column, discretize, target?.values),
    );
    this.#drawn = columns.map((column, j) => drawnColumn(column, this.#bins[j]));
  }

  /**
   * Explains the model at a row: draws rows as the training rows are, asks the model, and fits a
   * linear model of "is in the same bin, has the same category" (without bins: of the scaled values).
   * Defaults: 5,000 rows, class 1, 10 columns, kernel width 0.75 sqrt(columns). A regression gives
   * two explanations: label 1 as it is, label 0 negated.
   */
  async explain(
    row: RowInput,
    predict: Predict<TableRow>,
    options: FitOptions = {},
  ): Promise<TabularExplanation> {
    const part = this.part(row, options);
    const { perturbation, names, mode, id, cells, hide, notes } = part;
    const subject: Subject<TableRow> = {
      ...{ perturbation, names, mode, id },
      defaults: {
        distance: "euclidean",
        distanceScale: 1,
        kernelWidth: tableWidth(this.columns.length),
        samples: 5000,
        features: 10,
        batchSize: 100,
      },
    };
    const { classNames } = this;
    const given = classNames === undefined ? options : { classNames, ...options };
    const result = await explainSubject(subject, predict, given);
    result.notes.push(...notes);
    return {
      kind: "table",
      features: names,
      cells,
      ...(mode === "regression" ? bothSigns(result) : result),
      hide,
    };
  }

  /**
   * What is drawn of a row: the same alone and beside a text. `random` is the stream that the whole
   * neighbourhood is drawn with.
   */
  part(row: RowInput, options: FitOptions, random = randomSource(options)): RowPart {
    const {
      mode = "classification",
      unseen = "error",
      discretize = "quartile",
      aroundInstance = false,
    } = this.#options;
    if (options.antithetic === true) {
      const expected = "false for tables, whose cells have no opposite";
      throw new LimeError("antithetic", { expected, received: "true" });
    }
    const values = readRow(row, this.columns, unseen);
    const { seed = 0, rng = "deepdive", samples = 5000, emulate } = options;
    if (rng === "numpy" && discretize === "entropy") this.#skipTreeSeeds(random);
    return {
      perturbation: tablePerturbation({
        columns: this.#drawn,
        row: values,
        random,
        discretized: discretize !== "none",
        aroundInstance,
      }),
      names: this.columns.map((column, j) => this.#featureName(column, j, values[j]!)),
      mode,
      id: JSON.stringify([[...values], seed, rng, samples, emulate, discretize, aroundInstance]),
      cells: this.columns.map((column, j) => ({
        column: column.name,
        value: cellText(values[j]!, column),
      })),
      hide: (hidden) => this.#typical(values, hidden),
      notes: this.#constantColumns(),
    };
  }

  /** The row's cells by column name, as a model that takes records wants them. */
  record(row: TableRow): Record<string, number | string | null> {
    return Object.fromEntries(
      this.columns.map((column, j) => {
        const value = row[j]!;
        if (Number.isNaN(value)) return [column.name, null];
        return [column.name, column.labels === undefined ? value : cellText(value, column)];
      }),
    );
  }

  /** In the reference every tree that finds entropy bins takes its seed from the same stream. */
  #skipTreeSeeds(random: RandomSource): void {
    for (const bins of this.#bins) if (bins !== undefined) random.randint(0, 2 ** 31 - 1);
  }

  #featureName(column: TrainColumn, j: number, value: number): string {
    const bins = this.#bins[j];
    if (bins !== undefined) return bins.names[binOf(bins, value)]!;
    return column.type === "category" ? `${column.name}=${cellText(value, column)}` : column.name;
  }

  #constantColumns(): string[] {
    return this.columns
      .filter(({ values }) => values.every((value) => Object.is(value, values[0])))
      .map(
        ({ name }) =>
          `Column ${quote(name)} has one value in the training rows: neighbours cannot tell what it does.`,
      );
  }

  /** The row with the most frequent category, or the mean, in the cells named. */
  #typical(row: TableRow, hidden: readonly number[]): TableRow {
    const changed = row.slice();
    for (const j of hidden) changed[j] = typicalCell(this.columns[j]!);
    return changed;
  }
}

function drawnColumn(column: TrainColumn, bins: Bins | undefined): DrawnColumn {
  const { values, type } = column;
  if (type === "number" && bins === undefined) {
    const present = values.filter((value) => !Number.isNaN(value));
    const { mean, deviation } = meanAndDeviation(present);
    const scale = scaleOf(mean, deviation, present.length);
    const missing = 1 - present.length / values.length;
    return { kind: "number", mean, scale, origin: mean, missing };
  }
  const counts = new Map<number, number>();
  for (const value of values) {
    const choice = bins === undefined ? value : binOf(bins, value);
    counts.set(choice, (counts.get(choice) ?? 0) + 1);
  }
  // Missing (NaN) after all others.
  const order = [...counts.keys()].sort((a, b) =>
    Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b,
  );
  let sum = 0;
  const running = order.map((choice) => (sum += counts.get(choice)! / values.length));
  const cumulative = Float64Array.from(running, (each) => each / sum);
  const drawn = { kind: "choice" as const, values: Float64Array.from(order), cumulative };
  return bins === undefined ? drawn : { ...drawn, bins };
}

function typicalCell({ type, values }: TrainColumn): number {
  const present = values.filter((value) => !Number.isNaN(value));
  if (type === "number") return meanAndDeviation(present).mean;
  const counts = new Map<number, number>();
  for (const value of present) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

/** A regression's one output under both signs, and the range it has among the neighbours. */
export function bothSigns(result: Result): Result & { range: [number, number] } {
  const asIs = { ...result.explanations[0]!, label: 1, className: "value" };
  const negated: Explanation = {
    ...asIs,
    label: 0,
    className: "negated",
    weights: asIs.weights.map((each) => ({
      ...each,
      weight: -each.weight,
      low: -each.high,
      high: -each.low,
    })),
  };
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of result.neighbourhood.outputs.values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return { ...result, explanations: [asIs, negated], range: [least, most] };
}
