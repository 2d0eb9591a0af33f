// The menu of a column: its scale, its colours, its place.
import type { ParamType } from "../../systems/hiplot/core/types.ts";
import { t } from "../i18n/translate.ts";
import { button, html } from "./dom.ts";
import type { PlotModel } from "./model.ts";

const typeNames: Readonly<Record<ParamType, string>> = {
  categorical: "By category",
  numeric: "By number",
  numericlog: "On a log scale",
  numericpercentile: "By percentile",
  timestamp: "As a time",
};

/** A deed of the surroundings that the menu offers for a column. */
export interface ColumnDeed {
  readonly label: string;
  readonly run: (name: string) => void;
}

/** Opens the menu in `root` below a place of the page; it closes by itself. */
export function openMenu(
  root: ShadowRoot,
  model: PlotModel,
  name: string,
  at: DOMRect,
  deeds: readonly ColumnDeed[],
): void {
  root.querySelector(".menu")?.remove();
  const before = root.activeElement as HTMLElement | null;
  const menu = html("div", { class: "menu", role: "menu", "aria-label": name });
  const close = () => {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    before?.focus();
  };
  const outside = (event: Event) => {
    if (!event.composedPath().includes(menu)) close();
  };
  const item = (label: string, run: () => void, checked?: boolean) => {
    const role = checked === undefined ? "menuitem" : "menuitemradio";
    const deed = () => {
      close();
      run();
    };
    return button(label, deed, {
      role,
      tabindex: -1,
      "aria-checked": checked === undefined ? undefined : String(checked),
    });
  };
  const def = model.def(name);
  const place = model.state.axes.indexOf(name);
  menu.append(html("p", {}, name));
  for (const type of def?.typeOptions ?? []) {
    menu.append(item(t(typeNames[type]), () => model.setType(name, type), def?.type === type));
  }
  menu.append(
    html("hr"),
    item(t("Colour by this"), () => model.colourBy(name)),
    item(t("Invert"), () => model.invertAxis(name)),
    item(t("Move left"), () => model.moveAxis(name, place - 1)),
    item(t("Move right"), () => model.moveAxis(name, place + 1)),
    item(t("Remove"), () => model.hideAxis(name)),
    html("hr"),
    ...deeds.map(({ label, run }) => item(label, () => run(name))),
  );
  root.append(menu);
  const width = menu.offsetWidth;
  menu.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(at.bottom + 4, window.innerHeight - menu.offsetHeight - 8))}px`;
  const items = [...menu.querySelectorAll("button")];
  items[0]?.focus();
  menu.addEventListener("keydown", (event) => {
    const focused = items.indexOf(root.activeElement as HTMLButtonElement);
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (event.key === "ArrowDown") items[(focused + 1) % items.length].focus();
    else if (event.key === "ArrowUp") items[(focused - 1 + items.length) % items.length].focus();
    else return;
    event.preventDefault();
  });
  document.addEventListener("pointerdown", outside, true);
}
