// The selected rows as a table in which only the rows in sight exist, so that a million of them scroll.
import type { Bitset } from "../../systems/hiplot/core/bits.ts";
import { shortNumber } from "../../systems/hiplot/core/scales.ts";
import { categoryOrder, numberOrder } from "../../systems/hiplot/core/sorted.ts";
import type { Value } from "../../systems/hiplot/core/types.ts";
import { t } from "../i18n/translate.ts";
import { html } from "./dom.ts";
import type { PlotModel } from "./model.ts";

const rowHeight = 30;
/** Browsers stop at some height; beyond this the scroll bar moves in larger steps. */
const tallest = 8_000_000;
/** Texts are cut for the table, never for export. */
const longestText = 200;

/** Column and direction of the table's order. */
export interface TableOrder {
  readonly name: string;
  readonly descending: boolean;
}

/** What the table tells its surroundings. */
export interface TableHooks {
  /** The row under the pointer or the focus, null for none. */
  highlight(row: number | null): void;
}

/** The table as an element. */
export class RowTable {
  readonly element = html("div", { class: "table-view" });
  readonly #scroller = html("div", {
    class: "table-scroll",
    tabindex: 0,
    role: "region",
    "aria-label": t("Selected rows"),
  });
  readonly #table = html("table", { class: "rows" });
  readonly #head = html("thead");
  readonly #body = html("tbody");
  readonly #above = html("div");
  readonly #below = html("div");
  readonly #model: PlotModel;
  readonly #hooks: TableHooks;
  #order: TableOrder | null = null;
  #rows: Uint32Array = new Uint32Array();
  #names: string[] = [];
  #first = -1;

  constructor(model: PlotModel, hooks: TableHooks) {
    this.#model = model;
    this.#hooks = hooks;
    const { order_by, hide, order } = model.settings.displayData?.TABLE ?? {};
    const [firstOrder] = (order_by as [string, string][] | undefined) ?? [];
    if (firstOrder && model.frame.names.includes(firstOrder[0])) {
      this.#order = { name: firstOrder[0], descending: firstOrder[1] === "desc" };
    }
    this.#names = shownNames(model.frame.names, hide as string[], order as string[]);
    if (!model.frame.parents?.some((parent) => parent >= 0)) {
      this.#names = this.#names.filter((name) => name !== "from_uid");
    }
    this.#table.append(this.#head, this.#body);
    this.#scroller.append(this.#above, this.#table, this.#below);
    this.element.append(this.#scroller);
    this.#scroller.addEventListener("scroll", () => this.#show());
    this.#body.addEventListener("pointerover", (event) => this.#hover(event.target));
    this.#body.addEventListener("pointerleave", () => hooks.highlight(null));
    this.#writeHead();
  }

  /** Shows the rows that are selected now. */
  update(): void {
    this.#rows = this.#sorted(this.#model.selected);
    this.#first = -1;
    this.#show();
  }

  #writeHead(): void {
    const cells = this.#names.map((name) => {
      const sorted = this.#order?.name === name ? this.#order : null;
      const sign = sorted ? (sorted.descending ? " ↓" : " ↑") : "";
      const knob = html("button", { type: "button" }, `${name}${sign}`);
      knob.addEventListener("click", () => {
        this.#order = { name, descending: sorted !== null && !sorted.descending };
        this.#writeHead();
        this.update();
      });
      const direction = sorted ? (sorted.descending ? "descending" : "ascending") : undefined;
      const number = this.#model.def(name)?.numeric ? "number" : undefined;
      return html("th", { scope: "col", class: number, "aria-sort": direction }, knob);
    });
    this.#head.replaceChildren(html("tr", {}, ...cells));
  }

  /** Selected rows in the table's order: the column's own order, which is made once, filtered. */
  #sorted(selected: Bitset): Uint32Array {
    const column = this.#order && this.#model.frame.column(this.#order.name);
    if (!column || this.#order === null) return selected.rows();
    const numeric = this.#model.def(column.name)?.numeric ?? false;
    if (column.name === "uid") {
      const rows = selected.rows();
      return this.#order.descending ? rows.reverse() : rows;
    }
    const { order } = numeric ? numberOrder(column) : categoryOrder(column);
    const rows = order.filter((row) => selected.has(row));
    return this.#order.descending ? rows.reverse() : rows;
  }

  #show(): void {
    const count = this.#rows.length;
    const height = Math.min(tallest, count * rowHeight);
    const seen = Math.ceil(this.#scroller.clientHeight / rowHeight) + 4;
    const reachable = Math.max(1, height - this.#scroller.clientHeight);
    const share = Math.min(1, this.#scroller.scrollTop / reachable);
    const natural = height === count * rowHeight;
    const first = natural
      ? Math.floor(this.#scroller.scrollTop / rowHeight)
      : Math.round(share * (count - seen + 4));
    const from = Math.max(0, Math.min(first - 1, count - seen));
    if (from === this.#first) return;
    this.#first = from;
    const to = Math.min(count, from + seen);
    const top = natural ? from * rowHeight : this.#scroller.scrollTop;
    this.#above.style.height = `${top}px`;
    this.#below.style.height = `${Math.max(0, height - top - (to - from) * rowHeight)}px`;
    this.#table.setAttribute("aria-rowcount", String(count));
    const made: HTMLTableRowElement[] = [];
    for (let place = from; place < to; place++) made.push(this.#makeRow(place));
    this.#body.replaceChildren(...made);
  }

  #makeRow(place: number): HTMLTableRowElement {
    const row = this.#rows[place];
    const cells = this.#names.map((name) => {
      const value = this.#model.frame.value(row, name);
      const numeric = this.#model.def(name)?.numeric;
      return html("td", { class: numeric ? "number" : undefined }, cellText(value, numeric));
    });
    return html("tr", { "data-row": row, "aria-rowindex": place + 1 }, ...cells);
  }

  #hover(target: EventTarget | null): void {
    const row = (target as Element | null)?.closest<HTMLElement>("tr")?.dataset.row;
    this.#hooks.highlight(row === undefined ? null : Number(row));
  }
}

/** A cell as the table shows it. */
export function cellText(value: Value | undefined, numeric = false): string {
  if (value === undefined || value === null) return "";
  if (numeric && typeof value === "string" && value !== "") return cellText(Number(value));
  if (typeof value === "number" && Number.isFinite(value)) return shortNumber(value);
  const text = String(value);
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

function shownNames(
  names: readonly string[],
  hide: readonly string[] = [],
  order: readonly string[] = [],
): string[] {
  const shown = names.filter((name) => !hide.includes(name));
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return shown.sort((a, b) => place(a) - place(b));
}
