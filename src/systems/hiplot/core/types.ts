// The plot's data model: values, rows, column definitions and the experiment object as HiPlot writes it to JSON.

/** A cell as it was given. A cell that is not there at all is `undefined`, which is not `null`. */
export type Value = boolean | number | string | null;

/** How a column is drawn. */
export const paramTypes = [
  "categorical",
  "numeric",
  "numericlog",
  "numericpercentile",
  "timestamp",
] as const;

/** How a column is drawn: by category, or by number on one of four scales. */
export type ParamType = (typeof paramTypes)[number];

/** The views of an experiment, in their usual order. */
export const displays = ["PARALLEL_PLOT", "XY", "DISTRIBUTION", "TABLE"] as const;

/** One of the four views. */
export type Display = (typeof displays)[number];

/** A row: its id, the row that it comes from, and its values by column. */
export interface Datapoint {
  uid: string;
  fromUid: string | null;
  values: Record<string, Value>;
}

/** What the user lays down for a column; what is left out is inferred. */
export interface ValueDef {
  type?: ParamType | null;
  /** Colours by category: `rgb(…)`, `hsl(…)` or `#rrggbb`. */
  colors?: Record<string, string> | null;
  /** A map of d3-scale-chromatic, e.g. `interpolateViridis`, perhaps with `#inverse`. */
  colormap?: string | null;
  forceValueMin?: number | null;
  forceValueMax?: number | null;
  labelCss?: string | null;
  labelHtml?: string | null;
}

/** A column's definition with the names that HiPlot writes. */
export interface ValueDefJson {
  type?: ParamType | null;
  colors?: Record<string, string> | null;
  colormap?: string | null;
  force_value_min?: number | null;
  force_value_max?: number | null;
  label_css?: string | null;
  label_html?: string | null;
}

/** A row as HiPlot writes it. */
export interface DatapointJson {
  uid: string;
  from_uid: string | null;
  values: Record<string, Value>;
}

/** Rows as lists: `[uid, from_uid, …values]` in the order of `columns`. */
export interface CompressedJson {
  columns: string[];
  rows: Value[][];
}

/** The experiment object of HiPlot's JSON and HTML files. */
export interface ExperimentJson {
  datapoints?: DatapointJson[];
  datapoints_compressed?: CompressedJson;
  parameters_definition?: Record<string, ValueDefJson>;
  colormap?: string | null;
  colorby?: string | null;
  weightcolumn?: string | null;
  display_data?: Record<string, Record<string, unknown>>;
  enabled_displays?: string[];
}

/** Whether a value stands for "no number here": not a number, infinite, null or empty. */
export function isSpecial(value: Value | undefined): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  return value === null || specialTexts.has(value as string);
}

const specialTexts = new Set(["inf", "-inf", "", "NaN"]);

/** The number that a value stands for on an axis, NaN where there is none. */
export function numberOf(value: Value | undefined): number {
  return typeof value === "number" ? value : Number.parseFloat(value as string);
}

/** The text that a value stands for as a category. */
export function categoryOf(value: Value): string {
  return value === "" ? "(empty)" : String(value);
}

const isoDate = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** Seconds since 1970 of a date as ISO text (UTC where it names no zone); NaN for anything else. */
export function isoSeconds(value: Value | undefined): number {
  if (typeof value !== "string" || !isoDate.test(value)) return Number.NaN;
  const text = value.replace(" ", "T");
  const zoned = /T/.test(text) && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text}Z` : text;
  return Date.parse(zoned) / 1000;
}
