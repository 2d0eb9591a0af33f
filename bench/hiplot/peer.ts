// HiPlot itself in the same browser: what its pictures look like, and how long it takes.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { ExperimentJson } from "../../src/systems/hiplot/core/types.ts";

/** Says how to get the peer (the package of 2020 has another order of axes than the sources); for criteria that cannot run without it. */
export const noPeer =
  "HiPlot is not there: unpack `npm pack hiplot`, or build its sources (entry src/hiplot_web.tsx, global " +
  "name hiplot), and set HIPLOT_PEER to the folder with hiplot.bundle.js";

/** The folder with HiPlot's built bundle; undefined where there is none. */
export function peerFolder(): string | undefined {
  const folder = process.env.HIPLOT_PEER;
  return folder && existsSync(join(folder, "hiplot.bundle.js")) ? folder : undefined;
}

/** Serves HiPlot's own page with an experiment in it. */
export async function servePeer(
  folder: string,
  experiment: ExperimentJson,
): Promise<{ url: string; close: () => void }> {
  const page = `<!doctype html><meta charset="utf-8"><title>HiPlot</title><link rel="icon" href="data:,">
    <link rel="stylesheet" href="/hiplot.bundle.css"><body style="margin:0"><div id="plot"></div>
    <script>${watchScript}</script><script src="/hiplot.bundle.js"></script><script>${startScript}</script>`;
  // The published package asks for the views' settings by another name.
  const views = {
    PARALLEL_PLOT: {},
    XY: {},
    TABLE: {},
    DISTRIBUTION: {},
    ...experiment.display_data,
  };
  const data = JSON.stringify({ ...experiment, _displays: views });
  const listen: RequestListener = async ({ url }, response) => {
    if (url === "/data") response.end(data);
    else if (url === "/hiplot.bundle.js") {
      response.setHeader("content-type", "text/javascript");
      response.end(await readFile(join(folder, "hiplot.bundle.js")));
    } else if (url === "/hiplot.bundle.css") {
      response.setHeader("content-type", "text/css");
      response.end(await readFile(join(folder, "hiplot.bundle.css")).catch(() => ""));
    } else response.setHeader("content-type", "text/html").end(page);
  };
  const server = createServer((request, response) => void listen(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/**
 * Notes each line that is drawn, and on which canvas. A browser only notes down what is to be drawn: the
 * picture is there when its pixels can be read.
 */
const watchScript = `
  window.strokes = 0;
  let asked = 0;
  const read = (canvas) => {
    canvas.getContext("2d").getImageData(0, 0, 1, 1);
    window.shownAt = performance.now();
  };
  const stroke = CanvasRenderingContext2D.prototype.stroke;
  CanvasRenderingContext2D.prototype.stroke = function () {
    stroke.call(this);
    window.strokes++;
    window.strokedAt = performance.now();
    window.strokedOn = this.canvas;
    if (window.strokes % window.rows === 0) {
      clearTimeout(asked);
      asked = setTimeout(read, 0, this.canvas);
    }
  };
`;

/** The published package and its sources of today start in different ways. */
const startScript = `
  fetch("/data").then((answer) => answer.json()).then((experiment) => {
    window.arrivedAt = performance.now();
    const holder = document.getElementById("plot");
    if (window.hiplot_setup) hiplot_setup(holder, { is_webserver: false, experiment });
    else hiplot.render(holder, { dataProviderName: "none", experiment });
  });
`;

/** Opens the page and waits until all lines are drawn. @returns milliseconds from the rows' arrival */
export async function drawPeer(page: Page, url: string, rows: number): Promise<number> {
  page.setDefaultTimeout(300_000);
  await page.addInitScript(`window.rows = ${rows}`);
  await page.goto(url);
  await page.waitForFunction(
    `window.shownAt && performance.now() - window.strokedAt > 1500`,
    null,
    { timeout: 300_000, polling: 500 },
  );
  return (await page.evaluate("window.shownAt - window.arrivedAt")) as number;
}
