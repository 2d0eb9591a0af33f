// The inside of `<deepdive-hiplot>`: all views of one model, and how they follow each other.
import type { Extreme } from "../../systems/hiplot/core/extremes.ts";
import { t } from "../i18n/translate.ts";
import { type BetterState, BetterView } from "./better-view.ts";
import { DistributionView } from "./distribution.ts";
import { button, html } from "./dom.ts";
import { saveText, toCsv } from "./export.ts";
import { extremeDeeds } from "./extreme-deeds.ts";
import { AxisFeet } from "./feet.ts";
import { Header, Legend } from "./header.ts";
import { saveImage } from "./image.ts";
import { LineMarks } from "./marks.ts";
import { MatrixView } from "./matrix.ts";
import { openMenu } from "./menu.ts";
import type { PlotChange, PlotModel } from "./model.ts";
import { Panel } from "./panel.ts";
import { ParallelPlot } from "./parallel.ts";
import { listenForPicks } from "./pick.ts";
import { Replay } from "./replay.ts";
import { RunFacts } from "./run-facts.ts";
import { RowTable, type TableState } from "./table.ts";
import { openTour } from "./tour.ts";
import { type XyState, XyView } from "./xy.ts";

/** The table and what else visits all selected rows follow when nothing has moved for so long. */
const restMs = 120;
const longestWaitMs = 4_000;
/** How long rows that have just come stand out. */
const freshMs = 2_500;

/** What of a view outlives new rows, and what a link may say of it. */
export interface ViewState {
  readonly height: number;
  readonly xy?: Partial<XyState>;
  readonly distribution?: string;
  readonly table?: TableState;
  readonly better?: BetterState;
  readonly importance?: string;
  /** Which panels are open, by name. */
  readonly open?: Readonly<Record<string, boolean>>;
}

/** What the view needs of the element around it. */
export interface ViewHost {
  readonly root: ShadowRoot;
  /** Views that are shown, with HiPlot's names; null for all. */
  readonly displays: readonly string[] | null;
  tell(name: string, detail: unknown): void;
  /** Is called once nothing moves any more. */
  rested(): void;
  /** Adds a column with the least or greatest value of another in each run. */
  addExtreme(name: string, extreme: Extreme): void;
  /** Reads the data again; undefined where nothing can. */
  refresh?(): void;
}

/** All views of one model. */
export class View {
  readonly parallel: ParallelPlot;
  readonly element: HTMLElement;
  readonly #model: PlotModel;
  readonly #host: ViewHost;
  #isPainted = false;
  readonly #facts: RunFacts;
  readonly #header: Header;
  readonly #legend: Legend;
  readonly #feet: AxisFeet;
  readonly #marks: LineMarks;
  readonly #table: RowTable;
  readonly #xy: XyView;
  readonly #spread: DistributionView;
  readonly #better: BetterView;
  readonly #replay: Replay;
  readonly #panels: ReadonlyMap<string, Panel>;
  readonly #hidden = html("div", { class: "hidden-axes" });
  readonly #leave: () => void;
  #fresh: ReadonlySet<number> = new Set();
  #rest = 0;

