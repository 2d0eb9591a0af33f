/** @file Entailment heads: trained on a small WordNet and on a user's pairs, saved, loaded. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issueOf, testFolder } from "../../data/testing.ts";
import type { Encoder } from "./api.ts";
import { classifyByEntailment } from "./entailment.ts";
import { parseLabels } from "./labels.ts";
import { type NliPair, seenClassPairs, trainEntailment } from "./nli.ts";
import { loadEntailment, type VectorPairModel } from "./nli-head.ts";
import { glossPairs } from "./nli-wordnet.ts";
import { wordEncoder } from "./testing/encoder.ts";

const folder = testFolder();
afterAll(() => folder.remove());

/** Two topmost concepts, then beasts and tools with three kinds each, whose glosses share a word. */
function smallWordNet(): string {
  const lines = [
    "00000001 03 n 01 entity 0 000 | all",
    "00000002 03 n 01 thing 0 001 @ 00000001 n 0000 | some",
  ];
  const groups = { beast: "furry", tool: "metal", drink: "liquid" };
  Object.entries(groups).forEach(([name, word], g) => {
    const own = `0000001${g}`;
    lines.push(`${own} 05 n 01 ${name} 0 001 @ 00000002 n 0000 | ${word} above`);
    for (const [i, kind] of ["small", "large", "old", "new", "red", "grey"].entries()) {
      lines.push(`000001${g}${i} 05 n 01 k${g}${i} 0 001 @ ${own} n 0000 | a ${kind} ${word} one`);
    }
  });
  return `${lines.join("\n")}\n`;
}

let encoder: Encoder;
let model: VectorPairModel;

beforeAll(async () => {
  folder.write("data.noun", smallWordNet());
  encoder = wordEncoder();
  const options = { encoder, wordnet: folder.path, steps: 150, batchSize: 16 };
  model = await trainEntailment("wordnet", options);
});

describe("pairs of WordNet", () => {
  it("ask for concepts below the two topmost that are right, or wrong", async () => {
    const pairs = await glossPairs({ wordnet: folder.path });
    expect([...pairs.concepts].sort()).toEqual(["beast", "drink", "tool"]);
    expect(pairs.glosses).toHaveLength(18);
    const furry = pairs.glosses.findIndex((gloss) => gloss.includes("furry"));
    const drawn = Array.from({ length: 200 }, (_, i) =>
      pairs.draw(furry, [Math.imul(i, 0x9e3779b1) >>> 0, Math.imul(i, 0x85ebca6b) >>> 0]),
    );
    const beast = pairs.concepts.indexOf("beast");
    expect(drawn.every(({ right, wrong }) => right === beast && wrong !== beast)).toBe(true);
    expect(new Set(drawn.map(({ wrong }) => wrong)).size).toBe(2);
  });

  it("never name what is held out, nor show the glosses of the test", async () => {
    const pairs = await glossPairs({
      wordnet: folder.path,
      heldOut: ["Beast "],
      testMeanings: [17, 18],
    });
    expect([...pairs.concepts].sort()).toEqual(["drink", "tool"]);
    expect(pairs.glosses).toHaveLength(10);
    const held = { wordnet: folder.path, heldOut: ["beast", "tool", "drink"] };
    expect((await issueOf(() => glossPairs(held))).field).toBe("wordnet");
  });
});

describe("an entailment head", () => {
  it("learns from glosses what texts are about", async () => {
    const labels = parseLabels("beast, tool, drink");
    const texts = ["a very furry one", "metal, quite new", "liquid", ""];
    const found = await classifyByEntailment(texts, labels, model);
    expect(found.map((each) => each.labels[0])).toEqual(["beast", "tool", "drink", undefined]);
    const [multi] = await classifyByEntailment(["furry metal"], labels, model, { multi: true });
    expect(multi!.scores[2]).toBeLessThan(0.5);
    expect(new Set(multi!.labels.slice(0, 2))).toEqual(new Set(["beast", "tool"]));
  });

  it("says the same after it was saved and loaded", async () => {
    await model.save(`${folder.path}/head`, { origin: "a test" });
    const loaded = await loadEntailment(`${folder.path}/head`, encoder);
    const ask = [
      ["furry", "metal thing"],
      ["This example is beast.", "tool"],
    ] as const;
    expect((await loaded.judge(...ask)).values).toEqual((await model.judge(...ask)).values);
    const other = { ...encoder, name: "other" };
    const issue = await issueOf(() => loadEntailment(`${folder.path}/head`, other));
    expect(issue.received).toContain('"words"');
  });

  it("learns three classes from a user's pairs", async () => {
    const opposites: Record<string, string> = { hot: "cold", cold: "hot", wet: "dry", dry: "wet" };
    const words = Object.keys(opposites);
    const pairs = words.flatMap((word) =>
      ["soup", "day", "sand", "house"].flatMap((noun): NliPair[] => [
        { premise: `${word} ${noun}`, hypothesis: word, label: "entailment" },
        { premise: `${word} ${noun}`, hypothesis: opposites[word]!, label: "contradiction" },
        { premise: `${word} ${noun}`, hypothesis: "blue", label: "neutral" },
      ]),
    );
    const three = await trainEntailment(pairs, { encoder, steps: 100 });
    expect(three.labels).toEqual(["contradiction", "neutral", "entailment"]);
    const { values } = await three.judge(
      ["dry garden", "dry garden", "dry garden"],
      ["dry", "wet", "blue"],
    );
    const best = [0, 3, 6].map((at) => {
      const row = [...values.slice(at, at + 3)];
      return row.indexOf(Math.max(...row));
    });
    expect(best).toEqual([2, 0, 1]);
  });

  it("refuses pairs with another label, and none at all", async () => {
    const odd = [{ premise: "a", hypothesis: "b", label: "yes" }] as unknown as NliPair[];
    const issue = await issueOf(() => trainEntailment(odd, { encoder }));
    expect(issue).toMatchObject({ field: "pairs[0].label", received: '"yes"' });
    expect((await issueOf(() => trainEntailment([], { encoder }))).field).toBe("pairs");
  });

  it("stops training when it is told to", async () => {
    const options = {
      encoder,
      wordnet: folder.path,
      signal: AbortSignal.abort(new Error("enough")),
    };
    await expect(trainEntailment("wordnet", options)).rejects.toThrow("enough");
  });
});

it("makes pairs of seen classes: one right, one wrong", async () => {
  const examples = ["a", "b", "c"].map((label) => ({ text: `text ${label}`, label }));
  const pairs = [...seenClassPairs(examples, "On {}.")];
  expect(pairs).toHaveLength(6);
  for (const { premise, hypothesis, label } of pairs) {
    const isOwn = hypothesis === `On ${premise.at(-1)}.`;
    expect(label).toBe(isOwn ? "entailment" : "contradiction");
  }
  const alone = await issueOf(() => [...seenClassPairs(examples.slice(0, 1))]);
  expect(alone.code).toBe("one-class");
});
