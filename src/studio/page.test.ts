import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { executablePath, useStudio } from "../../scripts/testing/studio-page.ts";
import type { Run, Store } from "../lab/index.ts";
import type { RunningServer } from "../server/index.ts";
import {
  scriptArtifacts,
  scriptCurves,
  scriptRun,
  startScriptedRun,
} from "../systems/text-classifier/testing.ts";

if (!executablePath) console.log("studio pages: skipped, no Chromium was found ($CHROMIUM)");

describe.skipIf(!executablePath)("the Studio in Chromium", () => {
  let finished: Run;
  const studio = useStudio({
    labs: [],
    prepare: async (fresh) => {
      finished = await scriptRun(fresh);
    },
  });
  let store: Store;
  let server: RunningServer;
  let page: Page;
  beforeAll(() => {
    ({ store, server } = studio);
  });
  beforeEach(() => {
    ({ page } = studio);
  });
  const openRun = (run: Run) => page.goto(`${server.url}/runs/${run.id}`);
  const count = (selector: string) => page.locator(selector).count();

  it("lists the runs and leads to one, by mouse and back", async () => {
    await page.goto(`${server.url}/runs`);
    const row = page.locator(".run-row", { hasText: "SpamAssassin mails" });
    await row.waitFor();
    expect(await row.innerText()).toMatch(/Accuracy\s+98\.9%\s+F1\s+0\.980\s+AUROC\s+0\.999/);
    await row.click();
    await page.getByRole("heading", { name: "SpamAssassin mails" }).waitFor();
    expect(await page.title()).toBe("SpamAssassin mails · Deepdive");
    await page.goBack();
    await row.waitFor();
  });

  it("shows numbers of a real run on every card, and says which are not from here", async () => {
    await page.goto(server.url);
    await page.locator(".lab-card", { hasText: "Compare runs" }).waitFor();
    expect(await count(".lab-drawing")).toBe(0);
    expect(await count(".lab-picture")).toBe(await count(".lab-card"));
    const card = (title: string) => page.locator(".lab-card", { hasText: title });
    const own = card("Train a text classifier").locator(".lab-picture");
    await expect.poll(() => own.innerText()).toMatch(/Accuracy\s+98\.9%/);
    expect(await own.innerText()).not.toContain("run of ours");
    const labels = await card("Label texts").locator(".lab-picture").innerText();
    expect(labels).toMatch(
      /Label by names alone\s+81\.0%[\s\S]*From a run of ours, \d{4}-\d\d-\d\d/,
    );
  });

  it("shows figures beside the baseline, curves, confusion matrix and details", async () => {
    await openRun(finished);
    await page.locator(".mistake").first().waitFor();
    const figures = await page.locator(".figures").innerText();
    expect(figures).toMatch(/Accuracy\s+98\.9%\s+▲ 1\.1 pts above baseline 97\.8%/);
    expect(figures).toMatch(/Wrong\s+19\s+of 1,729/);
    const rows = await page.locator(".table tbody tr").allInnerTexts();
    expect(rows[1]).toMatch(/TF-IDF \+ logistic regression\s+baseline\s+97\.8%\s+0\.965\s+0\.998/);
    const charts = page.getByRole("img", { name: /over 620 steps/ });
    expect(await charts.count()).toBe(2);
    expect(await page.locator(".cell").allInnerTexts()).toEqual(
      ["1,237\n99.4%", "8\n0.6%", "11\n2.3%", "473\n97.7%"].map((text) =>
        expect.stringMatching(text.replace("\n", "\\s+")),
      ),
    );
    const body = await page.locator("main").innerText();
    for (const word of [
      "Environment",
      "Memory",
      "Tokenize",
      "6,871 groups",
      "Held out",
      "2.5 MB",
    ]) {
      expect(body).toContain(word);
    }
  });

  it("filters the mistakes by kind and by words", async () => {
    await openRun(finished);
    await page.getByRole("button", { name: "8 0.6%" }).click();
    expect(await count(".mistake")).toBe(8);
    await page.getByRole("button", { name: /^ham.*spam\s*8$/ }).click();
    expect(await count(".mistake")).toBe(12);
    await page.getByRole("button", { name: "Show more (7 left)" }).click();
    expect(await count(".mistake")).toBe(19);
    await page.getByRole("searchbox", { name: "Search in the texts" }).fill("maintenance");
    await expect.poll(() => count(".mistake")).toBe(1);
    expect(await page.locator("mark").first().innerText()).toBe("maintenance");
  });

  it("shows foreign texts as text, in full when asked by the keyboard", async () => {
    await openRun(finished);
    await page.getByRole("searchbox").fill("owned");
    await expect.poll(() => count(".mistake")).toBe(1);
    // From the search field past the three kinds of mistake to the text.
    for (let presses = 0; presses < 4; presses++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const full = page.locator(".mistake-full");
    await full.waitFor();
    expect(await full.innerText()).toContain(
      "<img src=x onerror=alert(1)> and <b>nothing else</b>",
    );
    expect(await page.locator(".mistake-subject").innerText()).toContain("<script>document.title=");
    expect(await count(".mistake img, .mistake script")).toBe(0);
    expect(await page.title()).toBe("SpamAssassin mails · Deepdive");
  });

  it("follows a run live from its first step to its results, without a reload", async () => {
    const run = await startScriptedRun(store, "Live");
    await openRun(run);
    await page.getByText("Running", { exact: true }).waitFor();
    scriptCurves(run, 1, 300);
    run.progress({
      phase: "train",
      done: 300,
      total: 620,
      values: { loss: 0.04 },
      secondsLeft: 30,
    });
    await page.getByRole("img", { name: /^loss over 300 steps/ }).waitFor();
    expect(await page.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("48");
    scriptCurves(run, 301, 620);
    await run.finish(await scriptArtifacts(run));
    await page.getByRole("img", { name: /^loss over 620 steps/ }).waitFor();
    await page.getByText("Done", { exact: true }).waitFor();
    await expect.poll(() => page.locator(".figures").innerText()).toMatch(/98\.9%/);
    await expect.poll(() => count(".mistake")).toBe(12);
    expect(await count(".progress")).toBe(0);
  });

  it("comes back by itself after the server was away, with what it missed", async () => {
    const run = await startScriptedRun(store, "Restart");
    scriptCurves(run, 1, 150);
    await run.flush();
    await openRun(run);
    await page.getByRole("img", { name: /^loss over 150 steps/ }).waitFor();
    await studio.away(async () => {
      await page.getByText("The server does not answer").waitFor();
      scriptCurves(run, 151, 200);
      await run.flush();
    });
    await page.getByRole("img", { name: /^loss over 200 steps/ }).waitFor();
    await page.getByText("The server does not answer").waitFor({ state: "detached" });
    await run.stop();
    await page.getByText("Stopped", { exact: true }).waitFor();
    studio.complaints = studio.complaints.filter(
      (text) => !text.includes("ERR_CONNECTION_REFUSED"),
    );
    studio.complaints = studio.complaints.filter(
      (text) => !text.includes("ERR_INCOMPLETE_CHUNKED_ENCODING"),
    );
  });

  it("says what is wrong: a failed run, a run that is not there, a page that is not there", async () => {
    const run = await store.createRun({ lab: "text-classifier", name: "mails.csv" });
    await run.fail(new Error('mails.csv: there is no column "label"'));
    await openRun(run);
    await page.getByText('mails.csv: there is no column "label"').waitFor();
    await page.goto(`${server.url}/runs/zzzzzzzzzz`);
    await page.getByText('There is no run "zzzzzzzzzz".').waitFor();
    studio.complaints = studio.complaints.filter((text) => !text.includes("404"));
  });

  it("fits 390 to 1600 pixels without sideways scrolling, light and dark", async () => {
    for (const width of [390, 768, 1_024, 1_600]) {
      await page.setViewportSize({ width, height: 900 });
      for (const path of ["/", "/runs", `/runs/${finished.id}`]) {
        await page.goto(server.url + path);
        await page
          .locator(path.length > 6 ? ".mistake" : ".run-row")
          .first()
          .waitFor();
        const sideways = () =>
          page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        await expect.poll(sideways, { message: `${path} at ${width}` }).toBeLessThanOrEqual(0);
      }
    }
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.emulateMedia({ colorScheme: "dark" });
    expect(light).toBe("rgb(245, 247, 249)");
    await expect.poll(background).toBe("rgb(11, 17, 23)");
  });

  it("is small: the home page needs under 150 kB of JavaScript, gzipped", async () => {
    const scripts: string[] = [];
    page.on("request", (request) => {
      if (request.resourceType() === "script") scripts.push(new URL(request.url()).pathname);
    });
    await page.goto(server.url);
    await page.locator("h1").waitFor();
    const sizes = await Promise.all(
      scripts.map(async (path) => gzipSync(await readFile(join(studio.bundle, path))).byteLength),
    );
    // React's development build alone would be more than that.
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
    expect(scripts.length).toBeGreaterThan(1);
  });
});
