// Which rows make up a run: rows that come from each other form a chain, and a fork begins another.
import { numbersOf } from "./columns.ts";
import type { Frame } from "./frame.ts";

/** The runs of a frame. Rows of one run stand together, the first epoch first. */
export interface Chains {
  readonly count: number;
  /** Row numbers, run after run. */
  readonly rows: Uint32Array;
  /** Where each run begins in `rows`; one more than there are runs. */
  readonly starts: Uint32Array;
  /** The run of each row. */
  readonly of: Uint32Array;
}

/**
 * Splits rows into runs in one pass over the lineage. A row's first child (in the order of the rows)
 * continues its run, every further child begins one. Without lineage each row is a run of its own.
 */
export function chainsOf(frame: Frame): Chains {
  const { rows: count, parents } = frame;
  const next = new Int32Array(count).fill(-1);
  const begins: number[] = [];
  for (let row = 0; row < count; row++) {
    const parent = parents?.[row] ?? -1;
    if (parent >= 0 && next[parent]! < 0) next[parent] = row;
    else begins.push(row);
  }
  const rows = new Uint32Array(count);
  const of = new Uint32Array(count);
  const starts = new Uint32Array(begins.length + 1);
  let at = 0;
  begins.forEach((begin, run) => {
    for (let row = begin; row >= 0; row = next[row]!) {
      rows[at++] = row;
      of[row] = run;
    }
    starts[run + 1] = at;
  });
  return { count: begins.length, rows, starts, of };
}

/** The rows of one run, the first epoch first. */
export function rowsOfChain({ rows, starts }: Chains, run: number): Uint32Array {
  return rows.subarray(starts[run], starts[run + 1]);
}

/** The column that counts epochs or steps, where there is one by a usual name. */
export function stepColumn(frame: Frame): string | undefined {
  return frame.columns.find(({ name }) => /^(global[_ ]?)?(epoch|step|iter(ation)?)s?$/i.test(name))
    ?.name;
}

/** When each row was: its epoch or step, or how many rows of its run came before it. */
export function stepsOf(frame: Frame, chains: Chains): Float64Array {
  const name = stepColumn(frame);
  const column = name === undefined ? undefined : frame.column(name);
  const steps = column
    ? Float64Array.from(numbersOf(column))
    : new Float64Array(frame.rows).fill(Number.NaN);
  for (let run = 0; run < chains.count; run++) {
    rowsOfChain(chains, run).forEach((row, place) => {
      if (!Number.isFinite(steps[row]!)) steps[row] = place;
    });
  }
  return steps;
}
