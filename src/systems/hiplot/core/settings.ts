// Which columns were set before a run, and which came out of it.
import { type Chains, rowsOfChain } from "./chains.ts";
import type { Frame } from "./frame.ts";
import type { ColumnDefs } from "./infer.ts";
import { isMeasure } from "./metrics.ts";

/** A setting with more categories than this is a name of the run. */
const mostCategories = 50;
const named = /^(uid|from_uid|run|name|id|exp|status|lab|fit|epoch|step|iterations?)$/i;

/**
 * The columns that say how a run was set up: those that stay the same along every run. In a table
 * without lineage nothing tells by the rows, so columns named like a measure are left out.
 */
export function settingColumns(frame: Frame, defs: ColumnDefs, chains: Chains): string[] {
  const hasLineage = chains.count < frame.rows;
  return [...defs.values()]
    .filter(({ name, type, same, distinct }) => {
      if (named.test(name) || same) return false;
      if (type === "categorical" && distinct() > mostCategories) return false;
      return hasLineage ? staysSame(frame, chains, name) : !isMeasure(name);
    })
    .map(({ name }) => name);
}

function staysSame(frame: Frame, chains: Chains, name: string): boolean {
  const column = frame.column(name);
  if (!column) return true;
  const isSame =
    column.kind === "coded"
      ? (a: number, b: number) => column.codes[a] === column.codes[b]
      : (a: number, b: number) =>
          Object.is(column.values[a], column.values[b]) && column.tags?.[a] === column.tags?.[b];
  for (let run = 0; run < chains.count; run++) {
    const rows = rowsOfChain(chains, run);
    for (let i = 1; i < rows.length; i++) if (!isSame(rows[0]!, rows[i]!)) return false;
  }
  return true;
}
