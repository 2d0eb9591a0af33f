// Under the plot: how many rows a shade stands for, and which way shades are given.
import { t } from "../i18n/translate.ts";
import { html } from "./dom.ts";
import type { Painted } from "./painter.ts";
import type { DensityScale } from "./shade.ts";

/** With fewer rows each line is seen, and no shade needs to be read. */
const leastRows = 1_000;

/** A legend in rows per pixel with the switch between the two scales. */
export class DensityLegend {
  readonly element = html("div", { class: "density", hidden: true });
  readonly #marks = html("ul", { "aria-label": t("rows per pixel") });
  readonly #choice: HTMLSelectElement;

  constructor(onChange: (scale: DensityScale) => void) {
    this.#choice = html(
      "select",
      { "aria-label": t("shades") },
      html("option", { value: "lines" }, t("as lines over one another")),
      html("option", { value: "rank" }, t("equally many pixels to each shade")),
    );
    this.#choice.addEventListener("change", () => onChange(this.#choice.value as DensityScale));
    this.element.append(html("label", {}, t("Shades"), this.#choice), this.#marks);
  }

  /** Tells the shades of the picture that is shown. */
  update({ legend }: Painted, rows: number): void {
    this.element.hidden = rows < leastRows;
    const marks = legend.map(({ rows: count, opacity }, place) => {
      const swatch = html("span", { class: "shade", "aria-hidden": "true" });
      swatch.style.opacity = opacity.toFixed(3);
      const number = count.toLocaleString("en");
      const last = place === legend.length - 1;
      return html("li", {}, swatch, last ? t("{n} rows per pixel", { n: number }) : number);
    });
    this.#marks.replaceChildren(...marks);
  }
}
