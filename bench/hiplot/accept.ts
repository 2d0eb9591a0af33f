// What the plot's view promises, measured in headless Chromium: `npm run accept -- hiplot [criterion]`.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Criterion, judge, notRun, type Outcome } from "../../src/lab/criteria.ts";
import type { ExperimentData } from "../../src/systems/hiplot/experiment.ts";
import { wireOf } from "../../src/systems/hiplot/serve.ts";
import { readCsv } from "../../src/systems/hiplot/sources/files.ts";
import { beside } from "./beside.ts";
import { servePlot, withPage } from "./browser.ts";
import { densityLikeness } from "./likeness.ts";
import { looksTheSame } from "./looks.ts";
import { million } from "./million.ts";
import { millionFile, oneFile, safety } from "./one-file.ts";
import { uniformFrame } from "./rows.ts";

const system = "hiplot";

/** Milliseconds from the rows' arrival in the page to the whole picture, the median of three. */
async function drawMs(rows: number): Promise<number | null> {
  const frame = uniformFrame(rows, 8);
  const server = await servePlot(async () => ({ frame, experiment: {} }));
  try {
    return await withPage(async (page) => {
      const times: number[] = [];
      for (let attempt = 0; attempt < 3; attempt++) {
        await page.goto(server.url);
        await page.waitForFunction("window.paintedAt", null, { timeout: 120_000 });
        times.push((await page.evaluate("window.paintedAt - window.arrivedAt")) as number);
      }
      return times.sort((a, b) => a - b)[1];
    });
  } finally {
    server.close();
  }
}

async function speed() {
  const small = await drawMs(10_000);
  const large = await drawMs(100_000);
  if (small === null || large === null) return notRun("no Chromium was found; set CHROMIUM");
  const note =
    `10,000 x 8: ${Math.round(small)} ms; 100,000 x 8: ${Math.round(large)} ms, from the rows' arrival to ` +
    "every line drawn";
  const ok = small <= 500 && large <= 2_000;
  return { figure: Math.round(large), ok, note };
}

/** How much longer a full redraw takes with ten times as many rows: the least of some. */
async function redraw() {
  const few = await redrawMs(100_000);
  const many = await redrawMs(1_000_000);
  if (few === null || many === null) return notRun("no Chromium was found; set CHROMIUM");
  const note = `100,000 x 8 drawn anew in ${Math.round(few)} ms, 1,000,000 x 8 in ${Math.round(many)} ms`;
  return judge(Number((many / few).toFixed(2)), "at most", 1.5, note);
}

/** Milliseconds of a full redraw, the least of five. */
async function redrawMs(rows: number): Promise<number | null> {
  const data = { frame: uniformFrame(rows, 8), experiment: {} };
  const server = await servePlot(async () => data);
  try {
    return await withPage(async (page) => {
      await page.goto(server.url);
      await page.waitForFunction("window.paintedAt", null, { timeout: 120_000 });
      await page.waitForTimeout(3_000);
      return (await page.evaluate(redrawScript)) as number;
    });
  } finally {
    server.close();
  }
}

const redrawScript = `(async () => {
  const times = [];
  for (let time = 0; time < 5; time++) {
    const painted = new Promise((done) => addEventListener("painted", (event) => done(event.detail.ms), { once: true }));
    document.querySelector("deepdive-hiplot").plot.paintSoon();
    times.push(await painted);
  }
  return Math.min(...times);
})()`;

/** Milliseconds to read `ml1.csv`, and from the rows' arrival in the page to the first picture: medians of five. */
async function loading(experiment: ExperimentData): Promise<Outcome> {
  const server = await servePlot(async () => wireOf(experiment));
  try {
    const times = await withPage(async (page) => {
      const found: number[] = [];
      for (let attempt = 0; attempt < 5; attempt++) {
        await page.goto(server.url);
        await page.waitForFunction("window.axesAt", null, { timeout: 60_000 });
        found.push((await page.evaluate("window.axesAt - window.arrivedAt")) as number);
        await page.waitForFunction("window.paintedAt");
      }
      return found;
    });
    if (times === null) return notRun("no Chromium was found; set CHROMIUM");
    const note = `${experiment.size} rows from their arrival in the page to axes and first lines; median of five`;
    return judge(Math.round(times.sort((a, b) => a - b)[2]), "at most", 150, note);
  } finally {
    server.close();
  }
}

/** Judges by `ml1.csv`, where it is there. */
async function withMl1(body: (experiment: ExperimentData) => Promise<Outcome>): Promise<Outcome> {
  const folder = join(process.env.DEEPDIVE_DATA ?? resolve("..", "shared", "data"), "hiplot");
  const path = join(folder, "ml1.csv");
  if (!existsSync(path)) return notRun("ml1.csv is not there: set DEEPDIVE_DATA");
  return body(await readCsv(path));
}

/** Run by `npm run accept -- hiplot`. */
export const criteria: Criterion[] = [
  {
    system,
    name: "million",
    target:
      "a million rows: axes at most 4 s, all drawn at most 12 s; 200 drags with DuckDB's counts exactly, " +
      "p95 at most 100 ms, redraw at most 2 s; keep, exclude, restore at most 1.5 s; JS heap at most 700 MB",
    run: () => million(),
  },
  {
    system,
    name: "drawing-speed",
    target: "10,000 x 8 drawn in at most 0.5 s; 100,000 x 8 in at most 2 s",
    run: speed,
  },
  {
    system,
    name: "redraw",
    target: "a million rows drawn anew in at most 1.5 times as long as 100,000",
    run: redraw,
  },
  {
    system,
    name: "loading",
    target: "ml1.csv: axes and first lines at most 150 ms after its rows are there",
    run: () => withMl1(loading),
  },
  {
    system,
    name: "beside-hiplot",
    target:
      "100,000 x 8 drawn at least 15 times as fast as HiPlot in the same browser, brush to count 20 times",
    run: () => beside(),
  },
  {
    system,
    name: "looks-the-same",
    target:
      "ml1.csv in HiPlot's order of axes: luminance SSIM with the mean of three of its pictures at least 0.85",
    run: () => withMl1((experiment) => looksTheSame(experiment)),
  },
  {
    system,
    name: "density-likeness",
    target: "density and single lines at 30,000 rows: luminance SSIM at least 0.95",
    run: densityLikeness,
  },
  {
    system,
    name: "one-file",
    target:
      "ml1.csv as one file: at most 1.1 MB, view alone at most 500 kB, first picture at most 1 s, offline " +
      "under a strict policy, no console message, no eval",
    run: () => withMl1((experiment) => oneFile(wireOf(experiment))),
  },
  {
    system,
    name: "million-file",
    target:
      "1,000,000 x 10 as one HTML file: at most 60 MB, written in at most 15 s, every cell kept",
    run: () => millionFile(),
  },
  {
    system,
    name: "safety",
    target: "markup in labels and cells never runs; sub, sup, b, i, h1 survive",
    run: safety,
  },
];
