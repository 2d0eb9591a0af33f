// A headless Chromium and pages of the plot in it, as the acceptance of its view needs them.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "../../scripts/chromium.ts";
import type { WireExperiment } from "../../src/systems/hiplot/core/wire.ts";
import { viewScript } from "../../src/systems/hiplot/html.ts";
import { sendColumns } from "../../src/systems/hiplot/serve.ts";

const args = [
  "--headless",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--enable-precise-memory-info",
];

/** Gives `body` a page of 1920 x 1080; null where there is no Chromium. */
export async function withPage<T>(
  body: (page: Page, browser: Browser) => Promise<T>,
): Promise<T | null> {
  const executablePath = findChromium();
  if (executablePath === undefined) return null;
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage({ viewport: { width: 1_920, height: 1_080 } });
    return await body(page, browser);
  } finally {
    await browser.close();
  }
}

/** Serves a page with the view; its rows come from `load`, which is asked when the page asks. */
export async function servePlot(
  load: () => Promise<WireExperiment>,
): Promise<{ url: string; close: () => void }> {
  const script = await viewScript();
  const page = `<!doctype html><meta charset="utf-8"><title>plot</title><link rel="icon" href="data:,">
    <style>body{margin:0}</style><deepdive-hiplot theme="light"></deepdive-hiplot>
    <script src="/view.js"></script><script>${pageScript}</script>`;
  const listen: RequestListener = async (request, response) => {
    if (request.url === "/view.js") {
      response.setHeader("content-type", "text/javascript").end(script);
    } else if (request.url === "/data") {
      sendColumns(response, await load());
    } else response.setHeader("content-type", "text/html").end(page);
  };
  const server = createServer((request, response) => void listen(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/** Notes when axes stood and when the first whole picture was there, in ms since the page was asked for. */
const pageScript = `
  addEventListener("previewed", () => { window.axesAt ??= performance.now(); });
  addEventListener("painted", (event) => {
    window.paintedAt ??= performance.now();
    window.painted = event.detail;
  });
  fetch("/data").then((answer) => answer.arrayBuffer())
    .then((bytes) => { window.arrivedAt = performance.now(); deepdiveHiplot.showColumns(new Uint8Array(bytes)); });
`;
