// How soon the home page is there and works, in a real browser.
import { gzipSync } from "node:zlib";
import { type Browser, chromium, type Page } from "playwright-core";

/** What was measured. */
export interface PageSpeed {
  /** First contentful paint, ms from the start of the navigation. */
  readonly paintMs: number;
  /** The cards stand, a click on one leads to its form, and the main thread was free before. */
  readonly interactiveMs: number;
  /** JavaScript of the home page, gzipped. */
  readonly scriptBytes: number;
}

/** Opens the home page in a fresh context of the browser, with nothing cached. */
export async function measurePage(browser: Browser, url: string): Promise<PageSpeed> {
  const context = await browser.newContext({ viewport: { width: 1_400, height: 900 } });
  try {
    const page = await context.newPage();
    const scripts: Promise<number>[] = [];
    page.on("response", (response) => {
      if (response.request().resourceType() !== "script") return;
      scripts.push(response.body().then((body) => gzipSync(body).byteLength));
    });
    await page.goto(url, { waitUntil: "commit" });
    const link = page.getByRole("link", { name: "Run it" }).first();
    await link.waitFor();
    // A frame after the cards were drawn, so that whatever blocked the page is over.
    const interactiveMs = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
        }),
    );
    const paintMs = await firstPaint(page);
    await link.click();
    await page.locator("form.lab-form").waitFor();
    const sizes = await Promise.all(scripts);
    return { paintMs, interactiveMs, scriptBytes: sizes.reduce((sum, size) => sum + size, 0) };
  } finally {
    await context.close();
  }
}

function firstPaint(page: Page): Promise<number> {
  return page.evaluate(() => {
    const [entry] = performance.getEntriesByName("first-contentful-paint");
    return entry?.startTime ?? Number.NaN;
  });
}

/** A browser for measurements. */
export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
}
