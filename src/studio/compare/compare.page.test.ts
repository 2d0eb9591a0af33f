import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findChromium } from "../../../scripts/chromium.ts";
import { LabRegistry, type Store } from "../../lab/index.ts";
import { makeStore } from "../../lab/testing.ts";
import { ensureStudioBundle, type RunningServer, startServer } from "../../server/index.ts";
import {
  scriptCurves,
  scriptRun,
  startScriptedRun,
} from "../../systems/text-classifier/testing.ts";

const executablePath = findChromium();
if (!executablePath) console.log("compare page: skipped, no Chromium was found ($CHROMIUM)");

describe.skipIf(!executablePath)("the page that compares", () => {
  let store: Store;
  let discard: () => Promise<void>;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    const [made, studio] = await Promise.all([makeStore(), ensureStudioBundle()]);
    ({ store, discard } = made);
    await scriptRun(store);
    const registry = new LabRegistry({ folders: [] });
    server = await startServer({ store, studio, registry, port: 0 });
    const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"];
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await discard?.();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1_400, height: 900 } });
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
  const count = () => page.locator(".counts b").innerText();

  it("opens a shared link of HiPlot: its rows, brushes, colours and axes", async () => {
    const link = new URL("/compare", server.url);
    const set = (key: string, value: unknown) =>
      link.searchParams.set(`hip.${key}`, JSON.stringify(value));
    set("load_uri", 'json://[{"lr": 1, "loss": 3}, {"lr": 2, "loss": 2}, {"lr": 3, "loss": 1}]');
    const data = { col: "lr", type: "numeric", min: 1.5, max: 3, include_infnans: false };
    set("filters", [{ type: "Range", data }]);
    set("color_by", "lr");
    set("PARALLEL_PLOT.order", ["loss", "lr"]);
    set("XY.axis_x", "loss");
    set("XY.axis_y", "lr");
    set("DISTRIBUTION.axis", "loss");
    await page.goto(link.href);
    await expect.poll(count).toBe("2/2");
    expect(await page.locator(".label").allInnerTexts()).toEqual(["loss", "lr"]);
    expect(await page.getByLabel("Column that gives the colours").inputValue()).toBe("lr");
    expect(await page.getByLabel("x", { exact: true }).first().inputValue()).toBe("loss");
    expect(await page.getByLabel("Column", { exact: true }).inputValue()).toBe("loss");
    // What is changed goes into the address, and comes back with it.
    await page.locator(".label").first().focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.url()).toContain("PARALLEL_PLOT.order=%5B%22lr%22%2C%22loss%22");
    await page.reload();
    await expect.poll(count).toBe("2/2");
    expect(await page.locator(".label").allInnerTexts()).toEqual(["lr", "loss"]);
  });

  it("loads what is typed, and says what the server has against it", async () => {
    await page.goto(`${server.url}/compare`);
    const field = page.getByLabel("Load rows by URI");
    await field.fill("demo_basic_usage");
    await field.press("Enter");
    await expect.poll(count).toBe("3/3");
    expect(await page.locator(".notices").isHidden()).toBe(true);
    await field.fill("../../etc/passwd.csv");
    await field.press("Enter");
    await page.getByText("there is no such file that may be read").waitFor();
    complaints = complaints.filter((text) => !text.includes("404"));
  });

  it("shows new runs by themselves, and keeps the brushes", async () => {
    await page.goto(`${server.url}/compare`);
    await page.getByRole("button", { name: "Every step" }).click();
    await expect.poll(count).toMatch(/^(\d+)\/\1$/);
    const before = Number((await count()).split("/")[1]);
    await page.locator(".hit[aria-label^='Brush of step:']").focus();
    await page.keyboard.press("Enter");
    await expect.poll(async () => Number((await count()).split("/")[0])).toBeLessThan(before);
    const run = await startScriptedRun(store, "Live");
    scriptCurves(run, 1, 300);
    await run.flush();
    await expect
      .poll(async () => Number((await count()).split("/")[1]), { timeout: 15_000 })
      .toBeGreaterThan(before);
    const [selected, all] = (await count()).split("/").map(Number);
    expect(selected).toBeLessThan(all);
    await run.stop();
  });
});
