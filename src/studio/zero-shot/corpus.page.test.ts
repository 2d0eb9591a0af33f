// A labelling run on its page in Chromium: the map, the slider, Z, the review desk, and the way to a classifier.
import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  accessibilityFaults,
  executablePath,
  useStudio,
} from "../../../scripts/testing/studio-page.ts";
import { uniformStream } from "../../data/random.ts";
import { testFolder } from "../../data/testing.ts";
import { LabRegistry, runLab, type Store } from "../../lab/index.ts";
import type { RunningServer } from "../../server/index.ts";
import type { CorpusView } from "./corpus-data.ts";

if (!executablePath) console.log("corpus view: skipped, no Chromium was found ($CHROMIUM)");

const labels = ["lost card", "exchange rate", "weather forecast"];
const evil = '<img src=x onerror="document.title=1"> my card is gone, <b>help</b>';

/** Three kinds of questions in a few wordings each, and one text that would like to be markup. */
function table(): string {
  const [cards, rates, skies] = [
    ["my {} was stolen", "I lost my {}", "someone took my {}", "where is my {}, it is gone"],
    ["what is the rate for {}", "how many {} do I get", "exchange {} please", "is {} up today"],
    ["will it {} tomorrow", "how much will it {} in Paris", "does it {} today", "when will it {}"],
  ] as const;
  const kinds = [
    { forms: cards, words: ["card", "bank card", "debit card", "visa card", "credit card"] },
    { forms: rates, words: ["euros", "dollars", "pounds", "yen", "francs"] },
    { forms: skies, words: ["rain", "snow", "be sunny", "be windy", "freeze"] },
  ];
  const rows = kinds.flatMap(({ forms, words }, kind) =>
    words.flatMap((word) => forms.map((form) => `"${form.replace("{}", word)}",${labels[kind]}`)),
  );
  return ["text,truth", `"${evil.replaceAll('"', '""')}",lost card`, ...rows, ""].join("\n");
}

/** Word vectors by chance: Z can be fitted, and means nothing. */
function wordVectors(): string {
  const draw = uniformStream(3);
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  const words = letters.flatMap((a) => letters.flatMap((b) => [`${a}${b}`, `${a}${b}s`]));
  const numbers = () => Array.from({ length: 12 }, () => (draw() - 0.5).toFixed(3)).join(" ");
  return `${words.map((word) => `${word} ${numbers()}`).join("\n")}\n`;
}

