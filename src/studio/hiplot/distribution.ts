// How one column is spread: all rows as outlines, the selected ones as bars, each as a share of its own total.
import { distribution } from "../../systems/hiplot/core/histogram.ts";
import { t } from "../i18n/translate.ts";
import { html, svg } from "./dom.ts";
import type { PlotModel } from "./model.ts";

const mostBars = 40;

/** The view as an element, with its tools apart. */
export class DistributionView {
  readonly element = html("div", { class: "bars" });
  readonly tools = html("div", { class: "panel-tools" });
  readonly #model: PlotModel;
  #name: string;
  #bins: number;

  constructor(model: PlotModel, shown?: string) {
    this.#model = model;
    const { axis, nbins } = model.settings.displayData?.DISTRIBUTION ?? {};
    const wanted = [shown, axis].find(
      (name): name is string => typeof name === "string" && model.def(name) !== undefined,
    );
    this.#name = wanted ?? model.state.colorBy ?? model.state.axes[0] ?? "uid";
    this.#bins = typeof nbins === "number" ? nbins : 10;
    new ResizeObserver(() => this.update()).observe(this.element);
    this.reset();
  }

  /** The column that is shown. */
  get name(): string {
    return this.#name;
  }

  /** Shows another column. */
  show(name: string): void {
    this.#name = name;
    this.reset();
    this.update();
  }

  /** Writes the tools anew after a change of columns. */
  reset(): void {
    const select = html("select", { "aria-label": t("Column") });
    for (const { name } of this.#model.defs.values()) {
      if (name === "uid" || name === "from_uid") continue;
      select.append(html("option", { value: name, selected: name === this.#name }, name));
    }
    select.addEventListener("change", () => this.show(select.value));
    const bins = html("input", {
      type: "range",
      min: 3,
      max: 60,
      value: this.#bins,
      "aria-label": t("Bins"),
    });
    bins.addEventListener("input", () => {
      this.#bins = Number(bins.value);
      this.update();
    });
    this.tools.replaceChildren(select, bins);
  }

  /** Draws the rows of now. */
  update(): void {
    const width = this.element.clientWidth;
    const height = this.element.clientHeight;
    const column = this.#model.frame.column(this.#name);
    const def = this.#model.def(this.#name);
    if (width < 80 || height < 60 || !column || !def) {
      this.element.replaceChildren();
      return;
    }
    const sets = { all: this.#model.selection.kept, selected: this.#model.selected };
    const found = distribution(column, def, sets, this.#bins);
    const bins = found.bins.slice(0, mostBars);
    const most = Math.max(1e-9, ...bins.flatMap((bin) => [bin.allShare, bin.selectedShare]));
    const picture = svg("svg", {
      width,
      height,
      role: "img",
      "aria-label": tell(this.#name, bins),
    });
    if (found.horizontal) drawRows(picture, bins, most, width, height);
    else drawColumns(picture, bins, most, width, height);
    this.element.replaceChildren(picture);
  }
}

type Bins = ReturnType<typeof distribution>["bins"];

function tell(name: string, bins: Bins): string {
  const parts = bins.map(({ label, selectedShare }) => `${label}: ${percent(selectedShare)}`);
  return `${name}: ${parts.slice(0, 20).join(", ")}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function drawColumns(
  picture: SVGSVGElement,
  bins: Bins,
  most: number,
  width: number,
  height: number,
) {
  const step = (width - 30) / bins.length;
  const room = height - 40;
  bins.forEach(({ label, from, allShare, selectedShare, selected }, place) => {
    const x = 15 + place * step;
    const y = (share: number) => 12 + room * (1 - share / most);
    const bar = svg("rect", {
      class: "selected",
      x: x + 1,
      y: y(selectedShare),
      width: Math.max(1, step - 2),
      height: room - room * (1 - selectedShare / most),
    });
    bar.append(svg("title", {}, `${label}: ${selected} (${percent(selectedShare)})`));
    const outline = svg("path", { class: "all", d: `M${x} ${y(allShare)}H${x + step}` });
    picture.append(bar, outline);
    const text = from === undefined ? label : String(Number(from.toPrecision(3)));
    const every = Math.ceil(58 / step);
    if (place % every === 0) picture.append(svg("text", { x, y: height - 8 }, text.slice(0, 10)));
  });
}

function drawRows(picture: SVGSVGElement, bins: Bins, most: number, width: number, height: number) {
  const step = Math.max(15, Math.min(30, (height - 10) / bins.length));
  const left = Math.min(150, width / 3);
  picture.setAttribute("height", String(Math.max(height, step * bins.length + 10)));
  bins.forEach(({ label, allShare, selectedShare, selected }, place) => {
    const y = 5 + place * step;
    const long = (share: number) => ((width - left - 60) * share) / most;
    const bar = svg("rect", {
      class: "selected",
      x: left,
      y: y + 2,
      width: long(selectedShare),
      height: step - 4,
    });
    bar.append(svg("title", {}, `${label}: ${selected} (${percent(selectedShare)})`));
    const name = label.length > 20 ? `${label.slice(0, 19)}…` : label;
    picture.append(
      bar,
      svg("path", { class: "all", d: `M${left + long(allShare)} ${y}V${y + step}` }),
      svg("text", { x: left - 7, y: y + step / 2 + 4, "text-anchor": "end" }, name),
      svg(
        "text",
        { x: left + long(selectedShare) + 6, y: y + step / 2 + 4 },
        percent(selectedShare),
      ),
    );
  });
}
