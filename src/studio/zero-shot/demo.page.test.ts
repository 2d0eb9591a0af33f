import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../../../scripts/chromium.ts";
import { LabRegistry } from "../../lab/index.ts";
import { makeStore } from "../../lab/testing.ts";
import { ensureStudioBundle, type RunningServer, startServer } from "../../server/index.ts";

const executablePath = findChromium();
if (!executablePath) console.log("zero-shot demo: skipped, no Chromium was found ($CHROMIUM)");

describe.skipIf(!executablePath)("the demo of zero-shot labelling in Chromium", () => {
  let server: RunningServer;
  let discard: () => Promise<void>;

  beforeAll(async () => {
    const [made, studio] = await Promise.all([makeStore(), ensureStudioBundle()]);
    discard = made.discard;
    server = await startServer({
      store: made.store,
      studio,
      registry: new LabRegistry(),
      port: 0,
    });
  }, 120_000);
  afterAll(async () => {
    await server?.close();
    await discard?.();
  });

  it("labels while one types, glows, takes new labels and says what is wrong with a template", async () => {
    const args = ["--headless", "--no-sandbox", "--disable-gpu"];
    const browser = await chromium.launch({ executablePath, args });
    try {
      const page = await browser.newPage({ viewport: { width: 1300, height: 820 } });
      page.setDefaultTimeout(60_000);
      const best = page.locator(".demo-bar[data-best] .demo-chip");
      await page.goto(`${server.url}/labs/zero-shot-classify`);
      await best.waitFor();
      expect(await best.innerText()).toContain("politics");
      await page.locator("mark", { hasText: "voting" }).waitFor();
      await page.getByLabel("New label").fill("play music, refund");
      await page.keyboard.press("Enter");
      expect(await page.locator(".demo-bar").count()).toBe(5);
      await page.locator(".glow textarea").fill("put on a song by Nina Simone");
      await page.locator(".demo-bar[data-best]", { hasText: "play music" }).waitFor();
      await page.getByLabel("Remove “play music”").press("Alt+ArrowUp");
      expect(await page.locator(".demo-chip").allInnerTexts()).toEqual(
        ["business", "art & culture", "play music", "politics", "refund"].map((each) =>
          expect.stringContaining(each),
        ),
      );
      await page.getByRole("combobox", { name: "Template" }).fill("about it");
      await page.locator(".notice-bad", { hasText: "expected one {}" }).waitFor();
    } finally {
      await browser.close();
    }
  }, 120_000);
});
