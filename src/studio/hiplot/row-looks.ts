// Place on every axis and colour of each row: made when first asked for, kept while the scales stay.
import type { Scale } from "../../systems/hiplot/core/scales.ts";
import type { PlotModel } from "./model.ts";
import { axisPlaces, type RowColours, rowColours } from "./places.ts";

/** What painters and views read of a model's rows. */
export class RowLooks {
  readonly #model: PlotModel;
  #places = new Map<string, { scale: Scale; places: Float32Array }>();
  #colours: RowColours | null = null;
  #colouredType = "";

  constructor(model: PlotModel) {
    this.#model = model;
  }

  /** The place of each row on a column's axis. */
  places(name: string, scale: Scale): Float32Array {
    const known = this.#places.get(name);
    if (known && sameScale(known.scale, scale)) return known.places;
    const column = this.#model.frame.column(name);
    const places = column ? axisPlaces(column, scale) : new Float32Array(this.#model.frame.rows);
    this.#places.set(name, { scale, places });
    return places;
  }

  /** The colour of each row; null without a column that gives colours. */
  get colours(): RowColours | null {
    if (this.#colours) return this.#colours;
    const found = this.#model.colours();
    const column = found && this.#model.frame.column(found.def.name);
    if (!found || !column) return null;
    this.#colouredType = `${found.def.name} ${found.def.type}`;
    this.#colours = rowColours(column, found.of);
    return this.#colours;
  }

  forgetPlaces(): void {
    this.#places.clear();
  }

  forgetColours(): void {
    this.#colours = null;
  }

  /** Forgets the colours where their column, or its type, is another now. */
  checkColours(): void {
    const { colorBy = "" } = this.#model.state;
    if (this.#colouredType !== `${colorBy} ${this.#model.def(colorBy)?.type}`) this.forgetColours();
  }
}

function sameScale(a: Scale, b: Scale): boolean {
  if (a === b) return true;
  if (a.type !== b.type || a.range[0] !== b.range[0] || a.range[1] !== b.range[1]) return false;
  if (a.kind === "category" || b.kind === "category" || a.type === "numericpercentile")
    return false;
  return a.domain[0] === b.domain[0] && a.domain[1] === b.domain[1] && a.lane === b.lane;
}
