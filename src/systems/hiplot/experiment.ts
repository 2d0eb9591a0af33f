// The experiment: rows with their lineage, how columns are to be drawn, and what the views show at first.
import { datapointsOf, idsOf } from "./core/experiment-json.ts";
import { type Frame, frameOf } from "./core/frame.ts";
import { inferTypes } from "./core/infer.ts";
import {
  type Datapoint,
  type DatapointJson,
  type Display,
  displays,
  type ExperimentJson,
  type Value,
  type ValueDef,
} from "./core/types.ts";
import { HiplotError } from "./errors.ts";
import { checkRows, type SettingIssue, settingIssues } from "./validate.ts";
import { definitionsOf, ValueDefinition } from "./value-definition.ts";

/** What an experiment is made of; everything but the rows has a default. */
export interface ExperimentOptions {
  readonly datapoints?: Datapoint[];
  /** In place of datapoints: many rows in columns. */
  readonly frame?: Frame;
  readonly parametersDefinition?: Record<string, ValueDef>;
  readonly colormap?: string;
  readonly colorby?: string | null;
  readonly weightcolumn?: string | null;
  readonly enabledDisplays?: Display[];
  readonly displayData?: Record<string, Record<string, unknown>>;
  /** What reading the source had to assume or repair, one sentence each. */
  readonly notes?: readonly string[];
}

/** Rows and settings of a plot. The readers in `sources/` and `fromIterable` make one. */
export class ExperimentData {
  parametersDefinition: Record<string, ValueDef>;
  colormap: string;
  colorby: string | null;
  weightcolumn: string | null;
  enabledDisplays: Display[];
  /** What reading the source had to assume or repair, one sentence each. */
  readonly notes: string[];
  readonly _displayData: Record<string, Record<string, unknown>>;
  #points: Datapoint[] | null;
  #frame: Frame | null;

  constructor(options: ExperimentOptions = {}) {
    this.#points = options.datapoints ?? (options.frame ? null : []);
    this.#frame = options.frame ?? null;
    this.parametersDefinition = options.parametersDefinition ?? {};
    this.colormap = options.colormap ?? "interpolateTurbo";
    this.colorby = options.colorby ?? null;
    this.weightcolumn = options.weightcolumn ?? null;
    this.enabledDisplays = options.enabledDisplays ?? [...displays];
    this._displayData = options.displayData ?? {};
    this.notes = [...(options.notes ?? [])];
  }

  /** The rows as objects, made on first use where they came in columns. They may be changed. */
  get datapoints(): Datapoint[] {
    if (this.#points === null) {
      const frame = this.#frame as Frame;
      this.#points = Array.from({ length: frame.rows }, (_, row) => frame.datapoint(row));
      this.#frame = null;
    }
    return this.#points;
  }

  set datapoints(points: Datapoint[]) {
    this.#points = points;
    this.#frame = null;
  }

  /** Adds rows; one whose id is there already takes its place. */
  put(points: readonly Datapoint[]): void {
    const rowOf = new Map(this.datapoints.map(({ uid }, row) => [uid, row]));
    for (const point of points) {
      const row = rowOf.get(point.uid) ?? this.datapoints.length;
      rowOf.set(point.uid, row);
      // A parent may come later, or never: until then the row stands by itself.
      const isKnown = point.fromUid === null || rowOf.has(point.fromUid);
      this.datapoints[row] = isKnown ? point : { ...point, fromUid: null };
    }
  }

  /** How many rows there are. */
  get size(): number {
    return this.#frame?.rows ?? (this.#points as Datapoint[]).length;
  }

