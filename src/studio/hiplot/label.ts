// The label of an axis: what it says, and how it is dragged, clicked and used by keyboard.
import type { ColumnDef } from "../../systems/hiplot/core/infer.ts";
import { t } from "../i18n/translate.ts";
import { html } from "./dom.ts";
import { applySafeStyle, safeMarkup } from "./markup.ts";

/** Farther than this above or below its place, an axis leaves the plot. */
const leavesFrom = 70;

/** Writes a column's name with its own markup and style into its label. */
export function fillLabel(
  label: HTMLElement,
  def: ColumnDef | undefined,
  name: string,
  inverted: boolean,
  colours: boolean,
): void {
  const words = html("span", { class: "label-words" });
  if (def?.labelHtml) words.append(safeMarkup(def.labelHtml));
  else words.append(name);
  if (def?.labelCss) applySafeStyle(words, def.labelCss);
  label.append(words);
  if (inverted) label.append(html("span", { class: "label-sign", "aria-hidden": "true" }, "↓"));
  if (colours) label.classList.add("label-colours");
  label.title = t(
    "{name}: click to invert, drag to move, drag out to remove, right click for more",
    { name },
  );
  label.setAttribute(
    "aria-label",
    t("Axis {name}: Enter inverts, arrows move, Delete removes, M for more", { name }),
  );
}

/** What may happen to a label. */
export interface LabelDeeds {
  move(dx: number, away: boolean): void;
  drop(away: boolean): void;
  invert(): void;
  shift(by: -1 | 1): void;
  remove(): void;
  menu(): void;
}

/** Listens to mouse, touch and keys. A long press opens the menu. */
export function dragLabel(label: HTMLElement, deeds: LabelDeeds): void {
  let start: { x: number; y: number; id: number } | null = null;
  let dragging = false;
  let press = 0;
  const away = (event: PointerEvent) => Math.abs(event.clientY - (start?.y ?? 0)) > leavesFrom;
  label.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    start = { x: event.clientX, y: event.clientY, id: event.pointerId };
    dragging = false;
    // At once: a quick pointer is off the label before its first move is told.
    holdPointer(label, event.pointerId);
    if (event.pointerType === "touch") {
      press = window.setTimeout(() => {
        start = null;
        deeds.menu();
      }, 550);
    }
  });
  label.addEventListener("pointermove", (event) => {
    if (!start || event.pointerId !== start.id) return;
    const far = Math.hypot(event.clientX - start.x, event.clientY - start.y) > 5;
    if (!dragging && !far) return;
    if (!dragging) {
      window.clearTimeout(press);
      dragging = true;
    }
    const dx = event.clientX - start.x;
    label.style.transform = `translate(calc(-50% + ${dx}px), ${event.clientY - start.y}px)`;
    deeds.move(dx, away(event));
  });
  label.addEventListener("pointerup", (event) => {
    window.clearTimeout(press);
    if (!start) return;
    const leaves = away(event);
    start = null;
    label.style.transform = "";
    if (dragging) deeds.drop(leaves);
    else deeds.invert();
  });
  label.addEventListener("pointercancel", () => {
    window.clearTimeout(press);
    if (dragging) deeds.drop(false);
    start = null;
  });
  label.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    deeds.menu();
  });
  label.addEventListener("keydown", (event) => {
    const deed = {
      Enter: deeds.invert,
      " ": deeds.invert,
      ArrowLeft: () => deeds.shift(-1),
      ArrowRight: () => deeds.shift(1),
      Delete: deeds.remove,
      m: deeds.menu,
      M: deeds.menu,
      ContextMenu: deeds.menu,
    }[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
}

/** Moves of the pointer go to the element from now on, wherever it is. */
export function holdPointer(element: Element, pointer: number): void {
  try {
    element.setPointerCapture(pointer);
  } catch {
    // A pointer that a script made up cannot be held; its moves come all the same.
  }
}
