// What kind of column each one is, by HiPlot's rules: inferred on the rows kept, a definition wins.
import type { Bitset } from "./bits.ts";
import {
  type CodedColumn,
  type Column,
  holdsDates,
  missingCode,
  type NumberColumn,
} from "./columns.ts";
import type { Frame } from "./frame.ts";
import { numberOrder } from "./sorted.ts";
import { spansOrders } from "./spread.ts";
import {
  isoSeconds,
  isSpecial,
  numberOf,
  type ParamType,
  type Value,
  type ValueDef,
} from "./types.ts";

/** What is known of a column among the rows kept: enough to make its scale and its colours. */
export interface ColumnDef {
  readonly name: string;
  readonly type: ParamType;
  /** The types that a user may choose. */
  readonly typeOptions: readonly ParamType[];
  readonly numeric: boolean;
  /** Some kept row has no such cell. */
  readonly optional: boolean;
  /** How many different values there are; `1` and `"1"` are two. Sorts a column of numbers. */
  readonly distinct: () => number;
  /** There is but one value. */
  readonly same: boolean;
  /** Finite numbers among the values, ascending, each once; empty where the column is not numeric. */
  readonly numbers: () => Float64Array;
  /** Least and greatest of them; null where there are none. */
  readonly bounds: readonly [number, number] | null;
  /** Some value is no finite number: the axis needs its special lane. */
  readonly special: boolean;
  /** The distinct values in order of appearance; at most `categoryLimit` + 1 of a number column. */
  readonly values: () => readonly Value[];
  readonly colors: Readonly<Record<string, string>> | null;
  readonly colormap: string | null;
  readonly forceValueMin: number | null;
  readonly forceValueMax: number | null;
  readonly labelCss: string;
  readonly labelHtml: string | null;
  /** Why the type is not the one that was asked for, or what a reader should know of the values. */
  readonly note?: string;
}

/** Definitions by column, in the order of the frame's columns. */
export type ColumnDefs = ReadonlyMap<string, ColumnDef>;

/** Options of `inferTypes`. */
export interface InferOptions {
  /** The rows to judge by; default all. */
  readonly kept?: Bitset | null;
  /** What the user laid down; it wins over everything. */
  readonly hints?: Readonly<Record<string, ValueDef>>;
  /** Types out of a shared link; they win over inference. */
  readonly linked?: Readonly<Record<string, ParamType>>;
}

/** Judges all columns of a frame. A column without any cell among the kept rows is left out. */
export function inferTypes(frame: Frame, options: InferOptions = {}): Map<string, ColumnDef> {
  const defs = new Map<string, ColumnDef>();
  for (const name of frame.names) {
    const def = inferType(frame.column(name) as Column, options);
    if (def !== null) defs.set(name, def);
  }
  return defs;
}

/** After a filter: new domains, while a type once shown stays. */
export function inferAgain(
  frame: Frame,
  before: ColumnDefs,
  kept: Bitset | null,
): Map<string, ColumnDef> {
  const hints: Record<string, ValueDef> = Object.fromEntries(before);
  return new Map([...before, ...inferTypes(frame, { kept, hints })]);
}

/** Judges one column; null where no kept row has a cell in it. */
export function inferType(column: Column, options: InferOptions = {}): ColumnDef | null {
  const { kept = null, hints = {}, linked = {} } = options;
  const { name } = column;
  const hint = Object.hasOwn(hints, name) ? hints[name] : undefined;
  const facts = column.kind === "number" ? numberFacts(column, kept) : codedFacts(column, kept);
  if (facts.cells === 0) return null;
  const numeric = facts.numeric && name !== "uid" && name !== "from_uid";
  const dates = !facts.numeric && column.kind === "coded" && holdsDates(column.dictionary);
  const counts = numeric || dates;
  const numbers = counts ? facts.numbers : () => new Float64Array();
  const bounds = counts ? facts.bounds() : null;
  const forcedLow = hint?.forceValueMin != null && hint.forceValueMin <= 0;
  const canBeLog = numeric && bounds !== null && bounds[0] > 0 && !forcedLow;
  const asked = hint?.type ?? (Object.hasOwn(linked, name) ? linked[name] : undefined);
  const note = noteOf(name, dates, numeric, facts);
  const settled = asked
    ? drawable(asked, { name, bounds, numeric, canBeLog, dates })
    : { type: usualType(numeric, canBeLog, facts), ...(note !== undefined && { note }) };
  return {
    name,
    ...settled,
    typeOptions: [
      "categorical",
      ...(numeric ? (["numeric"] as const) : []),
      ...(canBeLog ? (["numericlog"] as const) : []),
      ...(numeric ? (["numericpercentile"] as const) : []),
      ...((numeric && facts.timestamps) || dates ? (["timestamp"] as const) : []),
    ],
    numeric,
    optional: facts.missing > 0,
    distinct: facts.distinct,
    same: facts.few !== null && facts.few <= 1,
    numbers,
    bounds,
    special: facts.special,
    values: facts.values,
    colors: hint?.colors ?? null,
    colormap: hint?.colormap ?? null,
    forceValueMin: hint?.forceValueMin ?? null,
    forceValueMax: hint?.forceValueMax ?? null,
    labelCss: hint?.labelCss ?? "",
    labelHtml: hint?.labelHtml ?? null,
  };
}

