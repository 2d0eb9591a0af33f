// What is done with explanations: entities, flips, picks, curves, comparisons, mistakes; each on models that can be read.
import { describe, expect, it } from "vitest";
import type { Explanation } from "./api.ts";
import { compareExplanations } from "./compare.ts";
import { explainEntities } from "./entities.ts";
import { faithfulness } from "./faithfulness.ts";
import { minimalFlip } from "./flip.ts";
import { explainMistakes } from "./mistakes.ts";
import { submodularPick } from "./pick.ts";
import { explainText } from "./text.ts";

/** The chance of class 1 is a sigmoid of the sum of the words' values. */
function wordModel(values: Readonly<Record<string, number>>, bias = 0) {
  return (texts: string[]) =>
    texts.map((text) => {
      const words = text.match(/\w+/g) ?? [];
      const score = words.reduce((sum, word) => sum + (values[word] ?? 0), bias);
      const p = 1 / (1 + Math.exp(-score));
      return [1 - p, p];
    });
}

describe("minimalFlip", () => {
  it("finds the fewest words, and needs each of them", async () => {
    const model = wordModel({ great: 2, good: 1.5, fine: 0.2, bad: -0.6 }, -1);
    const explained = await explainText("a great and good and fine film not bad", model);
    const flip = await minimalFlip(explained, model);
    // 2 + 1.5 + 0.2 - 0.6 - 1 = 2.1: without "great" it is 0.1, without "good" too 0.6, so both must go.
    expect(flip!.hidden.map((feature) => explained.features[feature])).toEqual(["great", "good"]);
    expect(flip).toMatchObject({ from: 1, to: 0 });
    const score = 2.1 - 3.5;
    expect(flip!.probability).toBeCloseTo(1 - 1 / (1 + Math.exp(-score)), 9);
  });

  it("works from the explanation of the other class, and says when nothing flips", async () => {
    const model = wordModel({ bad: -3 }, 1);
    const explained = await explainText("a bad film", model, { labels: [1] });
    const flip = await minimalFlip(explained, model);
    expect(flip!.hidden.map((feature) => explained.features[feature])).toEqual(["bad"]);
    const stubborn = () => wordModel({}, 3);
    const sure = await explainText("a bad film", stubborn());
    expect(await minimalFlip(sure, stubborn())).toBeUndefined();
  });
});

function explanation(weights: Readonly<Record<string, number>>): Explanation[] {
  const list = Object.entries(weights).map(([name, weight], feature) => {
    return { feature, name, weight, low: weight, high: weight };
  });
  return [{ weights: list } as unknown as Explanation];
}

describe("submodularPick", () => {
  // Figure 5 of the paper: five instances, five features; the second and the fifth cover most.
  const table: Record<string, number>[] = [
    { f1: 1, f2: 1 },
    { f2: 1, f3: 1, f4: 1 },
    { f2: 1, f3: 1 },
    { f3: 1 },
    { f1: 1, f5: 1 },
  ];
  const toy = table.map(explanation);

  it("covers what matters as the paper's figure 5 does", () => {
    const { picks, coverage } = submodularPick(toy, 2);
    // I = sqrt of the columns' sums: 2, 3, 3, 1, 1.
    expect(picks).toEqual([1, 4]);
    expect(coverage).toBe(1);
    const one = submodularPick(toy, 1);
    const [a, b, c] = [Math.SQRT2, Math.sqrt(3), 1];
    expect(one.coverage).toBeCloseTo((2 * b + c) / (a + 2 * b + 2 * c), 12);
  });

  it("takes the later of equals, and no more than there are", () => {
    const same = [{ a: 1 }, { a: -1 }, { a: 1 }].map(explanation);
    expect(submodularPick(same, 1).picks).toEqual([2]);
    expect(submodularPick(same, 9).picks).toEqual([2, 1, 0]);
    const random = submodularPick(toy, 3, "rp", { seed: 4 });
    expect(new Set(random.picks).size).toBe(3);
    expect(submodularPick(toy, 3, "rp", { seed: 4 })).toEqual(random);
  });

  it("sums a feature's weights over the labels", () => {
    const cancelled = [
      [...explanation({ a: 1 }), ...explanation({ a: -1 })],
      explanation({ b: 1 }),
    ];
    expect(submodularPick(cancelled, 1)).toEqual({ picks: [1], coverage: 1 });
  });

  it("names bad arguments", () => {
    expect(() => submodularPick([], 1)).toThrow("explanations: expected at least one instance");
    expect(() => submodularPick(toy, 0)).toThrow("k: expected a whole number above 0, received 0.");
  });
});

describe("faithfulness", () => {
  it("measures the curves of a linear model exactly", async () => {
    // p = 0.2 + 0.5 a + 0.3 b over the words a, b and c.
    const model = (texts: string[]) =>
      texts.map((text) => {
        const p = 0.2 + (text.includes("a") ? 0.5 : 0) + (text.includes("b") ? 0.3 : 0);
        return [1 - p, p];
      });
    const explained = await explainText("c b a", model);
    const { deletion, insertion, auc, randomAuc } = await faithfulness([explained], model, {
      steps: 3,
    });
    expect(deletion.output).toEqual([1, 0.5, 0.2, 0.2].map((p) => expect.closeTo(p, 9)));
    expect(insertion.output).toEqual([0.2, 0.7, 1, 1].map((p) => expect.closeTo(p, 9)));
    expect(auc[0]).toBeCloseTo((0.75 + 0.35 + 0.2) / 3, 9);
    expect(auc[1]).toBeCloseTo((0.45 + 0.85 + 1) / 3, 9);
    expect(randomAuc[0]).toBeGreaterThanOrEqual(auc[0]);
  });
});

