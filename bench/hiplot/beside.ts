// The plot and HiPlot side by side: the same rows in the same browser, drawn and brushed.
import type { Page } from "playwright-core";
import { notRun, type Outcome } from "../../src/lab/criteria.ts";
import { ExperimentData } from "../../src/systems/hiplot/experiment.ts";
import { wireOf } from "../../src/systems/hiplot/serve.ts";
import { servePlot, withPage } from "./browser.ts";
import { drawPeer, noPeer, peerFolder, servePeer } from "./peer.ts";
import { uniformFrame } from "./rows.ts";

interface Times {
  /** From the rows' arrival to every line drawn. */
  readonly drawn: number;
  /** From a move of the pointer to the count of selected rows: the median. */
  readonly brushed: number;
}

/** Draws and brushes rows both ways. */
export async function beside(rows = 100_000): Promise<Outcome> {
  const folder = peerFolder();
  if (folder === undefined) return notRun(noPeer);
  const experiment = new ExperimentData({ frame: uniformFrame(rows, 8) });
  const peer = await servePeer(folder, experiment.toJson());
  const own = await servePlot(async () => wireOf(experiment));
  try {
    const found = await withPage(async (page) => {
      const drawn = await drawPeer(page, peer.url, rows);
      const theirs = { drawn, brushed: await brushMs(page, peerParts) };
      return { theirs, ours: await ownTimes(page, own.url) };
    });
    if (found === null) return notRun("no Chromium was found; set CHROMIUM");
    return judgeTimes(found.theirs, found.ours, rows);
  } finally {
    peer.close();
    own.close();
  }
}

async function ownTimes(page: Page, url: string): Promise<Times> {
  await page.goto(url);
  await page.waitForFunction("window.paintedAt", null, { timeout: 120_000 });
  const drawn = (await page.evaluate("window.paintedAt - window.arrivedAt")) as number;
  return { drawn, brushed: await brushMs(page, ownParts) };
}

/** How a page is brushed, as scripts: where an axis is, how it hears of the pointer, where the count stands. */
interface Parts {
  readonly axis: string;
  readonly count: string;
  readonly down: string;
  readonly move: string;
  readonly up: string;
}

const peerParts: Parts = {
  axis: 'document.querySelectorAll(".overlay")[2]',
  count:
    '/Selected:\\s*(\\d+)/.exec([...document.querySelectorAll("div")].findLast((d) => d.textContent.includes("Selected:")).textContent)[1]',
  down: 'axis.dispatchEvent(new MouseEvent("mousedown", at(y)))',
  move: 'window.dispatchEvent(new MouseEvent("mousemove", at(y)))',
  up: 'window.dispatchEvent(new MouseEvent("mouseup", at(y)))',
};

const root = 'document.querySelector("deepdive-hiplot").shadowRoot';
const ownParts: Parts = {
  axis: `${root}.querySelectorAll(".hit")[2]`,
  count: `${root}.querySelector(".counts b").dataset.selected`,
  down: 'axis.dispatchEvent(new PointerEvent("pointerdown", at(y)))',
  move: 'axis.dispatchEvent(new PointerEvent("pointermove", at(y)))',
  up: 'axis.dispatchEvent(new PointerEvent("pointerup", at(y)))',
};

/** Milliseconds from a move to another count, the median of nine with rests in between. */
async function brushMs(page: Page, { axis, count, down, move, up }: Parts): Promise<number> {
  return (await page.evaluate(`(async () => {
    const axis = ${axis};
    const box = axis.getBoundingClientRect();
    const at = (y) => ({ view: window, bubbles: true, button: 0, pointerId: 1,
      clientX: box.left + box.width / 2, clientY: box.top + box.height * y });
    const count = () => ${count};
    const next = () => new Promise((done) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = done;
      channel.port2.postMessage(null);
    });
    const times = [];
    let y = 0.2;
    ${down};
    for (let step = 1; step <= 9; step++) {
      await new Promise((done) => setTimeout(done, 400));
      const before = count();
      const start = performance.now();
      y = 0.3 + 0.06 * step;
      ${move};
      while (count() === before && performance.now() - start < 20000) await next();
      times.push(performance.now() - start);
    }
    ${up};
    return times.sort((a, b) => a - b)[4];
  })()`)) as number;
}

function judgeTimes(theirs: Times, ours: Times, rows: number): Outcome {
  const drawn = theirs.drawn / ours.drawn;
  const brushed = theirs.brushed / ours.brushed;
  const note =
    `${rows} x 8 drawn in ${Math.round(ours.drawn)} ms against HiPlot's ${Math.round(theirs.drawn)} ms: ` +
    `${drawn.toFixed(1)} times as fast; brush to count ${ours.brushed.toFixed(1)} ms against ` +
    `${Math.round(theirs.brushed)} ms: ${brushed.toFixed(0)} times as fast`;
  return { figure: Number(drawn.toFixed(1)), ok: drawn >= 15 && brushed >= 20, note };
}
