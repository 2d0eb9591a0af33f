// Which line a click on the plot means.
import { bendShares } from "./bend.ts";
import type { PlotModel } from "./model.ts";
import type { ParallelPlot } from "./parallel.ts";

/** A click farther from every line than this means none. */
const nearness = 8;
/** Among more lines a click cannot mean one. */
const mostLines = 200_000;

/** The selected row whose line passes nearest to a place of the plot; null for none within reach. */
export function rowNear(plot: ParallelPlot, model: PlotModel, x: number, y: number): number | null {
  if (model.selectedCount > mostLines) return null;
  const tracks = plot.tracks();
  const right = tracks.findIndex((track) => track.x >= x);
  if (right <= 0) return null;
  const [from, to] = [tracks[right - 1], tracks[right]];
  const gap = Math.max(1, Math.round(to.x - from.x));
  const share = bendShares(gap)[Math.min(gap, Math.round(x - from.x))];
  let best: number | null = null;
  let least = nearness;
  for (const row of model.selected.rows()) {
    const there = from.places[row] + share * (to.places[row] - from.places[row]);
    const distance = Math.abs(there - y);
    if (distance < least) [best, least] = [row, distance];
  }
  return best;
}

/** Calls back with the row of each line that is clicked. */
export function listenForPicks(
  plot: ParallelPlot,
  model: PlotModel,
  pick: (row: number) => void,
): void {
  plot.element.addEventListener("click", (event) => {
    if ((event.target as Element).closest(".hit, .label, button")) return;
    const box = plot.overlay.getBoundingClientRect();
    const row = rowNear(plot, model, event.clientX - box.left, event.clientY - box.top);
    if (row !== null) pick(row);
  });
}
