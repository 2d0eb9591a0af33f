// What can be chosen for an XY plot: its columns, log scales, smoothing, marks.
import { t } from "../i18n/translate.ts";
import { button, html } from "./dom.ts";
import type { PlotModel } from "./model.ts";
import type { RunFacts } from "./run-facts.ts";
import type { XyState } from "./xy.ts";

/** Makes the tools of an XY plot in this state; `set` is told what a reader chooses. */
export function makeXyTools(
  model: PlotModel,
  facts: RunFacts,
  state: XyState,
  set: (part: Partial<XyState>) => void,
): Node[] {
  const tools: Node[] = [];
  for (const axis of ["x", "y"] as const) {
    const names = [...model.defs.values()].map(({ name }) => name);
    const shown = names.filter((name) => name !== "from_uid");
    const select = choice(
      axis,
      shown.map((name) => [name, name]),
      state[axis],
    );
    const key = axis === "x" ? "logX" : "logY";
    select.addEventListener("change", () => set({ [axis]: select.value, [key]: null, zoom: null }));
    tools.push(html("label", {}, `${axis} `, select));
    const def = model.def(state[axis]);
    if (!def?.typeOptions.includes("numericlog")) continue;
    const isLog = state[key] ?? def.type === "numericlog";
    tools.push(
      tick(t("log"), t("{axis} on a log scale", { axis }), isLog, (on) =>
        set({ [key]: on, zoom: null }),
      ),
    );
  }
  if (facts.hasLineage) {
    const slider = html("input", {
      type: "range",
      min: 0,
      max: 0.98,
      step: 0.02,
      value: state.smoothing,
      title: t("Smooth along each run"),
      "aria-label": t("Smooth along each run"),
    });
    slider.addEventListener("change", () => set({ smoothing: Number(slider.value) }));
    tools.push(html("label", {}, `${t("smooth")} `, slider));
  }
  if (facts.mayJudge) {
    tools.push(
      tick(t("best"), t("Mark the best epoch of each run"), state.best, (best) => set({ best })),
    );
  }
  if (facts.hasLineage) {
    const options = [
      ["parents", t("ancestors")],
      ["children", t("descendants")],
    ] as const;
    const relatives = choice(t("What is marked"), options, state.relatives);
    relatives.addEventListener("change", () =>
      set({ relatives: relatives.value as XyState["relatives"] }),
    );
    tools.push(relatives);
  }
  if (state.zoom) tools.push(button(t("Show all"), () => set({ zoom: null })));
  return tools;
}

function choice(
  label: string,
  options: readonly (readonly [string, string])[],
  chosen: string,
): HTMLSelectElement {
  const made = options.map(([value, words]) =>
    html("option", { value, selected: value === chosen }, words),
  );
  return html("select", { "aria-label": label }, ...made);
}

function tick(words: string, title: string, on: boolean, set: (on: boolean) => void): HTMLElement {
  const box = html("input", { type: "checkbox", checked: on, "aria-label": title });
  box.addEventListener("change", () => set(box.checked));
  return html("label", { title, class: "tick" }, box, ` ${words}`);
}
