// One HTML file: its size, what it asks for, how soon it shows, and what foreign markup in it can do.
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { notRun, type Outcome } from "../../src/lab/criteria.ts";
import { type Frame, frameOf } from "../../src/systems/hiplot/core/frame.ts";
import type { WireExperiment } from "../../src/systems/hiplot/core/wire.ts";
import { renderHtml, viewScript } from "../../src/systems/hiplot/html.ts";
import { wireOf } from "../../src/systems/hiplot/serve.ts";
import { generateRuns } from "../../src/systems/hiplot/sources/datagen.ts";
import { readHtml, readParquet } from "../../src/systems/hiplot/sources/files.ts";
import { withPage } from "./browser.ts";

/** What opening a file in a browser without network gave. */
interface Opened {
  readonly kB: number;
  /** Milliseconds from the start of the page to the first picture. */
  readonly previewMs: number;
  readonly complaints: readonly string[];
}

/** Writes the file, opens it from the disk without network, and lets `look` look at it. */
export async function openFile<T>(
  data: WireExperiment,
  look: (page: Page) => Promise<T>,
): Promise<(Opened & { seen: T }) | null> {
  const folder = await mkdtemp(join(tmpdir(), "deepdive-file-"));
  const file = join(folder, "plot.html");
  try {
    await writeFile(file, await renderHtml(data));
    const { size } = await stat(file);
    return await withPage(async (page) => {
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => {
        if (!/^(file|data|blob):/.test(request.url())) complaints.push(`asked ${request.url()}`);
      });
      await page.context().setOffline(true);
      await page.addInitScript(() => {
        addEventListener(
          "previewed",
          () => {
            Object.assign(globalThis, { previewedAt: performance.now() });
          },
          { once: true },
        );
        addEventListener("painted", () => Object.assign(globalThis, { done: true }));
      });
      await page.goto(pathToFileURL(file).href);
      // The file's policy forbids the evaluation by which Playwright would wait.
      while (!(await page.evaluate("globalThis.done"))) await page.waitForTimeout(50);
      const previewMs = (await page.evaluate("globalThis.previewedAt")) as number;
      return { kB: size / 1_000, previewMs, complaints, seen: await look(page) };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The criterion for one file of real rows, with the size of the view alone. */
export async function oneFile(data: WireExperiment): Promise<Outcome> {
  const opened = await openFile(data, async () => null);
  if (opened === null) return notRun("no Chromium was found; set CHROMIUM");
  const bundle = Buffer.byteLength(await viewScript()) / 1_000;
  const { kB, previewMs, complaints } = opened;
  const evaluates = /\beval\(|new Function\(/.test(await viewScript());
  const ok =
    kB <= 1_100 && bundle <= 500 && previewMs <= 1_000 && complaints.length === 0 && !evaluates;
  const note =
    `file ${Math.round(kB)} kB, view alone ${Math.round(bundle)} kB, first picture after ` +
    `${Math.round(previewMs)} ms from file:// without network under its own content security policy; ` +
    (complaints.length > 0 ? complaints.join("; ") : "no console message, no request, no eval");
  return { figure: Math.round(kB), ok, note };
}

/** The criterion for a million rows as one file: its size, how long it takes to write, and that nothing is lost. */
export async function millionFile(rows = 1_000_000): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "deepdive-million-file-"));
  const [source, target] = [join(folder, "runs.parquet"), join(folder, "runs.html")];
  try {
    await generateRuns({ file: source, runs: 1_000, epochs: rows / 1_000, seed: 7 });
    const experiment = await readParquet(source);
    const start = performance.now();
    await writeFile(target, await renderHtml(wireOf(experiment)));
    const writeSeconds = (performance.now() - start) / 1_000;
    const megabytes = (await stat(target)).size / 1e6;
    const readStart = performance.now();
    const back = await readHtml(target);
    const readSeconds = (performance.now() - readStart) / 1_000;
    const lost = differences(experiment.frame(), back.frame());
    const ok = megabytes <= 60 && writeSeconds <= 15 && lost.length === 0;
    const note =
      `${rows} rows of 10 columns with ids and lineage: ${megabytes.toFixed(1)} MB, written in ` +
      `${writeSeconds.toFixed(1)} s, read back in ${readSeconds.toFixed(1)} s: ${lost.join(", ") || "every cell as it was"}`;
    return { figure: Number(megabytes.toFixed(1)), ok, note };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Names of the columns of which a cell is another. */
function differences(before: Frame, after: Frame): string[] {
  const names = before.names.filter((name) => {
    for (let row = 0; row < before.rows; row++) {
      if (!Object.is(before.value(row, name), after.value(row, name))) return true;
    }
    return false;
  });
  return before.rows === after.rows ? names : ["rows", ...names];
}

/** Markup in labels and cells: what is harmless is shown, nothing runs. */
export async function safety(): Promise<Outcome> {
  const attack =
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>" +
    "<a href=\"javascript:document.title='owned'\">x</a><svg onload=\"document.title='owned'\"></svg>" +
    "<sub>s</sub><sup>p</sup><b>b</b><i>i</i><h1>h</h1>";
  const points = Array.from({ length: 30 }, (_, i) => ({
    uid: `${attack}${i}`,
    fromUid: null,
    values: { x: i, note: `${attack}${i % 3}`, [attack]: i * i },
  }));
  const experiment = { parameters_definition: { x: { label_html: attack, label_css: attack } } };
  const opened = await openFile({ frame: frameOf(points), experiment }, async (page) => {
    await page.waitForTimeout(300);
    const kept = ["sub", "sup", "b", "i", "h1"];
    const counts = await Promise.all(
      kept.map((tag) => page.locator(`.label-words ${tag}`).count()),
    );
    const wild = await page.locator("img, .view script, [onerror], [onload], a[href]").count();
    return { title: await page.title(), counts, wild };
  });
  if (opened === null) return notRun("no Chromium was found; set CHROMIUM");
  const { title, counts, wild } = opened.seen;
  const ok = title !== "owned" && wild === 0 && counts.every((count) => count === 1);
  const note = `title stays "${title}"; elements that could run: ${wild}; sub, sup, b, i, h1 shown: ${counts.join(", ")}`;
  return { figure: wild, ok, note };
}
