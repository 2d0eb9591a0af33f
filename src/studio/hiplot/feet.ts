// At the feet of the axes: how much each column has to do with a target, or with what is selected.

import { Bitset } from "../../systems/hiplot/core/bits.ts";
import {
  type Importance,
  selectionImportance,
  targetImportance,
} from "../../systems/hiplot/core/importance.ts";
import { higherIsBetter } from "../../systems/hiplot/core/metrics.ts";
import { t } from "../i18n/translate.ts";
import { button, html, svg } from "./dom.ts";
import type { PlotModel } from "./model.ts";
import type { ParallelPlot } from "./parallel.ts";
import type { RunFacts } from "./run-facts.ts";
import { runInSlices } from "./work.ts";

/** Value of the choice for the selection; no column can be called so by accident. */
const ofSelection = "\0selection";
/** The forest comes in parts, so that the page stays awake meanwhile. */
const parts = 10;
const treesPerPart = 8;
const mostRows = 3_000;
/** Of fewer runs a forest learns nothing; their epochs have to do. */
const fewestRuns = 10;
const height = 40;
const mostBar = 96;

/** The choice of a target, and the bars. */
export class AxisFeet {
  /** The choice, for the row of the legend. */
  readonly tools = html("div", { class: "importance" });
  /** The bars, to stand right below the plot. */
  readonly element = html("div", { class: "feet" });
  readonly #model: PlotModel;
  readonly #plot: ParallelPlot;
  readonly #facts: RunFacts;
  #target: string;
  #found: readonly Importance[] = [];
  #isDone = false;
  #work = new AbortController();

  constructor(model: PlotModel, plot: ParallelPlot, facts: RunFacts, target = "") {
    this.#model = model;
    this.#plot = plot;
    this.#facts = facts;
    this.#target = target === ofSelection || model.def(target) ? target : "";
    this.#writeTools();
    this.draw();
  }

  /** What is chosen; empty for nothing. */
  get target(): string {
    return this.#target;
  }

