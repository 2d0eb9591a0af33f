// The script of the view: makes `<deepdive-hiplot>` known, and shows the rows that lie in the page itself.
import { bytesOfText } from "../../systems/hiplot/core/text-bytes.ts";
import { decodeFrame, rowsOf } from "../../systems/hiplot/core/wire.ts";
import { defineElement, type HiplotElement } from "./element.ts";
import { speakWithParent } from "./messages.ts";
import { settingsOf } from "./settings.ts";
import { isOutOfMemory, tooLargeMessage } from "./too-large.ts";

export { listenTo } from "./messages.ts";
export { speakStreamlit } from "./streamlit.ts";

defineElement();
const holder = document.getElementById("deepdive-data");
if (holder) {
  showText(holder.textContent ?? "").catch((error: Error) => {
    document.body.textContent = error.message;
  });
  holder.remove();
}

/** Shows columns as the server sends them in the page's `<deepdive-hiplot>`. */
export function showColumns(bytes: Uint8Array): HiplotElement {
  const element = document.querySelector("deepdive-hiplot") as HiplotElement;
  try {
    return fill(element, bytes);
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    throw new RangeError(tooLargeMessage(rowsOf(bytes), bytes.length));
  }
}

function fill(element: HiplotElement, bytes: Uint8Array): HiplotElement {
  const { frame, experiment } = decodeFrame(bytes);
  element.displays = experiment.enabled_displays ?? null;
  if (window.location.hash === "#refreshable") {
    element.onRefresh = () => window.parent.postMessage({ type: "refresh" }, "*");
  }
  element.data = { frame, settings: settingsOf(experiment) };
  if (window.parent !== window) {
    speakWithParent(element);
  }
  return element;
}

async function showText(text: string): Promise<void> {
  const stream = new Blob([bytesOfText(text)]).stream();
  const unpacked = stream.pipeThrough(new DecompressionStream("gzip"));
  showColumns(new Uint8Array(await new Response(unpacked).arrayBuffer()));
}
