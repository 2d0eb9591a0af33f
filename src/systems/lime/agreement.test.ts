// Sampled explanations against the exact answer, on a model whose weights are known.
import { describe, expect, it } from "vitest";
import { agreementWithExact } from "./agreement.ts";
import type { Explanation, TextExplanation } from "./api.ts";
import { explainText } from "./text.ts";

const weights = (own: readonly (readonly [number, number, number])[]) =>
  own.map(([feature, weight, margin]) => ({
    ...{ feature, name: `f${feature}`, weight, low: weight - margin, high: weight + margin },
  }));
const of = (exact: boolean, ...own: [number, number, number][]) => ({
  explanations: [{ label: 1, exact, weights: weights(own) } as unknown as Explanation],
});

describe("agreementWithExact", () => {
  it("is a share of what both name, and an error against the largest weight", () => {
    const sampled = [of(false, [0, 0.5, 0.05], [1, 0.2, 0.2], [2, 0.1, 0.1])];
    const exact = [of(true, [0, 0.4, 0], [1, 0.1, 0], [3, 0.05, 0])];
    // Shared are 0 and 1 of 4; errors 0.1 and 0.1 of 0.4; only the second interval holds the truth.
    const found = agreementWithExact(sampled, exact);
    expect(found).toMatchObject({ jaccard: 0.5, sameFirst: 1, covered: 0.5, enumerated: 0 });
    expect(found.error).toBeCloseTo(0.25, 12);
  });

  it("grows with the samples", async () => {
    const text = "one two three four five six seven eight nine ten";
    const model = (texts: string[]) =>
      texts.map((shown) => {
        const words = shown.match(/\w+/g) ?? [];
        const p = 1 / (1 + Math.exp(2 - words.join("").length / 12));
        return [1 - p, p];
      });
    const seeds = Array.from({ length: 8 }, (_, seed) => seed);
    const found = [];
    let exact: TextExplanation[] = [];
    for (const samples of [60, 900]) {
      const truth = await explainText(text, model, { samples: "exact", exactAs: samples });
      exact = seeds.map(() => truth);
      const sampled = [];
      for (const seed of seeds) sampled.push(await explainText(text, model, { samples, seed }));
      found.push(agreementWithExact(sampled, exact));
    }
    // Fifteen times the samples, about a quarter of the error.
    expect(found[1]!.error).toBeLessThan(found[0]!.error / 2);
    expect(found[1]!.covered).toBeGreaterThan(0.85);
    expect(agreementWithExact(exact, exact)).toEqual({
      ...{ jaccard: 1, sameFirst: 1, error: 0, covered: null, examples: 8, enumerated: 8 },
    });
  });

  it("takes only exact answers of the same class", () => {
    const one = [of(false, [0, 1, 0])];
    expect(() => agreementWithExact(one, one)).toThrow(
      "exact: expected the exact explanation of class 1, received a sampled one of class 1.",
    );
    expect(() => agreementWithExact(one, [])).toThrow("received 0 beside 1");
  });
});
