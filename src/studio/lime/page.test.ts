// The explanations on a run's page in Chromium: words that hide, a picture with its threshold, picks.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findChromium } from "../../../scripts/chromium.ts";
import type { Store } from "../../lab/index.ts";
import { makeStore } from "../../lab/testing.ts";
import { ensureStudioBundle, type RunningServer, startServer } from "../../server/index.ts";
import {
  encodePng,
  explainEntities,
  explainImage,
  explainMixed,
  explainText,
  type ImageLike,
  projectNeighbourhood,
  reportJson,
  stabilityRibbon,
  TabularExplainer,
  type TextExplanation,
} from "../../systems/lime/index.ts";

const executablePath = findChromium();
if (!executablePath) console.log("lime page: skipped, no Chromium was found ($CHROMIUM)");

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const wordModel = (texts: string[]) =>
  texts.map((text) => {
    const p = 0.1 + (text.includes("prize") ? 0.5 : 0) + (text.includes("free") ? 0.3 : 0);
    return [1 - p, p];
  });
const texts = ["a free <b>prize</b> and a letter to you all from me today at noon", "no prize"];
const picture: ImageLike = {
  data: Uint8Array.from({ length: 64 }, (_, i) => (i % 8 < 4 && i < 32 ? 255 : 90)),
  shape: [8, 8, 1],
};

