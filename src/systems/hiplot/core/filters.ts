// Filters as data, with HiPlot's names, and the rows that they let through.
import { Bitset } from "./bits.ts";
import { type Column, cellOf, numbersOf } from "./columns.ts";
import type { Frame } from "./frame.ts";
import { categoryOrder, numberOrder } from "./sorted.ts";
import type { ParamType } from "./types.ts";

/** Rows whose number (or, by category, text) lies between two bounds, both included. */
export interface RangeFilter {
  readonly type: "Range";
  readonly data: {
    readonly col: string;
    readonly type: ParamType;
    readonly min: number | string;
    readonly max: number | string;
    /** Also those that are no finite number. */
    readonly include_infnans?: boolean;
  };
}

/** A condition on rows; `Search` is a case-insensitive part of the row's values, two spaces between. */
export type Filter =
  | RangeFilter
  | { readonly type: "All"; readonly data: readonly Filter[] }
  | { readonly type: "Any"; readonly data: readonly Filter[] }
  | { readonly type: "Not"; readonly data: Filter }
  | { readonly type: "Search"; readonly data: string }
  | { readonly type: "None"; readonly data?: unknown };

/** The filter that every row passes. */
export const everything: Filter = { type: "All", data: [] };

/**
 * The rows that pass.
 *
 * @throws Error for what is no filter, and for a column that is not there
 */
export function applyFilter(frame: Frame, filter: Filter): Bitset {
  switch (filter.type) {
    case "Range":
      return rangeRows(frame, filter);
    case "All":
      return filter.data.reduce(
        (rows, part) => rows.and(applyFilter(frame, part)),
        Bitset.full(frame.rows),
      );
    case "Any": {
      const none = filter.data.reduce(
        (rows, part) => rows.without(applyFilter(frame, part)),
        Bitset.full(frame.rows),
      );
      return Bitset.full(frame.rows).without(none);
    }
    case "Not":
      return Bitset.full(frame.rows).without(applyFilter(frame, filter.data));
    case "Search":
      return searchRows(frame, filter.data);
    case "None":
      return new Bitset(frame.rows);
    default:
      throw new Error(
        `filter: expected the type Range, All, Any, Not, Search or None, got ${JSON.stringify((filter as Filter)?.type)}`,
      );
  }
}

/** Filters one after another, as Keep and Exclude leave them; those that would leave no row are dropped. */
export function applySaved(
  frame: Frame,
  filters: readonly Filter[],
): { kept: Bitset; dropped: string[] } {
  const all = Bitset.full(frame.rows);
  try {
    const kept = filters.reduce((rows, filter) => rows.and(applyFilter(frame, filter)), all);
    if (kept.count() > 0 || filters.length === 0) return { kept, dropped: [] };
    return { kept: all, dropped: ["the saved filters leave no row, so they are not applied"] };
  } catch (error) {
    return {
      kept: all,
      dropped: [`the saved filters cannot be applied: ${(error as Error).message}`],
    };
  }
}

/** Where the rows of a range lie in the order of their column, as pairs of from and to. */
export interface RangePlaces {
  readonly order: Uint32Array;
  readonly places: readonly (readonly [number, number])[];
}

/** Finds a range in the order of its column, without visiting a row. */
export function rangePlaces(column: Column, { data }: RangeFilter): RangePlaces {
  if (data.type === "categorical") {
    const { order, texts, starts } = categoryOrder(column);
    const first = firstIndex(texts.length, (k) => texts[k]! >= String(data.min));
    const end = firstIndex(texts.length, (k) => texts[k]! > String(data.max));
    return { order, places: end > first ? [[starts[first]!, starts[end]!]] : [] };
  }
  const { order, finite, special, present } = numberOrder(column);
  const numbers = numbersOf(column);
  const min = Number(data.min);
  const max = Number(data.max);
  const first = firstIndex(special, (i) => numbers[order[i]!]! >= min);
  const end = firstIndex(special, (i) => numbers[order[i]!]! > max);
  const places: [number, number][] = end > first ? [[first, end]] : [];
  if (data.include_infnans) places.push([0, finite[0]], [finite[1], special], [special, present]);
  return { order, places: union(places) };
}

/** Overlapping and adjoining stretches as one, ascending. */
export function union(places: readonly (readonly [number, number])[]): [number, number][] {
  const merged: [number, number][] = [];
  for (const [from, to] of [...places].filter(([a, b]) => b > a).sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** The first of 0 to `count` for which `test` holds, given that it holds from there on. */
function firstIndex(count: number, test: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function rangeRows(frame: Frame, filter: RangeFilter): Bitset {
  const column = frame.column(filter.data.col);
  const rows = new Bitset(frame.rows);
  // HiPlot lets no row pass a range on a column that no row has.
  if (!column) return rows;
  const { order, places } = rangePlaces(column, filter);
  for (const [from, to] of places) for (let i = from; i < to; i++) rows.add(order[i]!);
  return rows;
}

function searchRows(frame: Frame, text: string): Bitset {
  const rows = new Bitset(frame.rows);
  const wanted = text.toLowerCase();
  const columns = frame.names.map((name) => frame.column(name) as Column);
  for (let row = 0; row < frame.rows; row++) {
    const cells: string[] = [];
    for (const column of columns) {
      const value = cellOf(column, row);
      if (value !== undefined) cells.push(value === null ? "" : String(value));
    }
    if (cells.join("  ").toLowerCase().includes(wanted)) rows.add(row);
  }
  return rows;
}
