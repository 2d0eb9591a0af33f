// The rows that pass all brushes, kept up to date by visiting only rows that enter or leave one.
import { Bitset } from "./bits.ts";
import { type Filter, type RangeFilter, rangePlaces, union } from "./filters.ts";
import type { Frame } from "./frame.ts";

/** Which rows came in and which went out; both lists are overwritten by the next change. */
export interface SelectionChange {
  readonly entered: Uint32Array;
  readonly left: Uint32Array;
}

interface Axis {
  readonly order: Uint32Array;
  /** What the brushes let through: stretches of `order`. */
  readonly places: readonly (readonly [number, number])[];
}

/**
 * Each row knows how many conditions it fails: the filters behind Keep and Exclude count as one, each
 * brushed axis as one. A row that fails none is selected.
 */
export class Selection {
  readonly frame: Frame;
  /** Selected rows. */
  readonly selected: Bitset;
  #fails: Uint8Array;
  #kept: Bitset;
  #keptCount: number;
  #count: number;
  #axes = new Map<string, Axis>();
  #filters = new Map<string, readonly RangeFilter[]>();
  #entered: Uint32Array;
  #left: Uint32Array;
  #enteredCount = 0;
  #leftCount = 0;

  constructor(frame: Frame, kept: Bitset = Bitset.full(frame.rows)) {
    this.frame = frame;
    this.selected = kept.clone();
    this.#kept = kept;
    this.#keptCount = kept.count();
    this.#count = this.#keptCount;
    this.#fails = new Uint8Array(frame.rows);
    for (let row = 0; row < frame.rows; row++) if (!kept.has(row)) this.#fails[row] = 1;
    this.#entered = new Uint32Array(frame.rows);
    this.#left = new Uint32Array(frame.rows);
  }

  /** How many rows are selected. */
  get count(): number {
    return this.#count;
  }

  /** Rows that are left after Keep and Exclude. */
  get kept(): Bitset {
    return this.#kept;
  }

  get keptCount(): number {
    return this.#keptCount;
  }

  /** All brushes as one filter, e.g. for Keep or a shared link. */
  get filter(): Filter {
    const parts = [...this.#filters.values()].map(
      (ranges): Filter =>
        ranges.length === 0
          ? { type: "None", data: {} }
          : ranges.length === 1
            ? ranges[0]!
            : { type: "Any", data: ranges },
    );
    return { type: "All", data: parts };
  }

  /** Names of the columns with a brush. */
  get brushed(): string[] {
    return [...this.#axes.keys()];
  }

  /**
   * Lays one or more brushes on a column in place of those it had; a row passes when one of them lets
   * it through. No ranges at all let nothing through; `null` takes the brushes away.
   */
  brush(column: string, ranges: readonly RangeFilter[] | null): SelectionChange {
    this.#enteredCount = 0;
    this.#leftCount = 0;
    const before = this.#axes.get(column);
    const after = ranges === null ? undefined : this.#axisOf(column, ranges);
    if (ranges === null || after === undefined) {
      this.#axes.delete(column);
      this.#filters.delete(column);
    } else {
      this.#axes.set(column, after);
      this.#filters.set(column, ranges);
    }
    if (before && after && before.order !== after.order) {
      // Another type of the same axis has another order: out of the old one, then into the new.
      this.#replace(before, allOf(before));
      this.#replace(allOf(after), after);
      this.#cancelDoubles();
    } else if (before && after) this.#replace(before, after);
    else if (before) this.#replace(before, allOf(before));
    else if (after) this.#replace(allOf(after), after);
    return this.change();
  }

  /** Takes all brushes away. */
  clear(): void {
    for (const column of this.brushed) this.brush(column, null);
  }

  /** What the last `brush` changed. */
  change(): SelectionChange {
    return {
      entered: this.#entered.subarray(0, this.#enteredCount),
      left: this.#left.subarray(0, this.#leftCount),
    };
  }

  #axisOf(name: string, ranges: readonly RangeFilter[]): Axis | undefined {
    const column = this.frame.column(name);
    if (!column) return undefined;
    const order = rangePlaces(column, ranges[0] ?? emptyRange(name)).order;
    const places = union(ranges.flatMap((range) => rangePlaces(column, range).places));
    return { order, places };
  }

  /** Visits what one of two sets of stretches holds and the other does not. */
  #replace(before: Axis, after: Axis): void {
    for (const [from, to] of difference(before.places, after.places))
      this.#leave(before.order, from, to);
    for (const [from, to] of difference(after.places, before.places))
      this.#enter(after.order, from, to);
  }

  #enter(order: Uint32Array, from: number, to: number): void {
    const fails = this.#fails;
    const { words } = this.selected;
    let n = this.#enteredCount;
    for (let i = from; i < to; i++) {
      const row = order[i]!;
      const left = fails[row]! - 1;
      fails[row] = left;
      if (left === 0) {
        words[row >>> 5]! |= 1 << (row & 31);
        this.#entered[n++] = row;
      }
    }
    this.#count += n - this.#enteredCount;
    this.#enteredCount = n;
  }

  #leave(order: Uint32Array, from: number, to: number): void {
    const fails = this.#fails;
    const { words } = this.selected;
    let n = this.#leftCount;
    for (let i = from; i < to; i++) {
      const row = order[i]!;
      if (fails[row]!++ === 0) {
        words[row >>> 5]! &= ~(1 << (row & 31));
        this.#left[n++] = row;
      }
    }
    this.#count -= n - this.#leftCount;
    this.#leftCount = n;
  }

  /** Rows that went in and then out again within one change did neither. */
  #cancelDoubles(): void {
    const entered = this.#entered.slice(0, this.#enteredCount);
    const left = this.#left.slice(0, this.#leftCount);
    const wereIn = Bitset.from(this.frame.rows, entered);
    const wentOut = Bitset.from(this.frame.rows, left);
    const reallyIn = entered.filter((row) => !wentOut.has(row));
    const reallyOut = left.filter((row) => !wereIn.has(row));
    this.#entered.set(reallyIn);
    this.#enteredCount = reallyIn.length;
    this.#left.set(reallyOut);
    this.#leftCount = reallyOut.length;
  }
}

function emptyRange(col: string): RangeFilter {
  return { type: "Range", data: { col, type: "numeric", min: 1, max: 0 } };
}

function allOf({ order }: Axis): Axis {
  return { order, places: [[0, order.length]] };
}

/** The stretches of `a` that are not in `b`. Both ascend without overlap. */
export function difference(
  a: readonly (readonly [number, number])[],
  b: readonly (readonly [number, number])[],
): [number, number][] {
  const left: [number, number][] = [];
  for (const [from, to] of a) {
    let at = from;
    for (const [cut, end] of b) {
      if (end <= at) continue;
      if (cut >= to) break;
      if (cut > at) left.push([at, cut]);
      at = Math.max(at, end);
    }
    if (at < to) left.push([at, to]);
  }
  return left;
}
