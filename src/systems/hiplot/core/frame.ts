// A table of rows in columns, with each row's id and the row it comes from.
import {
  type CodedColumn,
  type Column,
  cellOf,
  columnOf,
  type Dictionary,
  dictionaryOf,
  PackedTexts,
} from "./columns.ts";
import type { Datapoint, Value } from "./types.ts";

/** What a frame is made of. */
export interface FrameParts {
  readonly columns: readonly Column[];
  /** The id of each row; default: its number. */
  readonly uids?: Dictionary;
  /** The row that each row comes from, -1 for none; default: none has one. */
  readonly parents?: Int32Array;
  /** Needed where there are no columns. */
  readonly rows?: number;
}

/** Rows in columns. `uid` and `from_uid` count as columns wherever one is asked for by name. */
export class Frame {
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly uids: Dictionary;
  readonly parents: Int32Array | null;
  #byName: Map<string, Column>;

  constructor({ columns, uids, parents, rows }: FrameParts) {
    this.rows = rows ?? (columns[0] ? lengthOf(columns[0]) : (uids?.length ?? 0));
    this.columns = columns;
    this.uids = uids ?? numbered(this.rows);
    this.parents = parents ?? null;
    this.#byName = new Map(columns.map((column) => [column.name, column]));
  }

  /** All column names: `uid`, `from_uid`, then the others in their order. */
  get names(): string[] {
    return ["uid", "from_uid", ...this.columns.map(({ name }) => name)];
  }

  /** A column by name, or undefined. */
  column(name: string): Column | undefined {
    const known = this.#byName.get(name);
    if (known || (name !== "uid" && name !== "from_uid")) return known;
    const made = name === "uid" ? this.#uidColumn() : this.#parentColumn();
    this.#byName.set(name, made);
    return made;
  }

  /** The row's parent, -1 for none. */
  parentOf(row: number): number {
    return this.parents?.[row] ?? -1;
  }

  /** The row's ancestors, the nearest first. */
  ancestorsOf(row: number): number[] {
    const found: number[] = [];
    for (let at = this.parentOf(row); at >= 0; at = this.parentOf(at)) found.push(at);
    return found;
  }

  /** One cell; `undefined` where the row has none. */
  value(row: number, name: string): Value | undefined {
    const column = this.column(name);
    return column && cellOf(column, row);
  }

  /** One row as an object. */
  datapoint(row: number): Datapoint {
    const values: Record<string, Value> = {};
    for (const column of this.columns) {
      const value = cellOf(column, row);
      if (value !== undefined) values[column.name] = value;
    }
    const parent = this.parentOf(row);
    return {
      uid: String(this.uids.at(row)),
      fromUid: parent < 0 ? null : String(this.uids.at(parent)),
      values,
    };
  }

  #uidColumn(): CodedColumn {
    const codes = Uint32Array.from({ length: this.rows }, (_, row) => row);
    return { kind: "coded", name: "uid", codes, dictionary: this.uids };
  }

  #parentColumn(): CodedColumn {
    const { uids } = this;
    const codes = Uint32Array.from({ length: this.rows }, (_, row) => this.parentOf(row) + 1);
    const dictionary: Dictionary = {
      length: uids.length + 1,
      at: (code) => (code === 0 ? null : uids.at(code - 1)),
    };
    return { kind: "coded", name: "from_uid", codes, dictionary };
  }
}

/** The number of cells of a column. */
export function lengthOf(column: Column): number {
  return column.kind === "number" ? column.values.length : column.codes.length;
}

function numbered(rows: number): Dictionary {
  return { length: rows, at: (row) => String(row) };
}

/**
 * Puts rows into columns, in the order in which their keys first appear.
 *
 * @throws RangeError where a row's parent is not among the rows
 */
export function frameOf(points: readonly Datapoint[]): Frame {
  const names = new Set<string>();
  for (const { values } of points) for (const key in values) names.add(key);
  const columns = [...names].map((name) =>
    columnOf(
      name,
      points.map(({ values }) => (Object.hasOwn(values, name) ? values[name] : undefined)),
    ),
  );
  const uids = points.map(({ uid }) => uid);
  const few = points.length < 50_000;
  return new Frame({
    columns,
    rows: points.length,
    uids: few ? dictionaryOf(uids) : PackedTexts.from(uids),
    parents: parentRows(
      uids,
      points.map(({ fromUid }) => fromUid),
    ),
  });
}

/** The row number of each row's parent, -1 for none. @throws RangeError for a parent that is no row */
function parentRows(uids: readonly string[], parents: readonly (string | null)[]): Int32Array {
  const rowOf = new Map(uids.map((uid, row) => [uid, row]));
  return Int32Array.from(parents, (parent, row) => {
    if (parent === null) return -1;
    const found = rowOf.get(parent);
    if (found !== undefined) return found;
    throw new RangeError(`row ${uids[row]}: its parent ${parent} is not among the rows`);
  });
}