  /**
   * The rows in columns. Made anew at each call where the rows are objects, as those may have changed.
   *
   * @throws HiplotError where a row's parent is not among the rows
   */
  frame(): Frame {
    if (this.#frame !== null) return this.#frame;
    try {
      return frameOf(this.#points as Datapoint[]);
    } catch (error) {
      throw new HiplotError("missing-parent", (error as Error).message);
    }
  }

  /** Names of the columns in the order of their first appearance. */
  columnNames(): string[] {
    if (this.#frame !== null) return this.#frame.columns.map(({ name }) => name);
    const names = new Set<string>();
    for (const { values } of this.datapoints) for (const name in values) names.add(name);
    return [...names];
  }

  /** The settings of a view, to be read and changed. */
  displayData(display: Display): Record<string, unknown> {
    this._displayData[display] ??= {};
    return this._displayData[display];
  }

  /** Settings that name what is not there; the views open without them. */
  settingIssues(): SettingIssue[] {
    return settingIssues({
      columns: this.columnNames(),
      definitions: this.parametersDefinition,
      colormap: this.colormap,
      colorby: this.colorby,
      weightcolumn: this.weightcolumn,
      displayData: this._displayData,
      enabledDisplays: this.enabledDisplays,
    });
  }

  /** Takes out settings that name what is not there, so that the rest can be shown; says which. */
  dropUnusableSettings(): string[] {
    const dropped: string[] = [];
    for (let issue = this.settingIssues()[0]; issue; issue = this.settingIssues()[0]) {
      dropped.push(issue.message);
      dropSetting(this, issue.key);
    }
    return dropped;
  }

  /**
   * Checks rows, lineage and settings.
   *
   * @throws HiplotError for the first thing that is wrong, with the uid or the setting's key
   */
  validate(): this {
    if (this.#frame === null) checkRows(this.#points as Datapoint[]);
    else if (this.#frame.rows === 0) checkRows([]);
    const [issue] = this.settingIssues();
    if (issue) throw new HiplotError("setting", issue.message);
    return this;
  }

  /** Drops links to parents that are not among the rows. */
  removeMissingParents(): this {
    if (this.#frame !== null) return this;
    const uids = new Set(this.datapoints.map(({ uid }) => uid));
    for (const point of this.datapoints) {
      if (point.fromUid !== null && !uids.has(point.fromUid)) point.fromUid = null;
    }
    return this;
  }

  /** Drops links to missing parents and renames rows with a uid that is taken; says what it did. */
  repair(): string[] {
    if (this.#frame !== null) return [];
    const done: string[] = [];
    const uids = new Set<string>();
    for (const point of this.datapoints) {
      let uid = point.uid;
      for (let n = 2; uids.has(uid); n++) uid = `${point.uid}.${n}`;
      if (uid !== point.uid)
        done.push(`row ${point.uid} occurs again: the later one is now ${uid}`);
      point.uid = uid;
      uids.add(uid);
    }
    for (const point of this.datapoints) {
      if (point.fromUid === null || uids.has(point.fromUid)) continue;
      done.push(
        `row ${point.uid}: its parent ${point.fromUid} is not among the rows, link dropped`,
      );
      point.fromUid = null;
    }
    this.notes.push(...done);
    return done;
  }

  /** What kind of column each one is. */
  columns(): ReturnType<typeof inferTypes> {
    return inferTypes(this.frame(), { hints: definitionsOf(this.parametersDefinition) });
  }

  /** The settings in HiPlot's names. */
  settingsJson(): Omit<ExperimentJson, "datapoints" | "datapoints_compressed"> {
    return {
      parameters_definition: Object.fromEntries(
        Object.entries(this.parametersDefinition).map(([name, def]) => [
          name,
          new ValueDefinition(def).toJSON(),
        ]),
      ),
      colormap: this.colormap,
      colorby: this.colorby,
      weightcolumn: this.weightcolumn,
      display_data: this._displayData,
      enabled_displays: this.enabledDisplays,
    };
  }

  /** The object that HiPlot reads: `NaN` and infinities are left as numbers. */
  toJson({ compress = false }: { compress?: boolean } = {}): ExperimentJson {
    const points = this.datapoints;
    const rows = compress
      ? { datapoints_compressed: compressed(points) }
      : { datapoints: points.map(toJson) };
    return { ...rows, ...this.settingsJson() };
  }
}

/** Takes out the setting that an issue names, whole. */
function dropSetting(experiment: ExperimentData, key: string): void {
  const [place, ...rest] = key.split(".");
  if (place === "colormap") experiment.colormap = "interpolateTurbo";
  else if (place === "colorby") experiment.colorby = null;
  else if (place === "weightcolumn") experiment.weightcolumn = null;
  else if (place === "enabled_displays") {
    const known: readonly string[] = displays;
    experiment.enabledDisplays = experiment.enabledDisplays.filter((name) => known.includes(name));
  } else if (place === "display_data") {
    const [display = "", setting] = rest;
    if (setting === undefined) {
      const known: readonly string[] = displays;
      for (const name of Object.keys(experiment._displayData)) {
        if (!known.includes(name)) delete experiment._displayData[name];
      }
    } else delete experiment._displayData[display]?.[setting];
  } else {
    // A column's name may hold dots: what stands after its definition is the setting.
    for (const [name, def] of Object.entries(experiment.parametersDefinition)) {
      const prefix = `parameters_definition.${name}.`;
      if (!key.startsWith(prefix)) continue;
      const [setting] = key.slice(prefix.length).split(".");
      if (setting === "colormap" || setting === "colors" || setting === "type") def[setting] = null;
    }
  }
}

function toJson({ uid, fromUid, values }: Datapoint): DatapointJson {
  return { uid, from_uid: fromUid, values };
}

function compressed(points: readonly Datapoint[]): { columns: string[]; rows: Value[][] } {
  const columns = [...new Set(points.flatMap(({ values }) => Object.keys(values)))];
  const rows = points.map(({ uid, fromUid, values }) => [
    uid,
    fromUid,
    ...columns.map((name) => values[name] ?? null),
  ]);
  return { columns, rows };
}

/** A row as users write it: values by column, `uid` and `from_uid` among them if they like. */
export type Row = Readonly<Record<string, unknown>>;

/** Makes datapoints of rows: a row's id is its `uid` or its number, an empty `from_uid` is none. */
export function pointsOf(rows: Iterable<Row>, first = 0): Datapoint[] {
  const points: Datapoint[] = [];
  for (const row of rows) {
    const values: Record<string, Value> = {};
    for (const [key, value] of Object.entries(row)) {
      if (key === "uid" || key === "from_uid") continue;
      const cell = cellValue(value);
      if (cell !== undefined) values[key] = cell;
    }
    const { uid, from_uid: from } = row;
    points.push({
      uid: String(uid ?? first + points.length),
      fromUid: from === undefined || from === null || from === "" ? null : String(from),
      values,
    });
  }
  return points;
}

/** What a value is kept as: integers past 2^53 as exact text, dates as ISO text, objects as JSON. */
function cellValue(value: unknown): Value | undefined {
  if (value === null || value === undefined) return value;
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") {
    return value;
  }
  if (typeof value === "bigint") {
    return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
      ? Number(value)
      : String(value);
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  return JSON.stringify(value) ?? String(value);
}

/** Reads the object that HiPlot writes. @throws HiplotError for what is no such object */
export function experimentOptions(json: ExperimentJson): ExperimentOptions {
  return {
    datapoints: datapointsOf(json).map((point, row) => {
      const [made] = pointsOf([point.values as Row]) as [Datapoint];
      return { ...idsOf(point, row), values: made.values };
    }),
    parametersDefinition: Object.fromEntries(
      Object.entries(json.parameters_definition ?? {}).map(([name, def]) => [
        name,
        ValueDefinition.fromJson(def),
      ]),
    ),
    ...(json.colormap ? { colormap: json.colormap } : {}),
    colorby: json.colorby ?? null,
    weightcolumn: json.weightcolumn ?? null,
    ...(json.enabled_displays ? { enabledDisplays: json.enabled_displays as Display[] } : {}),
    displayData: structuredClone(json.display_data ?? {}),
  };
}

/** Several experiments as one; see `Experiment.merge`. */
export function mergedOptions(
  experiments: Readonly<Record<string, ExperimentData>>,
): ExperimentOptions {
  const datapoints: Datapoint[] = [];
  const parametersDefinition: Record<string, ValueDef> = {};
  const displayData: Record<string, Record<string, unknown>> = {};
  const notes: string[] = [];
  for (const [name, experiment] of Object.entries(experiments)) {
    for (const { uid, fromUid, values } of experiment.datapoints) {
      datapoints.push({
        uid: `${name}_${uid}`,
        fromUid: fromUid === null ? null : `${name}_${fromUid}`,
        values: { ...values, exp: name },
      });
    }
    Object.assign(parametersDefinition, experiment.parametersDefinition);
    for (const [display, data] of Object.entries(experiment._displayData)) {
      displayData[display] = { ...displayData[display], ...data };
    }
    notes.push(...experiment.notes.map((note) => `${name}: ${note}`));
  }
  return { datapoints, parametersDefinition, displayData, notes };
}
