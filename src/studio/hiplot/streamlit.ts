// The plot as a component of Streamlit: the messages of its component protocol, version 1.
import type { ExperimentJson } from "../../systems/hiplot/core/types.ts";
import type { HiplotElement } from "./element.ts";
import { listenTo } from "./messages.ts";

/** What a script gives the component. */
interface RenderArguments {
  /** HiPlot's experiment, as an object or as JSON text. */
  readonly experiment?: ExperimentJson | string;
  /** What the script wants back, e.g. `selected_uids`; default all. */
  readonly ret?: string | readonly string[] | null;
}

interface RenderMessage {
  readonly type: "streamlit:render";
  readonly args: RenderArguments;
  readonly theme?: { readonly base?: string } | null;
}

/** The events whose last values a script gets back, under HiPlot's names. */
const returned = ["selected_uids", "filtered_uids", "brush_extents"];

/**
 * Speaks with the Streamlit page around this one. The component's value is an object with the last
 * `selected_uids`, `filtered_uids` and `brush_extents`, or with those named by `ret`.
 */
export function speakStreamlit(element: HiplotElement): void {
  const send = (type: string, data: object) =>
    window.parent.postMessage({ isStreamlitMessage: true, type, ...data }, "*");
  let shown = "";
  let wanted: readonly string[] = returned;
  let value: Record<string, unknown> = {};
  listenTo(element, (type, data) => {
    if (type === "height_changed") {
      send("streamlit:setFrameHeight", { height: (data as { height: number }).height });
      return;
    }
    if (!wanted.includes(type)) return;
    value = { ...value, [type]: data };
    send("streamlit:setComponentValue", { value, dataType: "json" });
  });
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || data?.type !== "streamlit:render") return;
    const { args, theme } = data as RenderMessage;
    if (theme?.base) element.setAttribute("theme", theme.base);
    wanted = args.ret === undefined || args.ret === null ? returned : [args.ret].flat();
    // A script runs again after every change; the same rows again must not undo the brushes.
    const text = JSON.stringify(args.experiment ?? null);
    if (args.experiment === undefined || text === shown) return;
    shown = text;
    value = {};
    element.experiment = args.experiment;
  });
  send("streamlit:componentReady", { apiVersion: 1 });
}
