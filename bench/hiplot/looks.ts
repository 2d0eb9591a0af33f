// How like the plot's picture is to HiPlot's own, of the same rows in the same browser.
import { writeFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { judge, notRun, type Outcome } from "../../src/lab/criteria.ts";
import type { ExperimentData } from "../../src/systems/hiplot/experiment.ts";
import { wireOf } from "../../src/systems/hiplot/serve.ts";
import { servePlot, withPage } from "./browser.ts";
import { drawPeer, noPeer, peerFolder, servePeer } from "./peer.ts";
import { type Grey, greyOfUrl, meanGrey, similarity } from "./ssim.ts";

/** HiPlot draws in a random order: the mean of so many of its pictures. */
const peerPictures = 3;

/** Draws the experiment both ways. `keep` names where the two pictures are written, for the eye. */
export async function looksTheSame(experiment: ExperimentData, keep?: string): Promise<Outcome> {
  const folder = peerFolder();
  if (folder === undefined) return notRun(noPeer);
  // Its parallel plot alone: what its other views do is not what is asked.
  const shown = { ...experiment.toJson(), enabled_displays: ["PARALLEL_PLOT"] };
  const peer = await servePeer(folder, shown);
  const wire = wireOf(experiment);
  try {
    const found = await withPage(async (page) => {
      const theirs: Grey[] = [];
      for (let i = 0; i < peerPictures; i++) {
        await drawPeer(page, peer.url, experiment.size);
        const url = await picture(page, "window.strokedOn");
        if (keep) await save(`${keep}-hiplot.png`, url);
        theirs.push(await greyOfUrl(url));
      }
      const [{ width, height }] = theirs;
      const settings = {
        ...wire.experiment.display_data?.PARALLEL_PLOT,
        legacyOrder: true,
        height,
      };
      const display_data = { ...wire.experiment.display_data, PARALLEL_PLOT: settings };
      const data = { ...wire, experiment: { ...wire.experiment, display_data } };
      const own = await servePlot(async () => data);
      try {
        const url = await ownPicture(page, own.url, width);
        if (keep) await save(`${keep}-own.png`, url);
        const ours = await greyOfUrl(url);
        const each = theirs.map((grey) => similarity(ours, grey).toFixed(3));
        const between = similarity(theirs[0], theirs[1]).toFixed(3);
        return { mean: similarity(ours, meanGrey(theirs)), each, between, width, height };
      } finally {
        own.close();
      }
    });
    if (found === null) return notRun("no Chromium was found; set CHROMIUM");
    const note =
      `luminance SSIM with the mean of ${peerPictures} of HiPlot's pictures of ${found.width} x ${found.height}; ` +
      `with each: ${found.each.join(", ")}; two of its own: ${found.between}`;
    return judge(Number(found.mean.toFixed(4)), "at least", 0.85, note);
  } finally {
    peer.close();
  }
}

/** Our canvas, in a window in which it is as wide as theirs. */
async function ownPicture(page: Page, url: string, width: number): Promise<string> {
  const plot = 'document.querySelector("deepdive-hiplot").plot';
  const window = page.viewportSize() ?? { width: 1_920, height: 1_080 };
  for (let attempt = 0, wide = window.width; ; attempt++) {
    await page.setViewportSize({ ...window, width: wide });
    await page.goto(url);
    await page.waitForFunction("window.paintedAt", null, { timeout: 60_000 });
    const own = (await page.evaluate(`${plot}.canvas.width`)) as number;
    if (own === width || attempt === 3) return picture(page, `${plot}.canvas`);
    wide += width - own;
  }
}

async function picture(page: Page, canvas: string): Promise<string> {
  return (await page.evaluate(`${canvas}.toDataURL("image/png")`)) as string;
}

async function save(path: string, url: string): Promise<void> {
  await writeFile(path, Buffer.from(url.slice(url.indexOf(",") + 1), "base64"));
}
