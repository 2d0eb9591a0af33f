// Two columns against each other, each row joined to the one it comes from: how training went, run by run.
import { xyOpacity } from "../../systems/hiplot/core/drawing.ts";
import type { Scale } from "../../systems/hiplot/core/scales.ts";
import { t } from "../i18n/translate.ts";
import { html, svg } from "./dom.ts";
import type { PlotModel } from "./model.ts";
import type { RowColours } from "./places.ts";
import { badgeReason, type RunFacts } from "./run-facts.ts";
import { drawDots } from "./scatter.ts";
import { Lineage, type Relatives } from "./xy-lineage.ts";
import {
  axisDef,
  type Places,
  scalesOf,
  smoothedAlong,
  wholePlaces,
  type Zoom,
  zoomedTo,
} from "./xy-places.ts";
import { makeXyTools } from "./xy-tools.ts";

const margin = { left: 62, right: 14, top: 12, bottom: 30 };
/** Above this many rows lines would hide everything: dots only. */
const joinedRows = 60_000;
/** In a small view the usual opacity would leave nothing to see. */
const faintest = 0.12;
/** Marks of more best epochs than this would hide the lines. */
const mostBest = 200;
/** Of more rows verdicts are not made just for these marks. */
const mostJudged = 200_000;

/** What the view needs of its surroundings. */
export interface XyHooks {
  colours(): RowColours | null;
  highlight(row: number | null): void;
}

/** What of the view outlives new rows. */
export interface XyState {
  readonly x: string;
  readonly y: string;
  readonly relatives: Relatives;
  /** On a log scale; null as the parallel plot has the column. */
  readonly logX: boolean | null;
  readonly logY: boolean | null;
  /** Weight of what was before, 0 for none. */
  readonly smoothing: number;
  /** Whether the best epoch of each run is marked. */
  readonly best: boolean;
  readonly zoom: Zoom | null;
}

/** The view as an element, with its tools apart. */
export class XyView {
  readonly element = html("div", { class: "xy" });
  readonly tools = html("div", { class: "panel-tools" });
  readonly #model: PlotModel;
  readonly #facts: RunFacts;
  readonly #hooks: XyHooks;
  readonly #lineage: Lineage;
  readonly #canvas = html("canvas", { "aria-hidden": "true" });
  readonly #svg = svg("svg");
  readonly #tip = html("p", { class: "hidden-axes", role: "status" });
  #state: XyState;
  #places: Places | null = null;
  #replayed: ReadonlyMap<number, number> | null = null;

