// Lines that stand out over the plot: two that are compared, and those that have just come.
import { linePath } from "./bend.ts";
import { svg } from "./dom.ts";
import type { ParallelPlot } from "./parallel.ts";

/** More new lines than this at once are not shown one by one. */
const mostFresh = 300;

/** The layer with the marks. */
export class LineMarks {
  readonly #plot: ParallelPlot;
  readonly #svg = svg("svg", { class: "marks", "aria-hidden": "true" });
  #picked: ReadonlyMap<number, string> = new Map();
  #fresh: readonly number[] = [];

  constructor(plot: ParallelPlot) {
    this.#plot = plot;
    plot.overlay.append(this.#svg);
  }

  /** Shows rows with their letters. */
  showPicked(picked: ReadonlyMap<number, string>): void {
    this.#picked = picked;
    this.update();
  }

  /** Shows rows that have just come. */
  showFresh(rows: Iterable<number>): void {
    this.#fresh = [...rows].slice(0, mostFresh);
    this.update();
  }

  /** Draws the marks where the axes stand now. */
  update(): void {
    const { width, height } = this.#plot.drawing();
    this.#svg.setAttribute("width", String(width));
    this.#svg.setAttribute("height", String(height));
    if (this.#picked.size === 0 && this.#fresh.length === 0) {
      this.#svg.replaceChildren();
      return;
    }
    const tracks = this.#plot.tracks();
    const path = (row: number) => linePath(tracks.map(({ x, places }) => [x, places[row]]));
    const parts: SVGElement[] = [];
    for (const row of this.#fresh) parts.push(svg("path", { class: "line-fresh", d: path(row) }));
    for (const [row, letter] of this.#picked) {
      const d = path(row);
      parts.push(svg("path", { class: "line-under", d }));
      parts.push(svg("path", { class: `line-${letter.toLowerCase()}`, d }));
      const last = tracks.findLast(({ places }) => !Number.isNaN(places[row]));
      if (!last) continue;
      const at = { x: last.x + 9, y: last.places[row] + 4 };
      parts.push(svg("text", { class: `letter-${letter.toLowerCase()}`, ...at }, letter));
    }
    this.#svg.replaceChildren(...parts);
  }
}
