// Each pair of columns as a small scatter plot.
import { createScale } from "../../systems/hiplot/core/scales.ts";
import { t } from "../i18n/translate.ts";
import { html } from "./dom.ts";
import type { PlotModel } from "./model.ts";
import { axisPlaces, type RowColours } from "./places.ts";
import { drawDots } from "./scatter.ts";

const mostColumns = 5;
/** Rows drawn at most: a matrix of small pictures says no more with more. */
const mostRows = 50_000;

/** The first columns of the plot against each other. */
export class MatrixView {
  readonly element = html("div", { class: "matrix" });
  readonly #model: PlotModel;
  readonly #colours: () => RowColours | null;

  constructor(model: PlotModel, colours: () => RowColours | null) {
    this.#model = model;
    this.#colours = colours;
    new ResizeObserver(() => this.update()).observe(this.element);
  }

  /** Draws the rows of now. */
  update(): void {
    const names = this.#model.state.axes.slice(0, mostColumns);
    const side = Math.floor((this.element.clientWidth - 8) / names.length) - 4;
    const tall = Math.floor((this.element.clientHeight - 8) / names.length) - 4;
    const colours = this.#colours();
    if (side < 30 || tall < 24 || !colours) return;
    const all = this.#model.selected.rows();
    const every = Math.ceil(all.length / mostRows);
    const rows = every > 1 ? all.filter((_, i) => i % every === 0) : all;
    const opacity = Math.min(1, 6 / Math.max(1, rows.length) ** 0.35);
    const size = rows.length > 5_000 ? 1 : 2;
    const cells: HTMLElement[] = [];
    for (const [row, y] of names.entries()) {
      for (const [column, x] of names.entries()) {
        if (row === column) {
          cells.push(html("div", { class: "matrix-name" }, x));
          continue;
        }
        const [px, py] = [this.#places(x, side, false), this.#places(y, tall, true)];
        const label = t("{y} against {x}", { x, y });
        const canvas = html("canvas", {
          width: side,
          height: tall,
          role: "img",
          "aria-label": label,
        });
        const source = { x: px, y: py, colours, opacity, size };
        canvas.getContext("2d")?.putImageData(drawDots(side, tall, source, rows), 0, 0);
        cells.push(canvas);
      }
    }
    this.element.style.gridTemplateColumns = `repeat(${names.length}, minmax(0, 1fr))`;
    this.element.replaceChildren(...cells);
  }

  #places(name: string, size: number, upwards: boolean): Float32Array {
    const def = this.#model.def(name);
    const column = this.#model.frame.column(name);
    if (!def || !column) return new Float32Array(this.#model.frame.rows).fill(Number.NaN);
    const scale = createScale(def, upwards ? [size - 3, 3] : [3, size - 3], false);
    return axisPlaces(column, scale);
  }
}
