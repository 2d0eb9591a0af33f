// A view below the plot, with a head: it can be closed, opened again and resized.
import { t } from "../i18n/translate.ts";
import { button, html } from "./dom.ts";

/** How a panel begins. */
export interface PanelOptions {
  readonly tools?: HTMLElement;
  readonly open?: boolean;
  readonly wide?: boolean;
}

/** A titled place for a view. A closed one does no work. */
export class Panel {
  readonly element: HTMLElement;
  readonly #body: HTMLElement;
  readonly #work: () => void;
  readonly #knob: HTMLButtonElement;
  #open: boolean;

  constructor(title: string, content: HTMLElement, work: () => void, options: PanelOptions = {}) {
    const { tools, open = true, wide = false } = options;
    this.#open = open;
    this.#work = work;
    this.#body = html("div", { class: "panel-body" }, content);
    this.#knob = button("", () => this.toggle(), { class: "panel-knob" });
    this.element = html(
      "section",
      { class: wide ? "panel wide" : "panel", "aria-label": title },
      html("div", { class: "panel-head" }, html("h2", {}, title), tools, this.#knob),
      this.#body,
    );
    this.#showState();
  }

  /** Brings the view up to date where it is open. */
  update(): void {
    if (this.#open) this.#work();
  }

  get isOpen(): boolean {
    return this.#open;
  }

  open(): void {
    if (!this.#open) this.toggle();
  }

  toggle(): void {
    this.#open = !this.#open;
    this.#showState();
    this.update();
  }

  #showState(): void {
    this.#body.hidden = !this.#open;
    this.#knob.textContent = this.#open ? "–" : "+";
    this.#knob.setAttribute("aria-label", this.#open ? t("Close") : t("Open"));
    this.#knob.setAttribute("aria-expanded", String(this.#open));
  }
}
