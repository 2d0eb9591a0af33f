// Training as it went on: where the line of each run is at any moment between two epochs.
import { type Chains, rowsOfChain } from "../../systems/hiplot/core/chains.ts";

/** A run at one moment: between which two rows it is, and how far it has gone from the one to the other. */
export interface Moment {
  readonly run: number;
  readonly row: number;
  /** The row that comes next; the same at the end. */
  readonly next: number;
  /** 0 at `row`, towards 1 at `next`. */
  readonly share: number;
}

/** More stops than this cannot be told apart on a slider. */
const mostStops = 1_000;

/** The stops of the slider: all different steps, ascending, or an even sample of them. */
export function stopsOf(steps: Float64Array): number[] {
  const all = [...new Set(steps)].sort((a, b) => a - b);
  if (all.length <= mostStops) return all;
  const last = all.length - 1;
  return Array.from({ length: mostStops }, (_, i) => all[Math.round((i * last) / (mostStops - 1))]);
}

/** The step that lies `place` stops (with fractions) from the first. */
export function stepAt(stops: readonly number[], place: number): number {
  const at = Math.max(0, Math.min(stops.length - 1, place));
  const below = Math.floor(at);
  const above = Math.min(stops.length - 1, below + 1);
  return stops[below] + (at - below) * (stops[above] - stops[below]);
}

/**
 * The runs that have begun by a step, each where it is then. A run that has ended stays at its last row.
 *
 * @param runs the runs that are wanted
 */
export function momentsAt(
  chains: Chains,
  steps: Float64Array,
  step: number,
  runs: Iterable<number>,
): Moment[] {
  const moments: Moment[] = [];
  for (const run of runs) {
    const rows = rowsOfChain(chains, run);
    if (rows.length === 0 || steps[rows[0]] > step) continue;
    // Rows of a run stand in the order of its epochs: the last one that is not later.
    let [low, high] = [0, rows.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (steps[rows[middle]] <= step) low = middle;
      else high = middle - 1;
    }
    const row = rows[low];
    const next = rows[Math.min(low + 1, rows.length - 1)];
    const span = steps[next] - steps[row];
    moments.push({ run, row, next, share: span > 0 ? Math.min(1, (step - steps[row]) / span) : 0 });
  }
  return moments;
}

/** A place between those of two rows; a missing one holds the other in place until it is reached. */
export function between(places: Float32Array, { row, next, share }: Moment): number {
  const [from, to] = [places[row], places[next]];
  return Number.isNaN(from) || Number.isNaN(to) ? from : from + share * (to - from);
}
