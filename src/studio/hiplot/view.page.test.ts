import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findChromium } from "../../../scripts/chromium.ts";
import { Experiment, type HiplotServer, serveHiplot } from "../../systems/hiplot/index.ts";

const executablePath = findChromium();
if (!executablePath) console.log("hiplot pages: skipped, no Chromium was found ($CHROMIUM)");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browserArgs = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"];

/** Twelve runs of twelve epochs: adam is better by 1, every fourth run overfits from epoch 5 on. */
function trained() {
  const rows: Record<string, unknown>[] = [];
  for (let run = 0; run < 12; run++) {
    const optimizer = run % 2 === 0 ? "sgd" : "adam";
    for (let epoch = 0; epoch < 12; epoch++) {
      const train = 2 * Math.exp(-epoch / 2) + 0.5 + (optimizer === "sgd" ? 1 : 0);
      const rise = run % 4 === 0 && epoch > 5 ? 0.1 * (epoch - 5) : 0;
      rows.push({
        uid: `${run}_${epoch}`,
        from_uid: epoch === 0 ? null : `${run}_${epoch - 1}`,
        run: `run ${run}`,
        optimizer,
        dropout: (run % 3) / 10,
        epoch,
        "train/loss": train,
        "valid/loss": train + 0.2 + rise,
      });
    }
  }
  return rows;
}