describe("compareExplanations", () => {
  it("aligns two models by feature", async () => {
    const text = "good old film";
    const first = await explainText(text, wordModel({ good: 2 }));
    const second = await explainText(text, wordModel({ old: -2 }));
    const [found] = compareExplanations(first, second) as [
      ReturnType<typeof compareExplanations>[0],
    ];
    expect(
      found.features
        .slice(0, 2)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["good", "old"]);
    for (const { weights, difference } of found.features) {
      expect(difference).toBeCloseTo(weights[1] - weights[0], 12);
    }
    expect(compareExplanations(first, first)[0]).toMatchObject({ overlap: 1 });
    expect(compareExplanations(first, first)[0]!.similarity).toBeCloseTo(1, 12);
    const other = await explainText("another film", wordModel({}));
    expect(() => compareExplanations(first, other)).toThrow(
      "second: expected an explanation of the same 3 features",
    );
  });
});

/** Tags "in X" as a place, and a token of two capitals as an organisation of itself. */
const tags = ["O", "B-LOC", "I-LOC", "B-ORG"];
function tagger(batch: (readonly string[])[]): number[][] {
  return batch.map((tokens) =>
    tokens.flatMap((token, t) => {
      if (/^[A-Z]{2}$/.test(token)) return [0.1, 0, 0, 0.9];
      const first = tokens[t - 1] === "in";
      const second = tokens[t - 2] === "in" && token === "City";
      if (first || second) return first ? [0.2, 0.8, 0, 0] : [0.4, 0, 0.6, 0];
      return [0.9, 0.1, 0, 0];
    }),
  );
}

describe("explainEntities", () => {
  const tokens = ["He", "lives", "in", "Mexico", "City", "for", "BP"];

  it("finds entities of several tokens and the words they hang on", async () => {
    const found = await explainEntities(tokens, tagger, { tags });
    expect(found.map(({ entity }) => [entity.text, entity.type])).toEqual([
      ["Mexico City", "LOC"],
      ["BP", "ORG"],
    ]);
    expect(found[0]!.entity.probability).toBeCloseTo(0.7, 12);
    // "in" decides both tokens, "City" its own one.
    const names = found[0]!.explanations[0]!.weights.map(({ name }) => name);
    expect(names.slice(0, 2)).toEqual(["in", "City"]);
    expect(found[1]!.explanations[0]!.weights[0]!.name).toBe("BP");
    expect(found[0]!.hide([2])).toEqual(["He", "lives", "UNKWORDZ", "Mexico", "City", "for", "BP"]);
    expect(found[0]!.notes).toEqual([]);
  });

  it("asks the tagger no oftener for many entities than for one", async () => {
    let asked = 0;
    const counted = (batch: (readonly string[])[]) => {
      asked += batch.length;
      return tagger(batch);
    };
    const all = await explainEntities(tokens, counted, { tags });
    const many = asked;
    asked = 0;
    await explainEntities(tokens, counted, { tags, positions: [6] });
    expect(many).toBe(asked);
    expect(all).toHaveLength(2);
  });

  it("explains the tag of a given token, and gives nothing where nothing is found", async () => {
    const [one] = await explainEntities(tokens, tagger, { tags, positions: [3] });
    expect(one!.entity).toMatchObject({ tokens: [3, 4], type: "B-LOC", probability: 0.8 });
    expect(one!.explanations[0]!.weights[0]!.name).toBe("in");
    expect(await explainEntities(["nothing", "here"], tagger, { tags })).toEqual([]);
  });

  it("names bad input", async () => {
    await expect(explainEntities([], tagger, { tags })).rejects.toThrow(
      "tokens: expected at least",
    );
    await expect(explainEntities(tokens, tagger, { tags, positions: [7] })).rejects.toThrow(
      "positions: expected positions from 0 to 6, received 7.",
    );
    await expect(explainEntities(tokens, tagger, { tags: ["O", "X"] })).rejects.toThrow(
      "tagger: expected 7 tokens x 2 tags = 14 probabilities per sentence, received 28.",
    );
  });
});

describe("explainMistakes", () => {
  const model = wordModel({ free: 3, prize: 1 }, -1);
  const wrong = [
    { text: "the free lunch", truth: "ham", predicted: "spam", confidence: 0.88, index: 4 },
    { text: "!!!", truth: "ham", predicted: "spam", confidence: 0.99 },
    { text: "a prize and free beer", truth: "ham", predicted: "spam", confidence: 0.95 },
  ];

  it("explains the most confident first, with what would put it right", async () => {
    const labels = ["ham", "spam"];
    const whole: string[] = [];
    const found = await explainMistakes(wrong, model, {
      ...{ labels, count: 2, samples: 100 },
      onExplained: ({ text }) => whole.push(text),
    });
    expect(whole).toEqual(["a prize and free beer", "the free lunch"]);
    expect(found.map(({ text }) => text)).toEqual(["a prize and free beer", "the free lunch"]);
    expect(found[0]!.words[0]).toMatchObject({ name: "free", positions: [[12, 16]] });
    expect(found[1]!.flip).toMatchObject({ words: ["free"], to: "ham" });
    expect(found[1]!).toMatchObject({ index: 4, cut: false });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it("looks at the beginning of long texts", async () => {
    const text = `free ${"and so on ".repeat(50)}`;
    const [found] = await explainMistakes([{ ...wrong[0]!, text }], model, {
      labels: ["ham", "spam"],
      samples: 100,
      maxCharacters: 60,
    });
    expect([found!.text.length, found!.cut]).toEqual([60, true]);
  });
});