  constructor(model: PlotModel, facts: RunFacts, hooks: XyHooks, state: Partial<XyState> = {}) {
    this.#model = model;
    this.#facts = facts;
    this.#hooks = hooks;
    this.#lineage = new Lineage(model.frame);
    const numeric = model.state.axes.filter((name) => model.def(name)?.type !== "categorical");
    const settings = model.settings.displayData?.XY ?? {};
    const chosen = (given: unknown[], otherwise: string | undefined) =>
      given.find((name): name is string => typeof name === "string" && !!model.def(name)) ??
      otherwise ??
      "uid";
    const steps = numeric.find((name) => /^(epoch|step|iteration)s?$/i.test(name));
    const x = chosen([state.x, settings.axis_x], steps ?? numeric[0]);
    const last = numeric.findLast((name) => name !== x) ?? numeric[0];
    const y = chosen([state.y, settings.axis_y], last);
    const usual = {
      relatives: "parents",
      logX: null,
      logY: null,
      smoothing: 0,
      zoom: null,
    } as const;
    this.#state = { ...usual, best: true, ...state, x, y };
    this.element.append(this.#canvas, this.#svg, this.#tip);
    for (const layer of [this.#canvas, this.#svg]) {
      layer.style.position = "absolute";
      layer.style.inset = "0";
    }
    this.#writeTools();
    this.#listen();
    new ResizeObserver(() => this.#resized()).observe(this.element);
  }

  get state(): XyState {
    return this.#state;
  }

  /** Draws again after a change of columns, colours or rows kept. */
  reset(): void {
    this.#places = null;
    this.#writeTools();
    this.update();
  }

  /** Shows another column; `axis` is the one it goes to. */
  show(axis: "x" | "y", name: string): void {
    const log = axis === "x" ? { logX: null } : { logY: null };
    this.#set({ [axis]: name, ...log, zoom: null });
  }

  /** While training is replayed: the row of each run that is shown, by run; null when it is over. */
  replay(rows: ReadonlyMap<number, number> | null): void {
    this.#replayed = rows;
    this.#drawReplay();
  }

  #set(part: Partial<XyState>): void {
    this.#state = { ...this.#state, ...part };
    this.reset();
  }

  /** Draws the rows that are selected now. */
  update(): void {
    const { width, height } = this.#size();
    if (width < 120 || height < 80) return;
    this.#resizeTo(width, height);
    const context = this.#canvas.getContext("2d") as CanvasRenderingContext2D;
    context.clearRect(0, 0, width, height);
    const colours = this.#hooks.colours();
    const places = this.#shownPlaces();
    if (!colours || !places) return;
    const rows = this.#model.selected.rows();
    const look = this.#look(rows.length, width, height);
    context.save();
    context.beginPath();
    context.rect(margin.left - 3, margin.top - 3, this.#inner.width + 6, this.#inner.height + 6);
    context.clip();
    if (rows.length <= joinedRows) {
      const { smoothing } = this.#state;
      const raw = smoothing > 0 ? 0.25 * look.line : look.line;
      this.#drawLines(context, places, colours, rows, raw, look.thickness);
      if (smoothing > 0) {
        const y = smoothedAlong(places.y, this.#facts.chains, smoothing);
        this.#drawLines(context, { ...places, y }, colours, rows, look.line, 1.5 * look.thickness);
      }
    }
    context.restore();
    const opacity = this.#state.smoothing > 0 ? 0.3 * look.dot : look.dot;
    const image = drawDots(width, height, { ...places, colours, opacity, size: look.size }, rows);
    const layer = document.createElement("canvas");
    layer.width = width;
    layer.height = height;
    layer.getContext("2d")?.putImageData(image, 0, 0);
    context.drawImage(layer, 0, 0);
    this.#drawAxes();
    this.#drawBest(places);
    this.#drawReplay();
  }

  /** Opacities and sizes: HiPlot's settings, else by how many rows there are. */
  #look(rows: number, width: number, height: number) {
    const { line, dot } = xyOpacity(Math.max(1, rows), width, height);
    const given = this.#model.settings.displayData?.XY ?? {};
    const figure = (key: string, otherwise: number) =>
      typeof given[key] === "number" ? given[key] : otherwise;
    const size = rows > 200_000 ? 1 : rows > 5_000 ? 2 : 4;
    return {
      line: figure("lines_opacity", Math.max(faintest, line)),
      thickness: figure("lines_thickness", 1.2),
      dot: figure("dots_opacity", Math.max(faintest, dot)),
      size: Math.max(1, Math.round(figure("dots_thickness", size / 2.8) * 2.8)),
    };
  }

  get #inner() {
    const { width, height } = this.#size();
    return {
      width: width - margin.left - margin.right,
      height: height - margin.top - margin.bottom,
    };
  }

  #size() {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  #resizeTo(width: number, height: number): void {
    if (this.#canvas.width === width && this.#canvas.height === height) return;
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#svg.setAttribute("width", String(width));
    this.#svg.setAttribute("height", String(height));
    this.#places = null;
  }

  #resized(): void {
    const { width, height } = this.#size();
    if (this.#canvas.width !== width || this.#canvas.height !== height) this.update();
  }

  #scales(): { x: Scale; y: Scale } | null {
    const { x, y, logX, logY } = this.#state;
    const axes = { x: axisDef(this.#model, x, logX), y: axisDef(this.#model, y, logY) };
    return scalesOf(this.#model, axes, this.#inner);
  }

  /** The part in sight, in pixels of the whole plot. */
  get #zoom(): Zoom {
    const { width, height } = this.#inner;
    return this.#state.zoom ?? { x: [0, width], y: [0, height] };
  }

  /** Places in sight; those on the whole plot are made once per pair of columns and size. */
  #shownPlaces(): Places | null {
    const scales = this.#places ? null : this.#scales();
    if (scales) this.#places = wholePlaces(this.#model, this.#state, scales);
    if (!this.#places) return null;
    const { width, height } = this.#inner;
    const { x: zx, y: zy } = this.#zoom;
    const [sx, sy] = [width / (zx[1] - zx[0]), height / (zy[1] - zy[0])];
    return {
      x: this.#places.x.map((value) => margin.left + (value - zx[0]) * sx),
      y: this.#places.y.map((value) => margin.top + (value - zy[0]) * sy),
    };
  }

  #drawLines(
    context: CanvasRenderingContext2D,
    places: Places,
    { index, palette }: RowColours,
    rows: Uint32Array,
    opacity: number,
    thickness: number,
  ): void {
    context.globalAlpha = Math.min(1, opacity);
    context.lineWidth = thickness;
    for (const row of rows) {
      const parent = this.#model.frame.parentOf(row);
      if (parent < 0 || Number.isNaN(places.x[row] + places.x[parent])) continue;
      const at = 3 * index[row];
      context.strokeStyle = `rgb(${palette[at]},${palette[at + 1]},${palette[at + 2]})`;
      context.beginPath();
      context.moveTo(places.x[parent], places.y[parent]);
      context.lineTo(places.x[row], places.y[row]);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  #drawAxes(): void {
    const scales = this.#scales();
    if (!scales) return;
    const { width, height } = this.#inner;
    const { x: zx, y: zy } = this.#zoom;
    const parts: SVGElement[] = [
      svg("rect", { class: "frame", x: margin.left, y: margin.top, width, height }),
    ];
    for (const { position, label } of scales.x.ticks(Math.max(2, Math.floor(width / 80)))) {
      const x = ((position - zx[0]) / (zx[1] - zx[0])) * width;
      if (x < 0 || x > width) continue;
      const y = margin.top + height + 16;
      parts.push(
        svg("text", { x: margin.left + x, y, "text-anchor": "middle" }, label.slice(0, 12)),
      );
    }
    for (const { position, label } of scales.y.ticks(Math.max(2, Math.floor(height / 40)))) {
      const y = ((position - zy[0]) / (zy[1] - zy[0])) * height;
      if (y < 0 || y > height) continue;
      const attributes = { x: margin.left - 7, y: margin.top + y + 4, "text-anchor": "end" };
      parts.push(svg("text", attributes, label.slice(0, 9)));
    }
    this.#svg.replaceChildren(...parts);
  }

  /** A ring round the best epoch of each run that is selected; its title says why. */
  #drawBest(places: Places): void {
    if (!this.#state.best || this.#model.frame.rows > mostJudged) return;
    const badges = this.#facts.badges?.byRun;
    const { selected } = this.#model;
    const shown = badges?.filter((badge) => badge !== null && selected.has(badge.bestRow)) ?? [];
    if (shown.length > mostBest) return;
    for (const badge of shown) {
      if (badge === null || !this.#isInside(places, badge.bestRow)) continue;
      const at = { cx: places.x[badge.bestRow], cy: places.y[badge.bestRow], r: 4.5 };
      const name = this.#facts.nameOf(badge.bestRow);
      const title = svg("title", {}, `${name}: ${badgeReason(badge, this.#facts)}`);
      this.#svg.append(svg("circle", { class: `best best-${badge.fit}`, ...at }, title));
    }
  }

  #drawReplay(): void {
    for (const old of this.#svg.querySelectorAll(".now")) old.remove();
    const places = this.#replayed && this.#shownPlaces();
    if (!this.#replayed || !places) return;
    for (const row of this.#replayed.values()) {
      if (!this.#isInside(places, row)) continue;
      this.#svg.append(svg("circle", { class: "now", cx: places.x[row], cy: places.y[row], r: 4 }));
    }
  }

  #isInside({ x, y }: Places, row: number): boolean {
    const [left, top] = [x[row] - margin.left, y[row] - margin.top];
    const { width, height } = this.#inner;
    return left >= 0 && left <= width && top >= 0 && top <= height;
  }

  #writeTools(): void {
    const tools = makeXyTools(this.#model, this.#facts, this.#state, (part) => this.#set(part));
    this.tools.replaceChildren(...tools);
  }

  #listen(): void {
    let start: { x: number; y: number } | null = null;
    const point = (event: PointerEvent) => {
      const box = this.element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    this.element.addEventListener("pointerdown", (event) => {
      start = point(event);
    });
    this.element.addEventListener("pointermove", (event) => {
      const now = point(event);
      if (!start) return this.#mark(this.#nearest(now));
      this.#svg.querySelector(".zoom")?.remove();
      this.#svg.append(
        svg("rect", {
          class: "zoom",
          x: Math.min(start.x, now.x),
          y: Math.min(start.y, now.y),
          width: Math.abs(now.x - start.x),
          height: Math.abs(now.y - start.y),
        }),
      );
    });
    this.element.addEventListener("pointerup", (event) => {
      const from = start;
      start = null;
      this.#svg.querySelector(".zoom")?.remove();
      const to = point(event);
      if (!from || Math.abs(to.x - from.x) < 8 || Math.abs(to.y - from.y) < 8) return;
      const inner = ({ x, y }: { x: number; y: number }) => ({
        x: x - margin.left,
        y: y - margin.top,
      });
      this.#set({ zoom: zoomedTo(this.#zoom, this.#inner, inner(from), inner(to)) });
    });
    this.element.addEventListener("dblclick", () => this.#set({ zoom: null }));
    this.element.addEventListener("pointerleave", () => {
      start = null;
      this.#mark(null);
    });
  }

  /** The selected row nearest to a point, within 20 pixels. */
  #nearest({ x, y }: { x: number; y: number }): number | null {
    const places = this.#model.selectedCount <= joinedRows ? this.#shownPlaces() : null;
    if (!places) return null;
    let best: number | null = null;
    let least = 400;
    for (const row of this.#model.selected.rows()) {
      const distance = (places.x[row] - x) ** 2 + (places.y[row] - y) ** 2;
      if (distance < least) [best, least] = [row, distance];
    }
    return best;
  }

  #mark(row: number | null): void {
    for (const old of this.#svg.querySelectorAll(".mark")) old.remove();
    this.#hooks.highlight(row);
    this.#tip.textContent = "";
    const places = row === null ? null : this.#shownPlaces();
    if (row === null || !places) return;
    for (const [from, to] of this.#lineage.of(row, this.#state.relatives)) {
      const ends = { x1: places.x[from], y1: places.y[from], x2: places.x[to], y2: places.y[to] };
      this.#svg.append(svg("line", { class: "mark", ...ends }));
    }
    this.#svg.append(svg("circle", { class: "mark", cx: places.x[row], cy: places.y[row], r: 5 }));
    const badge = this.#model.frame.rows > mostJudged ? null : this.#facts.badgeOf(row);
    const uid = String(this.#model.frame.uids.at(row));
    this.#tip.textContent = badge === null ? uid : `${uid} · ${t(badge.fit)}`;
  }
}