describe.skipIf(!executablePath)("the explanations in Chromium", () => {
  let store: Store;
  let discard: () => Promise<void>;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    let studio: string;
    [{ store, discard }, studio] = await Promise.all([makeStore(), ensureStudioBundle()]);
    server = await startServer({ store, studio, port: 0 });
    const args = ["--headless", "--no-sandbox", "--disable-gpu"];
    browser = await chromium.launch({ executablePath, args });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await discard?.();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
    complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      const { url } = message.location();
      // Runs that were written by hand lack what other parts of the page ask for, such as a log.
      const elsewhere = url.includes("/api/") && !url.includes("/artifacts/");
      if (message.type() === "error" && !elsewhere) complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  /** Serious faults that axe finds, in light and dark. */
  async function faults(): Promise<string[]> {
    await page.evaluate(axe);
    const found: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const here = await page.evaluate(async () => {
        type Fault = { id: string; impact: string; nodes: { html: string }[] };
        const { axe } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: Fault[] }> };
        };
        return (await axe.run()).violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 160)}`);
      });
      found.push(...here.map((fault) => `${colorScheme} ${fault}`));
    }
    return found;
  }

  async function textRun(lab: string, examples: readonly TextExplanation[]): Promise<string> {
    const run = await store.createRun({
      lab,
      config: { model: "http://model", outputs: "logits" },
    });
    await run.artifact("explanations.json", "table", examples.map(reportJson));
    const neighbours = examples.map(({ neighbourhood, explanations: [first] }) => ({
      ...projectNeighbourhood(neighbourhood, first!, { kernelWidth: 25 }),
      ribbon: stabilityRibbon(neighbourhood, first!, { kernelWidth: 25 }) ?? null,
    }));
    await run.artifact("neighbours.json", "table", neighbours);
    await run.finish({});
    return run.id;
  }

  it("hides a word on a click and shows what the model says then", async () => {
    const explained = await explainText(texts[0]!, wordModel, {
      classNames: ["ham", "spam"],
      samples: 300,
    });
    const asked: string[] = [];
    await page.route("**/api/labs/lime-ask/call", async (route) => {
      const { input } = route.request().postDataJSON() as { input: { texts: string[] } };
      asked.push(...input.texts);
      await route.fulfill({ json: { result: { outputs: wordModel(input.texts) } } });
    });
    await page.goto(`${server.url}/runs/${await textRun("lime-text", [explained])}`);
    const prize = page.getByRole("button", { name: "prize", exact: true });
    await prize.waitFor();
    expect(await page.locator(".lime-words").innerText()).toBe(texts[0]);
    const output = page.locator(".lime-output output");
    expect(await output.innerText()).toBe("0.9000");
    await prize.click();
    await page.getByText("1 hidden").waitFor();
    await expect.poll(() => output.innerText()).toBe("0.4000");
    expect(asked).toEqual([texts[0]!.replace("prize", "")]);
    await page.getByRole("button", { name: "Show all" }).click();
    expect(await output.innerText()).toBe("0.9000");
    expect(await page.locator(".lime-bars tr").first().innerText()).toMatch(/prize\s+\+0\.4/);
    expect(await page.getByRole("img", { name: "Neighbours in the plane" }).count()).toBe(1);
    expect(await page.getByRole("img", { name: "Weights over the number" }).count()).toBe(1);
    expect(await faults()).toEqual([]);
  });

  it("shows picks as a board of cards", async () => {
    const examples = [];
    for (const text of texts) examples.push(await explainText(text, wordModel, { samples: 100 }));
    await page.goto(`${server.url}/runs/${await textRun("lime-pick", examples)}`);
    const second = page.locator(".lime-board button", { hasText: "no prize" });
    await second.click();
    expect(await second.getAttribute("aria-pressed")).toBe("true");
    expect(await page.locator(".lime-words").innerText()).toBe("no prize");
    expect(await faults()).toEqual([]);
  });

  it("tints the regions of a picture down to a threshold", async () => {
    const explained = await explainImage(
      picture,
      (batch) => batch.map(({ data }) => [1 - data[0]! / 255, data[0]! / 255]),
      { segments: { method: "grid", cell: 4 }, hideColor: [0], labels: [1] },
    );
    const config = { model: "m.onnx", grey: true, hideColor: [0] };
    const run = await store.createRun({ lab: "lime-image", config });
    await run.artifact("explanations.json", "table", [reportJson(explained)]);
    const runs = Array.from(explained.segments).flatMap((region) => [region, 1]);
    await run.artifact("regions.json", "table", { height: 8, width: 8, runs });
    await run.artifact("picture.png", "image", await encodePng(picture), {
      mediaType: "image/png",
    });
    await run.finish({});
    await page.goto(`${server.url}/runs/${run.id}`);
    const canvas = page.locator(".lime-image canvas");
    await canvas.waitFor();
    const pixel = (x: number, y: number) =>
      canvas.evaluate(
        (element, [left, top]) => {
          const context = (element as HTMLCanvasElement).getContext("2d")!;
          return Array.from(context.getImageData(left!, top!, 1, 1).data.slice(0, 3));
        },
        [x, y],
      );
    // White, with 60% of the colour that speaks for a class.
    await expect.poll(() => pixel(1, 1)).toEqual([109, 178, 202]);
    expect(await pixel(6, 6)).toEqual([90, 90, 90]);
    expect(await faults()).toEqual([]);
    const asked: number[][] = [];
    await page.route("**/api/labs/lime-ask/call", async (route) => {
      type Asked = { input: { images: { shape: number[]; data: string }[] } };
      const [image] = (route.request().postDataJSON() as Asked).input.images;
      expect(image!.shape).toEqual([8, 8, 1]);
      asked.push([...Buffer.from(image!.data, "base64")]);
      await route.fulfill({ json: { result: { outputs: [[0.75, 0.25]] } } });
    });
    const output = page.locator(".lime-output output");
    expect(await output.innerText()).toBe("1.0000");
    // A click into the upper left quarter hides its region; the model gets it black.
    const box = (await canvas.boundingBox())!;
    await canvas.click({ position: { x: box.width / 8, y: box.height / 8 } });
    await expect.poll(() => output.innerText()).toBe("0.2500");
    expect(asked).toEqual([Array.from(picture.data, (v) => (v === 255 ? 0 : v))]);
    expect(await pixel(1, 1)).toEqual([0, 0, 0]);
    const button = page.getByRole("button", { name: "region 0" });
    expect(await button.getAttribute("aria-pressed")).toBe("true");
    await button.click();
    expect(await output.innerText()).toBe("1.0000");
    expect(await faults()).toEqual([]);
  });

  it("masks a word of a sentence and asks the tagger", async () => {
    const tags = ["O", "B-LOC"];
    const tagger = (all: (readonly string[])[]) =>
      all.map((tokens) =>
        tokens.flatMap((_, i) => (tokens[i - 1] === "in" ? [0.1, 0.9] : [0.9, 0.1])),
      );
    const tokens = ["Ada", "lived", "in", "London"];
    const explained = await explainEntities(tokens, tagger, { tags });
    const config = { model: "http://model", tags: ["O,B-LOC"], mask: "UNKWORDZ" };
    const run = await store.createRun({ lab: "lime-ner", config });
    await run.artifact("explanations.json", "table", explained.map(reportJson));
    await run.finish({});
    await page.route("**/api/labs/lime-ask/call", async (route) => {
      const { input } = route.request().postDataJSON() as { input: { tokens: string[][] } };
      await route.fulfill({ json: { result: { outputs: tagger(input.tokens) } } });
    });
    await page.goto(`${server.url}/runs/${run.id}`);
    const output = page.locator(".lime-output output");
    const word = page.getByRole("button", { name: "in", exact: true });
    await word.click();
    await expect.poll(() => output.innerText()).toBe("0.1000");
    expect(await word.getAttribute("aria-pressed")).toBe("true");
    expect(await faults()).toEqual([]);
  });

  it("puts the usual value into a cell, and hides words beside columns", async () => {
    const names = ["size", "age"];
    const rows = Array.from({ length: 40 }, (_, i) => [i, (i * 7) % 40]);
    const table = new TabularExplainer({ names, rows }, { classNames: ["no", "yes"] });
    const yes = (p: number) => [1 - p, p];
    const alone = await table.explain([2, 30], (all) => all.map(([v]) => yes(v! < 10 ? 0.8 : 0.3)));
    const both = await explainMixed(
      { text: "urgent: pay now", columns: [2, 30] },
      (all) =>
        all.map(({ text, columns: [v] }) => yes((text.includes("pay") ? 0.5 : 0) + v! / 100)),
      { table },
    );
    const asked: unknown[] = [];
    await page.route("**/api/labs/lime-ask/call", async (route) => {
      const { model: _, ...rest } = (route.request().postDataJSON() as { input: object }).input as {
        model: string;
      };
      asked.push(rest);
      await route.fulfill({ json: { result: { outputs: [yes(0.3)] } } });
    });
    for (const [lab, explained] of [
      ["lime-table", alone],
      ["lime-mixed", both],
    ] as const) {
      const run = await store.createRun({ lab, config: { model: "http://model" } });
      await run.artifact("explanations.json", "table", [reportJson(explained)]);
      await run.finish({});
      await page.goto(`${server.url}/runs/${run.id}`);
      const cell = page.getByRole("button", { name: "size: 2.00" });
      await cell.click();
      await expect.poll(() => page.locator(".lime-output output").innerText()).toBe("0.3000");
      expect(await cell.getAttribute("aria-pressed")).toBe("true");
      expect(await page.locator(".lime-cells").innerText()).toMatch(
        /size\s+2\.00\s+size <= 9\.75\s/,
      );
      expect(await faults()).toEqual([]);
    }
    await page.getByRole("button", { name: "pay", exact: true }).click();
    await expect.poll(() => asked.length).toBe(3);
    // 19.5 is the mean of the sizes.
    expect(asked).toEqual([
      { rows: [[19.5, 30]] },
      { mixed: [{ text: "urgent: pay now", columns: [19.5, 30] }] },
      { mixed: [{ text: "urgent:  now", columns: [19.5, 30] }] },
    ]);
  });
});
