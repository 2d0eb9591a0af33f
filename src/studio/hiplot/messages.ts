// What the plot says to a page that shows it in a frame, and what that page may ask of it, by `postMessage`.
import type { Datapoint } from "../../systems/hiplot/core/types.ts";
import { decodeFrame } from "../../systems/hiplot/core/wire.ts";
import type { HiplotElement } from "./element.ts";
import { settingsOf } from "./settings.ts";

/** The element's events that travel; each message is `{ type, data }`. */
export const passedEvents = [
  "selected_uids",
  "filtered_uids",
  "brush_extents",
  "height_changed",
] as const;

/** An event that travels. */
export type PassedEvent = (typeof passedEvents)[number];

/** Rows that come in one by one are shown together, as each picture costs. */
const together = 250;

/** Calls back with each of the events as it travels: ids as a plain list. */
export function listenTo(
  element: HiplotElement,
  tell: (type: PassedEvent, data: unknown) => void,
): () => void {
  const leave = new AbortController();
  for (const type of passedEvents) {
    element.addEventListener(
      type,
      (event) => {
        const { detail } = event as CustomEvent<{ uids?: string[] }>;
        tell(type, detail.uids ?? detail);
      },
      { signal: leave.signal },
    );
  }
  return () => leave.abort();
}

/**
 * Tells the page around the frame of every event, and does what it asks: `set_filter` brushes by a
 * filter, `put_rows` adds rows or replaces them, `columns` (as bytes of core/wire.ts) shows the data as
 * it is now. A page that can read the data again shows this one at `#refreshable` and is told `refresh`.
 */
export function speakWithParent(element: HiplotElement): void {
  listenTo(element, (type, data) => window.parent.postMessage({ type, data }, "*"));
  let waiting: Datapoint[] = [];
  let timer = 0;
  const show = () => {
    timer = 0;
    const points = waiting;
    waiting = [];
    element.put(points);
  };
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent) return;
    if (data?.type === "set_filter") element.model?.setFilter(data.data);
    if (data?.type === "columns" && data.data instanceof ArrayBuffer) {
      const { frame, experiment } = decodeFrame(new Uint8Array(data.data));
      element.refresh({ frame, settings: settingsOf(experiment) });
    }
    if (data?.type === "put_rows" && Array.isArray(data.data)) {
      waiting.push(...data.data);
      if (timer === 0) timer = window.setTimeout(show, together);
    }
  });
}
