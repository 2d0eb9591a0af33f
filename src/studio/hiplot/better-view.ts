// "Why is this run better?": two runs side by side, and what runs like them tell about each difference.
import {
  type Comparison,
  compareRuns,
  type Difference,
  type Side,
} from "../../systems/hiplot/core/better.ts";
import { higherIsBetter, isMeasure } from "../../systems/hiplot/core/metrics.ts";
import { shortNumber } from "../../systems/hiplot/core/scales.ts";
import { t } from "../i18n/translate.ts";
import { button, html } from "./dom.ts";
import type { PlotModel } from "./model.ts";
import type { RunFacts } from "./run-facts.ts";
import { cellText } from "./table.ts";

/** What of the comparison outlives new rows. */
export interface BetterState {
  readonly uids: readonly string[];
  readonly target: string;
  readonly lowerIsBetter: boolean;
}

/** The comparison of two runs as an element. */
export class BetterView {
  readonly element = html("div", { class: "better" });
  readonly tools = html("div", { class: "panel-tools" });
  /** The rows that are compared, with their letters. */
  picked = new Map<number, string>();
  readonly #model: PlotModel;
  readonly #facts: RunFacts;
  readonly #onPick: () => void;
  /** Chosen when it is first needed: which columns are settings takes a look at all rows. */
  #target = "";
  #lowerIsBetter = true;

  constructor(model: PlotModel, facts: RunFacts, onPick: () => void, state?: BetterState) {
    this.#model = model;
    this.#facts = facts;
    this.#onPick = onPick;
    if (state && this.#targets().includes(state.target)) {
      this.#target = state.target;
      this.#lowerIsBetter = state.lowerIsBetter;
    }
    if (state && state.uids.length > 0) this.#findAgain(state.uids);
  }

  get state(): BetterState {
    const uids = [...this.picked.keys()].map((row) => String(this.#model.frame.uids.at(row)));
    return { uids, target: this.#target, lowerIsBetter: this.#lowerIsBetter };
  }

  /** Takes a row; one that is taken already is left, of three the first makes way. */
  pick(row: number): void {
    const letters = [...this.picked];
    if (this.picked.has(row)) this.picked.delete(row);
    else {
      if (letters.length === 2) this.picked.delete(letters[0][0]);
      const used = [...this.picked.values()];
      this.picked.set(row, used.includes("A") ? "B" : "A");
    }
    this.update();
    this.#onPick();
  }

  clear(): void {
    this.picked.clear();
    this.update();
    this.#onPick();
  }

  /** Compares anew, as rows or settings may have changed. */
  update(): void {
    if (this.#target === "") {
      this.#target = this.#facts.badges?.pair.valid ?? this.#likelyTarget(this.#targets());
      this.#lowerIsBetter = !higherIsBetter(this.#target);
    }
    this.#writeTools();
    if (this.picked.size < 2) {
      const rest = this.picked.size === 1 ? t("Now click a second one.") : "";
      this.element.replaceChildren(
        html(
          "p",
          { class: "hint" },
          t("Click two lines, or two rows of the table, to see what sets them apart."),
          ` ${rest}`,
        ),
      );
      return;
    }
    const [a, b] = ["A", "B"].map((letter) => this.#representative(letter));
    const rows = [...this.#facts.bestRows(this.#target, this.#lowerIsBetter).values()];
    const { frame, defs } = this.#model;
    const found = compareRuns(frame, defs, {
      a,
      b,
      target: this.#target,
      settings: this.#facts.settings,
      rows,
    });
    this.element.replaceChildren(
      this.#verdict(found, a, b),
      found.differences.length > 0 ? this.#differences(found) : "",
      html(
        "p",
        { class: "hint" },
        t(
          "Each difference is judged by the 5 runs most like A, and most like B, on either side of it, among {n} others: how their {target} differs while the other settings are as alike as can be found. That describes these runs; it proves no cause.",
          {
            n: found.runs,
            target: this.#target,
          },
        ),
      ),
    );
  }

  #targets(): string[] {
    const { defs } = this.#model;
    return [...defs.values()]
      .filter(({ name, type }) => type !== "categorical" && name !== "uid" && name !== "from_uid")
      .map(({ name }) => name);
  }

  /** Figures that runs come to usually stand to the right of their settings. */
  #likelyTarget(targets: readonly string[]): string {
    const settings = this.#facts.settings;
    const outcome = (name: string) => isMeasure(name) && !/time|second|duration/i.test(name);
    return (
      targets.findLast(outcome) ??
      targets.findLast((name) => !settings.includes(name)) ??
      targets.at(-1) ??
      "uid"
    );
  }

  /** Rows are found again by their ids after others have come. */
  #findAgain(uids: readonly string[]): void {
    const { frame } = this.#model;
    for (let row = 0; row < frame.rows && this.picked.size < uids.length; row++) {
      const place = uids.indexOf(String(frame.uids.at(row)));
      if (place >= 0) this.picked.set(row, "AB"[place]);
    }
  }

  /** The row that stands for the run of a picked one: its best by the target. */
  #representative(letter: string): number {
    const [row] = [...this.picked].find(([, other]) => other === letter) as [number, string];
    const best = this.#facts.bestRows(this.#target, this.#lowerIsBetter);
    return best.get(this.#facts.chains.of[row]) ?? row;
  }

  #verdict(found: Comparison, a: number, b: number): HTMLElement {
    const letter = (name: "A" | "B") =>
      html("b", { class: `letter letter-${name.toLowerCase()}` }, name);
    const values = [found.a, found.b].map((value) =>
      Number.isFinite(value) ? shortNumber(value) : t("no value"),
    );
    const { better, words } = this.#betterOf(found);
    const run = (name: "A" | "B", row: number, value: string) =>
      html(
        "span",
        { class: "run" },
        letter(name),
        ` ${this.#facts.nameOf(row)} `,
        html("strong", {}, value),
        this.#facts.hasLineage
          ? html("span", { class: "share" }, ` ${this.#facts.stepName} ${this.#facts.steps[row]}`)
          : "",
        better === name ? html("span", { class: "fit fit-ok" }, t("better")) : "",
      );
    return html(
      "p",
      { class: "verdict" },
      run("A", a, values[0]),
      run("B", b, values[1]),
      html("span", {}, words),
    );
  }

  #betterOf({ a, b }: Comparison): { better: "A" | "B" | null; words: string } {
    if (!Number.isFinite(a) || !Number.isFinite(b)) return { better: null, words: "" };
    if (a === b) return { better: null, words: t("Both come to the same.") };
    const better = a < b === this.#lowerIsBetter ? "A" : "B";
    return { better, words: t("{difference} apart", { difference: shortNumber(Math.abs(a - b)) }) };
  }

