// Two columns against each other, each row joined to the one it comes from: how training went, run by run.
import { xyOpacity } from "../../systems/hiplot/core/drawing.ts";
import type { Scale } from "../../systems/hiplot/core/scales.ts";
import { createScale } from "../../systems/hiplot/core/scales.ts";
import { t } from "../i18n/translate.ts";
import { button, html, svg } from "./dom.ts";
import type { PlotModel } from "./model.ts";
import { axisPlaces, type RowColours } from "./places.ts";
import { drawDots } from "./scatter.ts";

const margin = { left: 62, right: 14, top: 12, bottom: 30 };
/** Above this many rows lines would hide everything: dots only. */
const joinedRows = 60_000;
/** In a small view the usual opacity would leave nothing to see. */
const faintest = 0.12;

/** What the view needs of its surroundings. */
export interface XyHooks {
  colours(): RowColours | null;
  highlight(row: number | null): void;
}

interface Zoom {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** The view as an element, with its tools apart. */
export class XyView {
  readonly element = html("div", { class: "xy" });
  readonly tools = html("div", { class: "panel-tools" });
  readonly #model: PlotModel;
  readonly #hooks: XyHooks;
  readonly #canvas = html("canvas", { "aria-hidden": "true" });
  readonly #svg = svg("svg");
  readonly #tip = html("p", { class: "hidden-axes", role: "status" });
  #x: string;
  #y: string;
  #relatives: "parents" | "children" = "parents";
  /** Part of the plot that is shown, in pixels of the whole. */
  #zoom: Zoom | null = null;
  #places: { x: Float32Array; y: Float32Array } | null = null;
  #children: Map<number, number[]> | null = null;

