// The view in the page's address, with HiPlot's keys, so that a link shows a colleague the same.
import { everything, type Filter } from "../../systems/hiplot/core/filters.ts";
import type { Frame } from "../../systems/hiplot/core/frame.ts";
import { type ParamType, paramTypes } from "../../systems/hiplot/core/types.ts";
import { hiddenByLink, type PlotModel, type PlotState } from "./model.ts";
import type { ViewState } from "./view.ts";

/** What HiPlot's keys begin with; a page may choose another. */
export const usualPrefix = "hip.";

/** What an address says about the view, and what of it cannot be applied to this data. */
export interface LinkState {
  readonly state: Partial<PlotState>;
  readonly height?: number;
  /** Columns to be hidden where the link names no order of those that are shown. */
  readonly hide: readonly string[];
  readonly view: Pick<ViewState, "xy" | "distribution">;
  readonly notices: readonly string[];
}

/** Reads a link. Columns that are not there are named and left out; the rest holds. */
export function readLink(href: string, frame: Frame, prefix = usualPrefix): LinkState {
  const query = new URL(href).searchParams;
  const notices: string[] = [];
  const read = <T>(key: string): T | undefined => {
    const text = query.get(prefix + key);
    if (text === null) return undefined;
    try {
      return JSON.parse(text) as T;
    } catch {
      notices.push(`${prefix}${key} in the link is no JSON, so it is not applied`);
      return undefined;
    }
  };
  const known = (names: unknown, key: string): string[] => {
    if (!Array.isArray(names)) return [];
    const there = names.filter((name) => frame.names.includes(name));
    for (const name of names) {
      if (there.includes(name)) continue;
      notices.push(
        `${prefix}${key} in the link names ${JSON.stringify(name)}, which is no column here`,
      );
    }
    return there;
  };
  const types: Record<string, ParamType> = {};
  for (const name of frame.names) {
    const type = read<ParamType>(`params.${name}.type`);
    if (type && paramTypes.includes(type)) types[name] = type;
  }
  const state: { -readonly [K in keyof PlotState]?: PlotState[K] } = { types };
  const filters = read<Filter[]>("filters");
  if (Array.isArray(filters) && filters.length > 0) state.filters = filters;
  const colorBy = read<string>("color_by");
  if (colorBy !== undefined) [state.colorBy] = known([colorBy], "color_by");
  const order = read<string[]>("PARALLEL_PLOT.order");
  const hide = known(read("PARALLEL_PLOT.hide") ?? [], "PARALLEL_PLOT.hide");
  if (order !== undefined) {
    state.axes = known(order, "PARALLEL_PLOT.order").filter((name) => !hide.includes(name));
    state.hidden = frame.names
      .filter((name) => !state.axes?.includes(name))
      .map((name) => ({ name, reason: hiddenByLink }));
  }
  const invert = read<string[]>("PARALLEL_PLOT.invert");
  if (invert !== undefined) state.inverted = new Set(known(invert, "PARALLEL_PLOT.invert"));
  const height = read<number>("PARALLEL_PLOT.height");
  const column = (key: string) => {
    const name = read<string>(key);
    return name === undefined ? undefined : known([name], key)[0];
  };
  const [x, y] = [column("XY.axis_x"), column("XY.axis_y")];
  const marked = read<string>("XY.highlightType");
  const relatives = (["parents", "children"] as const).find((each) => each === marked);
  const xy = {
    ...(x !== undefined && { x }),
    ...(y !== undefined && { y }),
    ...(relatives !== undefined && { relatives }),
  };
  const distribution = column("DISTRIBUTION.axis");
  const view = { xy, ...(distribution !== undefined && { distribution }) };
  return {
    state,
    view,
    hide: order === undefined ? hide : [],
    notices,
    ...(typeof height === "number" ? { height } : {}),
  };
}

/** Writes the view into the page's address, without a new entry in its history. */
export function writeLink(model: PlotModel, view: ViewState, prefix = usualPrefix): void {
  const url = new URL(window.location.href);
  for (const key of [...url.searchParams.keys()]) {
    if (key.startsWith(prefix) && key !== `${prefix}load_uri`) url.searchParams.delete(key);
  }
  const { state } = model;
  const set = (key: string, value: unknown) =>
    url.searchParams.set(prefix + key, JSON.stringify(value));
  // Brushes travel as a filter: HiPlot has no other word for them.
  const brushed = model.filter;
  const isAll = JSON.stringify(brushed) === JSON.stringify(everything);
  const filters = isAll ? state.filters : [...state.filters, brushed];
  if (filters.length > 0) set("filters", filters);
  if (state.colorBy !== undefined) set("color_by", state.colorBy);
  for (const [name, type] of Object.entries(state.types)) set(`params.${name}.type`, type);
  set("PARALLEL_PLOT.order", state.axes);
  if (state.inverted.size > 0) set("PARALLEL_PLOT.invert", [...state.inverted]);
  set("PARALLEL_PLOT.height", view.height);
  if (view.xy?.x) set("XY.axis_x", view.xy.x);
  if (view.xy?.y) set("XY.axis_y", view.xy.y);
  if (view.xy?.relatives) set("XY.highlightType", view.xy.relatives);
  if (view.distribution) set("DISTRIBUTION.axis", view.distribution);
  window.history.replaceState(window.history.state, "", url);
}
