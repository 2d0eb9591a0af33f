// Texts against recorded results of the Python package, and what bad input is told.
import { expect, it } from "vitest";
import { PredictError } from "./neighbourhood/outputs.ts";
import {
  goldenOptions,
  goldenTextModel,
  largestDifference,
  readGolden,
  type TextGolden,
} from "./testing.ts";
import { explainText } from "./text.ts";

it("equals the Python package on all golden texts", async () => {
  const golden = await readGolden<TextGolden>("text-golden.json");
  const differences: Record<string, number> = {};
  for (const each of golden.cases) {
    const { bow, charLevel, mask, split } = each;
    const how = Object.fromEntries(
      Object.entries({ bow, charLevel, mask, split }).filter(([, value]) => value !== undefined),
    );
    const predict = goldenTextModel(golden, each);
    const found = await explainText(each.text, predict, { ...goldenOptions(each), ...how });
    const difference = largestDifference(found.explanations, each.expected);
    if (!(difference < 1e-9)) {
      differences[`${each.text.slice(0, 10)} ${each.select} seed ${each.seed}`] = difference;
    }
  }
  expect(differences).toEqual({});
  expect(golden.cases.length).toBeGreaterThan(20);
});

const positive = (texts: string[]) =>
  texts.map((text) => {
    const p = text.includes("good") ? 0.9 : 0.2;
    return [1 - p, p];
  });

it("explains words of every script, and says where they stand", async () => {
  const text = "Очень good фильм_2, good!";
  const found = await explainText(text, positive, { features: 1 });
  expect(found.features).toEqual(["Очень", "good", "фильм_2"]);
  const [weight] = found.explanations[0]!.weights;
  expect(weight).toMatchObject({
    name: "good",
    positions: [
      [6, 10],
      [20, 24],
    ],
  });
  // Three words: all 8 neighbours are asked about, and nothing is left to chance.
  expect(found.explanations[0]).toMatchObject({ exact: true, calls: 8 });
  expect([weight!.low, weight!.high]).toEqual([weight!.weight, weight!.weight]);
  expect(found.hide([1])).toBe("Очень  фильм_2, !");
});

it("hides positions behind a mask, characters behind U+0000", async () => {
  const positions = await explainText("a b a", positive, { bow: false, features: 1 });
  expect(positions.hide([0])).toBe("UNKWORDZ b a");
  const masked = await explainText("a b a", positive, { bow: false, mask: "_", features: 1 });
  expect(masked.hide([0, 2])).toBe("_ b _");
  const characters = await explainText("a😀b", positive, { charLevel: true, features: 1 });
  expect(characters.hide([1])).toBe("a\0b");
});

it("takes a tokenizer or a pattern in place of the rule", async () => {
  const tokens = await explainText("New York is good", positive, {
    split: () => ["New York", "good"],
    features: 1,
  });
  expect(tokens.features).toEqual(["New York", "good"]);
  const pattern = await explainText("новый-год is good", positive, { split: "[^\\w-]+" });
  expect(pattern.features).toEqual(["новый-год", "is", "good"]);
  for (const split of [
    "[\\W_]+",
    "[-\\W_]+",
    "[\\s,;.(_-]+",
    /[^\p{L}\p{N}]+/u,
    "(?:\\s|\\,|_)+",
  ]) {
    const found = await explainText("new_year, good", positive, { split });
    expect(found.features, String(split)).toEqual(["new", "year", "good"]);
  }
});

it("one word: two rows, the exact answer", async () => {
  const { explanations } = await explainText("good", positive);
  // 1 row of z = 1, y = 0.9 against 4,999 of z = 0, y = 0.2 at distance 100: the ridge's penalty of 1
  // leaves w / (w + 1) of the difference, w = p q / (p + q) with weights p = 1, q = 4999 exp(-8).
  const q = 4999 * Math.exp(-8);
  const w = q / (1 + q);
  expect(explanations[0]!.weights[0]!.weight).toBeCloseTo((0.7 * w) / (w + 1), 12);
  expect(explanations[0]).toMatchObject({ calls: 2, exact: true });
});

