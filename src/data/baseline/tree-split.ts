/** @file The search for the best question of a tree's node: exact, over ranked columns. */

/** A column by rank: `codes` are positions in `values`, ascending; missing cells come last, as NaN. */
export interface CodedColumn {
  readonly codes: Int32Array;
  readonly values: Float64Array;
}

/** Columns prepared for the search, once for all trees. */
export interface CodedColumns {
  readonly rows: number;
  readonly columns: readonly CodedColumn[];
}

/** Ranks the cells of each column. */
export function codeColumns(rows: readonly ArrayLike<number>[]): CodedColumns {
  const width = rows[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) => {
    const cells = Float64Array.from(rows, (row) => row[column]!);
    // A typed array sorts by value, NaN last.
    const sorted = cells.toSorted();
    const values = sorted.filter((value, i) => i === 0 || !Object.is(value, sorted[i - 1]!));
    const ranks = new Map<number, number>();
    for (const [rank, value] of values.entries()) ranks.set(value, rank);
    return { codes: Int32Array.from(cells, (cell) => ranks.get(cell)!), values };
  });
  return { rows: rows.length, columns };
}

/** A question: rows whose code in `column` is at most `code` go left. */
export interface Split {
  readonly column: number;
  readonly code: number;
  readonly threshold: number;
  /** How much it lowers the weighted impurity, summed over the node's rows. */
  readonly gain: number;
}

/** What the search needs to know; `order` holds the rows of a node side by side. */
export interface SplitProblem {
  readonly data: CodedColumns;
  readonly targets: ArrayLike<number>;
  readonly weights: Float64Array;
  /** Number of classes; 1 for regression. */
  readonly outputs: number;
  readonly task: { readonly classes: number } | "regression";
  readonly order: Int32Array;
  readonly criterion?: "gini" | "entropy";
  readonly minLeaf?: number;
  readonly columnsPerSplit?: number;
  readonly random?: () => number;
}

/** The question that gains most for the rows order[start..end); undefined where none can be asked. */
export function bestSplit(problem: SplitProblem, start: number, end: number): Split | undefined {
  const { data, order, minLeaf = 1 } = problem;
  const rows = order.subarray(start, end);
  const purity = createPurity(problem);
  purity.reset(rows);
  if (rows.length < 2 * minLeaf || purity.isPure()) return undefined;
  const width = data.columns.length;
  const candidates = Int32Array.from({ length: width }, (_, i) => i);
  const wanted = problem.columnsPerSplit ?? width;
  let best: Split | undefined;
  for (let looked = 0; looked < width; looked++) {
    if (looked >= wanted && best !== undefined) break;
    if (problem.random !== undefined) drawNext(candidates, looked, problem.random);
    const column = candidates[looked]!;
    const split = bestThreshold(data.columns[column]!, column, rows, minLeaf, purity);
    if (split !== undefined && split.gain > (best?.gain ?? -Infinity)) best = split;
  }
  return best;
}

/** One step of a Fisher-Yates shuffle from the front. */
function drawNext(candidates: Int32Array, at: number, random: () => number): void {
  const other = at + Math.floor(random() * (candidates.length - at));
  const taken = candidates[other]!;
  candidates[other] = candidates[at]!;
  candidates[at] = taken;
}

function bestThreshold(
  { codes, values }: CodedColumn,
  column: number,
  rows: Int32Array,
  minLeaf: number,
  purity: Purity,
): Split | undefined {
  if (values.length < 2) return undefined;
  const sorted = sortByCode(rows, codes, values.length);
  if (codes[sorted[0]!] === codes[sorted.at(-1)!]) return undefined;
  purity.restart();
  let best = -1;
  let bestGain = 0;
  for (let i = 0; i + minLeaf < sorted.length; i++) {
    purity.moveLeft(sorted[i]!);
    if (codes[sorted[i]!] === codes[sorted[i + 1]!] || i + 1 < minLeaf) continue;
    const gain = purity.gain();
    // Sums in another order must not decide between equal questions.
    if (best < 0 || gain > bestGain + 1e-12 * Math.abs(bestGain)) {
      bestGain = gain;
      best = i;
    }
  }
  if (best < 0) return undefined;
  const code = codes[sorted[best]!]!;
  const [below, above] = [values[code]!, values[codes[sorted[best + 1]!]!]!];
  const middle = below / 2 + above / 2;
  // Only missing cells lie above: every number goes left.
  const threshold = Number.isNaN(middle) ? Infinity : middle < above ? middle : below;
  return { column, code, threshold, gain: bestGain };
}

