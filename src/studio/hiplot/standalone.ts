// The script of an HTML file that stands alone: reads the rows inside it and shows them.
import { decodeFrame } from "../../systems/hiplot/core/wire.ts";
import { defineElement, type HiplotElement } from "./element.ts";
import { settingsOf } from "./settings.ts";

defineElement();
start().catch((error: Error) => {
  document.body.textContent = error.message;
});

async function start(): Promise<void> {
  const element = document.querySelector("deepdive-hiplot") as HiplotElement;
  const holder = document.getElementById("deepdive-data") as HTMLElement;
  const bytes = await unpack(holder.textContent ?? "");
  holder.remove();
  const { frame, experiment } = decodeFrame(bytes);
  element.data = { frame, settings: settingsOf(experiment) };
  if (window.parent !== window) passOn(element);
}

async function unpack(base64: string): Promise<Uint8Array> {
  const text = atob(base64);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < packed.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Tells a page that shows this file in a frame what is selected. */
function passOn(element: HiplotElement): void {
  for (const type of ["selected_uids", "filtered_uids", "brush_extents", "height_changed"]) {
    element.addEventListener(type, (event) => {
      const { detail } = event as CustomEvent<{ uids?: string[] }>;
      window.parent.postMessage({ type, data: detail.uids ?? detail }, "*");
    });
  }
}