it("the same seed gives the same explanation, another one another", async () => {
  const text = Array.from({ length: 20 }, (_, i) => `w${i}`).join(" ");
  const predict = (texts: string[]) =>
    texts.map((each) => [1 - each.length / 100, each.length / 100]);
  const weights = async (seed: number, antithetic = false) =>
    (await explainText(text, predict, { seed, samples: 200, antithetic })).explanations[0]!.weights;
  expect(await weights(1)).toEqual(await weights(1));
  expect(await weights(1)).not.toEqual(await weights(2));
  expect(await weights(1, true)).not.toEqual(await weights(1));
});

it("until stable: settles early on a model of words, alike for every seed", async () => {
  const text = Array.from({ length: 30 }, (_, i) => `w${i}`).join(" ");
  const predict = (texts: string[]) =>
    texts.map((each) => {
      const score = (each.match(/\d+/g) ?? []).reduce(
        (sum, i) => sum + 0.1 * (Number(i) - 14.5),
        0,
      );
      const p = 1 / (1 + Math.exp(-score));
      return [1 - p, p];
    });
  const named = async (seed: number) => {
    const [found] = (await explainText(text, predict, { samples: "auto", seed, features: 5 }))
      .explanations;
    expect(found!.calls).toBeLessThan(2000);
    return found!.weights.map(({ name }) => name);
  };
  expect(new Set(await named(1))).toEqual(new Set(await named(2)));
});

it("tells what is wrong with the text, the labels and the numbers", async () => {
  const message = (text: string, options = {}) =>
    explainText(text, positive, options).then(String, (error: Error) => error.message);
  expect(await message("")).toMatchInlineSnapshot(
    `"text: expected at least one word, received an empty text. The text was taken apart by the rule split \\W+."`,
  );
  expect(await message("?!")).toMatchInlineSnapshot(
    `"text: expected at least one word, received "?!", which has none. The text was taken apart by the rule split \\W+."`,
  );
  expect(await message("a good film", { split: () => ["good", "a"] })).toMatchInlineSnapshot(
    `"split: expected tokens that occur in the text, in order, received the token "a", which does not occur from offset 6 on."`,
  );
  expect(await message("a", { split: "(" })).toMatch(/^split: expected a regular expression, /);
  expect(await message("a b", { labels: [2] })).toMatchInlineSnapshot(
    `"labels: expected classes from 0 to 1, as the model gives 2 outputs, received 2."`,
  );
  expect(await message("a b c d", { samples: 4 })).toMatchInlineSnapshot(
    `"samples: expected at least 6 for 4 features, received 4. Raise \`samples\` or lower \`features\`."`,
  );
  expect(await message("a b", { maxFeatures: 1 })).toMatchInlineSnapshot(
    `"text: expected at most 1 features, received 2. Raise \`maxFeatures\`, or explain a part of the text."`,
  );
  expect(await message("a b", { samples: "exact", budget: 2 })).toMatchInlineSnapshot(
    `"samples: expected at most 2 neighbours for "exact", received 2 features with 2^2 neighbours. Use samples: "auto", or raise \`budget\`."`,
  );
  expect(await message("a b", { seed: -1 })).toMatchInlineSnapshot(
    `"seed: expected a whole number from 0 to 9007199254740991 (rng deepdive), received -1."`,
  );
  expect(await message("a b", { select: "best" })).toMatchInlineSnapshot(
    `"select: expected one of auto, forward, weights, lasso, none, received best."`,
  );
  expect(await message("a b", { kernelWidth: 0 })).toMatchInlineSnapshot(
    `"kernelWidth: expected a number above 0, received 0."`,
  );
});

