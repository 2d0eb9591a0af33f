// Table rows against recorded results of the Python package, and what bad input is told.
import { expect, it } from "vitest";
import type { Table } from "../../data/read/table.ts";
import { RecurrentTabularExplainer } from "./recurrent.ts";
import { type SparseRow, SparseTabularExplainer } from "./sparse.ts";
import type { Discretizer } from "./table/discretize.ts";
import type { RowInput } from "./table/table.ts";
import { TabularExplainer, type TabularOptions } from "./tabular.ts";
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

/** A table of the data room: one numeric column with a missing cell, one of texts. */
function smallTable(): Table {
  const size = [1, 2, 3, 4, 5, 6, 7, Number.NaN];
  return {
    rows: 8,
    columns: [
      {
        name: "size",
        type: "float64",
        values: Float64Array.from(size),
        missing: Uint8Array.from(size, (value) => (Number.isNaN(value) ? 1 : 0)),
      },
      { name: "kind", type: "string", values: [..."aabbbcca"], missing: null },
      { name: "flat", type: "int32", values: new Int32Array(8).fill(3), missing: null },
    ],
  };
}

/** 0.9 for kind b, else 0.2; a missing size adds 0.05. */
const kindIsB = (rows: Float64Array[]) =>
  rows.map(([size, kind]) => {
    const p = (kind === 1 ? 0.9 : 0.2) + (Number.isNaN(size!) ? 0.05 : 0);
    return [1 - p, p];
  });

it("names categories and bins, missing cells among them, and gives the model numbers", async () => {
  const explainer = new TabularExplainer(smallTable());
  const row = { size: null, kind: "b", flat: 3 };
  const found = await explainer.explain(row, kindIsB, { samples: 2000 });
  expect(found.features).toEqual(["size is missing", "kind=b", "flat <= 3.00"]);
  expect(found.cells.map(({ value }) => value)).toEqual(["missing", "b", "3.00"]);
  const weights = new Map(found.explanations[0]!.weights.map(({ name, weight }) => [name, weight]));
  expect(weights.get("kind=b")).toBeCloseTo(0.7, 2);
  expect(weights.get("size is missing")).toBeCloseTo(0.05, 2);
  expect(weights.get("flat <= 3.00")).toBe(0);
  expect(found.notes.join()).toContain('Column "flat" has one value in the training rows');
  expect(explainer.record(Float64Array.of(2, 1, 3))).toEqual({ size: 2, kind: "b", flat: 3 });
  expect(explainer.record(found.hide([1]))).toEqual({ size: null, kind: "a", flat: 3 });
});

it("leaves numbers as they are when told to; missing cells stand at the mean", async () => {
  const explainer = new TabularExplainer(smallTable(), { discretize: "none" });
  const found = await explainer.explain([2, 1, 3], kindIsB, { samples: 500 });
  expect(found.features).toEqual(["size", "kind=b", "flat"]);
  const { data } = found.neighbourhood;
  // Mean 4 and population deviation 2 of 1..7.
  expect(data.values[0]).toBe(-1);
});

it("a regression has two signs and the range of its outputs", async () => {
  const explainer = new TabularExplainer(smallTable(), { mode: "regression" });
  const double = (rows: Float64Array[]) => rows.map(([, kind]) => 2 * kind!);
  const { explanations, range } = await explainer.explain([2, 1, 3], double, { samples: 500 });
  expect(explanations.map(({ label, className }) => [label, className])).toEqual([
    [1, "value"],
    [0, "negated"],
  ]);
  const [up, down] = explanations.map(({ weights }) => weights);
  expect(down!.map(({ weight }) => -weight)).toEqual(up!.map(({ weight }) => weight));
  expect(range).toEqual([0, 4]);
});

it("own edges, and bins by entropy where the class changes", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => [i, i < 13 || i > 30 ? 1 : 0]);
  const table = { names: ["x", "class"], rows };
  const own = new TabularExplainer(table, {
    target: "class",
    discretize: { edges: { x: [20, 10, 20] } },
  });
  const predict = (batch: Float64Array[]) => batch.map(([x]) => [x! / 40, 1 - x! / 40]);
  expect((await own.explain([15], predict)).features).toEqual(["10.00 < x <= 20.00"]);
  const entropy = new TabularExplainer(table, { target: "class", discretize: "entropy" });
  expect((await entropy.explain([15], predict)).features).toEqual(["12.50 < x <= 30.50"]);
});