/** The type of a column that nobody laid down. */
function usualType(numeric: boolean, canBeLog: boolean, facts: Facts): ParamType {
  const { few, cells } = facts;
  if (!numeric || (few !== null && Math.max(cells, 10) / few > 10)) return "categorical";
  if (!facts.spansOrders()) return "numeric";
  return canBeLog ? "numericlog" : "numericpercentile";
}

/** A type that cannot be drawn gives way to the nearest one that can, with a word about it. */
function drawable(
  asked: ParamType,
  facts: {
    readonly name: string;
    readonly bounds: readonly [number, number] | null;
    readonly numeric: boolean;
    readonly canBeLog: boolean;
    readonly dates: boolean;
  },
): { type: ParamType; note?: string } {
  const { name, bounds, numeric, canBeLog, dates } = facts;
  if (asked === "categorical" || (dates && asked === "timestamp")) return { type: asked };
  if (!numeric || bounds === null) {
    const why = numeric ? "has no finite number" : "has values that are no numbers";
    return { type: "categorical", note: `${name} ${why}: drawn by category, not as ${asked}` };
  }
  if (asked === "numericlog" && !canBeLog) {
    const note = `${name} has values or a bound of 0 or less: drawn by percentile, not on a log scale`;
    return { type: "numericpercentile", note };
  }
  return { type: asked };
}

/** What a reader should know of the values, where the type alone does not say it. */
function noteOf(name: string, dates: boolean, numeric: boolean, facts: Facts): string | undefined {
  if (dates) return `${name} holds dates: drawn by category, may be drawn as timestamp`;
  if (numeric && facts.longIntegers) {
    return `${name} has whole numbers beyond 2^53: positions are rounded, the text is exact`;
  }
  const mixed = !facts.numeric && facts.someNumbers;
  return mixed ? `${name} has numbers and other values: drawn by category` : undefined;
}

interface Facts {
  /** Cells that are there, among the rows kept. */
  readonly cells: number;
  readonly missing: number;
  readonly distinct: () => number;
  /** How many different values there are if fewer than six, else null. */
  readonly few: number | null;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly timestamps: boolean;
  /** Some texts are whole numbers that a double cannot hold. */
  readonly longIntegers: boolean;
  /** Some values, but perhaps not all, are numbers as such. */
  readonly someNumbers: boolean;
  readonly numbers: () => Float64Array;
  readonly bounds: () => readonly [number, number] | null;
  /** Whether the middle 90 % of more than ten different positive numbers span a factor of more than 100. */
  readonly spansOrders: () => boolean;
  readonly values: () => readonly Value[];
}

/** What few values are: fewer than this. */
const fewValues = 6;

/** How many distinct values of a number column are listed one by one. */
const categoryLimit = 10_000;

/** Looks at each cell once; nothing is sorted before someone asks for what only sorting tells. */
function numberFacts(column: NumberColumn, kept: Bitset | null): Facts {
  const { values, tags, oddities, fromText } = column;
  const first: number[] = [];
  const odd = new Set<Value | undefined>();
  let [low, high] = [Infinity, -Infinity];
  let cells = 0;
  let missing = 0;
  let special = false;
  let timestamps = !fromText;
  for (let row = 0; row < values.length; row++) {
    if (kept !== null && !kept.has(row)) continue;
    const value = values[row]!;
    // NaN and both infinities differ from themselves by NaN.
    if (value - value === 0) {
      cells++;
      if (value < low) low = value;
      if (value > high) high = value;
      if (timestamps) timestamps = value >= 0 && Number.isSafeInteger(value);
      if (first.length < fewValues && !first.includes(value)) first.push(value);
      continue;
    }
    const tag = tags === null ? 0 : tags[row]!;
    const cell = tag > 0 ? oddities[tag - 1] : value;
    if (cell === undefined) {
      missing++;
      continue;
    }
    cells++;
    odd.add(cell);
    special ||= !Number.isFinite(numberOf(cell));
  }
  const few = first.length + odd.size < fewValues ? first.length + odd.size : null;
  let sorted: Float64Array | undefined;
  const numbers = () => {
    sorted ??= sortedNumbers(column, kept);
    return sorted;
  };
  const counts =
    kept === null
      ? (row: number) => Number.isFinite(values[row])
      : (row: number) => kept.has(row) && Number.isFinite(values[row]);
  return {
    cells,
    missing,
    distinct: () => few ?? numbers().length + odd.size,
    few,
    numeric: [...odd].every(standsForNumber),
    special,
    timestamps: timestamps && odd.size === 0,
    longIntegers: false,
    someNumbers: true,
    numbers,
    bounds: () => (low <= high ? [low, high] : null),
    spansOrders: () => spansOrders({ values, counts, low, high, sorted: numbers }),
    values: () => firstValues(column, kept),
  };
}

