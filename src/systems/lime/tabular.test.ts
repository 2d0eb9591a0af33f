// Table rows against recorded results of the Python package, and what bad input is told.
import { expect, it } from "vitest";
import { RecurrentTabularExplainer } from "./recurrent.ts";
import type { Discretizer } from "./table/discretize.ts";
import {
  type Expected,
  goldenExplainer,
  goldenOptions,
  goldenTableModel,
  largestDifference,
  readGolden,
  type TableGolden,
} from "./testing.ts";

it("equals the Python package on all golden rows", async () => {
  const golden = await readGolden<TableGolden>("table-golden.json");
  const differences: Record<string, number> = {};
  for (const each of golden.cases) {
    const { explainer, row } = goldenExplainer(golden, each);
    const predict = goldenTableModel(golden, each.mode);
    const found = await explainer.explain(row, predict, goldenOptions(each));
    const difference = largestDifference(found.explanations, each.expected);
    const name = `${each.discretize} ${each.select} seed ${each.seed}`;
    if (!(difference < 1e-9)) differences[name] = difference;
    expect(found.features, name).toEqual(each.names);
  }
  expect(differences).toEqual({});
});

it("equals the Python package on sequences", async () => {
  interface SequenceCase {
    readonly seed: number;
    readonly discretize: Discretizer | "none";
    readonly names: string[];
    readonly sequences: number[];
    readonly expected: Expected[];
  }
  const { cases } = await readGolden<{ cases: SequenceCase[] }>("sequence-golden.json");
  for (const { seed, discretize, names, sequences, expected } of cases) {
    const values = Float64Array.from(sequences);
    const train = { rows: 40, steps: 3, features: 2, values, names: ["load", "heat"] };
    const explainer = new RecurrentTabularExplainer(train, { discretize });
    const predict = (batch: Float64Array[]) =>
      batch.map((x) => {
        const p = 1 / (1 + Math.exp(-(x[4]! - 0.5 * x[3]! + 0.3 * x[0]!)));
        return [1 - p, p];
      });
    const options = { features: 6, samples: 300, seed, rng: "numpy" as const };
    const found = await explainer.explain(values.subarray(18, 24), predict, options);
    expect(largestDifference(found.explanations, expected)).toBeLessThan(1e-9);
    expect(found.features).toEqual(names);
  }
});
