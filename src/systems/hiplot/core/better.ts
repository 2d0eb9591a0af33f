// Why one run did better than another: their differing settings, each with what happened to the runs most like them.
import { type Column, cellOf, missingCode, numbersOf } from "./columns.ts";
import type { Frame } from "./frame.ts";
import type { ColumnDefs } from "./infer.ts";
import { createScale, type NumberScale } from "./scales.ts";
import { categoryOrder } from "./sorted.ts";
import type { Value } from "./types.ts";

/** What is compared. */
export interface BetterOptions {
  /** Two rows, each standing for a run. */
  readonly a: number;
  readonly b: number;
  /** The column of figures to be explained. */
  readonly target: string;
  /** The columns that were set before a run. */
  readonly settings: readonly string[];
  /** One row per run to look for neighbours among; default all rows. */
  readonly rows?: ArrayLike<number>;
  /** Neighbours per imagined run. Default 5. */
  readonly neighbours?: number;
}

/** What runs with one of the two values came to. */
export interface Side {
  readonly value: Value | undefined;
  /** Different runs that were looked at. */
  readonly count: number;
  /** Mean of the target; NaN without runs. */
  readonly mean: number;
  /** Standard deviation of the target among them; NaN for fewer than two. */
  readonly spread: number;
}

/** A setting in which the two runs differ. */
export interface Difference {
  readonly column: string;
  readonly a: Side;
  readonly b: Side;
  /** By how much the target is greater with b's value, other settings alike; NaN without evidence. */
  readonly effect: number;
  /** Standard error of `effect`. */
  readonly error: number;
  /** How far the other settings of the neighbours are from those of the pair: 0 the same, 1 opposite ends. */
  readonly distance: number;
  /** Two standard errors from 0, by at least two runs a side that are close. */
  readonly clear: boolean;
}

/** The answer, the difference that counts most first. */
export interface Comparison {
  readonly target: string;
  readonly a: number;
  readonly b: number;
  readonly differences: readonly Difference[];
  /** How many runs neighbours were looked for among. */
  readonly runs: number;
}

/** Neighbours whose other settings lie farther off than this on average say little. */
const farOff = 0.25;
/** An even sample of more runs than this answers as well. */
const mostRuns = 20_000;

/**
 * Compares two runs. For each setting c in which they differ, four runs are imagined: a and b as they
 * are, and each with the other's value of c. Each imagined run is judged by the mean target of its k
 * nearest real runs; only runs whose own c is nearer to the value meant than to the other one count,
 * and never a or b themselves. The effect of c is the mean, over the two surroundings (all other
 * settings as in a; as in b), of how much the target differs between the two values. The distance of
 * two runs is the mean over settings of how far apart their values are on the axis (0 to 1; for
 * categories 0 or 1). This is matching on neighbours (Rubin 1973): it describes the runs at hand and proves no cause.
 */
