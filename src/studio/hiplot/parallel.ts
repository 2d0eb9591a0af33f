// The parallel plot: axes with brushes and labels over the painted lines.
import { brushFilter, extentOf } from "../../systems/hiplot/core/brush.ts";
import { axisPositions, bend, sideMargin } from "../../systems/hiplot/core/drawing.ts";
import type { RangeFilter } from "../../systems/hiplot/core/filters.ts";
import type { Scale } from "../../systems/hiplot/core/scales.ts";
import { t } from "../i18n/translate.ts";
import { type Hold, holdAt, moveHold } from "./brushing.ts";
import { html, svg } from "./dom.ts";
import { dragLabel, fillLabel } from "./label.ts";
import type { PlotChange, PlotModel } from "./model.ts";
import { type Painted, Painter, type Picture } from "./painter.ts";
import { axisPlaces, type RowColours, rowColours } from "./places.ts";

/** Pixels above the axes for labels, and below for the last tick. */
const labelRoom = 46;
const footRoom = 16;
/** Axes never come closer than this; the plot scrolls instead. */
const leastGap = 78;
/** An axis this near to the left edge has its ticks' words on the right, where there is room. */
const firstTicks = 50;
/** How far from an axis a pointer still meets it. */
const reach = 16;

interface Axis {
  readonly name: string;
  readonly scale: Scale;
  readonly group: SVGGElement;
  readonly brushes: SVGGElement;
  readonly hit: SVGRectElement;
  x: number;
  /** Brushes in pixels, upper end first. */
  pixels: [number, number][];
}

/** What the plot asks of its surroundings. */
export interface ParallelHooks {
  /** Opens the menu of a column at a place of the page. */
  menu(name: string, at: DOMRect): void;
  painted(painted: Painted): void;
  previewed(rows: number): void;
}

/** The plot as an element. */
export class ParallelPlot {
  readonly element = html("div", { class: "parallel" });
  readonly canvas = html("canvas", { "aria-hidden": "true" });
  readonly #stage = html("div", { class: "stage" });
  readonly #svg = svg("svg", { class: "axes" });
  readonly #labels = html("div", { class: "labels" });
  readonly #model: PlotModel;
  readonly #hooks: ParallelHooks;
  readonly #painter = new Painter(this.canvas);
  #axes: Axis[] = [];
  #places = new Map<string, { scale: Scale; places: Float32Array }>();
  #colours: RowColours | null = null;
  #height: number;
  #width = 0;
  #frame = 0;
  #rest = 0;