it("tells what is wrong with tables and rows", async () => {
  const message = (work: () => unknown) =>
    Promise.resolve()
      .then(work)
      .then(String, (error: Error) => error.message);
  const explainer = new TabularExplainer(smallTable());
  const explain = (row: RowInput, options = {}) =>
    message(() => explainer.explain(row, kindIsB, options));
  expect(await explain({ size: 1, kind: "z", flat: 3 })).toMatchInlineSnapshot(
    `"column "kind": expected one of the values "a", "b", "c", received "z". Set \`unseen: "other"\` to explain such rows all the same."`,
  );
  expect(await explain({ size: "big", kind: "a", flat: 3 })).toMatchInlineSnapshot(
    `"column "size": expected a number, received "big"."`,
  );
  expect(await explain({ size: 1, kind: "a" })).toMatchInlineSnapshot(
    `"row: expected a cell for each of "size", "kind", "flat", received none for "flat"."`,
  );
  expect(await explain([1, 2])).toMatchInlineSnapshot(
    `"row: expected 3 cells (size, kind, flat), received 2."`,
  );
  expect(await explain([1, 1, 3], { antithetic: true })).toMatchInlineSnapshot(
    `"antithetic: expected false for tables, whose cells have no opposite, received true."`,
  );
  expect(await explain([1, 1, 3], { samples: "exact" })).toMatchInlineSnapshot(
    `"samples: expected at most 65536 neighbours for "exact", received 3 features with endlessly many neighbours. Use samples: "auto"."`,
  );
  const lost = { names: ["x"], rows: [[Number.NaN], [Number.NaN]] };
  expect(await message(() => new TabularExplainer(lost))).toMatchInlineSnapshot(
    `"column "x": expected at least one value in the training rows, received 2 missing cells."`,
  );
  const train = (options: TabularOptions) =>
    message(() => new TabularExplainer(smallTable(), options));
  expect(await train({ categories: ["sort"] })).toMatchInlineSnapshot(
    `"column "sort": expected one of the table's columns "size", "kind", "flat", received no such column."`,
  );
  expect(await train({ discretize: "entropy" })).toMatchInlineSnapshot(
    `"target: expected the column that "entropy" bins are to tell apart, received none. Name it in option \`target\`, or use quartile."`,
  );
  expect(await train({ discretize: { edges: { size: [] } } })).toMatchInlineSnapshot(
    `"discretize.edges["size"]: expected at least one finite number, received []."`,
  );
});

it("an unseen category is a value of its own when told so", async () => {
  const explainer = new TabularExplainer(smallTable(), { unseen: "other" });
  const found = await explainer.explain({ size: 1, kind: "z", flat: 3 }, kindIsB);
  expect(found.features[1]).toBe("kind=other");
});

it("until stable: tables settle too", async () => {
  const explainer = new TabularExplainer(smallTable());
  const named = async (seed: number) =>
    (await explainer.explain([2, 1, 3], kindIsB, { samples: "auto", seed })).explanations[0]!;
  const [one, two] = [await named(1), await named(2)];
  expect(one.weights[0]!.name).toBe("kind=b");
  expect(one.calls).toBeLessThan(20_000);
  expect(two.weights[0]!.weight).toBeCloseTo(one.weights[0]!.weight, 2);
});

it("until stable: a sum of numbers is found exactly", async () => {
  const table = { names: ["a", "b"], rows: Array.from({ length: 49 }, (_, i) => [i, i % 7]) };
  const explainer = new TabularExplainer(table, { mode: "regression", discretize: "none" });
  const predict = (rows: Float64Array[]) => rows.map(([a, b]) => 2 * a! - 5 * b!);
  const { explanations } = await explainer.explain([3, 2], predict, { samples: "auto" });
  const [a, b] = explanations[0]!.weights;
  // Population deviations of 0..48 and of 0..6: sqrt((n^2 - 1) / 12).
  expect(a!.weight).toBeCloseTo(2 * Math.sqrt(200), 1);
  expect(b!.weight).toBeCloseTo(-5 * Math.sqrt(4), 1);
  expect(explanations[0]!.r2).toBeCloseTo(1, 4);
  expect(explanations[0]!.calls).toBe(500);
});

it("sparse rows: only non-zero cells are changed, zeros stay", async () => {
  // Rows of counts: column 0 in every second row, column 2 in all.
  const starts = Int32Array.from({ length: 11 }, (_, row) => row + Math.ceil(row / 2));
  const columns: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < 10; row++) {
    if (row % 2 === 0) columns.push(0);
    if (row % 2 === 0) values.push(1 + row / 2);
    columns.push(2);
    values.push(row % 3);
  }
  const train = {
    starts,
    columns: Int32Array.from(columns),
    values: Float32Array.from(values),
    width: 50,
  };
  const explainer = new SparseTabularExplainer(train, { mode: "regression" });
  const row = { columns: Int32Array.of(0, 2), values: Float64Array.of(3, 1) };
  const predict = (batch: SparseRow[]) =>
    batch.map((each) => {
      expect(each.columns).toEqual(row.columns);
      return 2 * each.values[0]! - each.values[1]!;
    });
  const found = await explainer.explain(row, predict, { samples: 2000 });
  const [first, second] = found.explanations[0]!.weights;
  // Deviations of columns 0 (1, 2, 3, 4, 5 and five zeros) and 2, by hand: sqrt(3.25), sqrt(0.69).
  expect([first!.name, second!.name]).toEqual(["0", "2"]);
  expect(first!.weight).toBeCloseTo(2 * Math.sqrt(3.25), 1);
  expect(second!.weight).toBeCloseTo(-Math.sqrt(0.69), 1);
  expect(found.hide([0]).values).toEqual(Float64Array.of(0, 1));
});