export function compareRuns(frame: Frame, defs: ColumnDefs, options: BetterOptions): Comparison {
  const { a, b, target, neighbours = 5 } = options;
  const targetColumn = frame.column(target);
  if (!targetColumn) throw new Error(`compare: there is no column ${target}`);
  const outcome = numbersOf(targetColumn);
  const all = options.rows ?? Array.from({ length: frame.rows }, (_, row) => row);
  const usable = Array.from(all).filter(
    (row) => row !== a && row !== b && Number.isFinite(outcome[row]),
  );
  const step = Math.max(1, usable.length / mostRuns);
  const rows = Array.from(
    { length: Math.floor(usable.length / step) },
    (_, i) => usable[Math.floor(i * step)]!,
  );
  const settings = options.settings.filter((name) => name !== target && defs.has(name));
  const gaps = new Map(settings.map((name) => [name, gapOf(frame, defs, name)]));
  const differences = settings
    .filter((name) => gaps.get(name)!(a, b) > 0)
    .map((column) => {
      const others = settings.filter((name) => name !== column).map((name) => gaps.get(name)!);
      return differenceIn(column, gaps.get(column)!, others);
    });
  const strength = ({ effect }: Difference) => (Number.isNaN(effect) ? -1 : Math.abs(effect));
  differences.sort((x, y) => Number(y.clear) - Number(x.clear) || strength(y) - strength(x));
  return { target, a: outcome[a]!, b: outcome[b]!, differences, runs: rows.length };

  function differenceIn(column: string, gap: Gap, others: readonly Gap[]): Difference {
    const apart = gap(a, b);
    /** The neighbours of a run like `like`, but with the value of `side`. */
    const near = (like: number, side: number) =>
      rows
        .filter(
          (row) => gap(row, side) <= apart / 2 && gap(row, side) < gap(row, side === a ? b : a),
        )
        .map((row) => ({ row, others: meanGap(others, row, like), own: gap(row, side) }))
        .sort((x, y) => x.others + x.own / settings.length - (y.others + y.own / settings.length))
        .slice(0, neighbours);
    const cells = [a, b].map((like) => ({ a: near(like, a), b: near(like, b) }));
    const full = cells.filter((cell) => cell.a.length > 0 && cell.b.length > 0);
    const figures = (found: readonly { row: number }[]) => found.map(({ row }) => outcome[row]!);
    const effects = full.map((cell) => meanOf(figures(cell.b)) - meanOf(figures(cell.a)));
    const errors = full
      .flatMap((cell) => [cell.a, cell.b])
      .map((found) => varianceOf(figures(found)) / found.length);
    const effect = meanOf(effects);
    const error = Math.sqrt(errors.reduce((sum, part) => sum + part, 0)) / full.length;
    const distance = meanOf(
      cells.flatMap((cell) => [...cell.a, ...cell.b]).map((one) => one.others),
    );
    const sides = (["a", "b"] as const).map((side): Side => {
      const found = [...new Set(cells.flatMap((cell) => cell[side].map(({ row }) => row)))];
      const values = found.map((row) => outcome[row]!);
      return {
        value: cellOf(frame.column(column) as Column, side === "a" ? a : b),
        count: found.length,
        mean: meanOf(values),
        spread: values.length < 2 ? Number.NaN : Math.sqrt(varianceOf(values)),
      };
    });
    const enough = sides.every(({ count }) => count >= 2) && distance <= farOff;
    const clear = enough && Math.abs(effect) > 2 * error && effect !== 0;
    return { column, a: sides[0]!, b: sides[1]!, effect, error, distance, clear };
  }
}

type Gap = (one: number, other: number) => number;

/** How far apart two rows are in a column: 0 to 1. A missing value is as far from all others as can be. */
function gapOf(frame: Frame, defs: ColumnDefs, name: string): Gap {
  const column = frame.column(name) as Column;
  const def = defs.get(name)!;
  if (def.type === "categorical") {
    const { ranks } = categoryOrder(column);
    return (one, other) => (ranks[one] === ranks[other] ? 0 : 1);
  }
  const scale = createScale(def, [0, 1], false) as NumberScale;
  const numbers = numbersOf(column);
  const codes = column.kind === "coded" ? column.codes : null;
  return (one, other) => {
    const distance = Math.abs(scale.position(numbers[one]!) - scale.position(numbers[other]!));
    if (Number.isFinite(distance)) return Math.min(1, distance);
    const bothMissing =
      codes !== null && codes[one] === missingCode && codes[other] === missingCode;
    return bothMissing || Object.is(numbers[one], numbers[other]) ? 0 : 1;
  };
}

function meanGap(gaps: readonly Gap[], one: number, other: number): number {
  if (gaps.length === 0) return 0;
  let sum = 0;
  for (const gap of gaps) sum += gap(one, other);
  return sum / gaps.length;
}

function meanOf(values: readonly number[]): number {
  return values.length === 0
    ? Number.NaN
    : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The unbiased variance; 0 of a single value, which tells of none. */
function varianceOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
