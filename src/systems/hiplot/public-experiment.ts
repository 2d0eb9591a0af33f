// The class that users hold: an experiment with its readers and writers, under the names of both languages.
import { writeFileAtomically } from "../../data/atomic-file.ts";
import { toPythonJson } from "./core/json.ts";
import type { Display, ExperimentJson } from "./core/types.ts";
import { type Displayed, type DisplayOptions, displayExperiment } from "./display.ts";
import {
  ExperimentData,
  experimentOptions,
  mergedOptions,
  pointsOf,
  type Row,
} from "./experiment.ts";
import { renderHtml } from "./html.ts";
import { experimentImage, type ImageFormat } from "./image.ts";
import { wireOf } from "./serve.ts";
import {
  fromJsonValue,
  type ReadOptions,
  readCsv,
  readJson,
  readParquet,
} from "./sources/files.ts";
import { readMlflow } from "./sources/mlflow.ts";
import { type OptunaOptions, type OptunaStudy, readOptuna } from "./sources/optuna.ts";
import { readTensorboard } from "./sources/tensorboard.ts";
import { definitionsOnDemand, type ValueDefinition } from "./value-definition.ts";
import { csvText } from "./write.ts";

/** Columns by name, all of one length. */
export type Columns = Readonly<Record<string, ArrayLike<unknown>>>;

/**
 * Rows with ids and lineage, and how they are to be shown.
 *
 * ```ts
 * const data = [{ dropout: 0.1, lr: 0.001, loss: 10, optimizer: "SGD" }];
 * Experiment.fromIterable(data).display();
 * ```
 */
export class Experiment extends ExperimentData {
  /** Makes an experiment of rows as objects. A row's id is its `uid`, or its number. */
  static fromIterable(rows: Iterable<Row>): Experiment {
    return new Experiment({ datapoints: pointsOf(rows) });
  }

  /** Reads a CSV file (or its bytes). All cells are texts, as HiPlot reads them. */
  static async fromCsv(source: string | Uint8Array, options?: ReadOptions): Promise<Experiment> {
    return Experiment.of(await readCsv(source, options));
  }

  /** Reads a JSON file, or takes a parsed value: a list of rows or HiPlot's experiment object. */
  static async fromJson(
    source: string | readonly Row[] | ExperimentJson,
    options?: ReadOptions,
  ): Promise<Experiment> {
    if (typeof source === "string") return Experiment.of(await readJson(source, options));
    return Experiment.of(fromJsonValue(source));
  }

  static async fromParquet(path: string, options?: ReadOptions): Promise<Experiment> {
    return Experiment.of(await readParquet(path, options));
  }

  /** Makes an experiment of columns of one length; the plot and the table keep their order. */
  static fromColumns(columns: Columns): Experiment {
    const names = Object.keys(columns);
    const rows = names.length === 0 ? 0 : columns[names[0]!]!.length;
    for (const name of names) {
      if (columns[name]!.length === rows) continue;
      throw new RangeError(
        `fromColumns: expected ${rows} values in ${name} as in ${names[0]}, got ${columns[name]!.length}`,
      );
    }
    const points = Array.from({ length: rows }, (_, row) =>
      Object.fromEntries(names.map((name) => [name, columns[name]![row]])),
    );
    const made = Experiment.fromIterable(points);
    made.displayData("PARALLEL_PLOT").order = names;
    made.displayData("TABLE").order = names;
    return made;
  }

  /** Reads a study of Optuna: a journal log, a SQLite file, or an object with `trials`. */
  static async fromOptuna(
    source: string | OptunaStudy,
    options?: OptunaOptions,
  ): Promise<Experiment> {
    return Experiment.of(await readOptuna(source, options));
  }

  /** Reads TensorBoard's event files below a folder. */
  static async fromTensorboard(folder: string): Promise<Experiment> {
    return Experiment.of(await readTensorboard(folder));
  }

  /** Reads MLflow's `mlruns`. */
  static async fromMlflow(folder: string): Promise<Experiment> {
    return Experiment.of(await readMlflow(folder));
  }

  /** Several experiments as one: ids become `name_uid`, the column `exp` says where a row is from. */
  static merge(experiments: Readonly<Record<string, ExperimentData>>): Experiment {
    return new Experiment(mergedOptions(experiments));
  }

  /** An experiment that a source gave, with readers and writers. */
  static of(data: ExperimentData): Experiment {
    if (data instanceof Experiment) return data;
    return Object.setPrototypeOf(data, Experiment.prototype) as Experiment;
  }

  /** Opens the plot: in a notebook below the cell, else in a browser on this machine. */
  display(options: DisplayOptions = {}): Displayed {
    this.validate();
    return displayExperiment(this, options);
  }

  /** One page that needs nothing else; written to `file` where one is named. */
  async toHtml(file?: string): Promise<string> {
    this.validate();
    const html = await renderHtml(wireOf(this));
    if (file !== undefined) await writeFileAtomically(file, [new TextEncoder().encode(html)]);
    return html;
  }

  async toCsv(file: string): Promise<void> {
    const encoder = new TextEncoder();
    const pieces = function* (experiment: Experiment) {
      for (const text of csvText(experiment)) yield encoder.encode(text);
    };
    await writeFileAtomically(file, pieces(this));
  }

  /** The JSON text that HiPlot reads, in which NaN and infinities stand bare. */
  toJsonText(options?: { compress?: boolean }): string {
    return toPythonJson(this.toJson(options));
  }

  /** A picture of the parallel plot. */
  toImage(options: { format: ImageFormat; width?: number; height?: number }): Promise<Uint8Array> {
    this.validate();
    return experimentImage(this, options);
  }

  static from_iterable(rows: Iterable<Row>): Experiment {
    return Experiment.fromIterable(rows);
  }

  static from_csv(source: string | Uint8Array): Promise<Experiment> {
    return Experiment.fromCsv(source);
  }

  static from_optuna(source: string | OptunaStudy): Promise<Experiment> {
    return Experiment.fromOptuna(source);
  }

  static from_dict(json: ExperimentJson): Experiment {
    return new Experiment(experimentOptions(json));
  }

  /** As in Python, a column's definition comes into being when it is first asked for. */
  get parameters_definition(): Record<string, ValueDefinition> {
    return definitionsOnDemand(this.parametersDefinition);
  }

  get enabled_displays(): Display[] {
    return this.enabledDisplays;
  }

  set enabled_displays(names: Display[]) {
    this.enabledDisplays = names;
  }

  display_data(display: Display): Record<string, unknown> {
    return this.displayData(display);
  }

  remove_missing_parents(): this {
    return this.removeMissingParents();
  }

  to_html(file?: string): Promise<string> {
    return this.toHtml(file);
  }

  to_csv(file: string): Promise<void> {
    return this.toCsv(file);
  }
}
