// Above the plot: how many rows are selected, what can be done with them, the search, the colours.

import { numbersOf } from "../../systems/hiplot/core/columns.ts";
import { selectedShare, weightOf } from "../../systems/hiplot/core/drawing.ts";
import { shortNumber } from "../../systems/hiplot/core/scales.ts";
import { filterOfText, sentenceOf } from "../../systems/hiplot/core/sentence.ts";
import { t } from "../i18n/translate.ts";
import { button, html } from "./dom.ts";
import type { PlotModel } from "./model.ts";

/** What the buttons do that is no change of the model. */
export interface HeaderDeeds {
  exportCsv(): void;
  exportImage(format: "png" | "svg"): void;
  help(): void;
  refresh?(): void;
}

/** The header as an element. */
export class Header {
  readonly element = html("div", { class: "header" });
  readonly #model: PlotModel;
  readonly #count = html("b");
  readonly #share = html("span", { class: "share" });
  readonly #weighted = html("span", { class: "share" });
  readonly #mode = html("span", { class: "mode", role: "status" });
  readonly #buttons: Record<"keep" | "exclude" | "restore" | "undo" | "redo", HTMLButtonElement>;
  readonly #search: HTMLInputElement;

  constructor(model: PlotModel, deeds: HeaderDeeds) {
    this.#model = model;
    this.#buttons = {
      keep: button(t("Keep"), () => model.keep(), {
        title: t("Go on with the selected rows only"),
      }),
      exclude: button(t("Exclude"), () => model.exclude(), {
        title: t("Go on without the selected rows"),
      }),
      restore: button(t("Restore"), () => model.restore(), {
        title: t("Bring all rows and axes back"),
      }),
      undo: button("↶", () => model.undo(), { title: t("Undo"), "aria-label": t("Undo") }),
      redo: button("↷", () => model.redo(), { title: t("Redo"), "aria-label": t("Redo") }),
    };
    this.#search = html("input", {
      type: "search",
      placeholder: t("Search in all columns"),
      "aria-label": t("Search in all columns"),
    });
    let timer = 0;
    this.#search.addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => model.search(this.#search.value.trim()), 200);
    });
    this.#search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      // A sentence such as `lr in [1e-4, 3e-3] and optimizer = adam` becomes brushes.
      const filter = filterOfText(this.#search.value.trim(), model.defs);
      if (filter.type === "Search") return;
      window.clearTimeout(timer);
      model.setFilter(filter);
    });
    const { keep, exclude, restore, undo, redo } = this.#buttons;
    this.element.append(
      html(
        "p",
        { class: "counts" },
        `${t("Selected")}: `,
        this.#count,
        this.#share,
        this.#weighted,
      ),
      html("div", { class: "group" }, keep, exclude, restore),
      html("div", { class: "group" }, undo, redo),
      html(
        "div",
        { class: "group" },
        deeds.refresh && button(t("Refresh"), deeds.refresh, { title: t("Read the data again") }),
        button("CSV", deeds.exportCsv, { title: t("Save the selected rows as CSV") }),
        button("PNG", () => deeds.exportImage("png"), { title: t("Save the plot as PNG") }),
        button("SVG", () => deeds.exportImage("svg"), { title: t("Save the plot as SVG") }),
        button("?", deeds.help, { title: t("Help"), "aria-label": t("Help") }),
      ),
      this.#search,
      this.#mode,
    );
    this.update();
  }

  /** Shows the counts of now. */
  update(): void {
    const { selectedCount, selection, canUndo, canRedo, state } = this.#model;
    const { keptCount } = selection;
    this.#count.textContent = `${whole(selectedCount)}/${whole(keptCount)}`;
    this.#count.dataset.selected = String(selectedCount);
    this.#share.textContent = ` (${selectedShare(selectedCount, keptCount)} %)`;
    const { keep, exclude, restore, undo, redo } = this.#buttons;
    const nothing = state.brushes.size === 0 && state.search === "";
    keep.disabled = nothing || selectedCount === 0;
    exclude.disabled = nothing || selectedCount === keptCount;
    restore.disabled = nothing && state.filters.length === 0 && !canUndo;
    undo.disabled = !canUndo;
    redo.disabled = !canRedo;
    if (this.#search.value.trim() !== state.search) this.#search.value = state.search;
    this.#search.placeholder =
      state.brushes.size > 0 ? sentenceOf(this.#model.filter) : t("Search in all columns");
  }

  /** The share by weight; it visits all rows, so only when things rest. */
  updateWeights(): void {
    const { weightcolumn } = this.#model.settings;
    const column = weightcolumn ? this.#model.frame.column(weightcolumn) : undefined;
    if (!column) return;
    const numbers = numbersOf(column);
    const sum = (rows: Uint32Array) =>
      rows.reduce((total, row) => total + weightOf(numbers[row]), 0);
    const selected = sum(this.#model.selected.rows());
    const all = sum(this.#model.selection.kept.rows());
    this.#weighted.textContent = ` ${t("{share} % weighted", { share: selectedShare(selected, all) })}`;
  }

  /** A word on how the lines are drawn. */
  tell(words: string): void {
    this.#mode.textContent = words;
  }
}

function whole(count: number): string {
  return count.toLocaleString("en");
}

/** The colours of the plot: which column gives them, and what they mean. */
export class Legend {
  readonly element = html("div", { class: "legend" });
  readonly #model: PlotModel;

  constructor(model: PlotModel) {
    this.#model = model;
    this.update();
  }

  update(): void {
    const found = this.#model.colours();
    if (!found) {
      this.element.replaceChildren();
      return;
    }
    const { def, of } = found;
    const select = html("select", { "aria-label": t("Column that gives the colours") });
    for (const { name } of this.#model.defs.values()) {
      if (name === "from_uid") continue;
      select.append(html("option", { value: name, selected: name === def.name }, name));
    }
    select.addEventListener("change", () => this.#model.colourBy(select.value));
    const label = html("label", {}, `${t("Colour")} `, select);
    if (of.map !== null && of.scale !== null) {
      const { map, scale } = of;
      const stops = Array.from({ length: 25 }, (_, i) => `rgb(${map(i / 24).join(",")})`);
      const bar = html("span", { class: "ramp", "aria-hidden": "true" });
      bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
      const [low, middle, high] = [0, 0.5, 1].map((share) => shortNumber(scale.invert(share)));
      this.element.replaceChildren(
        label,
        html(
          "span",
          { class: "ramp-words" },
          bar,
          html("span", {}, low),
          html("span", {}, middle),
          html("span", {}, high),
        ),
      );
      return;
    }
    const values = def.values();
    const shown = values.slice(0, 14).map((value) => {
      const dot = html("span", { class: "dot", "aria-hidden": "true" });
      dot.style.background = `rgb(${of(value).join(",")})`;
      return html("li", {}, dot, String(value).slice(0, 40) || t("(empty)"));
    });
    const more = def.distinct() - shown.length;
    if (more > 0) shown.push(html("li", {}, t("and {n} more", { n: more })));
    this.element.replaceChildren(label, html("ul", {}, ...shown));
  }
}
