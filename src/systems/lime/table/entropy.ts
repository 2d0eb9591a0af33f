// Edges that tell the classes apart: the thresholds of an entropy decision tree of depth 3 on one column.

const depth = 3;
/** Values nearer than this are one, as in scikit-learn's splitter. */
const nearest = 1e-7;

/**
 * Thresholds of the tree, ascending; the median where it has none. The tree works in single
 * precision, as scikit-learn's does, so that its edges are the same.
 */
export function entropyEdges(values: Float64Array, target: Float64Array): Float64Array {
  const classes = [...new Set(target)].sort((a, b) => a - b);
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const sorted = Float32Array.from(order, (row) => values[row]!);
  const labels = Int32Array.from(order, (row) => classes.indexOf(target[row]!));
  const edges: number[] = [];
  const grow = (from: number, to: number, level: number) => {
    if (level === depth) return;
    const split = bestSplit(sorted, labels, classes.length, from, to);
    if (split === undefined) return;
    const edge = sorted[split - 1]! / 2 + sorted[split]! / 2;
    edges.push(edge === sorted[split]! ? sorted[split - 1]! : edge);
    grow(from, split, level + 1);
    grow(split, to, level + 1);
  };
  grow(0, sorted.length, 0);
  if (edges.length === 0) edges.push(median(values));
  return Float64Array.from(new Set(edges)).sort();
}

/** The first position of the right side that lowers the entropy most; undefined where none does. */
function bestSplit(
  sorted: Float32Array,
  labels: Int32Array,
  classes: number,
  from: number,
  to: number,
): number | undefined {
  const right = new Float64Array(classes);
  const left = new Float64Array(classes);
  for (let i = from; i < to; i++) right[labels[i]!]!++;
  if (entropy(right, to - from) <= Number.EPSILON) return undefined;
  let best: number | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = from + 1; i < to; i++) {
    left[labels[i - 1]!]!++;
    right[labels[i - 1]!]!--;
    if (sorted[i]! <= sorted[i - 1]! + nearest) continue;
    const gain = -(i - from) * entropy(left, i - from) - (to - i) * entropy(right, to - i);
    if (gain > most) {
      most = gain;
      best = i;
    }
  }
  return best;
}

function entropy(counts: Float64Array, total: number): number {
  let sum = 0;
  for (const count of counts) if (count > 0) sum -= (count / total) * Math.log2(count / total);
  return sum;
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
