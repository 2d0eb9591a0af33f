/** @file The labs as a user calls them: figures of a labelled table, a classifier trained and judged, reviews. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { issueOf, type TestFolder, testFolder } from "../../data/testing.ts";
import type { LabContext } from "../../lab/define.ts";
import { classifyLab, evaluateLab, labelLab, trainLab } from "./lab.ts";

const table = [
  "text,label",
  "my card is lost,card",
  "someone stole my debit card,card",
  "what is the exchange rate for euros,exchange rate",
  "how many dollars do I get for ten pounds,exchange rate",
  "the card was stolen from my bag,card",
  "which rate applies to yen,exchange rate",
].join("\n");

describe("labs", () => {
  let folder: TestFolder;
  let context: LabContext;
  let artifacts: Map<string, unknown>;
  beforeEach(async () => {
    folder = testFolder();
    artifacts = new Map();
    context = {
      id: "0000000000",
      folder: await mkdtemp(join(tmpdir(), "deepdive-lab-")),
      metrics() {},
      flush: async () => {},
      progress() {},
      signal: new AbortController().signal,
      async artifact(name, kind, content) {
        artifacts.set(name, content);
        return { name, kind, mediaType: "", bytes: 0 };
      },
    };
  });
  afterEach(async () => {
    folder.remove();
    await rm(context.folder, { recursive: true, force: true });
  });

  it("classify a text", async () => {
    const input = classifyLab.input.parse({
      text: ["when will it rain in Paris"],
      labels: "weather forecast, football, cooking",
    });
    const { results } = (await classifyLab.run(context, input)) as {
      results: { labels: string[] }[];
    };
    expect(results[0]!.labels[0]).toBe("weather forecast");
  });

  it("judge labels by the truth, and train a classifier that is judged in its turn", async () => {
    const file = folder.write("few.csv", `${table}\n`);
    const judged = await evaluateLab.run(context, evaluateLab.input.parse({ file }));
    expect(judged).toMatchObject({ tested: 6, accuracy: 1, macroF1: 1 });
    expect(artifacts.get("confusion")).toEqual({
      classes: ["card", "exchange rate"],
      counts: [
        [3, 0],
        [0, 3],
      ],
    });
    const model = join(folder.path, "model");
    const trained = await trainLab.run(context, trainLab.input.parse({ file, save: model }));
    expect(trained).toMatchObject({
      examples: 6,
      labels: ["card", "exchange rate"],
      folder: model,
    });
    const again = await evaluateLab.run(context, evaluateLab.input.parse({ file, model }));
    expect(again).toMatchObject({ accuracy: 1 });

    // The same model for a text, and for a file.
    const text = ["I lost my card"];
    const one = await classifyLab.run(context, classifyLab.input.parse({ text, model }));
    expect(one).toMatchObject({ results: [{ labels: ["card", "exchange rate"] }] });
    const unlabelled = folder.write("new.csv", "text\nlost card\nrate of the euro\n");
    const labelled = labelLab.input.parse({ file: unlabelled, model });
    await labelLab.run(context, labelled);
    const lines = String(artifacts.get("labelled.csv")).trimEnd().split("\n");
    expect(lines.slice(1).map((line) => line.split(",")[1])).toEqual(["card", "exchange rate"]);
    for (const [wrong, field] of [
      [{ file }, "labels"],
      [{ file, model, labels: "a, b" }, "labels"],
      [{ file, model, corpus: true }, "corpus"],
    ] as const) {
      const issue = await issueOf(() => labelLab.run(context, labelLab.input.parse(wrong)));
      expect(issue.field).toBe(field);
    }
  });

  it("label a file, save the table, and leave the doubtful rows for review", async () => {
    const file = folder.write("a.csv", "id,text\n1,my card is lost\n2,the euro rate\n3,\n");
    const save = join(folder.path, "out", "labelled.jsonl");
    const summary = await labelLab.run(
      context,
      labelLab.input.parse({ file, labels: "card, exchange rate", save }),
    );
    expect(summary).toMatchObject({ rows: 3, empty: 1, saved: save });
    const rows = (await readFile(save, "utf8")).trimEnd().split("\n");
    expect(rows.map((row) => JSON.parse(row).label)).toEqual(["card", "exchange rate", null]);
    const reviews = String(artifacts.get("reviews.jsonl")).trimEnd().split("\n");
    expect(reviews.map((line) => JSON.parse(line).guess).sort()).toEqual(["card", "exchange rate"]);
    expect(JSON.parse(reviews[0]!).doubt).toBeGreaterThanOrEqual(JSON.parse(reviews[1]!).doubt);
  });
});
