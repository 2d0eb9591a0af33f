// What the plot shows, without any drawing: axes, brushes, filters, colours, and how they change.
import type { Bitset } from "../../systems/hiplot/core/bits.ts";
import { pixelsOf } from "../../systems/hiplot/core/brush.ts";
import { type ColourOf, colours, defaultColourColumn } from "../../systems/hiplot/core/colour.ts";
import { drawnColumns, type HiddenColumn } from "../../systems/hiplot/core/drawing.ts";
import {
  applyFilter,
  applySaved,
  type Filter,
  type RangeFilter,
} from "../../systems/hiplot/core/filters.ts";
import type { Frame } from "../../systems/hiplot/core/frame.ts";
import {
  type ColumnDef,
  inferAgain,
  inferType,
  inferTypes,
} from "../../systems/hiplot/core/infer.ts";
import { createScale, type PixelRange, type Scale } from "../../systems/hiplot/core/scales.ts";
import { Selection, type SelectionChange } from "../../systems/hiplot/core/selection.ts";
import { brushesOf, filterOfText } from "../../systems/hiplot/core/sentence.ts";
import type { ParamType, ValueDef } from "../../systems/hiplot/core/types.ts";

/** What a plot is made of beside its rows. */
export interface PlotSettings {
  readonly definitions?: Readonly<Record<string, ValueDef>>;
  readonly colorby?: string | null;
  readonly colormap?: string | null;
  readonly weightcolumn?: string | null;
  /** Settings by display, with HiPlot's names. */
  readonly displayData?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Everything that Undo brings back. */
export interface PlotState {
  readonly axes: readonly string[];
  readonly hidden: readonly HiddenColumn[];
  readonly inverted: ReadonlySet<string>;
  readonly types: Readonly<Record<string, ParamType>>;
  readonly colorBy: string | undefined;
  readonly brushes: ReadonlyMap<string, readonly RangeFilter[]>;
  readonly filters: readonly Filter[];
  readonly search: string;
}

/** What changed: `axes` includes colours and types, `rows` the rows kept, `selection` the brushes. */
export type PlotChange = "axes" | "colours" | "rows" | "selection";

const deepestHistory = 100;
/** More axes than this at once would be wider than a canvas can be; the rest waits to be shown. */
const mostAxes = 150;

/** Why a column has no axis, where a reader decided it. */
export const hiddenByLink = "hidden by the link";
const removed = "removed";
const chosenReasons: readonly string[] = [hiddenByLink, removed];

/** Axes and hidden columns as the settings have them. */
function columnsOf(defs: ReadonlyMap<string, ColumnDef>, settings: PlotSettings) {
  const { axes, hidden } = drawnColumns(defs, settings.displayData?.PARALLEL_PLOT ?? {});
  const reason = `more than ${mostAxes} columns`;
  const waiting = axes.slice(mostAxes).map((name) => ({ name, reason }));
  return { axes: axes.slice(0, mostAxes), hidden: [...hidden, ...waiting] };
}

/** A plot of one frame. */
export class PlotModel {
  readonly frame: Frame;
  readonly settings: PlotSettings;
  state: PlotState;
  /** Definitions of the columns among the rows kept. */
  defs: ReadonlyMap<string, ColumnDef>;
  selection: Selection;
  /** What of a saved state could not be applied. */
  readonly notices: string[] = [];
  #allDefs: ReadonlyMap<string, ColumnDef>;
  #searched: Bitset | null = null;
  #past: PlotState[] = [];
  #future: PlotState[] = [];
  #listeners = new Set<(change: PlotChange) => void>();

