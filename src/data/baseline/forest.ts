/** @file Random forests (Breiman 2001) over the trees of tree.ts: classes or numbers, seeded. */
import { DataError } from "../errors.ts";
import { uniformStream } from "../random.ts";
import { type DecisionTree, type DenseRow, growTree, type TreeTask, treeLeaf } from "./tree.ts";
import { codeColumns } from "./tree-split.ts";

/** Options of `RandomForest`. */
export interface ForestOptions {
  /** Number of trees. Default 100. */
  readonly trees?: number;
  /** Same seed, same forest. Default 0. */
  readonly seed?: number;
  /** Default "classification": targets are 0, 1, …; the number of classes is the greatest + 1. */
  readonly task?: "classification" | "regression";
  /** Columns looked at for each split. Default: the root of their number for classes, a third for numbers. */
  readonly columnsPerSplit?: number;
  readonly maxDepth?: number;
  readonly minLeaf?: number;
  readonly maxLeaves?: number;
}

/**
 * A random forest: trees on bootstrap samples with few columns tried at each split; its answer is
 * the mean of theirs. Missing cells are NaN and go with the greatest values.
 */
export class RandomForest {
  readonly options: ForestOptions;
  #trees: DecisionTree[] = [];
  #outOfBag: Int32Array[] = [];

  constructor(options: ForestOptions = {}) {
    const { trees = 100 } = options;
    if (!Number.isInteger(trees) || trees < 1) {
      const expected = "a whole number from 1";
      throw new DataError({ code: "option", field: "trees", expected, received: `${trees}` });
    }
    this.options = options;
  }

  /** The trees, in the order they were grown. */
  get trees(): readonly DecisionTree[] {
    return this.#trees;
  }

  /** For each tree the rows that it was not grown on, ascending. */
  get outOfBag(): readonly Int32Array[] {
    return this.#outOfBag;
  }

  /** Grows the forest on `rows` (one array of cells each) and one target per row. Returns itself. */
  fit(rows: readonly DenseRow[], targets: ArrayLike<number>): this {
    const { trees = 100, seed = 0, ...options } = this.options;
    const data = codeColumns(rows);
    const width = data.columns.length;
    const numbers = options.task === "regression";
    const classes = Array.from(targets).reduce((most, each) => Math.max(most, each), 0) + 1;
    const task: TreeTask = numbers ? "regression" : { classes: Math.max(2, classes) };
    const usual = Math.floor(numbers ? width / 3 : Math.sqrt(width));
    const columnsPerSplit = options.columnsPerSplit ?? Math.max(1, usual);
    this.#trees = [];
    this.#outOfBag = [];
    for (let tree = 0; tree < trees; tree++) {
      const random = uniformStream(seed, tree);
      const weights = new Float64Array(rows.length);
      for (let i = 0; i < rows.length; i++) weights[Math.floor(random() * rows.length)]!++;
      const settings = { ...options, task, columnsPerSplit, weights, random };
      this.#trees.push(growTree(data, targets, settings));
      this.#outOfBag.push(Int32Array.from(rows.keys()).filter((row) => weights[row] === 0));
    }
    return this;
  }

  /** Mean over the trees: [rows, classes] row by row; one number per row for regression. */
  predictProba(rows: readonly DenseRow[]): Float64Array {
    const outputs = this.#grown()[0]!.outputs;
    const sums = new Float64Array(rows.length * outputs);
    for (const tree of this.#trees) {
      for (const [i, row] of rows.entries()) {
        const leaf = treeLeaf(tree, row) * outputs;
        for (let o = 0; o < outputs; o++) sums[i * outputs + o]! += tree.value[leaf + o]!;
      }
    }
    return sums.map((sum) => sum / this.#trees.length);
  }

  /** The likeliest class of each row (the first of equals), or the mean for regression. */
  predict(rows: readonly DenseRow[]): Float64Array {
    const means = this.predictProba(rows);
    const outputs = this.#trees[0]!.outputs;
    if (outputs === 1) return means;
    return Float64Array.from(rows, (_, i) => {
      const own = means.subarray(i * outputs, (i + 1) * outputs);
      return own.indexOf(own.reduce((a, b) => Math.max(a, b)));
    });
  }

  #grown(): readonly DecisionTree[] {
    if (this.#trees.length > 0) return this.#trees;
    throw new Error("RandomForest.predict: the forest has no trees yet; call fit(rows, targets)");
  }
}
