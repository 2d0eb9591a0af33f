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
  /** How many different values there are; `1` and `"1"` are two. */
  readonly distinct: number;
  /** Finite numbers among the values, ascending, each once; empty where the column is not numeric. */
  readonly numbers: Float64Array;
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
  const numbers = numeric || dates ? facts.numbers() : new Float64Array();
  const forcedLow = hint?.forceValueMin != null && hint.forceValueMin <= 0;
  const canBeLog = numeric && numbers[0]! > 0 && !forcedLow;
  const few = Math.max(facts.cells, 10) / facts.distinct > 10 && facts.distinct < 6;
  let type: ParamType = "categorical";
  if (numeric && !few) {
    type = "numeric";
    if (spansOrders(numbers)) type = canBeLog ? "numericlog" : "numericpercentile";
  }
  const asked = hint?.type ?? (Object.hasOwn(linked, name) ? linked[name] : undefined);
  const note = noteOf(name, dates, numeric, facts);
  const settled = asked
    ? drawable(asked, { name, numbers, numeric, canBeLog, dates })
    : { type, ...(note !== undefined && { note }) };
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
    numbers,
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

/** A type that cannot be drawn gives way to the nearest one that can, with a word about it. */
function drawable(
  asked: ParamType,
  facts: {
    readonly name: string;
    readonly numbers: Float64Array;
    readonly numeric: boolean;
    readonly canBeLog: boolean;
    readonly dates: boolean;
  },
): { type: ParamType; note?: string } {
  const { name, numbers, numeric, canBeLog, dates } = facts;
  if (asked === "categorical" || (dates && asked === "timestamp")) return { type: asked };
  if (!numeric || numbers.length === 0) {
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

/** Whether the middle 90 % of more than ten positive values span a factor of more than 100. */
function spansOrders(sorted: Float64Array): boolean {
  const n = sorted.length;
  if (n <= 10 || !(sorted[0]! > 0)) return false;
  const high = sorted[Math.min(n - 1, Math.floor((19 * n) / 20))]!;
  return high / sorted[Math.floor(n / 20)]! > 100;
}

interface Facts {
  /** Cells that are there, among the rows kept. */
  readonly cells: number;
  readonly missing: number;
  readonly distinct: number;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly timestamps: boolean;
  /** Some texts are whole numbers that a double cannot hold. */
  readonly longIntegers: boolean;
  /** Some values, but perhaps not all, are numbers as such. */
  readonly someNumbers: boolean;
  readonly numbers: () => Float64Array;
  readonly values: () => readonly Value[];
}

/** How many distinct values of a number column are listed one by one. */
const categoryLimit = 10_000;

function numberFacts(column: NumberColumn, kept: Bitset | null): Facts {
  const { values, tags, oddities, fromText } = column;
  const { order, finite } = numberOrder(column);
  const sorted = new Float64Array(finite[1] - finite[0]);
  let n = 0;
  let cells = 0;
  let timestamps = !fromText;
  let last = Number.NaN;
  for (let i = finite[0]; i < finite[1]; i++) {
    const row = order[i]!;
    if (kept !== null && !kept.has(row)) continue;
    cells++;
    const value = values[row]!;
    if (value === last) continue;
    sorted[n++] = value;
    last = value;
    timestamps &&= value >= 0 && Number.isSafeInteger(value);
  }
  const odd = new Set<Value | undefined>();
  let missing = 0;
  let special = false;
  for (const [from, to] of [
    [0, finite[0]],
    [finite[1], order.length],
  ] as const) {
    for (let i = from; i < to; i++) {
      const row = order[i]!;
      if (kept !== null && !kept.has(row)) continue;
      const tag = tags?.[row] ?? 0;
      const value = tag > 0 ? oddities[tag - 1] : values[row];
      if (value === undefined) {
        missing++;
        continue;
      }
      cells++;
      odd.add(value);
      special ||= !Number.isFinite(numberOf(value));
    }
  }
  return {
    cells,
    missing,
    distinct: n + odd.size,
    numeric: [...odd].every(standsForNumber),
    special,
    timestamps: timestamps && odd.size === 0,
    longIntegers: false,
    someNumbers: true,
    numbers: () => sorted.slice(0, n),
    values: () => firstValues(column, kept),
  };
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

function codedFacts({ codes, dictionary }: CodedColumn, kept: Bitset | null): Facts {
  const seen = new Uint8Array(dictionary.length);
  const firstCodes: number[] = [];
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
    firstCodes.push(code);
  }
  let list: Value[] | undefined;
  const values = () => {
    list ??= distinctOf(firstCodes.map((code) => dictionary.at(code)));
    return list;
  };
  // Ids by the million need not be looked at one by one to see that they are no numbers.
  const numeric = firstCodes.every((code) => standsForNumber(dictionary.at(code)));
  return {
    cells,
    missing,
    distinct: firstCodes.length,
    numeric,
    special: numeric && values().some((value) => !Number.isFinite(numberOf(value))),
    timestamps:
      numeric &&
      values().every(
        (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0,
      ),
    longIntegers:
      numeric && values().some((value) => typeof value === "string" && isLongInteger(value)),
    someNumbers: firstCodes.slice(0, 1_000).some((code) => typeof dictionary.at(code) === "number"),
    numbers: () => {
      const read = numeric ? numberOf : isoSeconds;
      const finite = values().map(read).filter(Number.isFinite);
      return Float64Array.from(new Set(finite)).sort();
    },
    values,
  };
}

function isLongInteger(text: string): boolean {
  return text.length > 15 && /^[+-]?\d+$/.test(text) && !Number.isSafeInteger(Number(text));
}

function distinctOf(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}

/** Whether a defined value may stand in a numeric column: by `Number`, not by `parseFloat`. */
function standsForNumber(value: Value | undefined): boolean {
  if (typeof value === "number") return true;
  if (typeof value === "boolean") return false;
  return isSpecial(value) || !Number.isNaN(Number(value));
}
