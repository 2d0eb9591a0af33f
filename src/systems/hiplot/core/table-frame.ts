// From a table's columns to a frame: `uid` and `from_uid` become the rows' ids and lineage.
import { HiplotError } from "../errors.ts";
import { type Column, cellOf, type Dictionary, PackedTexts } from "./columns.ts";
import { Frame, lengthOf } from "./frame.ts";

/** Options of `frameOfTable`. */
export interface TableFrameOptions {
  /** Rename double ids and drop links to missing parents instead of refusing. */
  readonly repair?: boolean;
}

/**
 * Makes a frame of columns.
 *
 * @throws HiplotError for no rows, double ids, parents that are no rows, and cycles
 */
export function frameOfTable(
  columns: readonly Column[],
  { repair = false }: TableFrameOptions = {},
): { frame: Frame; notes: string[] } {
  const rows = columns[0] ? lengthOf(columns[0]) : 0;
  if (rows === 0) throw new HiplotError("empty", "experiment: expected at least one row, got none");
  const values = columns.filter(({ name }) => name !== "uid" && name !== "from_uid");
  const uidColumn = columns.find(({ name }) => name === "uid");
  const parentColumn = columns.find(({ name }) => name === "from_uid");
  const notes: string[] = [];
  const texts = uidColumn && uniqueTexts(uidColumn, rows, repair, notes);
  const uids: Dictionary | undefined = texts && PackedTexts.from(texts);
  const frame = new Frame({
    columns: values,
    rows,
    ...(uids && { uids }),
    ...(parentColumn && { parents: parentsOf(parentColumn, texts, rows, repair, notes) }),
  });
  if (frame.parents !== null) checkCycles(frame, frame.parents);
  return { frame, notes };
}

function uniqueTexts(column: Column, rows: number, repair: boolean, notes: string[]): string[] {
  const seen = new Set<string>();
  const texts: string[] = [];
  for (let row = 0; row < rows; row++) {
    const cell = cellOf(column, row);
    const text = cell === undefined || cell === null || cell === "" ? String(row) : String(cell);
    const uid = freeId(text, seen);
    if (uid !== text) {
      if (!repair) throw doubleId(text);
      notes.push(`row ${text} occurs again: the later one is now ${uid}`);
    }
    seen.add(uid);
    texts.push(uid);
  }
  return texts;
}

/** The id itself, or with a number appended where another row has it. */
export function freeId(text: string, taken: ReadonlySet<string>): string {
  let uid = text;
  for (let n = 2; taken.has(uid); n++) uid = `${text}.${n}`;
  return uid;
}

/** What is said of an id that two rows have. */
export function doubleId(uid: string): HiplotError {
  const message = `row ${uid}: two rows have this uid; --repair renames the second`;
  return new HiplotError("duplicate-uid", message);
}

/** What is said of a parent that is no row. */
export function missingParent(uid: string, parent: string): HiplotError {
  const message = `row ${uid}: its parent ${parent} is not among the rows; removeMissingParents() or --repair drops such links`;
  return new HiplotError("missing-parent", message);
}

function parentsOf(
  column: Column,
  texts: readonly string[] | undefined,
  rows: number,
  repair: boolean,
  notes: string[],
): Int32Array {
  const rowOf = new Map(texts?.map((text, row) => [text, row]));
  const parents = new Int32Array(rows).fill(-1);
  for (let row = 0; row < rows; row++) {
    const cell = cellOf(column, row);
    if (cell === undefined || cell === null || cell === "") continue;
    const found = texts ? rowOf.get(String(cell)) : rowNumber(String(cell), rows);
    if (found !== undefined) {
      parents[row] = found;
      continue;
    }
    const uid = texts?.[row] ?? String(row);
    if (!repair) throw missingParent(uid, String(cell));
    notes.push(`row ${uid}: its parent ${cell} is not among the rows, link dropped`);
  }
  return parents;
}

function rowNumber(text: string, rows: number): number | undefined {
  const row = Number(text);
  return String(row) === text && Number.isInteger(row) && row >= 0 && row < rows ? row : undefined;
}

/** @throws HiplotError with the path of the first cycle */
export function checkCycles(frame: Frame, parents: Int32Array): void {
  /** 0 not seen, 1 sound, 2 on the present path. */
  const state = new Uint8Array(parents.length);
  for (let start = 0; start < parents.length; start++) {
    const path: number[] = [];
    let at = start;
    while (at >= 0 && state[at] === 0) {
      state[at] = 2;
      path.push(at);
      at = parents[at]!;
    }
    if (at >= 0 && state[at] === 2) {
      const loop = [...path.slice(path.indexOf(at)), at].map((row) => String(frame.uids.at(row)));
      const shown = loop.length > 12 ? [...loop.slice(0, 6), "…", ...loop.slice(-5)] : loop;
      throw new HiplotError(
        "cycle",
        `row ${loop[0]}: it is its own ancestor: ${shown.join(" → ")}`,
      );
    }
    for (const row of path) state[row] = 1;
  }
}
