// Rows that arrive while others are shown: new ones are added, those whose id is known already take their place.
import { cellOf, columnOf, dictionaryOf, PackedTexts } from "./columns.ts";
import { Frame } from "./frame.ts";
import type { Datapoint, Value } from "./types.ts";

/** Fewer ids than this stay texts. */
const packedFrom = 50_000;

/**
 * A frame with further rows. Columns keep their order, new ones follow. A row whose parent is not (yet)
 * among the rows has none.
 */
export function putRows(frame: Frame, points: readonly Datapoint[]): Frame {
  const rowOf = new Map<string, number>();
  for (let row = 0; row < frame.rows; row++) rowOf.set(String(frame.uids.at(row)), row);
  /** What is told of a row last wins, also within one message. */
  const put = new Map<number, Datapoint>();
  for (const point of points) {
    const row = rowOf.get(point.uid) ?? rowOf.size;
    rowOf.set(point.uid, row);
    put.set(row, point);
  }
  const rows = rowOf.size;
  const names = new Set(frame.columns.map(({ name }) => name));
  for (const { values } of points) for (const name in values) names.add(name);
  const columns = [...names].map((name) => {
    const before = frame.column(name);
    const cells: (Value | undefined)[] = new Array(rows);
    for (let row = 0; row < rows; row++) {
      const point = put.get(row);
      if (point) cells[row] = Object.hasOwn(point.values, name) ? point.values[name] : undefined;
      else cells[row] = before && cellOf(before, row);
    }
    return columnOf(name, cells);
  });
  const parents = new Int32Array(rows).fill(-1);
  if (frame.parents) parents.set(frame.parents);
  for (const [row, { fromUid }] of put) {
    parents[row] = fromUid === null ? -1 : (rowOf.get(fromUid) ?? -1);
  }
  const uids = [...rowOf.keys()];
  return new Frame({
    columns,
    rows,
    uids: rows < packedFrom ? dictionaryOf(uids) : PackedTexts.from(uids),
    ...(parents.some((parent) => parent >= 0) && { parents }),
  });
}

/** Rows as JSON can carry them: numbers that are none become the texts that count as such. */
export function pointsForJson(points: readonly Datapoint[]): Datapoint[] {
  return points.map(({ uid, fromUid, values }) => ({
    uid,
    fromUid,
    values: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, plainNumber(value)]),
    ),
  }));
}

function plainNumber(value: Value): Value {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "inf" : "-inf";
}