/** Finite numbers of the rows kept, ascending, each once. */
function sortedNumbers(column: NumberColumn, kept: Bitset | null): Float64Array {
  const { order, finite } = numberOrder(column);
  const sorted = new Float64Array(finite[1] - finite[0]);
  let n = 0;
  for (let i = finite[0]; i < finite[1]; i++) {
    const row = order[i]!;
    if (kept !== null && !kept.has(row)) continue;
    const value = column.values[row]!;
    if (n === 0 || value !== sorted[n - 1]) sorted[n++] = value;
  }
  return sorted.slice(0, n);
}

/** Distinct cells of a number column in order of appearance, up to the limit. */
function firstValues(column: NumberColumn, kept: Bitset | null): Value[] {
  const found = new Set<Value>();
  const { values, tags, oddities, fromText } = column;
  for (let row = 0; row < values.length && found.size <= categoryLimit; row++) {
    if (kept !== null && !kept.has(row)) continue;
    const tag = tags?.[row] ?? 0;
    const value = tag > 0 ? oddities[tag - 1] : fromText ? String(values[row]) : values[row];
    if (value !== undefined) found.add(value);
  }
  return [...found];
}

function codedFacts({ name, codes, dictionary }: CodedColumn, kept: Bitset | null): Facts {
  const seen = new Uint8Array(dictionary.length);
  const found = new Uint32Array(dictionary.length);
  let different = 0;
  let cells = 0;
  let missing = 0;
  for (let row = 0; row < codes.length; row++) {
    if (kept !== null && !kept.has(row)) continue;
    const code = codes[row]!;
    if (code === missingCode) {
      missing++;
      continue;
    }
    cells++;
    if (seen[code] === 1) continue;
    seen[code] = 1;
    found[different++] = code;
  }
  const firstCodes = found.subarray(0, different);
  let list: readonly Value[] | undefined;
  const values = () => {
    list ??= [...new Set(Array.from(firstCodes, (code) => dictionary.at(code)))];
    return list;
  };
  // Ids by the million are no numbers on an axis, whatever they look like.
  const isId = name === "uid" || name === "from_uid";
  const numeric = !isId && firstCodes.every((code) => standsForNumber(dictionary.at(code)));
  let sorted: Float64Array | undefined;
  const numbers = () => {
    const read = numeric ? numberOf : isoSeconds;
    sorted ??= Float64Array.from(new Set(values().map(read).filter(Number.isFinite))).sort();
    return sorted;
  };
  const bounds = (): readonly [number, number] | null => {
    const all = numbers();
    return all.length > 0 ? [all[0]!, all.at(-1)!] : null;
  };
  return {
    cells,
    missing,
    distinct: () => different,
    few: different < fewValues ? different : null,
    numeric,
    special: numeric && values().some((value) => !Number.isFinite(numberOf(value))),
    timestamps:
      numeric &&
      values().every(
        (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0,
      ),
    longIntegers:
      numeric && values().some((value) => typeof value === "string" && isLongInteger(value)),
    someNumbers: firstCodes
      .subarray(0, 1_000)
      .some((code) => typeof dictionary.at(code) === "number"),
    numbers,
    bounds,
    spansOrders: () => {
      const [low = 0, high = 0] = bounds() ?? [];
      return spansOrders({ values: numbers(), counts: () => true, low, high, sorted: numbers });
    },
    values,
  };
}

function isLongInteger(text: string): boolean {
  return text.length > 15 && /^[+-]?\d+$/.test(text) && !Number.isSafeInteger(Number(text));
}

/** Whether a defined value may stand in a numeric column: by `Number`, not by `parseFloat`. */
function standsForNumber(value: Value | undefined): boolean {
  if (typeof value === "number") return true;
  if (typeof value === "boolean") return false;
  return isSpecial(value) || !Number.isNaN(Number(value));
}
