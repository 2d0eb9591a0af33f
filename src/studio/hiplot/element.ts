// `<deepdive-hiplot>`: the whole view as a custom element, for the Studio, one HTML file, or any page.
import type { Frame } from "../../systems/hiplot/core/frame.ts";
import { t } from "../i18n/translate.ts";
import { DistributionView } from "./distribution.ts";
import { button, html } from "./dom.ts";
import { saveText, toCsv } from "./export.ts";
import { Header, Legend } from "./header.ts";
import { saveImage } from "./image.ts";
import { type LinkState, readLink, writeLink } from "./link.ts";
import { MatrixView } from "./matrix.ts";
import { openMenu } from "./menu.ts";
import { type PlotChange, PlotModel, type PlotSettings } from "./model.ts";
import type { Painted } from "./painter.ts";
import { Panel } from "./panel.ts";
import { ParallelPlot } from "./parallel.ts";
import { styles } from "./styles.ts";
import { RowTable } from "./table.ts";
import { openTour } from "./tour.ts";
import { XyView } from "./xy.ts";

/** What the element shows. */
export interface ViewData {
  readonly frame: Frame;
  readonly settings?: PlotSettings;
}

const usualHeight = 420;
/** The table and what else visits all selected rows follow when nothing has moved for so long. */
const restMs = 120;

/**
 * The view. Set `data`; attributes: `theme` (light, dark), `link-state` keeps the view in the page's
 * address. Events, as in HiPlot: `selected_uids` and `filtered_uids` (`detail.uids` is made when read),
 * `brush_extents`, `height_changed`; besides `previewed` and `painted` after every
 * quick and every complete picture.
 */
export class HiplotElement extends HTMLElement {
  static readonly observedAttributes = ["lang"];
  #model: PlotModel | null = null;
  #parallel: ParallelPlot | null = null;
  /** Views that are shown, with HiPlot's names; all of them by default. */
  displays: readonly string[] | null = null;
  #leave: () => void = () => {};
  #height = 0;

  /** Shows other data. */
  set data({ frame, settings = {} }: ViewData) {
    const saved: LinkState = this.hasAttribute("link-state")
      ? readLink(window.location.href, frame)
      : { state: {}, notices: [] };
    this.#leave();
    const model = new PlotModel(frame, settings, saved.state);
    model.notices.push(...saved.notices);
    this.#model = model;
    const given = settings.displayData?.PARALLEL_PLOT?.height;
    this.#build(model, saved.height ?? (typeof given === "number" ? given : usualHeight));
  }

  /** Shows further or changed rows of the same data: axes, brushes and colours stay. */
  refresh(data: ViewData): void {
    if (this.#model === null) {
      this.data = data;
      return;
    }
    const { frame, settings = {} } = data;
    const { state } = this.#model;
    const there = (name: string) => frame.column(name) !== undefined;
    const fresh = new PlotModel(frame, settings);
    const unknown = fresh.state.axes.filter(
      (name) => !state.axes.includes(name) && !state.hidden.some((column) => column.name === name),
    );
    const saved = {
      ...state,
      axes: [...state.axes.filter((name) => there(name) && fresh.def(name)), ...unknown],
      brushes: new Map([...state.brushes].filter(([name]) => there(name))),
    };
    this.#leave();
    this.#model = new PlotModel(frame, settings, saved);
    this.#build(this.#model, this.#parallel?.height ?? usualHeight);
  }

  /** The model behind the view; null before there is data. */
  get model(): PlotModel | null {
    return this.#model;
  }

  get plot(): ParallelPlot | null {
    return this.#parallel;
  }

