// A small weighted regression tree as surrogate: for models that decide by conditions, not by sums.
import type { Matrix } from "../api.ts";

/** Options of `fitTree`. */
export interface TreeOptions {
  /** Default 3. */
  readonly depth?: number;
  /** Least part of the total weight that a leaf may hold. Default 0.01. */
  readonly leafShare?: number;
}

/** A node: rows with `value <= threshold` in the feature go left. A leaf has no children. */
export interface TreeNode {
  readonly mean: number;
  readonly feature: number;
  readonly threshold: number;
  readonly left?: TreeNode;
  readonly right?: TreeNode;
}

/**
 * Regression tree by the weighted squared error (Breiman et al. 1984, CART), on the features named.
 */
export function fitTree(
  data: Matrix,
  targets: Float64Array,
  weights: Float64Array,
  features: ArrayLike<number>,
  { depth = 3, leafShare = 0.01 }: TreeOptions = {},
): TreeNode {
  let total = 0;
  for (const weight of weights) total += weight;
  const rows: number[] = [];
  for (let i = 0; i < data.rows; i++) if (weights[i]! > 0) rows.push(i);
  return grow({ data, targets, weights, features, least: leafShare * total }, rows, depth);
}

interface Growing {
  readonly data: Matrix;
  readonly targets: Float64Array;
  readonly weights: Float64Array;
  readonly features: ArrayLike<number>;
  readonly least: number;
}

function grow(from: Growing, rows: number[], depth: number): TreeNode {
  let weight = 0;
  let sum = 0;
  for (const i of rows) {
    weight += from.weights[i]!;
    sum += from.weights[i]! * from.targets[i]!;
  }
  const mean = weight > 0 ? sum / weight : 0;
  const leaf: TreeNode = { mean, feature: -1, threshold: 0 };
  const split = depth > 0 ? bestSplit(from, rows, mean) : undefined;
  if (split === undefined) return leaf;
  const { columns, values } = from.data;
  const goesLeft = (i: number) => values[i * columns + split.feature]! <= split.threshold;
  const left = grow(from, rows.filter(goesLeft), depth - 1);
  const right = grow(
    from,
    rows.filter((i) => !goesLeft(i)),
    depth - 1,
  );
  return { mean, ...split, left, right };
}

/** The split that lowers the weighted squared error most, between two values that occur. */
function bestSplit(
  { data, targets, weights, features, least }: Growing,
  rows: readonly number[],
  mean: number,
): { feature: number; threshold: number } | undefined {
  const { columns, values } = data;
  let best: { feature: number; threshold: number } | undefined;
  let most = 0;
  let total = 0;
  let spread = 0;
  for (const i of rows) {
    total += weights[i]!;
    spread += weights[i]! * (targets[i]! - mean) ** 2;
  }
  if (spread <= 1e-14 * total) return undefined;
  for (let f = 0; f < features.length; f++) {
    const feature = features[f]!;
    const at = (i: number) => values[i * columns + feature]!;
    const order = [...rows].sort((a, b) => at(a) - at(b));
    let weight = 0;
    let sum = 0;
    for (let r = 0; r + 1 < order.length; r++) {
      const i = order[r]!;
      weight += weights[i]!;
      sum += weights[i]! * (targets[i]! - mean);
      const [value, next] = [at(i), at(order[r + 1]!)];
      if (value === next || weight < least || total - weight < least) continue;
      // With the mean taken out, the gain is s^2 / wl + s^2 / wr.
      const gain = sum * sum * (1 / weight + 1 / (total - weight));
      if (gain > most * (1 + 1e-12)) {
        most = gain;
        best = { feature, threshold: value + (next - value) / 2 };
      }
    }
  }
  return best;
}

/** The tree's value at a row. */
export function treeValue(tree: TreeNode, row: ArrayLike<number>): number {
  let node = tree;
  while (node.left !== undefined && node.right !== undefined) {
    node = row[node.feature]! <= node.threshold ? node.left : node.right;
  }
  return node.mean;
}

/**
 * What each feature adds on the way from the root to the row's leaf: the change of the mean at every
 * split, summed per feature. With the root's mean they add up to the tree's value (Saabas 2014,
 * "Interpreting random forests").
 */
export function pathContributions(tree: TreeNode, row: ArrayLike<number>): Map<number, number> {
  const contributions = new Map<number, number>();
  let node = tree;
  while (node.left !== undefined && node.right !== undefined) {
    const next = row[node.feature]! <= node.threshold ? node.left : node.right;
    const before = contributions.get(node.feature) ?? 0;
    contributions.set(node.feature, before + next.mean - node.mean);
    node = next;
  }
  return contributions;
}
