// Which columns were set before a run, and which came out of it.
import { type Chains, rowsOfChain } from "./chains.ts";
import type { Frame } from "./frame.ts";
import type { ColumnDefs } from "./infer.ts";
import { isMeasure } from "./metrics.ts";

/** A setting with more categories than this is a name of the run. */
const mostCategories = 50;
const named = /^(uid|from_uid|run|name|id|exp|status|lab|fit|epoch|step|iterations?)$/i;

/**
 * The columns that say how a run was set up: those that stay the same along every run. Where there are
 * none, as in a table without lineage, all that are not named like a measure.
 */
export function settingColumns(frame: Frame, defs: ColumnDefs, chains: Chains): string[] {
  const hasLineage = chains.count < frame.rows;
  const usable = [...defs.values()]
    .filter(({ name, type, same, distinct }) => {
      if (named.test(name) || same) return false;
      if (type === "categorical" && distinct() > mostCategories) return false;
      return true;
    })
    .map(({ name }) => name);
  const fixed = hasLineage ? usable.filter((name) => staysSame(frame, chains, name)) : [];
  return fixed.length > 0 ? fixed : usable.filter((name) => !isMeasure(name));
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