  constructor(model: PlotModel, hooks: ParallelHooks, height: number) {
    this.#model = model;
    this.#hooks = hooks;
    this.#height = height;
    const linesHolder = html("div", { class: "lines" }, this.canvas);
    linesHolder.style.top = `${labelRoom}px`;
    this.#svg.style.top = `${labelRoom}px`;
    this.#stage.append(linesHolder, this.#svg, this.#labels);
    this.element.append(this.#stage);
    new ResizeObserver(() => this.#resize()).observe(this.element);
  }

  /** Pixels between the ends of an axis. */
  get height(): number {
    return this.#height;
  }

  set height(height: number) {
    this.#height = Math.max(80, Math.round(height));
    this.#places.clear();
    this.layOut();
  }

  /** Draws what a change of the model calls for. */
  update(change: PlotChange): void {
    if (change === "selection") {
      this.#readBrushes();
      this.paintSoon();
      return;
    }
    if (change === "colours") this.#colours = null;
    if (change === "rows") {
      this.#places.clear();
      this.#colours = null;
    }
    if (change === "axes" && this.#colourTypeChanged()) this.#colours = null;
    this.layOut();
  }

  /** Brushes of all axes as HiPlot tells them. */
  extents(): Record<string, unknown> {
    const brushed = this.#axes.filter(({ pixels }) => pixels.length > 0);
    return Object.fromEntries(
      brushed.map(({ name, scale, pixels }) => [name, extentOf(scale, pixels[0])]),
    );
  }

  /** What a picture of the plot is made of. */
  drawing() {
    return {
      width: this.#width,
      height: this.#height,
      labelRoom,
      axes: this.#axes.map(({ name, x, scale }) => ({
        name,
        x,
        ticks: scale.ticks(this.#tickCount),
      })),
    };
  }

  /** Marks the line of one row; null takes the mark away. */
  highlight(row: number | null): void {
    for (const old of this.#svg.querySelectorAll(".highlight")) old.remove();
    if (row === null) return;
    const d = linePath(
      this.#axes.map(({ name, scale, x }) => [x, this.#placesOf(name, scale)[row]]),
    );
    this.#svg.append(
      svg("path", { class: "highlight", d }),
      svg("path", { class: "highlight", d }),
    );
  }

  get #tickCount(): number {
    return Math.max(2, Math.round(this.#height / 44));
  }

  /** Makes all axes anew and paints. */
  layOut(): void {
    const { axes: names, inverted } = this.#model.state;
    const width = Math.max(
      this.element.clientWidth,
      2 * sideMargin + leastGap * (names.length - 1),
    );
    if (this.element.clientWidth === 0) return;
    this.#width = width;
    const height = this.#height;
    this.#stage.style.width = `${width}px`;
    this.#stage.style.height = `${height + labelRoom + footRoom}px`;
    this.#svg.setAttribute("width", String(width));
    this.#svg.setAttribute("height", String(height + footRoom));
    const positions = axisPositions(names.length, width);
    const gap = names.length > 1 ? positions[1] - positions[0] : width;
    this.#svg.replaceChildren();
    this.#labels.replaceChildren();
    this.#axes = names.flatMap((name, place) => {
      const scale = this.#model.scale(name, height);
      return scale ? [this.#makeAxis(name, scale, positions[place], gap, inverted.has(name))] : [];
    });
    this.#readBrushes();
    this.paintSoon();
  }

  /** A preview with the next frame, the whole picture once things rest. */
  paintSoon(resting = true): void {
    window.clearTimeout(this.#rest);
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      const picture = this.#picture();
      if (!picture) return;
      this.#hooks.previewed(this.#painter.preview(picture));
      if (resting) this.#rest = window.setTimeout(() => this.#paint(), 30);
    });
  }

