// Texts with columns: each part alone as its own explainer has it, and both under models whose weights are known.
import { describe, expect, it } from "vitest";
import type { Explanation } from "./api.ts";
import { explainMixed, type MixedInput } from "./mixed.ts";
import { TabularExplainer } from "./tabular.ts";
import { explainText } from "./text.ts";

const text = "a good film, never boring, with a great end";
const names = ["length", "genre", "year"];
const rows = Array.from({ length: 120 }, (_, i) => [(i * 37) % 101, i % 3, 1990 + (i % 30)]);
const table = new TabularExplainer({ names, rows }, { categories: ["genre"] });
const columns = [12, 1, 2001];

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const both = (p: number) => [1 - p, p];
const wordScore = (shown: string) =>
  (shown.includes("good") ? 1.5 : 0) +
  (shown.includes("great") ? 0.8 : 0) -
  (shown.includes("boring") ? 1.2 : 0);
const rowScore = ([length, genre]: Float64Array) =>
  (length! <= 23.75 ? 1 : 0) - (genre === 1 ? 0.6 : 0);

/** Weights by feature name. */
const byName = ({ weights }: Explanation) =>
  Object.fromEntries(weights.map(({ name, weight }) => [name, weight]));

describe("explainMixed", () => {
  it.each(["deepdive", "numpy"] as const)(
    "equals explainText without columns (%s)",
    async (rng) => {
      const options = { rng, seed: 5, samples: 200, features: 6 };
      const alone = await explainText(
        text,
        (b) => b.map((t) => both(sigmoid(wordScore(t)))),
        options,
      );
      const ask = (b: MixedInput[]) => b.map((each) => both(sigmoid(wordScore(each.text))));
      const mixed = await explainMixed({ text }, ask, options);
      expectSame(mixed.explanations, alone.explanations);
      expect(mixed.explanations[0]!.weights[0]!.positions).toEqual(
        alone.explanations[0]!.weights[0]!.positions,
      );
      expect(mixed.cells).toEqual([]);
    },
  );

  it.each(["quartile", "none"] as const)(
    "equals TabularExplainer without a word (%s)",
    async (discretize) => {
      const own = new TabularExplainer({ names, rows }, { categories: ["genre"], discretize });
      const options = { seed: 5, samples: 400, rng: "numpy" as const };
      const alone = await own.explain(columns, (b) => b.map((r) => both(sigmoid(rowScore(r)))), {
        ...options,
      });
      const ask = (b: MixedInput[]) => b.map((each) => both(sigmoid(rowScore(each.columns))));
      const mixed = await explainMixed({ text: " … ", columns }, ask, { ...options, table: own });
      expectSame(mixed.explanations, alone.explanations);
      expect(mixed.features).toEqual(alone.features);
      expect(mixed.notes).toContain("The text has no word: only the columns are explained.");
    },
  );

  it("finds the weights of a model that adds up words and cells", async () => {
    const truth = { good: 0.3, boring: -0.2, "genre=1": 0.25, "length <= 23.75": -0.1 };
    const ask = (batch: MixedInput[]) =>
      batch.map(({ text: shown, columns: [length, genre] }) =>
        both(
          0.4 +
            (shown.includes("good") ? 0.3 : 0) -
            (shown.includes("boring") ? 0.2 : 0) +
            (genre === 1 ? 0.25 : 0) -
            (length! <= 23.75 ? 0.1 : 0),
        ),
      );
    const { explanations } = await explainMixed({ text, columns }, ask, { table, features: 4 });
    const found = byName(explanations[0]!);
    expect(Object.keys(found).sort()).toEqual(Object.keys(truth).sort());
    for (const [name, weight] of Object.entries(truth)) {
      // The ridge penalty of 1 shrinks a weight by its part in the weighted spread, below 1%.
      expect(Math.abs(found[name]! / weight - 1), name).toBeLessThan(0.01);
    }
    expect(explanations[0]!.r2).toBeGreaterThan(0.999);
  });

  it("orders words and cells as a logistic model weighs them", async () => {
    const ask = (batch: MixedInput[]) =>
      batch.map((each) => both(sigmoid(wordScore(each.text) + rowScore(each.columns))));
    const { explanations, features } = await explainMixed({ text, columns }, ask, {
      ...{ table, features: 5, seed: 3 },
    });
    expect(explanations[0]!.weights.map(({ name }) => name)).toEqual([
      ...["good", "boring", "length <= 23.75", "great", "genre=1"],
    ]);
    expect(explanations[0]!.weights.map(({ weight }) => Math.sign(weight))).toEqual([
      ...[1, -1, 1, 1, -1],
    ]);
    expect(features.slice(-3)).toEqual(["length <= 23.75", "genre=1", "1997.00 < year <= 2004.50"]);
  });

  it("counts a neighbour as its parts do: their kernels' product", async () => {
    const ask = (batch: MixedInput[]) => batch.map(() => both(0.5));
    const { neighbourhood } = await explainMixed({ text, columns }, ask, { table, samples: 50 });
    const words = neighbourhood.data.columns - 3;
    neighbourhood.distances.forEach((distance, i) => {
      const own = Array.from(neighbourhood.data.values).slice(
        i * (words + 3),
        (i + 1) * (words + 3),
      );
      const shown = own.slice(0, words).reduce((a, b) => a + b, 0);
      const changed = 3 - own.slice(words).reduce((a, b) => a + b, 0);
      const ofText = Math.exp(-((100 * (1 - Math.sqrt(shown / words))) ** 2) / (2 * 25 ** 2));
      const ofColumns = Math.exp(-changed / (2 * 0.75 ** 2 * 3));
      expect(Math.exp((-distance * distance) / 2)).toBeCloseTo(ofText * ofColumns, 12);
    });
  });

  it("hides words and puts the usual into cells", async () => {
    const ask = (batch: MixedInput[]) => batch.map(() => both(0.5));
    const { hide, features } = await explainMixed({ text, columns }, ask, { table, samples: 50 });
    const year = features.indexOf("1997.00 < year <= 2004.50");
    const hidden = hide([0, features.indexOf("good"), year]);
    expect(hidden.text).toBe("  film, never boring, with  great end");
    expect(Array.from(hidden.columns.subarray(0, 2))).toEqual([12, 1]);
    expect(hidden.columns[2]).toBeCloseTo(2004.5, 1);
  });

  it("says what is missing", async () => {
    const ask = (batch: MixedInput[]) => batch.map(() => both(0.5));
    await expect(explainMixed({ text, columns }, ask)).rejects.toThrow(
      "table: expected both `columns` and a TabularExplainer as option `table`, or neither, received only `columns`.",
    );
    await expect(explainMixed({ text: "" }, ask)).rejects.toThrow("text: expected at least one");
  });
});

function expectSame(found: readonly Explanation[], expected: readonly Explanation[]) {
  expect(found).toHaveLength(expected.length);
  found.forEach((each, i) => {
    const want = expected[i]!;
    expect(each.weights.map(({ name }) => name)).toEqual(want.weights.map(({ name }) => name));
    each.weights.forEach(({ weight, low }, k) => {
      expect(weight).toBeCloseTo(want.weights[k]!.weight, 12);
      expect(low).toBeCloseTo(want.weights[k]!.low, 12);
    });
    expect(each.intercept).toBeCloseTo(want.intercept, 12);
    expect(each.r2).toBeCloseTo(want.r2, 12);
    expect([each.calls, each.exact]).toEqual([want.calls, want.exact]);
  });
}