  #build(model: PlotModel, height: number): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
    const header = new Header(model, {
      exportCsv: () => saveText("hiplot.csv", toCsv(model.frame, model.selected), "text/csv"),
      exportImage: (format) => saveImage(parallel, model, format),
      help: () => openTour(root),
    });
    const legend = new Legend(model);
    const hidden = html("div", { class: "hidden-axes" });
    const parallel = new ParallelPlot(
      model,
      {
        menu: (name, at) =>
          openMenu(root, model, name, at, [
            { label: t("Show as x"), run: (column) => xy.show("x", column) },
            { label: t("Show as y"), run: (column) => xy.show("y", column) },
            { label: t("Show its distribution"), run: (column) => spread.show(column) },
          ]),
        previewed: (rows) => {
          this.#tell("previewed", { rows });
          if (rows < model.selectedCount) header.tell(t("preview of {n} rows", { n: rows }));
        },
        painted: (painted) => this.#painted(header, painted),
      },
      height,
    );
    const table = new RowTable(model, { highlight: (row) => parallel.highlight(row) });
    const xy = new XyView(model, {
      colours: () => parallel.rowColours(),
      highlight: (row) => parallel.highlight(row),
    });
    const spread = new DistributionView(model);
    const matrix = new MatrixView(model, () => parallel.rowColours());
    const isOn = (display: string) => this.displays?.includes(display) ?? true;
    const panels = [
      isOn("XY") && new Panel("XY", xy.element, () => xy.update(), { tools: xy.tools }),
      isOn("DISTRIBUTION") &&
        new Panel(t("Distribution"), spread.element, () => spread.update(), {
          tools: spread.tools,
        }),
      isOn("XY") &&
        new Panel(t("Scatter matrix"), matrix.element, () => matrix.update(), {
          open: false,
          wide: true,
        }),
      isOn("TABLE") && new Panel(t("Table"), table.element, () => table.update(), { wide: true }),
    ].filter((one) => one !== false);
    const notices = html("ul", { class: "notices" });
    const view = html(
      "div",
      { class: "view" },
      header.element,
      legend.element,
      notices,
      parallel.element,
      hidden,
      html("div", { class: "panels" }, ...panels.map(({ element }) => element)),
    );
    root.replaceChildren(view);
    this.#parallel = parallel;
    let rest = 0;
    const atRest = () => {
      for (const panel of panels) panel.update();
      header.updateWeights();
      this.#tell("selected_uids", lazyUids(model, "selected"));
      this.#tell("brush_extents", parallel.extents());
      if (this.hasAttribute("link-state")) writeLink(model, parallel.height);
    };
    const onChange = (change: PlotChange) => {
      header.update();
      if (change === "axes" || change === "rows" || change === "colours") {
        legend.update();
        writeHidden(hidden, model);
        if (change !== "colours") {
          xy.reset();
          spread.reset();
        }
      }
      parallel.update(change);
      if (change === "rows") this.#tell("filtered_uids", lazyUids(model, "kept"));
      window.clearTimeout(rest);
      rest = window.setTimeout(atRest, restMs);
    };
    this.#leave = model.onChange(onChange);
    notices.append(...model.notices.map((notice) => html("li", {}, notice)));
    notices.hidden = model.notices.length === 0;
    writeHidden(hidden, model);
    parallel.layOut();
    rest = window.setTimeout(() => {
      for (const panel of panels) panel.update();
      header.updateWeights();
    }, restMs);
    this.#watchHeight(view);
    this.onkeydown = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
      event.preventDefault();
      if (event.shiftKey) model.redo();
      else model.undo();
    };
  }

  #painted(header: Header, painted: Painted): void {
    header.tell(painted.mode === "density" ? t("density of all lines") : t("every line drawn"));
    this.#tell("painted", painted);
  }

  #watchHeight(view: HTMLElement): void {
    new ResizeObserver(() => {
      const height = view.offsetHeight;
      if (height === this.#height) return;
      this.#height = height;
      this.#tell("height_changed", { height });
    }).observe(view);
  }

  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** Row ids by the million are made only for those who read them. */
function lazyUids(model: PlotModel, which: "selected" | "kept") {
  const rows = which === "selected" ? model.selected : model.selection.kept;
  const set = rows.clone();
  return {
    get uids(): string[] {
      return Array.from(set.rows(), (row) => String(model.frame.uids.at(row)));
    },
  };
}

/** Columns without an axis, each with its reason and a way back. */
function writeHidden(holder: HTMLElement, model: PlotModel): void {
  const { hidden } = model.state;
  holder.hidden = hidden.length === 0;
  holder.replaceChildren(
    `${t("Without an axis")}: `,
    ...hidden
      .slice(0, 60)
      .map(({ name, reason }) =>
        button(name, () => model.showAxis(name), { title: `${reason}. ${t("Click to show it.")}` }),
      ),
  );
}

/** Makes `<deepdive-hiplot>` known to the page. */
export function defineElement(): void {
  if (!customElements.get("deepdive-hiplot")) {
    customElements.define("deepdive-hiplot", HiplotElement);
  }
}
