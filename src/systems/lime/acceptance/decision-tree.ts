// A small decision tree on zeros and ones, grown best split first: a black box whose reasons can be read.

/** A node asks whether a column is 1; a leaf gives the share of class 1. */
export interface BinaryTree {
  readonly share: number;
  /** -1 for a leaf. */
  readonly column: number;
  readonly absent?: BinaryTree;
  readonly present?: BinaryTree;
}

interface OpenLeaf {
  readonly rows: readonly number[];
  readonly share: number;
  column: number;
  readonly gain: number;
  absent?: OpenLeaf;
  present?: OpenLeaf;
}

/**
 * Grows a tree of at most `leaves` leaves by the Gini impurity (Breiman et al. 1984, CART), always
 * splitting the leaf that gains most. `rows[r]` lists the columns that are 1 in row r.
 */
export function growTree(
  rows: readonly ReadonlySet<number>[],
  labels: ArrayLike<number>,
  columns: number,
  leaves: number,
): BinaryTree {
  const open = (members: readonly number[]): OpenLeaf & { best: number } => {
    const { share, column, gain } = bestColumn(rows, labels, columns, members);
    return { rows: members, share, column: -1, gain, best: column };
  };
  const root = open(rows.map((_, row) => row));
  const leafList = [root];
  while (leafList.length < leaves) {
    const next = leafList.reduce((a, b) => (b.gain > a.gain ? b : a));
    if (next.gain <= 0) break;
    const present = open(next.rows.filter((row) => rows[row]!.has(next.best)));
    const absent = open(next.rows.filter((row) => !rows[row]!.has(next.best)));
    Object.assign(next, { column: next.best, present, absent });
    leafList.splice(leafList.indexOf(next), 1, present, absent);
  }
  return root;
}

function bestColumn(
  rows: readonly ReadonlySet<number>[],
  labels: ArrayLike<number>,
  columns: number,
  members: readonly number[],
): { share: number; column: number; gain: number } {
  const counts = new Int32Array(columns);
  const ones = new Int32Array(columns);
  let total = 0;
  for (const row of members) {
    total += labels[row]!;
    for (const column of rows[row]!) {
      counts[column]!++;
      ones[column]! += labels[row]!;
    }
  }
  const n = members.length;
  const impurity = (size: number, positive: number) =>
    size === 0 ? 0 : (2 * positive * (size - positive)) / size;
  let column = -1;
  let gain = 0;
  for (let j = 0; j < columns; j++) {
    const after = impurity(counts[j]!, ones[j]!) + impurity(n - counts[j]!, total - ones[j]!);
    const drop = impurity(n, total) - after;
    if (drop > gain + 1e-9) {
      gain = drop;
      column = j;
    }
  }
  return { share: n === 0 ? 0 : total / n, column, gain };
}

/** The leaf's share of class 1 and the columns asked on the way, for a row of ones. */
export function walkTree(
  tree: BinaryTree,
  row: ReadonlySet<number>,
): { share: number; asked: number[] } {
  const asked: number[] = [];
  let node = tree;
  while (node.present !== undefined && node.absent !== undefined) {
    asked.push(node.column);
    node = row.has(node.column) ? node.present : node.absent;
  }
  return { share: node.share, asked };
}
