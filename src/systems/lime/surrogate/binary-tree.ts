// Regression trees on masks: a split is a feature shown or hidden, so sums over the ones decide it.
import type { Matrix } from "../api.ts";

/** A node; a leaf has no children. */
export interface BinaryNode {
  readonly mean: number;
  readonly feature: number;
  readonly shown?: BinaryNode;
  readonly hidden?: BinaryNode;
}

const depth = 8;
const leastRows = 8;
/** A split must take this part of the whole squared error away. */
const leastGain = 1e-4;

/** Grows a tree by the squared error (Breiman et al. 1984, CART). */
export function growBinaryTree(masks: Matrix, targets: Float64Array): BinaryNode {
  const rows = Array.from(targets.keys());
  const mean = targets.reduce((sum, target) => sum + target, 0) / targets.length;
  const error = targets.reduce((sum, target) => sum + (target - mean) ** 2, 0);
  return grow(masks, targets, rows, depth, leastGain * error);
}

function grow(
  masks: Matrix,
  targets: Float64Array,
  rows: readonly number[],
  levels: number,
  least: number,
): BinaryNode {
  const { columns: d, values } = masks;
  let total = 0;
  for (const row of rows) total += targets[row]!;
  const mean = total / rows.length;
  if (levels === 0 || rows.length < 2 * leastRows) return { mean, feature: -1 };
  const counts = new Int32Array(d);
  const sums = new Float64Array(d);
  for (const row of rows) {
    const offset = targets[row]! - mean;
    for (let j = 0, at = row * d; j < d; j++, at++) {
      if (values[at] === 1) {
        counts[j]!++;
        sums[j]! += offset;
      }
    }
  }
  let feature = -1;
  let most = least;
  for (let j = 0; j < d; j++) {
    const shown = counts[j]!;
    const hidden = rows.length - shown;
    if (shown < leastRows || hidden < leastRows) continue;
    const gain = sums[j]! ** 2 * (1 / shown + 1 / hidden);
    if (gain > most) {
      most = gain;
      feature = j;
    }
  }
  if (feature < 0) return { mean, feature: -1 };
  const isShown = (row: number) => values[row * d + feature] === 1;
  const shown = grow(masks, targets, rows.filter(isShown), levels - 1, least);
  const hidden = grow(
    masks,
    targets,
    rows.filter((row) => !isShown(row)),
    levels - 1,
    least,
  );
  return { mean, feature, shown, hidden };
}
