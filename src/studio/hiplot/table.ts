// The selected rows as a table in which only the rows in sight exist, so that a million of them scroll.
import type { Bitset } from "../../systems/hiplot/core/bits.ts";
import { shortNumber } from "../../systems/hiplot/core/scales.ts";
import { categoryOrder, numberOrder } from "../../systems/hiplot/core/sorted.ts";
import type { Value } from "../../systems/hiplot/core/types.ts";
import { t } from "../i18n/translate.ts";
import { html } from "./dom.ts";
import type { PlotModel } from "./model.ts";
import { badgeReason, type RunFacts } from "./run-facts.ts";
import { listenToHead, movedName } from "./table-head.ts";

const rowHeight = 30;
/** Browsers stop at some height; beyond this the scroll bar moves in larger steps. */
const tallest = 8_000_000;
/** Texts are cut for the table, never for export. */
const longestText = 200;
/** The column of verdicts; a source may have one of its own by this name, whose texts they replace. */
const fitName = "fit";

/** Column and direction of the table's order. */
export interface TableOrder {
  readonly name: string;
  readonly descending: boolean;
}

/** What of the table outlives new rows. */
export interface TableState {
  readonly order: TableOrder | null;
  readonly names: readonly string[];
  readonly scrollTop: number;
}

/** What the table tells its surroundings, and what it asks of them. */
export interface TableHooks {
  /** The row under the pointer or the focus, null for none. */
  highlight(row: number | null): void;
  /** Opens the menu of a column at a place of the page. */
  menu(name: string, at: DOMRect): void;
  /** Takes a row for comparison, or leaves it again. */
  pick(row: number): void;
  /** "A" or "B" for a row that is compared. */
  picked(row: number): string | undefined;
  /** Whether a row has just come. */
  isNew(row: number): boolean;
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
  readonly #facts: RunFacts;
  readonly #hooks: TableHooks;
  #order: TableOrder | null = null;
  #rows: Uint32Array = new Uint32Array();
  #names: string[] = [];
  #first = -1;
  #scrollTo = 0;