describe.skipIf(!executablePath)("the plot in Chromium", () => {
  let browser: Browser;
  let page: Page;
  let server: HiplotServer;
  let complaints: string[];
  const messages: [string, unknown][] = [];
  const experiment = Experiment.fromIterable(trained());

  beforeAll(async () => {
    server = await serveHiplot({
      experiment,
      onMessage: (type, data) => messages.push([type, data]),
    });
    browser = await chromium.launch({ executablePath, args: browserArgs });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1_400, height: 1_000 } });
    complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  const openPlot = async () => {
    await page.goto(`${server.url}plot`);
    await page.locator("deepdive-hiplot .rows tbody tr").first().waitFor();
  };
  const inPlot = (selector: string): Locator => page.locator(`deepdive-hiplot ${selector}`);
  const rowOf = (uid: string) =>
    inPlot(".rows tbody tr").filter({ has: page.locator(`.pick:text-is("${uid}")`) });

  it("shows how well each run fits, with the figures that say why", async () => {
    await openPlot();
    const badge = rowOf("0_5").locator(".fit");
    expect(await badge.innerText()).toMatch(/^overfit ★/);
    expect(await badge.getAttribute("title")).toMatch(
      /^valid\/loss was best at epoch 5: 1\.8642\. It ended 19 % worse, while train\/loss went on/,
    );
    expect(await inPlot(".xy .best").count()).toBe(12);
  });

  it("ranks columns at the axes' feet, and orders the axes by that", async () => {
    await openPlot();
    await page.getByLabel("Show what matters for").selectOption("valid/loss");
    await page.getByRole("button", { name: "Order axes by this" }).click();
    const labels = await inPlot(".label").allInnerTexts();
    expect(labels[0]).toBe("optimizer");
    expect(await inPlot(".feet svg").getAttribute("aria-label")).toMatch(
      /^What matters for valid\/loss: optimizer [\d.]+, dropout/,
    );
  });

  it("says what sets two clicked runs apart", async () => {
    await openPlot();
    await rowOf("0_1").locator(".pick").click();
    await inPlot(".table-scroll").evaluate((element) => element.scrollTo(0, 30 * 18));
    await rowOf("1_9").locator(".pick").click();
    const panel = inPlot(".better");
    await panel.locator("tbody tr").first().waitFor();
    expect(await panel.locator(".verdict").innerText()).toMatch(/A\s*run 0.*B\s*run 1.*better/s);
    const first = panel.locator("tbody tr").first();
    expect(await first.locator("th").innerText()).toBe("optimizer");
    expect(await first.locator(".effect").innerText()).toMatch(/^−1\.\d* ± /);
    expect(await inPlot(".marks .line-a, .marks .line-b").count()).toBe(2);
    // A line is clicked as well: a third one takes the place of the first.
    await page.evaluate(() => window.scrollTo(0, 0));
    const box = await inPlot(".overlay").boundingBox();
    const axes = await inPlot(".spine").evaluateAll((lines) =>
      lines.map((line) => line.getBoundingClientRect().x),
    );
    if (!box) throw new Error("the plot has no box");
    // The line of the first epoch ends at the top of the last axis.
    const marked = () => inPlot(".marks .line-a").getAttribute("d");
    const before = await marked();
    await page.mouse.click(axes.at(-1)! - 24, box.y + 6);
    await expect.poll(marked).not.toBe(before);
    await page.getByRole("button", { name: "Clear" }).click();
    expect(await inPlot(".marks path").count()).toBe(0);
  });

  it("replays the training by keyboard, calmly where motion is unwelcome", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await openPlot();
    await page.getByRole("button", { name: "Replay the training" }).click();
    const step = inPlot(".replay-step");
    expect(await step.innerText()).toBe("epoch 0");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await step.innerText()).toBe("epoch 2");
    const drawn = () =>
      inPlot(".replay-lines").evaluate(
        (canvas) => (canvas as HTMLCanvasElement).toDataURL().length,
      );
    expect(await drawn()).toBeGreaterThan(2_000);
    await page.keyboard.press("Space");
    await expect.poll(() => step.innerText()).toBe("epoch 3");
    expect(await inPlot(".xy .now").count()).toBe(12);
    await page.keyboard.press("Space");
    await page.keyboard.press("Escape");
    await expect.poll(() => inPlot(".replay-lines").count()).toBe(0);
  });

  it("films a replay as GIF and as video", async () => {
    await page.setViewportSize({ width: 620, height: 700 });
    await openPlot();
    await page.getByRole("button", { name: "Replay the training" }).click();
    const save = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name, exact: true }).click(),
      ]);
      return readFile(await download.path());
    };
    const gif = await sharp(await save("GIF"), { animated: true }).metadata();
    expect([gif.format, gif.pages]).toEqual(["gif", 2 * 12 - 1 + 12]);
    const video = await save("Video");
    // Matroska's first bytes, and the name of its dialect.
    expect(video.subarray(0, 4).toString("hex")).toBe("1a45dfa3");
    expect(video.subarray(0, 64).includes("webm")).toBe(true);
  });

  it("adds rows that are pushed: they flash, and brushes, table and panels stay", async () => {
    const live = await serveHiplot({ experiment });
    try {
      await page.goto(live.url);
      const frame = page.frameLocator("iframe");
      const inFrame = (selector: string) => frame.locator(`deepdive-hiplot ${selector}`);
      const count = inFrame(".counts b");
      await expect.poll(() => count.innerText()).toBe("144/144");
      await inFrame(".rows th button[data-column='valid/loss']").click();
      await inFrame(".hit[aria-label^='Brush of run:']").focus();
      await page.keyboard.press("Enter");
      await expect.poll(() => count.innerText()).not.toBe("144/144");
      const before = Number((await count.innerText()).split("/")[0]);
      await expect.poll(() => live.pages).toBe(1);
      // The brush lies on the middle third of the runs' names.
      const middle = "run 4";
      live.put([
        {
          uid: "new",
          fromUid: null,
          values: { run: middle, optimizer: "adam", "valid/loss": 0.1 },
        },
        { uid: "0_0", fromUid: null, values: { run: "run 0", optimizer: "sgd", "valid/loss": 9 } },
      ]);
      await expect.poll(() => count.innerText()).toBe(`${before + 1}/145`);
      expect(await inFrame(".line-fresh").count()).toBe(1);
      expect(await inFrame(".rows .fresh .pick").innerText()).toBe("new");
      expect(await inFrame(".rows th[aria-sort=ascending]").innerText()).toBe("valid/loss ↑");
    } finally {
      await live.close();
    }
  });

  it("reads the data again at a button, brushes kept", async () => {
    const growing = Experiment.fromIterable([{ a: 1 }, { a: 2 }, { a: 3 }]);
    const again = await serveHiplot({ experiment: growing });
    try {
      await page.goto(again.url);
      const frame = page.frameLocator("iframe");
      const count = frame.locator(".counts b");
      await expect.poll(() => count.innerText()).toBe("3/3");
      await frame.locator(".hit[aria-label^='Brush of a:']").focus();
      await page.keyboard.press("Enter");
      await expect.poll(() => count.innerText()).toBe("1/3");
      growing.put([{ uid: "3", fromUid: null, values: { a: 2.1 } }]);
      await frame.getByRole("button", { name: "Refresh" }).click();
      await expect.poll(() => count.innerText()).toBe("2/4");
    } finally {
      await again.close();
    }
  });

  it("moves an axis by a quick drag of its label, and takes it out by one far down", async () => {
    await openPlot();
    const drag = async (name: string, dx: number, dy: number) => {
      const box = await inPlot(`.label[data-axis='${name}']`).boundingBox();
      if (!box) throw new Error(`${name} has no label`);
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + dx, y + dy, { steps: 2 });
      await page.mouse.up();
    };
    const labels = () => inPlot(".label").allInnerTexts();
    const before = await labels();
    await drag("epoch", 0, 160);
    await expect.poll(labels).toEqual(before.filter((name) => name !== "epoch"));
    await inPlot(".hidden-axes button").filter({ hasText: "epoch" }).click();
    await expect.poll(labels).toEqual([...before.filter((name) => name !== "epoch"), "epoch"]);
    await drag("epoch", -1_200, 0);
    await expect.poll(async () => (await labels()).slice(0, 2)).toEqual(["uid", "epoch"]);
    await page.keyboard.press("Control+z");
    await expect.poll(async () => (await labels()).at(-1)).toBe("epoch");
  });

  it("brushes the best share of a column, and makes an axis of the best value of each run", async () => {
    await openPlot();
    const count = inPlot(".counts b");
    await inPlot(".label[data-axis='valid/loss']").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Only the lowest 10 %" }).click();
    // A tenth of 144 rows, and those that equal the last of them.
    await expect
      .poll(async () => Number((await count.innerText()).split("/")[0]))
      .toBeGreaterThan(14);
    expect(await inPlot("input[type=search]").getAttribute("placeholder")).toMatch(
      /^valid\/loss in \[0\.7/,
    );
    await inPlot(".label[data-axis='valid/loss']").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Add an axis: its minimum over each run" }).click();
    await expect.poll(() => inPlot(".label").allInnerTexts()).toContain("min valid/loss");
    // The brush outlives the new axis, and the header's heads can be moved by key.
    expect(Number((await count.innerText()).split("/")[0])).toBeLessThan(30);
    const head = inPlot(".rows th button[data-column='min valid/loss']");
    await head.focus();
    await page.keyboard.press("Shift+ArrowLeft");
    const heads = await inPlot(".rows th button").allInnerTexts();
    expect(heads.slice(-2)).toEqual(["min valid/loss", "valid/loss"]);
  });

  it("puts an axis of the XY plot on a log scale and smooths its lines", async () => {
    await openPlot();
    const drawn = () =>
      inPlot(".xy canvas").evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const first = await drawn();
    const log = page.getByLabel("y on a log scale");
    expect(await log.isChecked()).toBe(false);
    await log.check();
    await expect.poll(drawn).not.toBe(first);
    const logged = await drawn();
    await page.getByLabel("Smooth along each run").fill("0.9");
    await expect.poll(drawn).not.toBe(logged);
    await page.getByLabel("Mark the best epoch of each run").uncheck();
    await expect.poll(() => inPlot(".xy .best").count()).toBe(0);
  });

  it("tells the page around it of selection, rows kept, brushes and height, and takes filters", async () => {
    messages.length = 0;
    await page.goto(server.url);
    const count = page.frameLocator("iframe").locator(".counts b");
    await expect.poll(() => count.innerText()).toBe("144/144");
    await expect.poll(() => server.pages).toBe(1);
    const col = "epoch";
    const data = { col, type: "numeric", min: 0, max: 1, include_infnans: false };
    server.send("set_filter", { type: "Range", data });
    await expect.poll(() => count.innerText()).toBe("24/144");
    const told = (type: string) =>
      messages.filter(([name]) => name === type).map(([, each]) => each);
    const length = (ids: unknown) => (ids as string[] | undefined)?.length;
    await expect.poll(() => length(told("selected_uids").at(-1))).toBe(24);
    await expect
      .poll(() => Object.keys((told("brush_extents").at(-1) ?? {}) as object))
      .toEqual([col]);
    await page.frameLocator("iframe").getByRole("button", { name: "Keep" }).click();
    await expect.poll(() => length(told("filtered_uids").at(-1))).toBe(24);
    await expect
      .poll(() => told("height_changed").at(-1))
      .toMatchObject({ height: expect.any(Number) });
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`has no fault that a checker of accessibility finds, in ${colorScheme} colours`, async () => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await openPlot();
      await page.getByLabel("Show what matters for").selectOption("valid/loss");
      await page.getByRole("button", { name: "Order axes by this" }).waitFor();
      await rowOf("0_1").locator(".pick").click();
      await rowOf("0_3").locator(".pick").click();
      await page.getByRole("button", { name: "Replay the training" }).click();
      await page.evaluate(axe);
      const faults = await page.evaluate(async () => {
        const { axe: checker } = globalThis as unknown as {
          axe: {
            run(): Promise<{
              violations: { id: string; impact: string; nodes: { html: string }[] }[];
            }>;
          };
        };
        const { violations } = await checker.run();
        const grave = violations.filter(({ impact }) => /serious|critical/.test(impact));
        return grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
      });
      expect(faults).toEqual([]);
    });
  }
});
