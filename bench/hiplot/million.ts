// The plot's decisive figure: a million rows opened, drawn, brushed, counted and filtered in a browser.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { notRun, type Outcome } from "../../src/lab/criteria.ts";
import type { Filter } from "../../src/systems/hiplot/core/filters.ts";
import { wireOf } from "../../src/systems/hiplot/serve.ts";
import { generateRuns } from "../../src/systems/hiplot/sources/datagen.ts";
import { sqlName, sqlText, withDuckdb } from "../../src/systems/hiplot/sources/duckdb.ts";
import { readParquet } from "../../src/systems/hiplot/sources/files.ts";
import { servePlot, withPage } from "./browser.ts";

interface Drag {
  readonly filter: Filter;
  readonly count: number;
  readonly latencies: readonly number[];
  readonly redrawMs: number;
  readonly lines: readonly number[];
}

/** Runs `drags` scripted drags over `rows` rows and judges all that the criterion asks. */
export async function million(rows = 1_000_000, drags = 200): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "deepdive-million-"));
  const file = join(folder, "runs.parquet");
  try {
    await generateRuns({ file, runs: 1_000, epochs: rows / 1_000, seed: 7 });
    const server = await servePlot(async () => wireOf(await readParquet(file)));
    try {
      const measured = await withPage((page) => measure(page, server.url, drags));
      if (measured === null) return notRun("no Chromium was found; set CHROMIUM");
      const wrong = await countAll(file, measured.drags);
      return judgeAll(measured, wrong, rows);
    } finally {
      server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly axesMs: number;
  readonly paintedMs: number;
  readonly firstLines: readonly number[];
  readonly drags: readonly Drag[];
  readonly filterMs: readonly number[];
  readonly heapMB: number;
}

async function measure(page: Page, url: string, drags: number): Promise<Measured> {
  page.setDefaultTimeout(120_000);
  await page.goto(url);
  await page.waitForFunction("window.paintedAt");
  const [axesMs, paintedMs, firstLines] = (await page.evaluate(
    "[window.axesAt, window.paintedAt, window.painted.lines]",
  )) as [number, number, number[]];
  await page.evaluate(dragScript);
  const done: Drag[] = [];
  for (let drag = 0; drag < drags; drag++) {
    done.push((await page.evaluate(`drag(${drag})`)) as Drag);
  }
  const filterMs = (await page.evaluate("filters()")) as number[];
  const heap = (await page.evaluate("performance.memory.usedJSHeapSize")) as number;
  return { axesMs, paintedMs, firstLines, drags: done, filterMs, heapMB: heap / 1e6 };
}

/**
 * In the page: drag `i` lays or moves a brush on one of the axes, so that one to four carry one. Each
 * step of the pointer is timed from the event to the frame with new count and preview.
 */
const dragScript = `
  const element = document.querySelector("deepdive-hiplot");
  const next = (name) => new Promise((done) => element.addEventListener(name, (e) => done(e.detail), { once: true }));
  let state = 12345;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  window.drag = async (i) => {
    if (i % 12 === 0 && i > 0) { element.model.clearBrushes(); await next("painted"); }
    const hits = [...element.shadowRoot.querySelectorAll(".hit")];
    const used = 1 + (i % 4);
    const hit = hits[(i % used) * 2 + (i % 3 === 0 ? 1 : 0)];
    const box = hit.getBoundingClientRect();
    const height = element.plot.height;
    const top = box.top + 8;
    const send = (type, y) => hit.dispatchEvent(new PointerEvent(type, {
      pointerId: 1, button: 0, bubbles: true, clientX: box.left + 16, clientY: top + y }));
    const from = random() * height;
    const to = random() * height;
    const latencies = [];
    send("pointerdown", from);
    for (let step = 1; step <= 5; step++) {
      const start = performance.now();
      const shown = next("previewed");
      send("pointermove", from + ((to - from) * step) / 5);
      await shown;
      latencies.push(performance.now() - start);
    }
    const released = performance.now();
    const painted = next("painted");
    send("pointerup", to);
    const { lines } = await painted;
    const shown = Number(element.shadowRoot.querySelector(".counts b").dataset.selected);
    return { filter: element.model.filter, count: shown, latencies, redrawMs: performance.now() - released, lines };
  };
  window.filters = async () => {
    const times = [];
    element.model.clearBrushes();
    await next("painted");
    const brush = (name, min, max) =>
      element.model.brush(name, [{ type: "Range", data: { col: name, type: "numeric", min, max, include_infnans: false } }]);
    for (const deed of ["keep", "exclude", "restore"]) {
      if (deed === "keep") brush("dropout", 0.1, 0.9);
      if (deed === "exclude") brush("shift", 0, 1);
      if (deed !== "restore") await next("painted");
      const start = performance.now();
      const shown = next("previewed");
      element.model[deed]();
      await shown;
      times.push(performance.now() - start);
      await next("painted");
    }
    return times;
  };
`;

/** How many drags show another count than DuckDB, or pictures that hold another number of lines. */
async function countAll(file: string, drags: readonly Drag[]): Promise<number> {
  let wrong = 0;
  await withDuckdb(async (connection) => {
    await connection.run(`create table t as select * from read_parquet(${sqlText(file)})`);
    for (const { filter, count, lines } of drags) {
      const answer = await connection.runAndReadAll(
        `select count(*)::integer from t where ${toSql(filter)}`,
      );
      const expected = Number(answer.getRows()[0][0]);
      if (expected !== count || lines.some((line) => line !== expected)) wrong++;
    }
  });
  return wrong;
}

function toSql(filter: Filter): string {
  switch (filter.type) {
    case "All":
      return filter.data.length === 0 ? "true" : filter.data.map(toSql).join(" and ");
    case "Range": {
      const { col, type, min, max, include_infnans } = filter.data;
      const name = sqlName(col);
      if (type === "categorical") {
        return `(${name} >= ${sqlText(String(min))} and ${name} <= ${sqlText(String(max))})`;
      }
      // DuckDB holds NaN greater than any number; the plot holds it equal to none.
      const inside = `(not isnan(${name}) and ${name} >= ${min} and ${name} <= ${max})`;
      return include_infnans ? `(${inside} or not isfinite(${name}))` : inside;
    }
    default:
      throw new Error(`a drag made the filter ${filter.type}`);
  }
}

function judgeAll(measured: Measured, wrong: number, rows: number): Outcome {
  const { axesMs, paintedMs, drags, filterMs, heapMB, firstLines } = measured;
  const p95 = quantile(
    drags.flatMap(({ latencies }) => latencies),
    0.95,
  );
  const redraw = Math.max(...drags.map(({ redrawMs }) => redrawMs));
  const filters = Math.max(...filterMs);
  const ok =
    axesMs <= 4_000 &&
    paintedMs <= 12_000 &&
    wrong === 0 &&
    firstLines.every((lines) => lines === rows) &&
    p95 <= 100 &&
    redraw <= 2_000 &&
    filters <= 1_500 &&
    heapMB <= 700;
  const note =
    `axes ${seconds(axesMs)}, every row drawn ${seconds(paintedMs)}; ${drags.length} drags: ` +
    `${wrong} counts or histograms unequal to DuckDB's, input to count and preview p95 ${Math.round(p95)} ms, ` +
    `release to full redraw at most ${seconds(redraw)}; keep, exclude, restore at most ${seconds(filters)}; ` +
    `JS heap ${Math.round(heapMB)} MB`;
  return { figure: Math.round(p95), ok, note };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
