import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  accessibilityFaults,
  executablePath,
  useStudio,
} from "../../scripts/testing/studio-page.ts";
import type { Store } from "../lab/index.ts";
import type { RunningServer } from "../server/index.ts";
import { scriptRun } from "../systems/text-classifier/testing.ts";

if (!executablePath) console.log("workbench pages: skipped, no Chromium was found ($CHROMIUM)");

const labs = fileURLToPath(new URL("../lab/fixtures/labs", import.meta.url));

describe.skipIf(!executablePath)("the workbench in Chromium", { timeout: 30_000 }, () => {
  const studio = useStudio({ labs: [labs], works: true });
  let store: Store;
  let server: RunningServer;
  let page: Page;
  beforeAll(() => {
    ({ store, server } = studio);
  });
  beforeEach(() => {
    ({ page } = studio);
  });

  it("starts a run from its lab's form, watches it, stops it and lets it go on", async () => {
    await page.goto(server.url);
    const card = page.locator(".lab-card", { hasText: "Counts to a number" });
    await card.getByRole("link", { name: "Run it" }).click();
    await page.getByLabel("Steps", { exact: true }).fill("80");
    await page.getByLabel("Step ms").fill("50");
    await page.getByLabel("Loud").check();
    await page.getByRole("button", { name: "Run it" }).click();
    await page.getByRole("progressbar").waitFor();
    await page.getByRole("img", { name: /^loss over/ }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped", { exact: true }).waitFor();
    await page.getByText("step 1", { exact: false }).first().waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByText("Done", { exact: true }).waitFor();
    await page.getByRole("img", { name: /^loss over 80 steps/ }).waitFor();
    await page.getByText("80 steps", { exact: true }).waitFor();
  });

  it("says which field is wrong when a form cannot be sent", async () => {
    await page.goto(`${server.url}/labs/toy-count`);
    await page.getByLabel("Steps", { exact: true }).fill("0");
    await page.getByRole("button", { name: "Run it" }).click();
    await page.getByText(/^steps: /).waitFor();
    studio.complaints = studio.complaints.filter((text) => !text.includes("400"));
  });

  it("brushes a table in the plot, by pointer and by key, and takes it back", async () => {
    await page.goto(`${server.url}/compare`);
    const rows = Array.from({ length: 100 }, (_, i) => `${i},${(i * 37) % 100},${i % 3}`);
    await page.locator("input[type=file]").setInputFiles({
      name: "t.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(["a,b,c", ...rows].join("\n")),
    });
    const count = page.locator(".counts b");
    await expect.poll(() => count.innerText()).toBe("100/100");
    const box = await page.locator(".hit").first().boundingBox();
    if (!box) throw new Error("the first axis has no box");
    const [x, top, height] = [box.x + box.width / 2, box.y + 8, box.height - 16];
    await page.mouse.move(x, top + height * 0.5);
    await page.mouse.down();
    await page.mouse.move(x, top + height * 0.75, { steps: 4 });
    await page.mouse.move(x, top + height * 1.2, { steps: 4 });
    await page.mouse.up();
    // The lower half of 0 to 99.
    await expect.poll(() => count.innerText()).toBe("50/100");
    await page.getByRole("button", { name: "Keep" }).click();
    await expect.poll(() => count.innerText()).toBe("50/50");
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => count.innerText()).toBe("50/100");
    await page.locator(".hit").first().focus();
    await page.keyboard.press("Delete");
    await expect.poll(() => count.innerText()).toBe("100/100");
    await page.locator(".label").first().focus();
    await page.keyboard.press("ArrowRight");
    expect((await page.locator(".label").allInnerTexts()).slice(0, 2)).toEqual(["b", "a"]);
  });

  it("labels ten texts by key, the most doubtful first, and keeps them over a reload", async () => {
    await page.goto(`${server.url}/labelling`);
    const rows = Array.from(
      { length: 12 },
      (_, i) => `mail number ${i},${i % 2 ? "spam" : "ham"},${0.5 + ((i * 7) % 12) / 30}`,
    );
    await page.locator("input[type=file]").setInputFiles({
      name: "mails.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(["text,label,confidence", ...rows].join("\n")),
    });
    const text = page.locator(".label-text p").first();
    await expect.poll(() => text.innerText()).toBe("mail number 0");
    for (let press = 0; press < 5; press++) await page.keyboard.press(press % 2 ? "1" : "2");
    await page.keyboard.press("z");
    await page.getByText("4 of 12 labelled").waitFor();
    await page.reload();
    await page.getByText("4 of 12 labelled").waitFor();
    for (let press = 0; press < 6; press++) await page.keyboard.press("1");
    await page.getByText("10 of 12 labelled").waitFor();
  });

  it("keeps what is decided on a run's doubtful texts on the server", async () => {
    const run = await store.createRun({ lab: "zero-shot-label", name: "Ten mails" });
    const lines = Array.from({ length: 10 }, (_, row) =>
      JSON.stringify({
        row,
        text: `text ${row}`,
        guess: row % 2 ? "spam" : "ham",
        doubt: row / 10,
        scores: {},
      }),
    );
    await run.artifact("reviews.jsonl", "text", lines.join("\n"));
    await run.finish({});
    await page.goto(`${server.url}/labelling`);
    await page.getByRole("link", { name: /^Ten mails/ }).click();
    const text = page.locator(".label-text p").first();
    await expect.poll(() => text.innerText()).toBe("text 9");
    for (let press = 0; press < 10; press++) await page.keyboard.press("1");
    await page.getByText("All texts are labelled.").waitFor();
    await page.keyboard.press("z");
    await expect.poll(() => text.innerText()).toBe("text 0");
    const answered = async () => {
      const answer = await fetch(`${server.url}/api/runs/${run.id}/reviews/answered`);
      return ((await answer.json()) as { reviews: { answer: string }[] }).reviews;
    };
    await expect.poll(async () => (await answered()).length).toBe(9);
    expect(new Set((await answered()).map(({ answer }) => answer))).toEqual(new Set(["ham"]));
  });

  it("speaks Russian when asked, and remembers it", async () => {
    await page.goto(server.url);
    await page.getByRole("button", { name: "Русский" }).click();
    await page.getByRole("heading", { name: "Что будем делать?" }).waitFor();
    await page.reload();
    await page.getByRole("link", { name: "Сравнение" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("ru");
    await page.evaluate(() => localStorage.clear());
  });

  it("has no serious accessibility fault on any page, light or dark", {
    timeout: 120_000,
  }, async () => {
    const run = await scriptRun(store);
    const paths = [
      "/",
      "/runs",
      `/runs/${run.id}`,
      "/labs/toy-count",
      "/compare",
      "/models",
      "/data",
    ];
    for (const path of [...paths, "/labelling"]) {
      await page.goto(server.url + path);
      await page.locator("h1").waitFor();
      if (path === "/compare") await page.locator(".view").waitFor();
      expect.soft(await accessibilityFaults(page), path).toEqual([]);
    }
  });
});