  constructor(model: PlotModel, host: ViewHost, state: ViewState) {
    this.#model = model;
    this.#host = host;
    this.#facts = new RunFacts(model);
    this.#header = new Header(model, {
      exportCsv: () => saveText("hiplot.csv", toCsv(model.frame, model.selected), "text/csv"),
      exportImage: (format) => saveImage(this.parallel, model, format),
      help: () => openTour(host.root),
      ...(host.refresh && { refresh: () => host.refresh?.() }),
    });
    this.#legend = new Legend(model);
    const menu = (name: string, at: DOMRect) =>
      openMenu(host.root, model, name, at, [
        { label: t("Show as x"), run: (column) => this.#xy.show("x", column) },
        { label: t("Show as y"), run: (column) => this.#xy.show("y", column) },
        { label: t("Show its distribution"), run: (column) => this.#spread.show(column) },
        ...extremeDeeds(model, this.#facts, name, (extreme) => host.addExtreme(name, extreme)),
      ]);
    this.parallel = new ParallelPlot(
      model,
      {
        menu,
        previewed: (rows) => this.#previewed(rows),
        painted: (painted) => {
          const words =
            painted.mode === "density" ? t("density of all lines") : t("every line drawn");
          this.#header.tell(words);
          host.tell("painted", painted);
          if (!this.#isPainted) this.#showPanels(restMs);
          this.#isPainted = true;
        },
      },
      state.height,
    );
    this.#feet = new AxisFeet(model, this.parallel, this.#facts, state.importance);
    this.#marks = new LineMarks(this.parallel);
    const highlight = (row: number | null) => this.parallel.highlight(row);
    this.#better = new BetterView(model, this.#facts, () => this.#picked(), state.better);
    this.#table = new RowTable(
      model,
      this.#facts,
      {
        highlight,
        menu,
        pick: (row) => this.#better.pick(row),
        picked: (row) => this.#better.picked.get(row),
        isNew: (row) => this.#fresh.has(row),
      },
      state.table,
    );
    const colours = () => this.parallel.rowColours();
    this.#xy = new XyView(model, this.#facts, { colours, highlight }, state.xy);
    this.#spread = new DistributionView(model, state.distribution);
    const matrix = new MatrixView(model, colours);
    this.#replay = new Replay(model, this.parallel, this.#facts, (rows) => this.#xy.replay(rows));
    this.#panels = this.#makePanels(matrix, state.open ?? {});
    this.element = html(
      "div",
      { class: "view" },
      this.#header.element,
      html("div", { class: "legend-row" }, this.#legend.element, this.#feet.tools),
      this.#notices(),
      this.parallel.element,
      html("div", { class: "below" }, this.#replay.element, this.#hidden),
      html("div", { class: "panels" }, ...[...this.#panels.values()].map(({ element }) => element)),
    );
    this.parallel.element.append(this.#feet.element);
    this.#leave = model.onChange((change) => this.#changed(change));
    listenForPicks(this.parallel, model, (row) => this.#better.pick(row));
  }

  /** Begins to draw; the element must stand in the page by now. */
  start(): void {
    writeHidden(this.#hidden, this.#model);
    this.parallel.layOut();
    this.#picked();
    void this.#feet.update("all");
    this.#showPanels(this.#model.state.axes.length > 0 ? longestWaitMs : restMs);
  }

  /** The first whole picture comes before the panels, which wait for it, but not for ever. */
  #showPanels(waitMs: number): void {
    window.clearTimeout(this.#rest);
    this.#rest = window.setTimeout(() => {
      this.#updatePanels();
      this.#header.updateWeights();
    }, waitMs);
  }

  /** Stops following the model. */
  leave(): void {
    this.#leave();
    this.#replay.leave();
    window.clearTimeout(this.#rest);
  }

  /** Lets rows stand out for a while. */
  flash(rows: ReadonlySet<number>): void {
    if (rows.size === 0) return;
    this.#fresh = rows;
    this.#marks.showFresh(rows);
    window.setTimeout(() => {
      this.#fresh = new Set();
      this.#marks.showFresh([]);
    }, freshMs);
  }

  get state(): ViewState {
    return {
      height: this.parallel.height,
      xy: this.#xy.state,
      distribution: this.#spread.name,
      table: this.#table.state,
      better: this.#better.state,
      importance: this.#feet.target,
      open: Object.fromEntries([...this.#panels].map(([name, panel]) => [name, panel.isOpen])),
    };
  }

  #makePanels(matrix: MatrixView, open: Readonly<Record<string, boolean>>): Map<string, Panel> {
    const isOn = (display: string) => this.#host.displays?.includes(display) ?? true;
    const xy = this.#xy;
    const spread = this.#spread;
    const better = this.#better;
    const panels = new Map<string, Panel>();
    const add = (
      name: string,
      title: string,
      view: { element: HTMLElement; update(): void; tools?: HTMLElement },
      wide = false,
      isOpen = true,
    ) => {
      const options = { tools: view.tools, wide, open: open[name] ?? isOpen };
      panels.set(name, new Panel(title, view.element, () => view.update(), options));
    };
    if (isOn("XY")) add("xy", "XY", xy);
    if (isOn("DISTRIBUTION")) add("distribution", t("Distribution"), spread);
    if (isOn("XY")) add("matrix", t("Scatter matrix"), matrix, true, false);
    if (isOn("TABLE")) {
      add("better", t("Why is this run better?"), better, true, false);
      add("table", t("Table"), this.#table, true);
    }
    panels.get("better")?.element.classList.add("as-tall-as-needed");
    return panels;
  }

  #notices(): HTMLElement {
    const { notices } = this.#model;
    const list = html(
      "ul",
      { class: "notices" },
      ...notices.map((notice) => html("li", {}, notice)),
    );
    list.hidden = notices.length === 0;
    return list;
  }

  #previewed(rows: number): void {
    this.#host.tell("previewed", { rows });
    if (rows < this.#model.selectedCount) {
      this.#header.tell(t("preview of {n} rows", { n: rows }));
    }
    this.#marks.update();
    this.#feet.draw();
    this.#replay.update();
  }

  /** Two rows are compared, or no longer. */
  #picked(): void {
    const { picked } = this.#better;
    this.#marks.showPicked(picked);
    if (picked.size === 2) this.#panels.get("better")?.open();
    this.#table.redraw();
  }

  #changed(change: PlotChange): void {
    this.#header.update();
    if (change === "axes" || change === "rows" || change === "colours") {
      this.#legend.update();
      writeHidden(this.#hidden, this.#model);
      if (change !== "colours") {
        this.#xy.reset();
        this.#spread.reset();
      }
    }
    this.parallel.update(change);
    if (change === "rows") this.#host.tell("filtered_uids", lazyUids(this.#model, "kept"));
    window.clearTimeout(this.#rest);
    this.#rest = window.setTimeout(() => this.#atRest(change), restMs);
  }

  #atRest(change: PlotChange): void {
    this.#updatePanels();
    this.#header.updateWeights();
    void this.#feet.update(change === "rows" ? "rows" : "selection");
    this.#host.tell("selected_uids", lazyUids(this.#model, "selected"));
    this.#host.tell("brush_extents", this.parallel.extents());
    this.#host.rested();
  }

  #updatePanels(): void {
    for (const panel of this.#panels.values()) panel.update();
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
