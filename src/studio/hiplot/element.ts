// `<deepdive-hiplot>`: the whole view as a custom element, for the Studio, one HTML file, or any page.

import { chainsOf } from "../../systems/hiplot/core/chains.ts";
import { frameOfExperiment } from "../../systems/hiplot/core/experiment-json.ts";
import { type Extreme, withExtreme } from "../../systems/hiplot/core/extremes.ts";
import { type Frame, frameOf } from "../../systems/hiplot/core/frame.ts";
import { parseJson } from "../../systems/hiplot/core/json.ts";
import { putRows } from "../../systems/hiplot/core/put-rows.ts";
import type { Datapoint, ExperimentJson } from "../../systems/hiplot/core/types.ts";
import { type LinkState, readLink, usualPrefix, writeLink } from "./link.ts";
import { PlotModel, type PlotSettings } from "./model.ts";
import type { ParallelPlot } from "./parallel.ts";
import { settingsOf } from "./settings.ts";
import { styles } from "./styles.ts";
import { View, type ViewState } from "./view.ts";

/** What the element shows. */
export interface ViewData {
  readonly frame: Frame;
  readonly settings?: PlotSettings;
}

const usualHeight = 420;

/**
 * The view. Set `data`; attributes: `theme` (light, dark), `link-state` keeps the view in the page's
 * address under HiPlot's keys (its value replaces their `hip.`). Events, as in HiPlot: `selected_uids` and `filtered_uids` (`detail.uids` is made when read),
 * `brush_extents`, `height_changed`; besides `previewed` and `painted` after every
 * quick and every complete picture.
 */
export class HiplotElement extends HTMLElement {
  static readonly observedAttributes = ["lang"];
  /** Views that are shown, with HiPlot's names; all of them by default. */
  displays: readonly string[] | null = null;
  /** Reads the data again; with it the header has a button for that. */
  onRefresh: (() => void) | null = null;
  #model: PlotModel | null = null;
  /** What was given, without the columns that a reader added. */
  #given: ViewData | null = null;
  #extremes: { readonly name: string; readonly extreme: Extreme }[] = [];
  #view: View | null = null;
  #leave = new AbortController();
  /** Whether the last press of a pointer was inside. */
  #wasUsed = false;
  #height = 0;
  #heights: ResizeObserver | null = null;

