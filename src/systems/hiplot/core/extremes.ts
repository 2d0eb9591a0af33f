// The best rows of a column, and the least and greatest value that a run reaches, as a column of its own.
import type { Bitset } from "./bits.ts";
import { type Chains, rowsOfChain } from "./chains.ts";
import { columnOf, numbersOf } from "./columns.ts";
import type { RangeFilter } from "./filters.ts";
import { Frame } from "./frame.ts";
import type { ColumnDef } from "./infer.ts";
import { numberOrder } from "./sorted.ts";

/** Which end is meant. */
export type Extreme = "min" | "max";

/** What a column of extremes is called. */
export function extremeName(name: string, extreme: Extreme): string {
  return `${extreme} ${name}`;
}

/**
 * A frame with a further column: the least or greatest finite value that a column has in the row's run;
 * rows of runs without one have none. What is there already stays as it is.
 */
export function withExtreme(frame: Frame, chains: Chains, name: string, extreme: Extreme): Frame {
  const column = frame.column(name);
  const added = extremeName(name, extreme);
  if (!column || frame.column(added)) return frame;
  const values = numbersOf(column);
  const cells: (number | undefined)[] = new Array(frame.rows);
  for (let run = 0; run < chains.count; run++) {
    const rows = rowsOfChain(chains, run);
    let best: number | undefined;
    for (const row of rows) {
      const value = values[row]!;
      if (!Number.isFinite(value)) continue;
      if (best === undefined || (extreme === "min" ? value < best : value > best)) best = value;
    }
    for (const row of rows) cells[row] = best;
  }
  return new Frame({
    columns: [...frame.columns, columnOf(added, cells)],
    rows: frame.rows,
    uids: frame.uids,
    ...(frame.parents && { parents: frame.parents }),
  });
}

/**
 * The filter that the lowest or highest share of the rows kept passes, by a column of numbers: as many
 * rows as it takes, and those that equal the last of them. Null where no row has a number.
 */
export function bestShare(
  frame: Frame,
  def: ColumnDef,
  kept: Bitset,
  share: number,
  extreme: Extreme,
): RangeFilter | null {
  const column = frame.column(def.name);
  if (!column || def.type === "categorical") return null;
  const numbers = numbersOf(column);
  const finite = numberOrder(column).order.filter(
    (row) => kept.has(row) && Number.isFinite(numbers[row]),
  );
  if (finite.length === 0) return null;
  const count = Math.max(1, Math.ceil(share * finite.length));
  const [least, greatest] = [finite[0]!, finite[finite.length - 1]!].map((row) => numbers[row]!);
  const bounds =
    extreme === "min"
      ? { min: least!, max: numbers[finite[count - 1]!]! }
      : { min: numbers[finite[finite.length - count]!]!, max: greatest! };
  return {
    type: "Range",
    data: { col: def.name, type: def.type, ...bounds, include_infnans: false },
  };
}