  /** Reckons anew after a change; `change` says of what. */
  async update(change: "rows" | "selection" | "all"): Promise<void> {
    if (this.#target === "") return;
    if (change === "selection" && this.#target !== ofSelection) return;
    this.#work.abort();
    const work = new AbortController();
    this.#work = work;
    const found = new Map<string, Importance>();
    if (!(await runInSlices(this.#reckon(found), work.signal)) || work.signal.aborted) return;
    this.#isDone = this.#target !== "";
    this.#found = [...found.values()].sort((a, b) => b.score - a.score);
    this.#writeTools();
    this.draw();
  }

  /** Draws the bars where the axes stand now. */
  draw(): void {
    const shown = this.#target !== "" && this.#found.length > 0;
    this.element.hidden = !shown;
    if (!shown) return;
    const { width, axes } = this.#plot.drawing();
    const gap = axes.length > 1 ? axes[1].x - axes[0].x : width;
    const most = Math.max(...this.#found.map(({ score }) => score), 1e-9);
    const longest = Math.max(24, Math.min(mostBar, gap - 14));
    const bars = axes.flatMap(({ name, x }) => {
      const found = this.#found.find(({ column }) => column === name);
      if (!found) return [];
      const score = Math.max(0, found.score);
      const length = Math.max(2, (score / most) * longest);
      // Bars of the outermost axes stay inside the plot.
      const left = Math.min(Math.max(-longest / 2, 4 - x), width - 4 - x - longest);
      return [
        svg(
          "g",
          { transform: `translate(${x},0)` },
          svg("title", {}, this.#words(found)),
          svg("rect", {
            class: "foot-room",
            x: left,
            y: 6,
            width: longest,
            height: 7,
            rx: 3,
          }),
          svg("rect", { class: "foot", x: left, y: 6, width: length, height: 7, rx: 3 }),
          svg(
            "text",
            { y: 28, "text-anchor": "middle" },
            `${score.toFixed(2)}${arrow(found.sign)}`,
          ),
        ),
      ];
    });
    const words = this.#found
      .slice(0, 12)
      .map((found) => `${found.column} ${found.score.toFixed(2)}`);
    const label = `${this.#title()}: ${words.join(", ")}`;
    this.element.replaceChildren(
      svg("svg", { width, height, role: "img", "aria-label": label }, ...bars),
    );
    this.element.style.width = `${width}px`;
  }

  #title(): string {
    return this.#target === ofSelection
      ? t("How the selection differs from the rest")
      : t("What matters for {name}", { name: this.#target });
  }

  #words({ column, score, sign }: Importance): string {
    const figure = score.toFixed(3);
    if (this.#target === ofSelection) {
      return t(
        "{name}: selected and other rows differ by {figure} (0 alike, 1 nothing in common)",
        {
          name: column,
          figure,
        },
      );
    }
    const way =
      sign > 0
        ? t("greater values go with greater {target}", { target: this.#target })
        : sign < 0
          ? t("greater values go with smaller {target}", { target: this.#target })
          : t("no single direction");
    return t("{name}: shuffled, it costs a forest {figure} of the variance of {target}; {way}", {
      name: column,
      figure,
      target: this.#target,
      way,
    });
  }

  /** Sums up into `sums`, a part at each step. */
  *#reckon(sums: Map<string, Importance>): Generator {
    const { frame, defs, selection } = this.#model;
    const { kept } = selection;
    if (this.#target === ofSelection) {
      const { selected, selectedCount } = this.#model;
      if (selectedCount === 0 || selectedCount === selection.keptCount) return;
      const found = selectionImportance(frame, defs, selected, { kept });
      for (const one of found) sums.set(one.column, one);
      return;
    }
    // A measure is explained by settings: other measures of the same run would take all the credit.
    const columns = this.#facts.settings.filter((name) => name !== this.#target);
    const rows = this.#runRows() ?? kept;
    for (let part = 0; part < parts; part++) {
      yield;
      const options = { kept: rows, columns, trees: treesPerPart, seed: part, rows: mostRows };
      let found: Importance[];
      try {
        found = targetImportance(frame, defs, this.#target, options);
      } catch {
        return; // Too few rows have a value to learn from.
      }
      for (const one of found) {
        const score = (sums.get(one.column)?.score ?? 0) + one.score / parts;
        sums.set(one.column, { ...one, score });
      }
    }
  }

  /** Where runs have many epochs, each counts once: by the epoch at which the target was best. */
  #runRows(): Bitset | null {
    if (!this.#facts.hasLineage) return null;
    const best = this.#facts.bestRows(this.#target, !higherIsBetter(this.#target));
    return best.size < fewestRuns ? null : Bitset.from(this.#model.frame.rows, best.values());
  }

  #writeTools(): void {
    const select = html("select", { "aria-label": t("Show what matters for") });
    const option = (value: string, label: string) =>
      html("option", { value, selected: value === this.#target }, label);
    select.append(option("", "–"), option(ofSelection, t("the selection")));
    for (const { name, type } of this.#model.defs.values()) {
      if (name === "uid" || name === "from_uid" || type === "categorical") continue;
      select.append(option(name, name));
    }
    select.addEventListener("change", () => {
      this.#target = select.value;
      this.#found = [];
      this.#isDone = false;
      this.#writeTools();
      this.draw();
      void this.update("all");
    });
    const names = this.#found.map(({ column }) => column);
    const order = button(t("Order axes by this"), () => this.#model.orderAxes(names), {
      title: t("Puts the columns that matter most leftmost"),
    });
    const nothing =
      this.#target === ofSelection && this.#model.selectedCount === this.#model.selection.keptCount;
    this.tools.replaceChildren(
      html("label", {}, `${t("What matters for")} `, select),
      this.#target !== "" && this.#found.length > 0 ? order : "",
      nothing ? html("span", { class: "share" }, t("Brush an axis first.")) : "",
      this.#isDone && this.#found.length === 0 && !nothing
        ? html("span", { class: "share" }, t("There are too few rows to tell."))
        : "",
    );
  }
}

function arrow(sign: -1 | 0 | 1): string {
  return sign > 0 ? " ↑" : sign < 0 ? " ↓" : "";
}