  async #paint(): Promise<void> {
    const picture = this.#picture();
    if (!picture) return;
    const painted = await this.#painter.paint(picture);
    if (painted) this.#hooks.painted(painted);
  }

  #picture(): Picture | null {
    const colours = this.rowColours();
    if (!colours || this.#axes.length === 0 || this.#width === 0) return null;
    return {
      width: this.#width,
      height: this.#height,
      axes: this.#axes.map(({ x }) => x),
      places: this.#axes.map(({ name, scale }) => this.#placesOf(name, scale)),
      colours,
      selected: this.#model.selected,
      count: this.#model.selectedCount,
    };
  }

  #placesOf(name: string, scale: Scale): Float32Array {
    const known = this.#places.get(name);
    if (known && sameScale(known.scale, scale)) return known.places;
    const column = this.#model.frame.column(name);
    const places = column ? axisPlaces(column, scale) : new Float32Array(this.#model.frame.rows);
    this.#places.set(name, { scale, places });
    return places;
  }

  #colouredType = "";

  #colourTypeChanged(): boolean {
    const { colorBy = "" } = this.#model.state;
    return this.#colouredType !== `${colorBy} ${this.#model.def(colorBy)?.type}`;
  }

  /** The colour of each row; made when first asked for after a change. */
  rowColours(): RowColours | null {
    if (this.#colours) return this.#colours;
    const found = this.#model.colours();
    const column = found && this.#model.frame.column(found.def.name);
    if (!found || !column) return null;
    this.#colouredType = `${found.def.name} ${found.def.type}`;
    this.#colours = rowColours(column, found.of);
    return this.#colours;
  }

  #resize(): void {
    if (this.element.clientWidth > 0 && this.element.clientWidth !== this.#width) this.layOut();
  }

  #makeAxis(name: string, scale: Scale, x: number, gap: number, inverted: boolean): Axis {
    const height = this.#height;
    const brushes = svg("g", { class: "brushes" });
    const hit = svg("rect", {
      class: "hit",
      x: -reach,
      y: -8,
      width: 2 * reach,
      height: height + 16,
      tabindex: 0,
      role: "slider",
      "aria-orientation": "vertical",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-valuenow": 0,
      "aria-label": t(
        "Brush of {name}: Enter lays one, arrows move it, Shift and arrows resize it, Delete takes it away",
        { name },
      ),
    });
    const ticks = svg("g", { class: x < firstTicks ? "ticks ticks-right" : "ticks" });
    for (const { position, label } of scale.ticks(this.#tickCount)) {
      ticks.append(
        svg("line", { x1: -4, x2: 0, y1: position, y2: position }),
        svg("text", { x: x < firstTicks ? 8 : -7, y: position, dy: "0.32em" }, clip(label, gap)),
      );
    }
    const group = svg(
      "g",
      { class: "axis", transform: `translate(${x},0)` },
      svg("line", { class: "spine", y1: 0, y2: height }),
      ticks,
      brushes,
      hit,
    );
    this.#svg.append(group);
    const axis: Axis = { name, scale, group, brushes, hit, x, pixels: [] };
    this.#listen(axis);
    const label = html("button", { type: "button", class: "label", "data-axis": name });
    fillLabel(
      label,
      this.#model.defs.get(name),
      name,
      inverted,
      name === this.#model.state.colorBy,
    );
    label.style.left = `${x}px`;
    label.style.width = `${Math.max(leastGap - 4, Math.min(gap - 8, 220))}px`;
    this.#labels.append(label);
    dragLabel(label, {
      move: (dx, away) => {
        group.setAttribute("transform", `translate(${x + dx},0)`);
        group.classList.toggle("leaving", away);
        axis.x = x + dx;
        this.#moveInOrder(axis);
      },
      drop: (away) => {
        if (away) return this.#model.hideAxis(name);
        const place = this.#axes.filter((other) => other !== axis && other.x < axis.x).length;
        const before = this.#model.state.axes.indexOf(name);
        this.#model.moveAxis(name, place);
        if (place === before) this.layOut();
      },
      invert: () => this.#keepFocus(name, () => this.#model.invertAxis(name)),
      shift: (by) =>
        this.#keepFocus(name, () =>
          this.#model.moveAxis(name, this.#model.state.axes.indexOf(name) + by),
        ),
      remove: () => this.#model.hideAxis(name),
      menu: () => this.#hooks.menu(name, label.getBoundingClientRect()),
    });
    return axis;
  }

  /** The label is made anew with every layout; the keyboard must not lose it. */
  #keepFocus(name: string, deed: () => void): void {
    deed();
    const label = [...this.#labels.children].find(
      (child) => (child as HTMLElement).dataset.axis === name,
    );
    (label as HTMLElement | undefined)?.focus();
  }

  /** While a label is dragged, lines follow: axes in the order in which they stand now. */
  #moveInOrder(_moved: Axis): void {
    this.#axes.sort((a, b) => a.x - b.x);
    this.paintSoon(false);
  }

  #listen(axis: Axis): void {
    const { hit } = axis;
    let hold: Hold | null = null;
    const at = (event: PointerEvent) => {
      const box = this.#svg.getBoundingClientRect();
      return Math.max(0, Math.min(this.#height, event.clientY - box.top));
    };
    hit.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      hit.focus({ preventScroll: true });
      try {
        hit.setPointerCapture(event.pointerId);
      } catch {
        // A pointer that a script made up cannot be captured; its moves come all the same.
      }
      this.#model.remember();
      hold = holdAt(axis.pixels, at(event), event.shiftKey);
    });
    hit.addEventListener("pointermove", (event) => {
      if (!hold) {
        const part = holdAt(axis.pixels, at(event), false).part;
        hit.style.cursor = part === "new" ? "crosshair" : part === "all" ? "grab" : "ns-resize";
        return;
      }
      this.#setBrushes(axis, moveHold(hold, at(event), this.#height));
    });
    const end = (event: PointerEvent) => {
      if (!hold) return;
      const pixels = moveHold(hold, at(event), this.#height);
      // A press without a move takes the brushes away.
      this.#setBrushes(axis, hold.moved ? pixels : [], true);
      hold = null;
    };
    hit.addEventListener("pointerup", end);
    hit.addEventListener("pointercancel", end);
    hit.addEventListener("keydown", (event) => {
      const next = keyBrushes(event, axis.pixels, this.#height);
      if (!next) return;
      event.preventDefault();
      this.#model.remember();
      this.#setBrushes(axis, next, true);
    });
  }

  #setBrushes(axis: Axis, pixels: [number, number][], rest = false): void {
    axis.pixels = pixels;
    const ranges = pixels.map((pair) => rangeOf(axis, pair));
    this.#dragged = axis;
    this.#model.brush(axis.name, ranges, false);
    this.#dragged = null;
    this.#drawBrushes(axis);
    this.paintSoon(rest);
  }

  #dragged: Axis | null = null;

  #readBrushes(): void {
    for (const axis of this.#axes) {
      if (axis === this.#dragged) continue;
      axis.pixels = this.#model.brushPixels(axis.name, axis.scale);
      this.#drawBrushes(axis);
    }
  }

  #drawBrushes({ brushes, pixels, hit, name, scale }: Axis): void {
    brushes.replaceChildren(
      ...pixels.map(([from, to]) =>
        svg("rect", { x: -9, width: 18, y: from, height: Math.max(3, to - from), rx: 3 }),
      ),
    );
    const [first] = pixels;
    const share = first ? 100 * (1 - (first[0] + first[1]) / 2 / this.#height) : 0;
    hit.setAttribute("aria-valuenow", share.toFixed(0));
    hit.setAttribute(
      "aria-valuetext",
      first ? tellExtent(scale, first) : t("{name}: no brush", { name }),
    );
  }
}

