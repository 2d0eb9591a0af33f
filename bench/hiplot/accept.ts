// What the plot's view promises, measured in headless Chromium: `npm run accept -- hiplot [criterion]`.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Criterion, notRun } from "../../src/lab/criteria.ts";
import { columnOf } from "../../src/systems/hiplot/core/columns.ts";
import { Frame } from "../../src/systems/hiplot/core/frame.ts";
import { readCsv } from "../../src/systems/hiplot/sources/files.ts";
import { servePlot, withPage } from "./browser.ts";
import { densityLikeness } from "./likeness.ts";
import { million } from "./million.ts";
import { oneFile, safety } from "./one-file.ts";

const system = "hiplot";

/** Uniform columns of so many rows, the same each time. */
function uniformFrame(rows: number, columns: number): Frame {
  let state = 7;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return new Frame({
    columns: Array.from({ length: columns }, (_, i) =>
      columnOf(`c${i}`, Array.from({ length: rows }, next)),
    ),
  });
}

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
    "every line drawn; HiPlot at 1aac48aa took 7,500 and 47,500 ms on two cores";
  const ok = small <= 500 && large <= 2_000 && 47_500 / large >= 15;
  return { figure: Math.round(large), ok, note };
}

async function file() {
  const folder = join(process.env.DEEPDIVE_DATA ?? resolve("..", "shared", "data"), "hiplot");
  const path = join(folder, "ml1.csv");
  if (!existsSync(path)) return notRun("ml1.csv is not there: set DEEPDIVE_DATA");
  return oneFile({ frame: (await readCsv(path)).frame(), experiment: {} });
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
    target:
      "10,000 x 8 at most 0.5 s; 100,000 x 8 at most 2 s and at least 15 times as fast as HiPlot",
    run: speed,
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
    run: file,
  },
  {
    system,
    name: "safety",
    target: "markup in labels and cells never runs; sub, sup, b, i, h1 survive",
    run: safety,
  },
];
