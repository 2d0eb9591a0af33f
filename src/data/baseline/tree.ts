/** @file Decision trees (CART) on dense rows: two classes or more, or a number. Missing cells are NaN. */
import { DataError } from "../errors.ts";
import { bestSplit, type CodedColumns, codeColumns, type Split } from "./tree-split.ts";

/** What a tree predicts: one of `classes` classes (targets 0 to classes - 1), or a number. */
export type TreeTask = { readonly classes: number } | "regression";

/** Options of `fitTree`. */
export interface TreeOptions {
  readonly task: TreeTask;
  /** What a split must lower. Default "gini" for classes; regression always lowers the variance. */
  readonly criterion?: "gini" | "entropy";
  /** Questions on the way to a leaf, at most. Default: no limit. */
  readonly maxDepth?: number;
  /** Rows in a leaf, at least. Default 1. */
  readonly minLeaf?: number;
  /** Leaves, at most; the split that lowers the impurity most comes first. Default: no limit. */
  readonly maxLeaves?: number;
  /** One weight per row; rows of weight 0 are left out. Default: all 1. */
  readonly weights?: ArrayLike<number>;
  /**
   * Columns looked at for each split, drawn by `random`; more are looked at while none of them can
   * be split. Default: all, in order.
   */
  readonly columnsPerSplit?: number;
  /** Numbers in [0, 1); only for `columnsPerSplit`. */
  readonly random?: () => number;
}

/** A row of cells; a missing one is NaN. */
export type DenseRow = ArrayLike<number>;

/**
 * A fitted tree as flat arrays, one entry per node; node 0 is the root. A row goes to `left` where
 * its cell in `column` is at most `threshold`, to `left` + 1 elsewhere (a missing cell too).
 */
export interface DecisionTree {
  readonly task: TreeTask;
  /** Column asked by a node; -1 in a leaf. */
  readonly column: Int32Array;
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  /** [nodes, outputs]: the shares of the classes, or the mean. */
  readonly value: Float64Array;
  /** Numbers per node in `value`: the classes, or 1. */
  readonly outputs: number;
}

/** Fits a tree; see `TreeOptions`. Breiman et al. 1984, exact search over all thresholds. */
export function fitTree(
  rows: readonly DenseRow[],
  targets: ArrayLike<number>,
  options: TreeOptions,
): DecisionTree {
  return growTree(codeColumns(rows), targets, options);
}

interface OpenNode {
  readonly id: number;
  readonly depth: number;
  readonly start: number;
  readonly end: number;
  readonly split: Split;
}

/** `fitTree` on columns that are coded already: a forest codes them once. */
export function growTree(
  data: CodedColumns,
  targets: ArrayLike<number>,
  options: TreeOptions,
): DecisionTree {
  const { task, maxDepth = Infinity, maxLeaves = Infinity } = options;
  checkTargets(data.rows, targets, task);
  const outputs = task === "regression" ? 1 : task.classes;
  const weights = Float64Array.from({ length: data.rows }, (_, i) => options.weights?.[i] ?? 1);
  const order = Int32Array.from({ length: data.rows }, (_, i) => i).filter((i) => weights[i]! > 0);
  const problem = { ...options, data, targets, weights, outputs, order };
  const nodes: { column: number; threshold: number; left: number; value: Float64Array }[] = [];
  const open: OpenNode[] = [];

  const add = (start: number, end: number, depth: number) => {
    const id = nodes.length;
    const value = nodeValue(order.subarray(start, end), targets, weights, task);
    nodes.push({ column: -1, threshold: 0, left: -1, value });
    const split = depth < maxDepth ? bestSplit(problem, start, end) : undefined;
    if (split !== undefined) open.push({ id, depth, start, end, split });
  };

  add(0, order.length, 0);
  for (let leaves = 1; leaves < maxLeaves && open.length > 0; leaves++) {
    const next = maxLeaves === Infinity ? open.pop()! : takeBest(open);
    const { column, code, threshold } = next.split;
    const middle = partition(order, next.start, next.end, data.columns[column]!.codes, code);
    Object.assign(nodes[next.id]!, { column, threshold, left: nodes.length });
    add(next.start, middle, next.depth + 1);
    add(middle, next.end, next.depth + 1);
  }
  return {
    task,
    column: Int32Array.from(nodes, (node) => node.column),
    threshold: Float64Array.from(nodes, (node) => node.threshold),
    left: Int32Array.from(nodes, (node) => node.left),
    value: Float64Array.from(nodes.flatMap((node) => [...node.value])),
    outputs,
  };
}

/** The leaf (its node's number) that a row falls into. */
export function treeLeaf(tree: DecisionTree, row: DenseRow): number {
  let node = 0;
  for (let column = tree.column[0]!; column >= 0; column = tree.column[node]!) {
    node = tree.left[node]! + (row[column]! <= tree.threshold[node]! ? 0 : 1);
  }
  return node;
}

/** The nodes from the root to the row's leaf. */
export function treePath(tree: DecisionTree, row: DenseRow): number[] {
  const path = [0];
  for (let node = 0; tree.column[node]! >= 0; path.push(node)) {
    node = tree.left[node]! + (row[tree.column[node]!]! <= tree.threshold[node]! ? 0 : 1);
  }
  return path;
}

/** The value of the row's leaf: shares of the classes, or [mean]. */
export function predictTree(tree: DecisionTree, row: DenseRow): Float64Array {
  const at = treeLeaf(tree, row) * tree.outputs;
  return tree.value.subarray(at, at + tree.outputs);
}

function checkTargets(rows: number, targets: ArrayLike<number>, task: TreeTask): void {
  const refuse = (expected: string, received: string) => {
    throw new DataError({ code: "option", field: "targets", expected, received });
  };
  if (rows === 0) refuse("at least one row", "none");
  if (targets.length !== rows) refuse(`${rows} targets, one per row`, `${targets.length}`);
  for (let i = 0; i < rows; i++) {
    const target = targets[i]!;
    if (task === "regression" ? !Number.isFinite(target) : !isClass(target, task.classes)) {
      const expected =
        task === "regression" ? "finite numbers" : `whole numbers from 0 to ${task.classes - 1}`;
      refuse(expected, `${target} in row ${i}`);
    }
  }
}

function isClass(target: number, classes: number): boolean {
  return Number.isInteger(target) && target >= 0 && target < classes;
}

function nodeValue(
  rows: Int32Array,
  targets: ArrayLike<number>,
  weights: Float64Array,
  task: TreeTask,
): Float64Array {
  const value = new Float64Array(task === "regression" ? 1 : task.classes);
  let total = 0;
  for (const row of rows) {
    const weight = weights[row]!;
    total += weight;
    if (task === "regression") value[0]! += weight * targets[row]!;
    else value[targets[row]!]! += weight;
  }
  return value.map((each) => each / total);
}

/** Takes the open node whose split gains most; the first of equals. */
function takeBest(open: OpenNode[]): OpenNode {
  let best = 0;
  for (let i = 1; i < open.length; i++) {
    if (open[i]!.split.gain > open[best]!.split.gain) best = i;
  }
  return open.splice(best, 1)[0]!;
}

/** Moves the rows with a code up to `code` to the front; gives where the others begin. */
function partition(
  order: Int32Array,
  start: number,
  end: number,
  codes: Int32Array,
  code: number,
): number {
  const right: number[] = [];
  let at = start;
  for (let i = start; i < end; i++) {
    const row = order[i]!;
    if (codes[row]! <= code) order[at++] = row;
    else right.push(row);
  }
  order.set(right, at);
  return at;
}
