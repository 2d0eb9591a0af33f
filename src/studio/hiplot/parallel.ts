// The parallel plot: axes with brushes and labels over the painted lines.
import { extentOf } from "../../systems/hiplot/core/brush.ts";
import { axisPositions, sideMargin } from "../../systems/hiplot/core/drawing.ts";
import type { Scale } from "../../systems/hiplot/core/scales.ts";
import { type Axis, drawBrushes, makeAxis, rangeOf } from "./axis.ts";
import { listenToAxis } from "./axis-input.ts";
import { linePath } from "./bend.ts";
import { DensityLegend } from "./density-legend.ts";
import { html, svg } from "./dom.ts";
import { dragLabel, fillLabel } from "./label.ts";
import type { PlotChange, PlotModel } from "./model.ts";
import { type Painted, Painter, type Picture } from "./painter.ts";
import type { RowColours } from "./places.ts";
import { sortWhenIdle } from "./ready.ts";
import { RowLooks } from "./row-looks.ts";
import type { DensityScale } from "./shade.ts";

/** Pixels above the axes for labels, and below for the last tick. */
const labelRoom = 46;
const footRoom = 16;
/** Axes never come closer than this; the plot scrolls instead. */
const leastGap = 78;

/** The whole picture follows when nothing has moved for so long. */
const restMs = 30;

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
  /** A layer for the marks of others; its upper edge is that of the axes. */
  readonly overlay = html("div", { class: "overlay" });
  readonly #stage = html("div", { class: "stage" });
  readonly #svg = svg("svg", { class: "axes" });
  readonly #labels = html("div", { class: "labels" });
  readonly #model: PlotModel;
  readonly #hooks: ParallelHooks;
  readonly #painter = new Painter(this.canvas);
  #axes: Axis[] = [];
  readonly #looks: RowLooks;
  #height: number;
  #width = 0;
  #frame = 0;
  #rest = 0;
  #scale: DensityScale = "lines";
  readonly #legend = new DensityLegend((scale) => {
    this.#scale = scale;
    this.paintSoon();
  });
  /** Nobody has seen a whole picture yet, so nothing is waited for. */
  #isNew = true;
  #sorting = new AbortController();

  constructor(model: PlotModel, hooks: ParallelHooks, height: number) {
    this.#model = model;
    this.#looks = new RowLooks(model);
    this.#hooks = hooks;
    this.#height = height;
    const linesHolder = html("div", { class: "lines" }, this.canvas);
    linesHolder.style.top = `${labelRoom}px`;
    this.#svg.style.top = `${labelRoom}px`;
    this.overlay.style.top = `${labelRoom}px`;
    this.#stage.append(linesHolder, this.overlay, this.#svg, this.#labels);
    this.element.append(this.#stage);
    new ResizeObserver(() => this.#resize()).observe(this.element);
  }

  /** Pixels between the ends of an axis. */
  get height(): number {
    return this.#height;
  }

  set height(height: number) {
    this.#height = Math.max(80, Math.round(height));
    this.#looks.forgetPlaces();
    this.layOut();
  }

  /** Draws what a change of the model calls for. */
  update(change: PlotChange): void {
    if (change === "selection") {
      this.#readBrushes();
      this.paintSoon();
      return;
    }
    if (change === "rows") this.#looks.forgetPlaces();
    if (change === "axes") this.#looks.checkColours();
    else this.#looks.forgetColours();
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

  /** Where each axis stands, and where each row crosses it. */
  tracks(): { name: string; x: number; places: Float32Array }[] {
    return this.#axes.map(({ name, x, scale }) => ({
      name,
      x,
      places: this.#looks.places(name, scale),
    }));
  }

  /** Marks the line of one row; null takes the mark away. */
  highlight(row: number | null): void {
    for (const old of this.#svg.querySelectorAll(".highlight")) old.remove();
    if (row === null) return;
    const d = linePath(
      this.#axes.map(({ name, scale, x }) => [x, this.#looks.places(name, scale)[row]]),
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
      const wait = this.#isNew ? 0 : restMs;
      if (resting) this.#rest = window.setTimeout(() => this.#paint(), wait);
    });
  }

  async #paint(): Promise<void> {
    const picture = this.#picture();
    if (!picture) return;
    const painted = await this.#painter.paint(picture);
    if (!painted) return;
    this.#isNew = false;
    this.#legend.update(painted, this.#model.selectedCount);
    // Below whatever stands at the feet of the axes.
    if (!this.#legend.element.isConnected) this.element.append(this.#legend.element);
    this.#hooks.painted(painted);
    this.#sorting.abort();
    this.#sorting = new AbortController();
    void sortWhenIdle(this.#model, this.#sorting.signal);
  }

  #picture(): Picture | null {
    const colours = this.rowColours();
    if (!colours || this.#axes.length === 0 || this.#width === 0) return null;
    return {
      width: this.#width,
      height: this.#height,
      axes: this.#axes.map(({ x }) => x),
      places: this.#axes.map(({ name, scale }) => this.#looks.places(name, scale)),
      colours,
      selected: this.#model.selected,
      count: this.#model.selectedCount,
      scale: this.#scale,
    };
  }

  /** The colour of each row. */
  rowColours(): RowColours | null {
    return this.#looks.colours;
  }

  #resize(): void {
    if (this.element.clientWidth > 0 && this.element.clientWidth !== this.#width) this.layOut();
  }

  #makeAxis(name: string, scale: Scale, x: number, gap: number, inverted: boolean): Axis {
    const axis = makeAxis(name, scale, { x, height: this.#height, gap, ticks: this.#tickCount });
    const { group } = axis;
    this.#svg.append(group);
    listenToAxis(axis, {
      height: this.#height,
      top: () => this.#svg.getBoundingClientRect().top,
      begin: () => this.#model.remember(),
      change: (pixels, rest) => this.#setBrushes(axis, pixels, rest),
    });
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

  #setBrushes(axis: Axis, pixels: [number, number][], rest: boolean): void {
    axis.pixels = pixels;
    const ranges = pixels.map((pair) => rangeOf(axis, pair));
    this.#dragged = axis;
    this.#model.brush(axis.name, ranges, false);
    this.#dragged = null;
    drawBrushes(axis, this.#height);
    this.paintSoon(rest);
  }

  #dragged: Axis | null = null;

  #readBrushes(): void {
    for (const axis of this.#axes) {
      if (axis === this.#dragged) continue;
      axis.pixels = this.#model.brushPixels(axis.name, axis.scale);
      drawBrushes(axis, this.#height);
    }
  }
}
