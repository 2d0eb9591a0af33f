// Same explanation every time: agreement over seeds, and intervals that hold what they say.
import { uniformStream } from "../../../data/index.ts";
import type { Criterion } from "../../../lab/criteria.ts";
import { explainText, type FitOptions } from "../index.ts";

const seeds = 10;
/** Draws of the model's weights: one alone would leave the figure to how close its ranks 10 and 11 are. */
const models = 3;

interface WordModel {
  readonly text: string;
  readonly predict: (texts: string[]) => number[][];
}

/** A logistic model of `count` words with normal weights. */
function wordModel(count: number, scale: number, seed: number): WordModel {
  const uniform = uniformStream(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const weights = new Map<string, number>();
  for (let i = 0; i < count; i++) weights.set(`w${String(i).padStart(2, "0")}`, normal());
  const predict = (texts: string[]) =>
    texts.map((text) => {
      let score = 0;
      for (const word of text.split(/\s+/)) score += weights.get(word) ?? 0;
      const p = 1 / (1 + Math.exp(-scale * score));
      return [1 - p, p];
    });
  return { text: [...weights.keys()].join(" "), predict };
}

/** Mean Jaccard index of the ten words named, over pairs of seeds, and the mean number of calls. */
async function agreement(
  { text, predict }: WordModel,
  options: FitOptions,
): Promise<{ jaccard: number; calls: number }> {
  const named: Set<number>[] = [];
  let calls = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const [found] = (await explainText(text, predict, { ...options, seed })).explanations;
    named.push(new Set(found!.weights.map(({ feature }) => feature)));
    calls += found!.calls / seeds;
  }
  let sum = 0;
  let pairs = 0;
  for (let a = 0; a < seeds; a++) {
    for (let b = 0; b < a; b++) {
      const shared = [...named[a]!].filter((feature) => named[b]!.has(feature)).length;
      sum += shared / (named[a]!.size + named[b]!.size - shared);
      pairs++;
    }
  }
  return { jaccard: sum / pairs, calls };
}

/** The mean of `agreement` over models. */
async function meanAgreement(options: FitOptions): Promise<{ jaccard: number; calls: number }> {
  let jaccard = 0;
  let calls = 0;
  for (let model = 1; model <= models; model++) {
    const found = await agreement(wordModel(60, 0.3, model), options);
    jaccard += found.jaccard / models;
    calls += found.calls / models;
  }
  return { jaccard, calls };
}

/** Share of 95% intervals that hold the exact weight, over runs on texts of ten words. */
async function coverage(runs: number, samples: number): Promise<number> {
  let held = 0;
  let all = 0;
  for (let run = 0; run < runs; run++) {
    const { text, predict } = wordModel(10, 0.8, 100 + run);
    const exact = await explainText(text, predict, { samples: "exact", exactAs: samples });
    const drawn = await explainText(text, predict, { samples, seed: run });
    const truth = new Map(
      exact.explanations[0]!.weights.map(({ feature, weight }) => [feature, weight]),
    );
    for (const { feature, low, high } of drawn.explanations[0]!.weights) {
      const weight = truth.get(feature)!;
      if (low <= weight && weight <= high) held++;
      all++;
    }
  }
  return held / all;
}

export const stabilityCriteria: Criterion[] = [
  {
    system: "lime",
    name: "stability",
    target:
      'top 10 of 60 words over 10 seeds with samples: "auto": mean Jaccard index at least 0.99 with at most 5,000 calls on average',
    async run() {
      const auto = await meanAgreement({ samples: "auto" });
      const plain = await meanAgreement({ samples: 1000 });
      const many = await meanAgreement({ samples: 5000 });
      const helped = await meanAgreement({ samples: 1000, emulate: true });
      const figure = `${auto.jaccard.toFixed(3)} with ${Math.round(auto.calls)} calls`;
      const note = `means over ${models} models; 1,000 samples ${plain.jaccard.toFixed(3)}, 5,000 samples ${many.jaccard.toFixed(3)}, 1,000 with emulate ${helped.jaccard.toFixed(3)}`;
      return { figure, ok: auto.jaccard >= 0.99 && auto.calls <= 5000, note };
    },
  },
  {
    system: "lime",
    name: "intervals",
    target:
      "95% intervals of 10 weights in 200 runs on 10-word texts hold the exact weight in 92% to 98%",
    async run() {
      const share = await coverage(200, 500);
      const note = "500 samples; exact: all 1,024 neighbours, weighed as 500 samples";
      return { figure: share, ok: share >= 0.92 && share <= 0.98, note };
    },
  },
];