/** The rows in ascending order of code: counting where there are few codes, else a typed sort. */
function sortByCode(rows: Int32Array, codes: Int32Array, distinct: number): Int32Array {
  const sorted = new Int32Array(rows.length);
  if (distinct <= 4 * rows.length) {
    const starts = new Int32Array(distinct + 1);
    for (const row of rows) starts[codes[row]! + 1]!++;
    for (let code = 0; code < distinct; code++) starts[code + 1]! += starts[code]!;
    for (const row of rows) sorted[starts[codes[row]!]!++] = row;
    return sorted;
  }
  const keys = Float64Array.from(rows, (row, i) => codes[row]! * rows.length + i).sort();
  for (let i = 0; i < keys.length; i++) sorted[i] = rows[keys[i]! % rows.length]!;
  return sorted;
}

/** Running sums of the two sides of a split. */
interface Purity {
  /** Takes all rows as the right side. */
  reset(rows: Int32Array): void;
  /** Moves all rows back to the right side. */
  restart(): void;
  moveLeft(row: number): void;
  /** How much lower the impurity of the two sides is than that of the node. */
  gain(): number;
  isPure(): boolean;
}

function createPurity(problem: SplitProblem): Purity {
  if (problem.task === "regression") return variancePurity(problem);
  return problem.criterion === "entropy" ? entropyPurity(problem) : giniPurity(problem);
}

function variancePurity({ targets, weights }: SplitProblem): Purity {
  let [weight, sum, squares] = [0, 0, 0];
  let [leftWeight, leftSum] = [0, 0];
  return {
    reset(rows) {
      [weight, sum, squares] = [0, 0, 0];
      for (const row of rows) {
        weight += weights[row]!;
        sum += weights[row]! * targets[row]!;
        squares += weights[row]! * targets[row]! ** 2;
      }
    },
    restart() {
      leftWeight = 0;
      leftSum = 0;
    },
    moveLeft(row) {
      leftWeight += weights[row]!;
      leftSum += weights[row]! * targets[row]!;
    },
    gain() {
      const right = (sum - leftSum) ** 2 / (weight - leftWeight);
      return leftSum ** 2 / leftWeight + right - sum ** 2 / weight;
    },
    isPure: () => squares - sum ** 2 / weight <= 1e-12 * squares,
  };
}

function giniPurity({ targets, weights, outputs }: SplitProblem): Purity {
  const all = new Float64Array(outputs);
  const left = new Float64Array(outputs);
  let [weight, squares] = [0, 0];
  let [leftWeight, leftSquares, rightSquares] = [0, 0, 0];
  return {
    reset(rows) {
      for (const row of rows) all[targets[row]!]! += weights[row]!;
      weight = all.reduce((a, b) => a + b, 0);
      squares = all.reduce((a, b) => a + b * b, 0);
    },
    restart() {
      left.fill(0);
      leftWeight = 0;
      leftSquares = 0;
      rightSquares = squares;
    },
    moveLeft(row) {
      const own = targets[row]!;
      const moved = weights[row]!;
      leftSquares += moved * (2 * left[own]! + moved);
      rightSquares -= moved * (2 * (all[own]! - left[own]!) - moved);
      left[own]! += moved;
      leftWeight += moved;
    },
    gain: () => leftSquares / leftWeight + rightSquares / (weight - leftWeight) - squares / weight,
    isPure: () => all.filter((count) => count > 0).length < 2,
  };
}

function entropyPurity({ targets, weights, outputs }: SplitProblem): Purity {
  const all = new Float64Array(outputs);
  const left = new Float64Array(outputs);
  let weight = 0;
  let leftWeight = 0;
  const log = (value: number) => (value > 0 ? value * Math.log2(value) : 0);
  return {
    reset(rows) {
      for (const row of rows) all[targets[row]!]! += weights[row]!;
      weight = all.reduce((a, b) => a + b, 0);
    },
    restart() {
      left.fill(0);
      leftWeight = 0;
    },
    moveLeft(row) {
      left[targets[row]!]! += weights[row]!;
      leftWeight += weights[row]!;
    },
    gain() {
      let gain = log(weight) - log(leftWeight) - log(weight - leftWeight);
      for (let c = 0; c < outputs; c++) {
        gain += log(left[c]!) + log(all[c]! - left[c]!) - log(all[c]!);
      }
      return gain;
    },
    isPure: () => all.filter((count) => count > 0).length < 2,
  };
}
