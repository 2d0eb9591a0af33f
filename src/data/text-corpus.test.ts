import { afterAll, describe, expect, it } from "vitest";
import { issueOf, testFolder } from "./testing.ts";
import { divide, partOf, readCorpus, summarizeData } from "./text-corpus.ts";

const folder = testFolder();
afterAll(() => folder.remove());

const words = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda my".split(" ");
/** Texts that share no run of words with another. */
const unlike = (i: number) =>
  [0, 1, 2, 3, 4]
    .map(
      (k) =>
        `${words[(i + k * k) % 12]}${words[(i * 7 + k) % 12]}x${"abcdefghij"[i % 10]}${"klmnopqrst"[Math.floor(i / 10) % 10]}`,
    )
    .join(" ");

async function corpusOf(rows: readonly (readonly [string, string])[]) {
  const lines = rows.map(([text, label]) => `"${text}",${label}`);
  const path = folder.write("table.csv", `text,label\n${lines.join("\n")}\n`);
  return readCorpus({ path, textColumn: "text", labelColumn: "label" });
}

describe("a corpus", () => {
  it("leaves rows without text or label out, and says how many", async () => {
    const corpus = await corpusOf([
      ["one", "a"],
      ["", "a"],
      ["two", "b"],
      ["three", ""],
      ["four", "a"],
    ]);
    expect(corpus.texts).toEqual(["one", "two", "four"]);
    expect([...corpus.rows]).toEqual([0, 2, 4]);
    expect(corpus).toMatchObject({ skipped: 2, source: "table.csv", classes: ["a", "b"] });
  });

  it("is divided with every class in its share, copies on one side", async () => {
    const rows = Array.from(
      { length: 100 },
      (_, i) => [unlike(i), i % 4 === 0 ? "rare" : "usual"] as const,
    );
    const corpus = await corpusOf([...rows, ...rows.slice(0, 10)]);
    const division = divide(corpus, 3);
    const summary = summarizeData(corpus, division);
    expect(summary).toMatchObject({ rows: 110, skipped: 0, groups: 100 });
    const [rare, usual] = summary.classes;
    expect(rare!.train + rare!.valid + rare!.test).toBe(28);
    expect(usual!.test).toBeGreaterThanOrEqual(14);
    expect(rare!.test).toBeGreaterThanOrEqual(4);
    const texts = (part: Int32Array) => new Set(partOf(corpus, part).texts);
    const test = texts(division.parts.test);
    for (const text of [...texts(division.parts.train), ...texts(division.parts.valid)]) {
      expect(test.has(text)).toBe(false);
    }
  });

  it("that is one mail again and again cannot be divided", async () => {
    const rows = Array.from(
      { length: 20 },
      (_, i) => ["the same words here", i % 2 ? "a" : "b"] as const,
    );
    const corpus = await corpusOf(rows);
    const issue = await issueOf(() => divide(corpus, 1));
    expect(issue.message).toContain("received 20 texts in 1 groups of near-duplicates. Add texts");
  });
});
