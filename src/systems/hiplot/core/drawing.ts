// What is drawn where: which columns get an axis, in which order, how opaque lines are, how they bend.
import type { ColumnDef, ColumnDefs } from "./infer.ts";

/** Settings of the parallel plot, with HiPlot's names. */
export interface ParallelPlotData {
  readonly order?: readonly string[];
  readonly hide?: readonly string[];
  readonly invert?: readonly string[];
  readonly categoricalMaximumValues?: number;
  readonly height?: number;
  /** Draw from right to left as HiPlot does: reversed data order, `order[0]` right-most. */
  readonly legacyOrder?: boolean;
}

/** A column without an axis, and why. */
export interface HiddenColumn {
  readonly name: string;
  readonly reason: string;
}

/** The axes from left to right, and the columns that have none. `defs` are those of all rows. */
export function drawnColumns(
  defs: ColumnDefs,
  settings: ParallelPlotData = {},
): { axes: string[]; hidden: HiddenColumn[] } {
  const { order = [], hide = [], categoricalMaximumValues = 200, legacyOrder = false } = settings;
  const hidden: HiddenColumn[] = [];
  const axes: string[] = [];
  for (const def of defs.values()) {
    const reason = hide.includes(def.name)
      ? "hidden by the settings"
      : hiddenBecause(def, categoricalMaximumValues, legacyOrder);
    if (reason === null) axes.push(def.name);
    else hidden.push({ name: def.name, reason });
  }
  const place = (name: string) => {
    const at = order.indexOf(name);
    return at < 0 ? order.length : at;
  };
  // Sorting is stable: columns that `order` does not name stay as they are, after those it names.
  if (legacyOrder) return { axes: axes.reverse().sort((a, b) => place(b) - place(a)), hidden };
  return { axes: axes.sort((a, b) => place(a) - place(b)), hidden };
}

function hiddenBecause(def: ColumnDef, maximum: number, legacy: boolean): string | null {
  const { type, same, bounds, numeric } = def;
  if (numeric && !same && bounds === null) return "no value is a finite number";
  const forced = def.forceValueMin !== null || def.forceValueMax !== null;
  if (same && (!forced || legacy)) return "all rows have the same value";
  if (type === "categorical" && def.distinct() > maximum) {
    return `${def.distinct()} categories, more than ${maximum}`;
  }
  return null;
}

/** How opaque each of `rows` lines of the parallel plot is. */
export function lineOpacity(rows: number): number {
  return Math.min(2 / rows ** 0.3, 1);
}

/** How opaque lines and dots of an XY plot of so many pixels are. */
export function xyOpacity(
  rows: number,
  width: number,
  height: number,
): { line: number; dot: number } {
  const area = (height * width) / 400_000;
  const over = rows ** 0.3;
  return { line: Math.min((3 * area) / over, 1), dot: Math.min((4 * area) / over, 1) };
}

/** Pixels left free at both sides of the axes. */
export const sideMargin = 40;

/** Length in pixels of the stubs that lead a line into the first and out of the last axis. */
export const stubLength = 15;

/** Where along the gap between two axes a line's control points lie. */
export const bend = [0.12, 0.88] as const;

/** Where the axes stand on a plot of this width. */
export function axisPositions(count: number, width: number): number[] {
  const inner = width - 2 * sideMargin;
  return Array.from({ length: count }, (_, i) =>
    count === 1 ? sideMargin + inner / 2 : sideMargin + (inner * i) / (count - 1),
  );
}

/** The header's `Selected: n/m (p %)`; weights that are no finite number above 0 count as 1. */
export function selectedShare(selected: number, kept: number): string {
  return kept === 0 ? "0.00" : ((100 * selected) / kept).toPrecision(3);
}

/** The weight of a row: 1 where its cell is no finite number above 0. */
export function weightOf(number: number): number {
  return Number.isFinite(number) && number > 0 ? number : 1;
}