  #differences({ differences, a, b }: Comparison): HTMLElement {
    const { better } = this.#betterOf({ a, b } as Comparison);
    const most = Math.max(...differences.map(({ effect }) => Math.abs(effect) || 0), 1e-12);
    const heads = [
      t("setting"),
      "A",
      "B",
      t("worth of B's value"),
      t("runs like A's side"),
      t("runs like B's side"),
      "",
    ];
    const rows = differences.map((one) => {
      const helps =
        better !== null && one.clear ? (one.effect < 0 === this.#lowerIsBetter ? "B" : "A") : null;
      const tone = helps === null ? "" : helps === better ? "good" : "bad";
      return html(
        "tr",
        {},
        html("th", { scope: "row" }, one.column),
        html("td", {}, cellText(one.a.value)),
        html("td", {}, cellText(one.b.value)),
        html("td", { class: `effect ${tone}` }, ...effectCell(one, most)),
        html("td", {}, sideWords(one.a)),
        html("td", {}, sideWords(one.b)),
        html("td", { class: "share" }, remark(one, helps, better)),
      );
    });
    const head = html("tr", {}, ...heads.map((word) => html("th", { scope: "col" }, word)));
    return html(
      "div",
      { class: "better-scroll", tabindex: 0, role: "region", "aria-label": t("Differences") },
      html("table", { class: "differences" }, html("thead", {}, head), html("tbody", {}, ...rows)),
    );
  }

  #writeTools(): void {
    const select = html("select", { "aria-label": t("Judged by") });
    for (const name of this.#targets()) {
      select.append(html("option", { value: name, selected: name === this.#target }, name));
    }
    select.addEventListener("change", () => {
      this.#target = select.value;
      this.#lowerIsBetter = !higherIsBetter(select.value);
      this.update();
    });
    const way = html("select", { "aria-label": t("Which values are better") });
    way.append(
      html("option", { value: "low", selected: this.#lowerIsBetter }, t("lower is better")),
      html("option", { value: "high", selected: !this.#lowerIsBetter }, t("higher is better")),
    );
    way.addEventListener("change", () => {
      this.#lowerIsBetter = way.value === "low";
      this.update();
    });
    const tools: Node[] = [select, way];
    if (this.picked.size > 0) tools.push(button(t("Clear"), () => this.clear()));
    this.tools.replaceChildren(...tools);
  }
}

/** A bar from the middle, to the right for a greater target, with its figure and error. */
function effectCell({ effect, error, clear }: Difference, most: number): Node[] {
  if (Number.isNaN(effect)) return [html("span", { class: "share" }, t("no runs to tell by"))];
  const bar = html("span", {
    class: clear ? "effect-bar" : "effect-bar faint",
    "aria-hidden": "true",
  });
  const share = (50 * Math.abs(effect)) / most;
  const piece = html("span");
  piece.style.width = `${share}%`;
  piece.style.left = `${effect < 0 ? 50 - share : 50}%`;
  bar.append(piece);
  const sign = effect > 0 ? "+" : effect < 0 ? "−" : "";
  return [bar, html("span", {}, `${sign}${figure(Math.abs(effect))} ± ${roughly(error)}`)];
}

function sideWords({ count, mean, spread }: Side): string {
  if (count === 0) return t("none");
  const around = Number.isNaN(spread) ? "" : ` ± ${roughly(spread)}`;
  return t("{mean} of {n} runs", { mean: `${figure(mean)}${around}`, n: count });
}

function remark(
  { clear, effect, distance }: Difference,
  helps: "A" | "B" | null,
  better: "A" | "B" | null,
): string {
  if (Number.isNaN(effect)) return t("no other run has this value and one like it");
  const apart = t("others differ by {share} %", { share: (100 * distance).toFixed(0) });
  if (!clear) return `${t("not clear")}; ${apart}`;
  if (helps === null || better === null) return apart;
  return `${helps === better ? t("goes with the difference") : t("goes against it")}; ${apart}`;
}

function figure(value: number): string {
  return shortNumber(Number(value.toPrecision(4)));
}

function roughly(value: number): string {
  return shortNumber(Number(value.toPrecision(2)));
}