describe.skipIf(!executablePath)("the corpus view in Chromium", { timeout: 60_000 }, () => {
  const folder = testFolder();
  let run: string;
  const prepare = async (store: Store) => {
    vi.stubEnv("DEEPDIVE_DATA", folder.path);
    vi.stubEnv("DEEPDIVE_CACHE", join(folder.path, "cache"));
    mkdirSync(join(folder.path, "word-vectors"));
    folder.write("word-vectors/vectors.txt", wordVectors());
    const rules = [{ name: "money", label: labels[1], words: ["euros", "yen", "card"] }];
    const done = await runLab({
      registry: new LabRegistry(),
      store,
      lab: "zero-shot label",
      name: "questions",
      input: {
        file: folder.write("questions.csv", table()),
        labels: labels.join(", "),
        corpus: true,
        truthColumn: "truth",
        rules: folder.write("rules.json", JSON.stringify(rules)),
      },
    });
    expect(done.status).toBe("done");
    run = done.id;
  };
  const viewport = { width: 1_300, height: 900 };
  const studio = useStudio({ labs: [], works: true, viewport, prepare });
  let store: Store;
  let server: RunningServer;
  let page: Page;
  beforeAll(() => {
    ({ store, server } = studio);
  });
  beforeEach(() => {
    ({ page } = studio);
    page.setDefaultTimeout(30_000);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    folder.remove();
  });
  const faults = () => accessibilityFaults(page);

  const picture = () =>
    page.locator(".map canvas").evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const figure = async (name: string) =>
    Number((await page.locator(`[data-figure=${name}]`).innerText()).replace(/[,%]/g, ""));
  async function artifact<T>(name: string): Promise<T> {
    const file = await store.artifact(run, name);
    return JSON.parse(await readFile(file!.path, "utf8")) as T;
  }
  const open = async () => {
    await page.goto(`${server.url}/runs/${run}`);
    await page.locator(".map canvas").waitFor();
  };

  it("keeps as many labels as the table has that are as sure as the slider says", async () => {
    await open();
    expect(await figure("kept")).toBe(61);
    await page.getByLabel("Label the surest").fill("60");
    const csv = await readFile((await store.artifact(run, "labelled.csv"))!.path, "utf8");
    // The texts hold commas only in quotes: the columns after them are counted from the end.
    const rows = csv
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","));
    const sure = rows.map((cells) => Number(cells.at(-6)));
    const least = sure.toSorted((a, b) => b - a)[Math.round(0.6 * rows.length) - 1]!;
    const kept = rows.filter((_, row) => sure[row]! >= least);
    expect(await figure("kept")).toBe(kept.length);
    expect(await figure("without")).toBe(61 - kept.length);
    const right = kept.filter((cells) => cells.at(-7) === cells.at(-1)).length;
    expect(await figure("accuracy")).toBeCloseTo((100 * right) / kept.length, 1);
    const own = kept.filter((cells) => cells.at(-7) === labels[2]).length;
    const legend = page.locator(".map-legend button", { hasText: labels[2] });
    expect(await legend.locator("b").innerText()).toBe(String(own));
  });

  it("shows a text by key, by mouse and by table, as text; and one label alone", async () => {
    await open();
    await page.locator(".map canvas").focus();
    await page.keyboard.press("ArrowRight");
    await page.locator(".map-open").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".map-open-none").waitFor();
    await page.getByLabel("Search the texts").fill("img src=x");
    await page.locator(".map-table button").click();
    expect(await page.locator(".map-open p").innerText()).toBe(evil);
    expect(await page.title()).toBe("questions · Deepdive");
    // Somewhere in the picture there is a text: the pointer finds it, and a click opens it.
    await page.locator(".map canvas").scrollIntoViewIfNeeded();
    const box = (await page.locator(".map canvas").boundingBox())!;
    const view = await artifact<CorpusView>("corpus.json");
    let hint = "";
    for (let at = 0; at < 400 && hint === ""; at++) {
      const [x, y] = [40 + ((at * 17) % (box.width - 80)), 60 + ((at * 29) % (box.height - 120))];
      await page.mouse.move(box.x + x, box.y + y);
      if ((await page.locator(".map-hint").count()) > 0) {
        hint = await page.locator(".map-hint p").innerText();
        await page.mouse.down();
        await page.mouse.up();
      }
    }
    expect(view.texts.text).toContain(hint);
    expect(await page.locator(".map-open p").innerText()).toBe(hint);
    const all = await picture();
    await page.locator(".map-legend button", { hasText: labels[0] }).click();
    await page.getByRole("heading", { name: "Texts labelled “lost card”" }).waitFor();
    expect(await picture()).not.toBe(all);
  });

  it("moves the texts when Z comes in, and labels them one by one there", async () => {
    await open();
    await page.emulateMedia({ reducedMotion: "reduce" });
    const before = await picture();
    await page.getByText("after Z", { exact: true }).click();
    await expect.poll(picture).not.toBe(before);
    await page.getByText("one by one", { exact: true }).first().click();
    const view = await artifact<CorpusView>("corpus.json");
    const { thresholds } = view.labellings.find(({ kind }) => kind === "projected")!;
    expect(await figure("accuracy")).toBeCloseTo((100 * thresholds.right!.at(-1)!) / 61, 1);
    await page.getByText("before Z", { exact: true }).click();
    const plain = view.labellings.find(({ kind }) => kind === "plain")!.thresholds;
    await expect.poll(() => figure("accuracy")).toBeCloseTo((100 * plain.right!.at(-1)!) / 61, 1);
  });

  it("tells of sources and wordings, and has no serious fault", async () => {
    await open();
    const sources = page.getByRole("region", { name: "Sources of votes" });
    // 8 of 61 texts hold euros or yen, and 21 the word card.
    expect(await sources.locator("tr", { hasText: "money" }).first().innerText()).toMatch(
      /money\s+47\.5%/,
    );
    await page.getByRole("heading", { name: "Label doctor" }).waitFor();
    expect(await faults()).toEqual([]);
    await page.getByRole("button", { name: "Русский" }).click();
    await page.getByRole("heading", { name: "Карта текстов" }).waitFor();
    await page.setViewportSize({ width: 390, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(390);
  });

  it("takes the doctor's advice with one press", async () => {
    const advice = [
      { kind: "wording", labels: [labels[1]], proposal: "money, exchange", examples: [evil] },
    ].map((each) => ({ ...each, message: "", strength: 0.5 }));
    await page.route("**/artifacts/doctor.json", (route) => route.fulfill({ json: advice }));
    await open();
    const card = page.locator(".doctor-card");
    expect(await card.innerText()).toContain(evil);
    await card.getByRole("button", { name: "Use this wording and label again" }).click();
    await page.waitForURL((url) => !url.pathname.endsWith(run));
    const [again] = await store.runs({ lab: "zero-shot-label" });
    const given = (again!.config as { labels: string; corpus: boolean }).labels;
    expect(JSON.parse(given)).toEqual([
      { name: labels[0] },
      { name: labels[1], description: "money, exchange" },
      { name: labels[2] },
    ]);
    await page.locator(".status-done").waitFor();
  }, 60_000);

  it("leads over the review desk to a classifier, and labels again while one looks on", async () => {
    await open();
    await page.getByRole("link", { name: "Open the review desk" }).click();
    const progress = page.locator(".card .note").first();
    await page.locator(".label-text").waitFor();
    await page.keyboard.press("1");
    await expect.poll(() => progress.innerText()).toMatch(/^1 of \d+ labelled · \d+% agree/);
    await page.reload();
    await page.locator(".label-text").waitFor();
    expect(await progress.innerText()).toMatch(/^1 of/);
    await page.keyboard.press("z");
    await expect.poll(() => progress.innerText()).toMatch(/^0 of/);
    const similar = await page.locator(".along li").count();
    if (similar > 0) await page.keyboard.press("a");
    await page.keyboard.press("2");
    await expect.poll(() => progress.innerText()).toMatch(new RegExp(`^${1 + similar} of`));
    expect(await faults()).toEqual([]);
    await page.getByRole("link", { name: "The run and its map" }).click();
    await page.getByText(`${1 + similar} answered`).waitFor();
    await page.getByLabel("Label the surest").fill("80");
    await page.getByRole("button", { name: "Make my classifier" }).click();
    await page.getByRole("heading", { name: "Your classifier" }).waitFor();
    const [made] = await store.runs({ lab: "zero-shot-export" });
    expect(page.url()).toBe(`${server.url}/runs/${made!.id}`);
    const { abstain, reviewed } = made!.config as { abstain: number; reviewed: string };
    expect(abstain).toBeGreaterThan(0);
    expect((await readFile(reviewed, "utf8")).split("\r\n")).toHaveLength(3 + similar);
    const file = page.getByRole("link", { name: "Save the classifier" });
    expect(await file.getAttribute("href")).toBe(`/api/runs/${made!.id}/artifacts/classifier.onnx`);
    await page.locator(".status-done").waitFor();
    expect(await faults()).toEqual([]);
    await page.goto(`${server.url}/runs/${run}`);
    await page.getByRole("button", { name: /^Label again with/ }).click();
    await page.waitForURL((url) => !url.pathname.endsWith(run));
    // Nothing is loaded anew: what the job leaves comes as an event.
    await page.locator(".map canvas").waitFor();
    await page.locator(".status-done").waitFor();
    const [again] = await store.runs({ lab: "zero-shot-label" });
    expect(again).toMatchObject({ parent: run, name: "questions" });
  }, 120_000);
});
