/** @file Trees and forests against splits worked out by hand, an exhaustive search and the data's noise. */
import { describe, expect, it } from "vitest";
import { uniformStream } from "../random.ts";
import { issueOf } from "../testing.ts";
import { RandomForest } from "./forest.ts";
import { fitTree, predictTree, treeLeaf, treePath } from "./tree.ts";

/** 0/1 targets with the first column's sign, some of them turned over; the others are noise. */
function noisy(count: number, seed: number): { rows: number[][]; targets: number[] } {
  const random = uniformStream(seed);
  const rows = Array.from({ length: count }, () => [0, 1, 2, 3].map(() => random() - 0.5));
  const targets = rows.map(([x]) => (x! > 0 !== random() < 0.1 ? 1 : 0));
  return { rows, targets };
}

describe("fitTree", () => {
  it("asks for the middle between the two cells that separate the classes", () => {
    const tree = fitTree(
      [
        [1, 7],
        [2, 7],
        [5, 7],
        [6, 7],
      ],
      [0, 0, 1, 1],
      { task: { classes: 2 } },
    );
    expect([...tree.column]).toEqual([0, -1, -1]);
    expect(tree.threshold[0]).toBe(3.5);
    expect([...tree.value]).toEqual([0.5, 0.5, 1, 0, 0, 1]);
    expect(treePath(tree, [3.5, 7])).toEqual([0, 1]);
    expect(treeLeaf(tree, [3.6, 7])).toBe(2);
  });

  it("lowers the impurity as much as the best of all questions", () => {
    const { rows, targets } = noisy(60, 4);
    const gini = (own: number[]) => {
      const ones = own.reduce((a, b) => a + b, 0) / own.length;
      return own.length * 2 * ones * (1 - ones);
    };
    const entropy = (own: number[]) => {
      const ones = own.reduce((a, b) => a + b, 0) / own.length;
      const log = (p: number) => (p > 0 ? -p * Math.log2(p) : 0);
      return own.length * (log(ones) + log(1 - ones));
    };
    const variance = (own: number[]) => {
      const mean = own.reduce((a, b) => a + b, 0) / own.length;
      return own.reduce((sum, each) => sum + (each - mean) ** 2, 0);
    };
    const cost = (impurity: (own: number[]) => number, column: number, threshold: number) => {
      const side = (left: boolean) =>
        targets.filter((_, i) => rows[i]![column]! <= threshold === left);
      return impurity(side(true)) + impurity(side(false));
    };
    for (const [impurity, options] of [
      [gini, { task: { classes: 2 } }],
      [entropy, { task: { classes: 2 }, criterion: "entropy" }],
      [variance, { task: "regression" }],
    ] as const) {
      const all = rows.flatMap((row) =>
        row.map((cell, column) => {
          const largest = rows.every((other) => other[column]! <= cell);
          return largest ? Infinity : cost(impurity, column, cell);
        }),
      );
      const tree = fitTree(rows, targets, { ...options, maxLeaves: 2 });
      const found = cost(impurity, tree.column[0]!, tree.threshold[0]!);
      expect(found).toBeCloseTo(Math.min(...all), 9);
    }
  });

  it("keeps its limits, weights and missing cells", async () => {
    const { rows, targets } = noisy(200, 5);
    const leaves = (options: object) =>
      fitTree(rows, targets, { task: { classes: 2 }, ...options }).column.filter((c) => c < 0)
        .length;
    expect(leaves({ maxLeaves: 12 })).toBe(12);
    expect(leaves({ maxDepth: 3 })).toBeLessThanOrEqual(8);
    expect(leaves({ minLeaf: 101 })).toBe(1);
    const weighted = fitTree([[0], [1], [2]], [0, 1, 0], {
      task: { classes: 2 },
      weights: [1, 1, 0],
    });
    expect([...predictTree(weighted, [9])]).toEqual([0, 1]);
    const holes = fitTree([[1], [2], [NaN], [NaN]], [5, 5, 8, 8], { task: "regression" });
    expect([predictTree(holes, [1e9])[0], predictTree(holes, [NaN])[0]]).toEqual([5, 8]);
    const issue = await issueOf(() => fitTree([[1]], [3], { task: { classes: 2 } }));
    expect(issue).toMatchObject({ field: "targets", received: "3 in row 0" });
  });

  it("learns a checkerboard, whose first question gains nothing", () => {
    const rows = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    const tree = fitTree(rows, [0, 1, 1, 0], { task: { classes: 2 } });
    expect(rows.map((row) => predictTree(tree, row)[1])).toEqual([0, 1, 1, 0]);
  });
});

describe("RandomForest", () => {
  it("separates what noise allows, and beats one tree", () => {
    const [train, test] = [noisy(400, 1), noisy(2000, 2)];
    const accuracy = (given: ArrayLike<number>) =>
      test.targets.filter((target, i) => given[i] === target).length / test.targets.length;
    const forest = new RandomForest({ trees: 50, minLeaf: 5 }).fit(train.rows, train.targets);
    const tree = fitTree(train.rows, train.targets, { task: { classes: 2 } });
    const alone = test.rows.map((row) => (predictTree(tree, row)[1]! > 0.5 ? 1 : 0));
    const together = accuracy(forest.predict(test.rows));
    // A tenth of the labels is turned over: nobody can have more than 0.9.
    expect(together).toBeGreaterThan(0.86);
    expect(together).toBeGreaterThan(accuracy(alone) + 0.03);
  });

  it("gives the same forest for the same seed, and shares that sum to 1", () => {
    const { rows, targets } = noisy(100, 3);
    const grow = (seed: number) => new RandomForest({ trees: 5, seed }).fit(rows, targets);
    expect(grow(7).predictProba(rows)).toEqual(grow(7).predictProba(rows));
    expect(grow(7).predictProba(rows)).not.toEqual(grow(8).predictProba(rows));
    const shares = grow(7).predictProba(rows);
    rows.forEach((_, i) => {
      expect(shares[2 * i]! + shares[2 * i + 1]!).toBeCloseTo(1, 12);
    });
  });

  it("leaves about 1/e of the rows out of each tree", () => {
    const { rows, targets } = noisy(1000, 6);
    const { outOfBag } = new RandomForest({ trees: 20 }).fit(rows, targets);
    const share = outOfBag.reduce((sum, own) => sum + own.length, 0) / (20 * 1000);
    expect(Math.abs(share - Math.exp(-1))).toBeLessThan(0.01);
  });

  it("fits numbers", () => {
    const random = uniformStream(9);
    const rows = Array.from({ length: 500 }, () => [random() * 6, random()]);
    const targets = rows.map(([x]) => Math.sin(x!));
    const forest = new RandomForest({ trees: 30, task: "regression", columnsPerSplit: 2 });
    const found = forest.fit(rows, targets).predict([
      [1, 0.5],
      [4, 0.5],
    ]);
    expect(found[0]).toBeCloseTo(Math.sin(1), 1);
    expect(found[1]).toBeCloseTo(Math.sin(4), 1);
  });

  it("says what is wrong", async () => {
    expect(await issueOf(() => new RandomForest({ trees: 0 }))).toMatchObject({ field: "trees" });
    expect(() => new RandomForest().predict([[1]])).toThrow("call fit");
  });
});