/** A row's line through its points, broken where one is missing. */
function linePath(points: readonly (readonly [number, number])[]): string {
  let d = "";
  for (const [place, [x, y]] of points.entries()) {
    const before = points[place - 1];
    if (Number.isNaN(y)) continue;
    if (!before || Number.isNaN(before[1])) d += `M${x} ${y}`;
    else {
      const gap = x - before[0];
      const [c1, c2] = [before[0] + bend[0] * gap, before[0] + bend[1] * gap];
      d += `C${c1} ${before[1]} ${c2} ${y} ${x} ${y}`;
    }
  }
  return d;
}

function sameScale(a: Scale, b: Scale): boolean {
  if (a === b) return true;
  if (a.type !== b.type || a.range[0] !== b.range[0] || a.range[1] !== b.range[1]) return false;
  if (a.kind === "category" || b.kind === "category" || a.type === "numericpercentile")
    return false;
  return a.domain[0] === b.domain[0] && a.domain[1] === b.domain[1] && a.lane === b.lane;
}

/** The rows of a stretch of pixels; one between two categories lets none through. */
function rangeOf({ name, scale }: Axis, pixels: [number, number]): RangeFilter {
  const filter = brushFilter(name, extentOf(scale, pixels));
  if (filter.type === "Range") return filter;
  return { type: "Range", data: { col: name, type: "categorical", min: "1", max: "0" } };
}

function tellExtent(scale: Scale, pixels: [number, number]): string {
  const { values, range } = extentOf(scale, pixels);
  if (values) return values.join(", ");
  const [a, b] = range as [number, number];
  return `${Number(Math.min(a, b).toPrecision(4))} – ${Number(Math.max(a, b).toPrecision(4))}`;
}

const keyStep = 0.02;

/** What a key makes of the last brush of an axis; null for keys that mean nothing here. */
function keyBrushes(
  event: KeyboardEvent,
  pixels: readonly [number, number][],
  height: number,
): [number, number][] | null {
  const rest = pixels.slice(0, -1).map(([a, b]): [number, number] => [a, b]);
  const last = pixels.at(-1);
  if (event.key === "Delete" || event.key === "Backspace" || event.key === "Escape") {
    return last ? rest : null;
  }
  if (event.key === "Enter" || event.key === " ") {
    return [...(event.shiftKey && last ? [...rest, last] : rest), [height / 3, (2 * height) / 3]];
  }
  const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (by === 0 || !last) return null;
  const step = by * keyStep * height;
  const [from, to] = last;
  if (event.shiftKey) return [...rest, [Math.max(0, Math.min(to - 2, from + step)), to]];
  const shift = Math.max(-from, Math.min(height - to, step));
  return [...rest, [from + shift, to + shift]];
}

/** A tick's text, no longer than the gap has room for. */
function clip(label: string, gap: number): string {
  const most = Math.max(6, Math.floor((gap - 24) / 6.5));
  return label.length > most ? `${label.slice(0, most - 1)}…` : label;
}