  constructor(frame: Frame, settings: PlotSettings = {}, saved: Partial<PlotState> = {}) {
    this.frame = frame;
    this.settings = settings;
    const { definitions = {}, displayData = {} } = settings;
    this.#allDefs = inferTypes(frame, { hints: definitions, linked: saved.types });
    const filters = saved.filters ?? [];
    const { kept, dropped } = applySaved(frame, filters);
    this.notices.push(...dropped);
    this.defs = filters.length > 0 ? inferAgain(frame, this.#allDefs, kept) : this.#allDefs;
    const parallel = displayData.PARALLEL_PLOT ?? {};
    const { axes, hidden } = columnsOf(this.#allDefs, settings);
    const wanted = saved.colorBy ?? settings.colorby;
    this.state = {
      axes,
      hidden,
      inverted: new Set((parallel.invert as string[] | undefined) ?? []),
      types: {},
      brushes: new Map(),
      search: "",
      ...saved,
      filters: dropped.length > 0 ? [] : filters,
      colorBy: defaultColourColumn(this.#allDefs, wanted),
    };
    this.selection = new Selection(frame, kept);
    for (const [name, ranges] of this.state.brushes) this.selection.brush(name, ranges);
    for (const { note } of this.defs.values()) if (note) this.notices.push(note);
  }

  /** A model of further rows of the same data: axes, brushes, colours and what can be undone stay. */
  static following(before: PlotModel, frame: Frame, settings: PlotSettings = {}): PlotModel {
    const { state } = before;
    const there = (name: string) => frame.column(name) !== undefined;
    const fresh = new PlotModel(frame, settings);
    // What a reader took out stays out; a column that had nothing to show may have now.
    const out = state.hidden.filter(
      ({ name, reason }) => chosenReasons.includes(reason) || !fresh.state.axes.includes(name),
    );
    const isOut = (name: string) => out.some((column) => column.name === name);
    const unknown = fresh.state.axes.filter((name) => !state.axes.includes(name) && !isOut(name));
    const model = new PlotModel(frame, settings, {
      ...state,
      axes: [...state.axes.filter((name) => there(name) && fresh.def(name)), ...unknown],
      hidden: out.filter(({ name }) => there(name)),
      brushes: new Map([...state.brushes].filter(([name]) => there(name))),
    });
    model.#past = before.#past;
    model.#future = before.#future;
    return model;
  }

  /** Calls back after every change; returns how to leave. */
  onChange(listener: (change: PlotChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The rows that pass brushes and search. */
  get selected(): Bitset {
    return this.#searched === null
      ? this.selection.selected
      : this.selection.selected.and(this.#searched);
  }

  get selectedCount(): number {
    return this.#searched === null ? this.selection.count : this.selected.count();
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  def(name: string): ColumnDef | undefined {
    return this.defs.get(name);
  }

  /** The scale of a column's axis of so many pixels. */
  scale(name: string, height: number): Scale | null {
    const def = this.defs.get(name);
    if (!def) return null;
    const range: PixelRange = this.state.inverted.has(name) ? [0, height] : [height, 0];
    return createScale(def, range);
  }

  /** The colours of values of the column that gives them. */
  colours(): { def: ColumnDef; of: ColourOf } | null {
    const { colorBy } = this.state;
    const def = colorBy === undefined ? undefined : this.#allDefs.get(colorBy);
    const current = def && { ...def, type: this.defs.get(def.name)?.type ?? def.type };
    return current ? { def: current, of: colours(current, this.settings.colormap) } : null;
  }

  /**
   * Lays brushes on an axis in place of those it had. While a brush is dragged, `rest` is false and
   * nothing is remembered for Undo.
   */
  brush(name: string, ranges: readonly RangeFilter[], rest = true): SelectionChange {
    if (rest) this.remember();
    const change = this.selection.brush(name, ranges.length > 0 ? ranges : null);
    const brushes = new Map(this.state.brushes);
    if (ranges.length > 0) brushes.set(name, ranges);
    else brushes.delete(name);
    this.state = { ...this.state, brushes };
    this.#tell("selection");
    return change;
  }

  clearBrushes(): void {
    if (this.state.brushes.size === 0 && this.state.search === "") return;
    this.remember();
    this.#apply({ ...this.state, brushes: new Map(), search: "" });
  }

  /** Selects rows whose values hold the text. */
  search(text: string): void {
    this.remember();
    this.#apply({ ...this.state, search: text });
  }

  /** Brushes by a filter; what of it is no range on one column narrows the rows instead. */
  setFilter(filter: Filter): void {
    this.remember();
    const { brushes, rest } = brushesOf(filter);
    const filters = rest.length > 0 ? [...this.state.filters, ...rest] : this.state.filters;
    this.#apply({ ...this.state, brushes, search: "", filters });
  }

  /** The filter that the selection stands for. */
  get filter(): Filter {
    const { brushes, search } = this.state;
    const parts: Filter[] = [...brushes.values()].map((ranges) =>
      ranges.length === 1 ? ranges[0] : { type: "Any", data: ranges },
    );
    if (search !== "") parts.push(filterOfText(search, this.defs));
    return parts.length === 1 ? parts[0] : { type: "All", data: parts };
  }

  /** Goes on with the selected rows only. */
  keep(): void {
    this.#push(this.filter);
  }

  /** Goes on without the selected rows. */
  exclude(): void {
    this.#push({ type: "Not", data: this.filter });
  }

  #push(filter: Filter): void {
    const { brushes, search, filters } = this.state;
    if (brushes.size === 0 && search === "") return;
    this.remember();
    this.#apply({
      ...this.state,
      brushes: new Map(),
      search: "",
      filters: [...filters, filter],
    });
  }

  /** Brings all rows and all axes back. */
  restore(): void {
    this.remember();
    const { axes, hidden } = columnsOf(this.#allDefs, this.settings);
    this.#apply({
      ...this.state,
      axes,
      hidden,
      brushes: new Map(),
      search: "",
      filters: [],
    });
  }

  moveAxis(name: string, to: number): void {
    const axes = this.state.axes.filter((other) => other !== name);
    const place = Math.max(0, Math.min(axes.length, to));
    axes.splice(place, 0, name);
    if (axes.join("\0") === this.state.axes.join("\0")) return;
    this.remember();
    this.state = { ...this.state, axes };
    this.#tell("axes");
  }

  /** Puts axes leftmost, in this order. */
  orderAxes(names: readonly string[]): void {
    this.remember();
    const rest = this.state.axes.filter((name) => !names.includes(name));
    const first = names.filter((name) => this.state.axes.includes(name));
    this.state = { ...this.state, axes: [...first, ...rest] };
    this.#tell("axes");
  }

  hideAxis(name: string, reason = removed): void {
    this.remember();
    const brushes = new Map(this.state.brushes);
    brushes.delete(name);
    this.#apply({
      ...this.state,
      brushes,
      axes: this.state.axes.filter((other) => other !== name),
      hidden: [...this.state.hidden, { name, reason }],
    });
  }

  showAxis(name: string): void {
    this.remember();
    this.state = {
      ...this.state,
      axes: [...this.state.axes, name],
      hidden: this.state.hidden.filter((column) => column.name !== name),
    };
    this.#tell("axes");
  }

  invertAxis(name: string): void {
    this.remember();
    const inverted = new Set(this.state.inverted);
    if (!inverted.delete(name)) inverted.add(name);
    this.state = { ...this.state, inverted };
    this.#tell("axes");
  }

  /** Draws a column by another type; its brushes go. */
  setType(name: string, type: ParamType): void {
    this.remember();
    const brushes = new Map(this.state.brushes);
    brushes.delete(name);
    this.#apply({ ...this.state, brushes, types: { ...this.state.types, [name]: type } });
  }

  colourBy(name: string): void {
    this.remember();
    this.state = { ...this.state, colorBy: name };
    this.#tell("colours");
  }

  undo(): void {
    const before = this.#past.pop();
    if (!before) return;
    this.#future.push(this.state);
    this.#apply(before);
  }

  redo(): void {
    const after = this.#future.pop();
    if (!after) return;
    this.#past.push(this.state);
    this.#apply(after);
  }

  /** Keeps the state as it is now for Undo. */
  remember(): void {
    this.#past.push(this.state);
    if (this.#past.length > deepestHistory) this.#past.shift();
    this.#future = [];
  }

  /** Brushes of an axis as stretches of its pixels, upper end first. */
  brushPixels(name: string, scale: Scale): [number, number][] {
    const ranges = this.state.brushes.get(name) ?? [];
    return ranges.flatMap((range) => {
      const pixels = pixelsOf(scale, range);
      return pixels === null ? [] : [pixels];
    });
  }

  #apply(next: PlotState): void {
    const before = this.state;
    this.state = next;
    const rowsChanged = before.filters !== next.filters;
    const typesChanged = before.types !== next.types;
    if (rowsChanged) {
      const { kept, dropped } = applySaved(this.frame, next.filters);
      if (dropped.length > 0) this.notices.push(...dropped);
      this.selection = new Selection(this.frame, kept);
    }
    if (rowsChanged || typesChanged) this.#judge();
    if (rowsChanged) {
      for (const [name, ranges] of next.brushes) this.selection.brush(name, ranges);
    } else {
      for (const name of new Set([...before.brushes.keys(), ...next.brushes.keys()])) {
        const ranges = next.brushes.get(name) ?? null;
        if (ranges !== before.brushes.get(name)) this.selection.brush(name, ranges);
      }
    }
    this.#searched =
      next.search === "" ? null : applyFilter(this.frame, filterOfText(next.search, this.defs));
    if (rowsChanged) this.#tell("rows");
    else if (before.colorBy !== next.colorBy) this.#tell("colours");
    else if (typesChanged || before.axes !== next.axes || before.inverted !== next.inverted) {
      this.#tell("axes");
    } else this.#tell("selection");
  }

  /** Judges the columns anew: types once shown stay, those chosen by the user win. */
  #judge(): void {
    const { kept } = this.selection;
    const { filters, types } = this.state;
    const defs =
      filters.length > 0 ? inferAgain(this.frame, this.#allDefs, kept) : new Map(this.#allDefs);
    for (const [name, type] of Object.entries(types)) {
      const before = this.#allDefs.get(name);
      const column = this.frame.column(name);
      if (!before || !column) continue;
      const def = inferType(column, { kept, hints: { [name]: { ...before, type } } });
      if (def) defs.set(name, def);
    }
    this.defs = defs;
  }

  #tell(change: PlotChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