  connectedCallback(): void {
    const leave = new AbortController();
    const { signal } = leave;
    this.#leave = leave;
    document.addEventListener(
      "pointerdown",
      (event) => {
        this.#wasUsed = event.composedPath().includes(this);
      },
      { signal, capture: true },
    );
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  disconnectedCallback(): void {
    this.#leave.abort();
  }

  /** Undo and redo. A label that was dragged is made anew and loses the focus: the page has it then. */
  #key(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    const path = event.composedPath();
    const isHere =
      path.includes(this) || (this.#wasUsed && document.activeElement === document.body);
    if (!isHere || path[0] instanceof HTMLInputElement || this.#model === null) return;
    event.preventDefault();
    if (event.shiftKey) this.#model.redo();
    else this.#model.undo();
  }

  /** Shows other data. */
  set data(data: ViewData) {
    const { frame, settings = {} } = data;
    this.#given = data;
    this.#extremes = [];
    const saved: LinkState = this.hasAttribute("link-state")
      ? readLink(window.location.href, frame, this.#linkPrefix)
      : { state: {}, view: {}, hide: [], notices: [] };
    const model = new PlotModel(frame, hiding(settings, saved.hide), saved.state);
    model.notices.push(...saved.notices);
    const given = settings.displayData?.PARALLEL_PLOT?.height;
    const height = saved.height ?? (typeof given === "number" ? given : usualHeight);
    this.#show(model, { ...saved.view, height });
  }

  /**
   * Shows an experiment as HiPlot writes it: the object, or its JSON text, in which NaN may stand bare.
   *
   * @throws HiplotError for what is no experiment
   */
  set experiment(given: ExperimentJson | string) {
    const json = typeof given === "string" ? (parseJson(given) as ExperimentJson) : given;
    this.displays = json.enabled_displays ?? null;
    this.data = { frame: frameOfExperiment(json), settings: settingsOf(json) };
  }

  /** Shows further or changed rows of the same data: all that a reader has set stays, new rows flash. */
  refresh(data: ViewData): void {
    const [before, view] = [this.#model, this.#view];
    if (before === null || view === null) {
      this.data = data;
      return;
    }
    this.#given = data;
    const frame = this.#withExtremes(data.frame);
    const model = PlotModel.following(before, frame, data.settings);
    this.#show(model, view.state);
    this.#view?.flash(newRows(before.frame, frame));
  }

  /** The frame with the columns that a reader added. */
  #withExtremes(frame: Frame): Frame {
    if (this.#extremes.length === 0) return frame;
    const chains = chainsOf(frame);
    return this.#extremes.reduce(
      (made, { name, extreme }) => withExtreme(made, chains, name, extreme),
      frame,
    );
  }

  /** Shows further rows, or rows that have changed: all that a reader has set stays. */
  put(points: readonly Datapoint[]): void {
    if (points.length === 0) return;
    const { frame, settings } = this.#given ?? { frame: frameOf([]), settings: {} };
    this.refresh({ frame: putRows(frame, points), settings });
  }

  /** The model behind the view; null before there is data. */
  get model(): PlotModel | null {
    return this.#model;
  }

  get plot(): ParallelPlot | null {
    return this.#view?.parallel ?? null;
  }

  /** The attribute's value, where it has one, is what the keys begin with. */
  get #linkPrefix(): string {
    return this.getAttribute("link-state") || usualPrefix;
  }

  #show(model: PlotModel, state: ViewState): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
    this.#view?.leave();
    this.#model = model;
    const view = new View(
      model,
      {
        root,
        displays: this.displays,
        addExtreme: (name, extreme) => {
          this.#extremes.push({ name, extreme });
          if (this.#given) this.refresh(this.#given);
        },
        tell: (name, detail) => this.#tell(name, detail),
        rested: () => {
          if (this.hasAttribute("link-state")) writeLink(model, view.state, this.#linkPrefix);
        },
        ...(this.onRefresh && { refresh: () => this.onRefresh?.() }),
      },
      state,
    );
    this.#view = view;
    root.replaceChildren(view.element);
    view.start();
    this.#watchHeight(view.element);
  }

  #watchHeight(view: HTMLElement): void {
    this.#heights?.disconnect();
    this.#heights = new ResizeObserver(() => {
      const height = view.offsetHeight;
      if (height === this.#height) return;
      this.#height = height;
      this.#tell("height_changed", { height });
    });
    this.#heights.observe(view);
  }

  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** The settings, with further columns hidden. */
function hiding(settings: PlotSettings, names: readonly string[]): PlotSettings {
  if (names.length === 0) return settings;
  const parallel = settings.displayData?.PARALLEL_PLOT ?? {};
  const hide = [...((parallel.hide as string[] | undefined) ?? []), ...names];
  return {
    ...settings,
    displayData: { ...settings.displayData, PARALLEL_PLOT: { ...parallel, hide } },
  };
}

/** More rows than this are not looked through for new ones. */
const mostWatched = 200_000;

/** The rows whose ids were not there before. */
function newRows(before: Frame, after: Frame): Set<number> {
  const fresh = new Set<number>();
  if (after.rows > mostWatched) return fresh;
  const known = new Set<string>();
  for (let row = 0; row < before.rows; row++) known.add(String(before.uids.at(row)));
  for (let row = 0; row < after.rows; row++) {
    if (!known.has(String(after.uids.at(row)))) fresh.add(row);
  }
  return fresh;
}

/** Makes `<deepdive-hiplot>` known to the page. */
export function defineElement(): void {
  if (!customElements.get("deepdive-hiplot")) {
    customElements.define("deepdive-hiplot", HiplotElement);
  }
}