  constructor(model: PlotModel, facts: RunFacts, hooks: TableHooks, state?: TableState) {
    this.#model = model;
    this.#facts = facts;
    this.#hooks = hooks;
    const { order_by, hide, order } = model.settings.displayData?.TABLE ?? {};
    const [firstOrder] = (order_by as [string, string][] | undefined) ?? [];
    if (firstOrder && model.frame.names.includes(firstOrder[0])) {
      this.#order = { name: firstOrder[0], descending: firstOrder[1] === "desc" };
    }
    this.#names = this.#shownNames(hide as string[], order as string[]);
    if (state) this.#restore(state);
    this.#table.append(this.#head, this.#body);
    this.#scroller.append(this.#above, this.#table, this.#below);
    this.element.append(this.#scroller);
    this.#scroller.addEventListener("scroll", () => this.#show());
    this.#body.addEventListener("pointerover", (event) => hooks.highlight(rowAt(event.target)));
    this.#body.addEventListener("pointerleave", () => hooks.highlight(null));
    this.#body.addEventListener("focusin", (event) => hooks.highlight(rowAt(event.target)));
    this.#body.addEventListener("click", (event) => {
      const row = rowAt(event.target);
      if (row === null || window.getSelection()?.toString()) return;
      hooks.pick(row);
      this.redraw();
    });
    this.#writeHead();
  }

  /** Shows the rows that are selected now. */
  update(): void {
    this.#rows = this.#sorted(this.#model.selected);
    this.redraw();
    if (this.#scrollTo > 0) {
      this.#scroller.scrollTop = this.#scrollTo;
      this.#scrollTo = 0;
    }
  }

  /** Writes the rows in sight anew. */
  redraw(): void {
    const focused = rowAt((this.element.getRootNode() as ShadowRoot).activeElement ?? null);
    this.#first = -1;
    this.#show();
    if (focused !== null)
      this.#body.querySelector<HTMLElement>(`[data-row="${focused}"] .pick`)?.focus();
  }

  get state(): TableState {
    return { order: this.#order, names: this.#names, scrollTop: this.#scroller.scrollTop };
  }

  #restore({ order, names, scrollTop }: TableState): void {
    if (order === null || this.#names.includes(order.name)) this.#order = order;
    const kept = names.filter((name) => this.#names.includes(name));
    this.#names = [...kept, ...this.#names.filter((name) => !kept.includes(name))];
    this.#scrollTo = scrollTop;
  }

  /** `uid`, the verdicts where there are some, and the columns that the settings do not hide. */
  #shownNames(hide: readonly string[] = [], order: readonly string[] = []): string[] {
    const { frame } = this.#model;
    const all = frame.names.filter((name) => name !== fitName);
    if (this.#facts.mayJudge) all.splice(2, 0, fitName);
    else if (frame.names.includes(fitName)) all.push(fitName);
    const shown = all.filter((name) => !hide.includes(name));
    const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
    const sorted = shown.sort((a, b) => place(a) - place(b));
    return this.#facts.hasLineage ? sorted : sorted.filter((name) => name !== "from_uid");
  }

  #writeHead(): void {
    const cells = this.#names.map((name) => {
      const sorted = this.#order?.name === name ? this.#order : null;
      const sign = sorted ? (sorted.descending ? " ↓" : " ↑") : "";
      const knob = html(
        "button",
        {
          type: "button",
          "data-column": name,
          title: t("Click to sort, drag or Shift and arrows to move, right click or M for more"),
        },
        `${name}${sign}`,
      );
      const direction = sorted ? (sorted.descending ? "descending" : "ascending") : undefined;
      const number = this.#model.def(name)?.numeric ? "number" : undefined;
      listenToHead(knob, {
        sort: () => {
          this.#order = { name, descending: sorted !== null && !sorted.descending };
          this.#headChanged(name);
        },
        move: (by) => {
          this.#names = movedName(this.#names, name, by);
          this.#headChanged(name);
        },
        menu: () => this.#hooks.menu(name, knob.getBoundingClientRect()),
      });
      return html("th", { scope: "col", class: number, "aria-sort": direction }, knob);
    });
    this.#head.replaceChildren(html("tr", {}, ...cells));
  }

  #headChanged(focus: string): void {
    this.#writeHead();
    this.update();
    const knobs = [...this.#head.querySelectorAll("button")];
    knobs.find((knob) => knob.dataset.column === focus)?.focus();
  }

  /** Selected rows in the table's order: the column's own order, which is made once, filtered. */
  #sorted(selected: Bitset): Uint32Array {
    if (this.#order === null) return selected.rows();
    const { name, descending } = this.#order;
    if (name === fitName && this.#facts.badges) return this.#sortedByFit(selected, descending);
    const column = this.#model.frame.column(name);
    if (!column) return selected.rows();
    if (column.name === "uid") {
      const rows = selected.rows();
      return descending ? rows.reverse() : rows;
    }
    const numeric = this.#model.def(column.name)?.numeric ?? false;
    const { order } = numeric ? numberOrder(column) : categoryOrder(column);
    const rows = order.filter((row) => selected.has(row));
    return descending ? rows.reverse() : rows;
  }

  #sortedByFit(selected: Bitset, descending: boolean): Uint32Array {
    const word = (row: number) => this.#facts.badgeOf(row)?.fit ?? "";
    const rows = selected.rows().sort((a, b) => word(a).localeCompare(word(b)) || a - b);
    return descending ? rows.reverse() : rows;
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
      if (name === "uid") return html("td", {}, this.#uidCell(row));
      if (name === fitName && this.#facts.badges) return html("td", {}, this.#fitCell(row));
      const value = this.#model.frame.value(row, name);
      const numeric = this.#model.def(name)?.numeric;
      return html("td", { class: numeric ? "number" : undefined }, cellText(value, numeric));
    });
    const mark = this.#hooks.picked(row);
    const classes = [mark && "picked", this.#hooks.isNew(row) && "fresh"].filter(Boolean).join(" ");
    const attributes = { class: classes || undefined, "data-row": row, "aria-rowindex": place + 1 };
    return html("tr", attributes, ...cells);
  }

  #uidCell(row: number): HTMLElement {
    const mark = this.#hooks.picked(row);
    const uid = cellText(this.#model.frame.uids.at(row));
    return html(
      "button",
      {
        type: "button",
        class: "pick",
        "aria-pressed": String(mark !== undefined),
        title: t("Click two rows, or two lines, to see what sets them apart"),
      },
      mark && html("b", { class: `letter letter-${mark.toLowerCase()}` }, mark),
      uid,
    );
  }

  #fitCell(row: number): HTMLElement | string {
    const badge = this.#facts.badgeOf(row);
    if (badge === null) return "";
    const reason = badgeReason(badge, this.#facts);
    const word = { ok: t("ok"), overfit: t("overfit"), underfit: t("underfit") }[badge.fit];
    return html(
      "span",
      { class: `fit fit-${badge.fit}`, title: reason },
      word,
      html("span", { class: "fit-best" }, row === badge.bestRow ? " ★" : ` ★ ${badge.bestStep}`),
      html("span", { class: "unseen" }, `. ${reason}`),
    );
  }
}

function rowAt(target: EventTarget | null): number | null {
  const row = (target as Element | null)?.closest<HTMLElement>("tr[data-row]")?.dataset.row;
  return row === undefined ? null : Number(row);
}

/** A cell as the table shows it. */
export function cellText(value: Value | undefined, numeric = false): string {
  if (value === undefined || value === null) return "";
  if (numeric && typeof value === "string" && value !== "") return cellText(Number(value));
  if (typeof value === "number" && Number.isFinite(value)) return shortNumber(value);
  const text = String(value);
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