  constructor(model: PlotModel, hooks: XyHooks) {
    this.#model = model;
    this.#hooks = hooks;
    const numeric = model.state.axes.filter((name) => model.def(name)?.type !== "categorical");
    const settings = model.settings.displayData?.XY ?? {};
    const chosen = (key: string, otherwise: string | undefined) => {
      const name = settings[key];
      return typeof name === "string" && model.def(name) ? name : (otherwise ?? "uid");
    };
    const steps = numeric.find((name) => /^(epoch|step|iteration)s?$/i.test(name));
    this.#x = chosen("axis_x", steps ?? numeric[0]);
    this.#y = chosen("axis_y", numeric.findLast((name) => name !== this.#x) ?? numeric[0]);
    this.element.append(this.#canvas, this.#svg, this.#tip);
    for (const layer of [this.#canvas, this.#svg]) {
      layer.style.position = "absolute";
      layer.style.inset = "0";
    }
    this.#writeTools();
    this.#listen();
    new ResizeObserver(() => this.#resized()).observe(this.element);
  }

  /** Draws again after a change of columns, colours or rows kept. */
  reset(): void {
    this.#places = null;
    this.#writeTools();
    this.update();
  }

  /** Shows another column; `axis` is the one it goes to. */
  show(axis: "x" | "y", name: string): void {
    if (axis === "x") this.#x = name;
    else this.#y = name;
    this.#zoom = null;
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
    const { line, dot } = xyOpacity(Math.max(1, rows.length), width, height);
    context.save();
    context.beginPath();
    context.rect(margin.left - 3, margin.top - 3, this.#inner.width + 6, this.#inner.height + 6);
    context.clip();
    if (rows.length <= joinedRows)
      this.#drawLines(context, places, colours, rows, Math.max(faintest, line));
    context.restore();
    const size = rows.length > 200_000 ? 1 : rows.length > 5_000 ? 2 : 4;
    const image = drawDots(
      width,
      height,
      { ...places, colours, opacity: Math.max(faintest, dot), size },
      rows,
    );
    const layer = document.createElement("canvas");
    layer.width = width;
    layer.height = height;
    layer.getContext("2d")?.putImageData(image, 0, 0);
    context.drawImage(layer, 0, 0);
    this.#drawAxes();
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
    const [x, y] = [this.#model.def(this.#x), this.#model.def(this.#y)];
    if (!x || !y) return null;
    const { width, height } = this.#inner;
    return { x: createScale(x, [0, width], false), y: createScale(y, [height, 0], false) };
  }

  /** Places on the whole plot, made once per pair of columns and size. */
  #wholePlaces() {
    if (this.#places) return this.#places;
    const scales = this.#scales();
    const [x, y] = [this.#model.frame.column(this.#x), this.#model.frame.column(this.#y)];
    if (!scales || !x || !y) return null;
    this.#places = { x: axisPlaces(x, scales.x), y: axisPlaces(y, scales.y) };
    return this.#places;
  }

  #shownPlaces() {
    const whole = this.#wholePlaces();
    if (!whole) return null;
    const { width, height } = this.#inner;
    const { x: zx, y: zy } = this.#zoom ?? { x: [0, width], y: [0, height] };
    const [sx, sy] = [width / (zx[1] - zx[0]), height / (zy[1] - zy[0])];
    return {
      x: whole.x.map((value) => margin.left + (value - zx[0]) * sx),
      y: whole.y.map((value) => margin.top + (value - zy[0]) * sy),
    };
  }

  #drawLines(
    context: CanvasRenderingContext2D,
    places: { x: Float32Array; y: Float32Array },
    { index, palette }: RowColours,
    rows: Uint32Array,
    opacity: number,
  ): void {
    context.globalAlpha = opacity;
    context.lineWidth = 1.2;
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
    const { x: zx, y: zy } = this.#zoom ?? { x: [0, width], y: [0, height] };
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

  #writeTools(): void {
    const choice = (label: string, value: string, choose: (name: string) => void) => {
      const select = html("select", { "aria-label": label });
      for (const { name } of this.#model.defs.values()) {
        if (name === "from_uid") continue;
        select.append(html("option", { value: name, selected: name === value }, name));
      }
      select.addEventListener("change", () => choose(select.value));
      return html("label", {}, `${label} `, select);
    };
    const relatives = html("select", { "aria-label": t("What is marked") });
    for (const [value, label] of [
      ["parents", t("ancestors")],
      ["children", t("descendants")],
    ] as const) {
      relatives.append(html("option", { value, selected: value === this.#relatives }, label));
    }
    relatives.addEventListener("change", () => {
      this.#relatives = relatives.value as "parents" | "children";
    });
    this.tools.replaceChildren(
      choice("x", this.#x, (name) => this.show("x", name)),
      choice("y", this.#y, (name) => this.show("y", name)),
      this.#model.frame.parents ? relatives : "",
      this.#zoom
        ? button(t("Show all"), () => {
            this.#zoom = null;
            this.reset();
          })
        : "",
    );
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
      this.#zoomTo(from, to);
    });
    this.element.addEventListener("dblclick", () => {
      this.#zoom = null;
      this.reset();
    });
    this.element.addEventListener("pointerleave", () => {
      start = null;
      this.#mark(null);
    });
  }

  #zoomTo(a: { x: number; y: number }, b: { x: number; y: number }): void {
    const { width, height } = this.#inner;
    const old = this.#zoom ?? { x: [0, width] as const, y: [0, height] as const };
    const part = (pixel: number, low: number, size: number, span: readonly [number, number]) =>
      span[0] + (Math.max(0, Math.min(size, pixel - low)) / size) * (span[1] - span[0]);
    this.#zoom = {
      x: [
        part(Math.min(a.x, b.x), margin.left, width, old.x),
        part(Math.max(a.x, b.x), margin.left, width, old.x),
      ],
      y: [
        part(Math.min(a.y, b.y), margin.top, height, old.y),
        part(Math.max(a.y, b.y), margin.top, height, old.y),
      ],
    };
    this.#writeTools();
    this.update();
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
    const chain = this.#relatives === "parents" ? this.#ancestors(row) : this.#descendants(row);
    for (const [from, to] of chain) {
      const ends = { x1: places.x[from], y1: places.y[from], x2: places.x[to], y2: places.y[to] };
      this.#svg.append(svg("line", { class: "mark", ...ends }));
    }
    this.#svg.append(svg("circle", { class: "mark", cx: places.x[row], cy: places.y[row], r: 5 }));
    this.#tip.textContent = String(this.#model.frame.uids.at(row));
  }

  #ancestors(row: number): [number, number][] {
    const chain: [number, number][] = [];
    let at = row;
    for (const parent of this.#model.frame.ancestorsOf(row)) {
      chain.push([parent, at]);
      at = parent;
    }
    return chain;
  }

  #descendants(row: number): [number, number][] {
    this.#children ??= childrenOf(this.#model);
    const chain: [number, number][] = [];
    const open = [row];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const child of this.#children.get(at) ?? []) {
        chain.push([at, child]);
        open.push(child);
      }
    }
    return chain;
  }
}

function childrenOf({ frame }: PlotModel): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (let row = 0; row < frame.rows; row++) {
    const parent = frame.parentOf(row);
    if (parent < 0) continue;
    const known = children.get(parent);
    if (known) known.push(row);
    else children.set(parent, [row]);
  }
  return children;
}