it("tells in which batch a model gave what", async () => {
  const words = Array.from({ length: 12 }, (_, i) => `w${i}`).join(" ");
  const message = (predict: (texts: string[]) => never | unknown) =>
    explainText(words, predict as never, { samples: 300 }).then(
      String,
      (error: Error) => error.message,
    );
  expect(await message((texts) => texts.slice(1).map(() => [0, 1]))).toMatchInlineSnapshot(
    `"predict, batch 1: expected [100 inputs, 2 or more class outputs], received 99 rows."`,
  );
  expect(
    await message((texts) => texts.map((_, i) => (i === 3 ? [1] : [0, 1]))),
  ).toMatchInlineSnapshot(
    `"predict, batch 1: expected [100 inputs, 2 or more class outputs], received row 3 of 1, row 0 of 2."`,
  );
  expect(await message((texts) => texts.map(() => [0, Number.NaN]))).toMatchInlineSnapshot(
    `"predict, batch 1: expected finite numbers, [100 inputs, 2 or more class outputs], received NaN in row 0, column 1."`,
  );
  expect(await message((texts) => texts.map(() => 0.5))).toMatchInlineSnapshot(
    `"predict, batch 1: expected [100 inputs, 2 or more class outputs], received [100] (one number per input). Give [1 - p, p] for a model of one probability, or explain it as a regression."`,
  );
  expect(await message(() => undefined)).toMatchInlineSnapshot(
    `"predict, batch 1: expected [100 inputs, 2 or more class outputs], received undefined."`,
  );
  let calls = 0;
  expect(
    await message((texts) => texts.map(() => (calls++ < 100 ? [0, 1] : [0, 1, 0]))),
  ).toMatchInlineSnapshot(
    `"predict, batch 2: expected [100 inputs, 2 class outputs], received [100, 3]."`,
  );
});

it("asks twice, then keeps what it has for the next call", async () => {
  const words = Array.from({ length: 12 }, (_, i) => `w${i}`).join(" ");
  let asked = 0;
  let broken = true;
  const predict = (texts: string[]) => {
    if (broken && asked >= 200) throw new Error("connection lost");
    asked += texts.length;
    return positive(texts);
  };
  const options = { samples: 500 };
  const error = await explainText(words, predict, options).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(PredictError);
  const { message, batch, cache } = error as PredictError;
  expect(batch).toBe(3);
  expect(message).toMatch(
    /^predict, batch 3: expected outputs for 100 inputs, the first of them "/,
  );
  expect(message).toContain('received the error "connection lost", twice.');
  broken = false;
  const resumed = await explainText(words, predict, { ...options, cache });
  const whole = await explainText(words, positive, options);
  expect(resumed.explanations[0]!.weights).toEqual(whole.explanations[0]!.weights);
  expect(resumed.explanations[0]!.calls).toBe(whole.explanations[0]!.calls - 200);
});

it("notes what a reader must know, and goes on", async () => {
  const notes = async (predict: (texts: string[]) => number[][], options = {}) =>
    (await explainText("a b c", predict, options)).notes;
  expect(await notes((texts) => texts.map(() => [0.7, 0.7]))).toMatchInlineSnapshot(`
    [
      "The model's outputs do not sum to 1, worst in row 0: 0.7, 0.7. Explained as they are; give probabilities, not log-probabilities or class numbers.",
      "All neighbours have the same output for 1: weights and R2 are 0.",
    ]
  `);
  expect(await notes(positive, { kernelWidth: 0.01 })).toMatchInlineSnapshot(`
    [
      "All weights but the example's are 0: kernelWidth 0.01 is too narrow for these neighbours, whose smallest distance is 18.350341907227406. Every feature gets weight 0.",
    ]
  `);
  expect(
    await notes((texts) => texts.map((each) => [each.length / 9, 1 - each.length / 9]), {
      topLabels: 5,
    }),
  ).toMatchInlineSnapshot(`
    [
      "topLabels 5 is more than the model's 2 classes: all are explained.",
    ]
  `);
  const flat = await explainText("a b c", (texts) => texts.map(() => [0.3, 0.7]));
  expect(flat.explanations[0]).toMatchObject({ r2: 0 });
  expect(flat.explanations[0]!.intercept).toBeCloseTo(0.7, 12);
  expect(flat.explanations[0]!.weights.map(({ weight }) => weight)).toEqual([0, 0, 0]);
});

it("stops between batches when told to", async () => {
  const stop = new AbortController();
  const predict = (texts: string[]) => {
    stop.abort(new Error("enough"));
    return positive(texts);
  };
  const words = Array.from({ length: 12 }, (_, i) => `w${i}`).join(" ");
  const run = explainText(words, predict, { samples: 500, signal: stop.signal });
  await expect(run).rejects.toThrow("enough");
});
