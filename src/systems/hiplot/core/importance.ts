// Which columns matter: for a target by a forest and shuffled columns, for a selection by how its values differ.

import { RandomForest } from "../../../data/baseline/forest.ts";
import { type DecisionTree, treeLeaf } from "../../../data/baseline/tree.ts";
import { HiplotError } from "../errors.ts";
import { Random } from "../sources/random.ts";
import type { Bitset } from "./bits.ts";
import { nearestName } from "./colour.ts";
import { type Column, missingCode, numbersOf } from "./columns.ts";
import type { Frame } from "./frame.ts";
import type { ColumnDef, ColumnDefs } from "./infer.ts";
import { createScale, type NumberScale } from "./scales.ts";
import { categoryOrder } from "./sorted.ts";

/** How much a column matters. */
export interface Importance {
  readonly column: string;
  /**
   * For a target: by how much the error grows (in shares of the target's variance, or of wrong
   * classes) when the column is shuffled. For a selection: Jensen-Shannon distance in bits, 0 to 1.
   */
  readonly score: number;
  /** Whether greater values go with a greater target, by rank; 0 for categories. */
  readonly sign: -1 | 0 | 1;
}

/** Options of `importance`. */
export interface ImportanceOptions {
  readonly trees?: number;
  readonly seed?: number;
  /** At most so many rows are used, an even sample. Default 20 000. */
  readonly rows?: number;
  /** The rows to learn from; default all. */
  readonly kept?: Bitset | null;
  /** The columns to judge; default all. */
  readonly columns?: readonly string[];
}

/** Options of `selectionImportance`. */
export type SelectionOptions = Pick<ImportanceOptions, "kept" | "columns">;

/** Columns with more categories than this tell rows apart by name and are left out. */
const mostCategories = 50;

/** Ranks columns by how much each, shuffled, worsens a forest's answer for the target. */
export function targetImportance(
  frame: Frame,
  defs: ColumnDefs,
  target: string,
  options: ImportanceOptions = {},
): Importance[] {
  return forestScores(frame, defs, target, options).sort((a, b) => b.score - a.score);
}

/** Ranks columns by the Jensen-Shannon distance between their selected values and the others. */
export function selectionImportance(
  frame: Frame,
  defs: ColumnDefs,
  selected: Bitset,
  options: SelectionOptions = {},
): Importance[] {
  return distances(frame, defs, selected, options).sort((a, b) => b.score - a.score);
}

function distances(
  frame: Frame,
  defs: ColumnDefs,
  selected: Bitset,
  { kept = null, columns }: SelectionOptions,
): Importance[] {
  const scores: Importance[] = [];
  for (const def of defs.values()) {
    if (def.name === "uid" || def.name === "from_uid" || def.same) continue;
    if (columns && !columns.includes(def.name)) continue;
    const binOf = bins(frame.column(def.name) as Column, def);
    const inside = new Map<number, number>();
    const outside = new Map<number, number>();
    let [insideTotal, outsideTotal, insideSum, outsideSum] = [0, 0, 0, 0];
    for (let row = 0; row < frame.rows; row++) {
      if (kept && !kept.has(row)) continue;
      const bin = binOf(row);
      if (selected.has(row)) {
        inside.set(bin, (inside.get(bin) ?? 0) + 1);
        insideTotal++;
        insideSum += bin;
      } else {
        outside.set(bin, (outside.get(bin) ?? 0) + 1);
        outsideTotal++;
        outsideSum += bin;
      }
    }
    if (insideTotal === 0 || outsideTotal === 0) continue;
    const difference = insideSum / insideTotal - outsideSum / outsideTotal;
    const sign = def.type === "categorical" ? 0 : (Math.sign(difference) as -1 | 0 | 1);
    const keys = new Set([...inside.keys(), ...outside.keys()]);
    const score = jensenShannon(
      Array.from(keys, (key) => (inside.get(key) ?? 0) / insideTotal),
      Array.from(keys, (key) => (outside.get(key) ?? 0) / outsideTotal),
    );
    scores.push({ column: def.name, score, sign });
  }
  return scores;
}

/** The root of the Jensen-Shannon divergence in bits: 0 for equal distributions, 1 for disjoint ones. */
export function jensenShannon(p: readonly number[], q: readonly number[]): number {
  const term = (a: number, mean: number) => (a > 0 ? a * Math.log2(a / mean) : 0);
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const mean = (p[i]! + q[i]!) / 2;
    sum += (term(p[i]!, mean) + term(q[i]!, mean)) / 2;
  }
  return Math.sqrt(Math.max(0, sum));
}

const selectionBins = 32;

/** The bin of each row; rows without a value are a bin of their own. */
function bins(column: Column, def: ColumnDef): (row: number) => number {
  if (def.type === "categorical") {
    const { ranks } = categoryOrder(column);
    return (row) => (ranks[row] === missingCode ? -1 : ranks[row]!);
  }
  const scale = createScale(def, [0, 1], false) as NumberScale;
  const numbers = numbersOf(column);
  return (row) => {
    const share = scale.position(numbers[row]!);
    return Number.isNaN(share)
      ? -1
      : Math.min(selectionBins - 1, Math.floor(share * selectionBins));
  };
}

interface Features {
  /** Cells by feature and row. */
  readonly cells: readonly Float64Array[];
  /** For each column the features that it became. */
  readonly columns: readonly { readonly def: ColumnDef; readonly features: readonly number[] }[];
}

function forestScores(
  frame: Frame,
  defs: ColumnDefs,
  target: string,
  { trees = 100, seed = 0, rows: mostRows = 20_000, kept = null, columns: only }: ImportanceOptions,
): Importance[] {
  const targetDef = defs.get(target);
  if (!targetDef) {
    const nearest = nearestName(target, [...defs.keys()]);
    throw new HiplotError(
      "column",
      `importance: there is no column ${target}; the nearest is ${nearest}`,
    );
  }
  const { rows, values, isClass } = targetValues(frame, targetDef, mostRows, kept);
  if (rows.length < 10) {
    throw new HiplotError(
      "column",
      `importance: ${target} has ${rows.length} usable rows, too few to judge by`,
    );
  }
  const { cells, columns } = features(frame, defs, target, rows, only);
  if (cells.length === 0) return [];
  const table = Array.from(rows, (_, i) => Float64Array.from(cells, (feature) => feature[i]!));
  const task = isClass ? ("classification" as const) : ("regression" as const);
  const forest = new RandomForest({ trees, seed, task, ...(isClass ? {} : { minLeaf: 5 }) });
  forest.fit(table, values);
  const scores = shuffledErrors(
    forest,
    table,
    values,
    columns.map((each) => each.features),
    seed,
  );
  const spread = isClass ? 1 : varianceOf(values) || 1;
  return columns.map(({ def, features: own }, c) => ({
    column: def.name,
    score: scores[c]! / spread,
    sign: def.type === "categorical" || isClass ? 0 : rankSign(cells[own[0]!]!, values),
  }));
}

function targetValues(frame: Frame, def: ColumnDef, mostRows: number, kept: Bitset | null) {
  const column = frame.column(def.name) as Column;
  const isClass = def.type === "categorical";
  const numbers = isClass ? undefined : numbersOf(column);
  const ranks = isClass ? categoryOrder(column).ranks : undefined;
  const usable = Array.from({ length: frame.rows }, (_, row) => row).filter((row) =>
    kept && !kept.has(row)
      ? false
      : numbers
        ? Number.isFinite(numbers[row])
        : ranks![row] !== missingCode,
  );
  const step = Math.max(1, usable.length / mostRows);
  const rows = Array.from(
    { length: Math.floor(usable.length / step) },
    (_, i) => usable[Math.floor(i * step)]!,
  );
  return {
    rows,
    values: Float64Array.from(rows, (row) => (numbers ? numbers[row]! : ranks![row]!)),
    isClass,
  };
}

/** Numbers as they are (NaN for gaps), categories as a 0 or 1 each. */
function features(
  frame: Frame,
  defs: ColumnDefs,
  target: string,
  rows: readonly number[],
  only?: readonly string[],
): Features {
  const cells: Float64Array[] = [];
  const columns: { def: ColumnDef; features: number[] }[] = [];
  for (const def of defs.values()) {
    if ([target, "uid", "from_uid"].includes(def.name) || def.same) continue;
    if (only && !only.includes(def.name)) continue;
    const column = frame.column(def.name) as Column;
    if (def.type !== "categorical") {
      const numbers = numbersOf(column);
      const finite = (row: number) => (Number.isFinite(numbers[row]) ? numbers[row]! : Number.NaN);
      columns.push({ def, features: [cells.push(Float64Array.from(rows, finite)) - 1] });
      continue;
    }
    const { texts, ranks } = categoryOrder(column);
    if (texts.length > mostCategories) continue;
    const own = texts.map(
      (_, rank) => cells.push(Float64Array.from(rows, (row) => (ranks[row] === rank ? 1 : 0))) - 1,
    );
    columns.push({ def, features: own });
  }
  return { cells, columns };
}

/** By how much each group of features, shuffled among a tree's out-of-bag rows, worsens that tree. */
function shuffledErrors(
  forest: RandomForest,
  table: readonly Float64Array[],
  values: Float64Array,
  groups: readonly (readonly number[])[],
  seed: number,
): number[] {
  const sums = groups.map(() => 0);
  const random = new Random(seed + 1);
  forest.trees.forEach((tree, t) => {
    const rows = forest.outOfBag[t]!;
    if (rows.length === 0) return;
    const error = (cellsOf: (i: number) => Float64Array) => {
      let sum = 0;
      for (let i = 0; i < rows.length; i++) sum += treeError(tree, cellsOf(i), values[rows[i]!]!);
      return sum / rows.length;
    };
    const before = error((i) => table[rows[i]!]!);
    const order = shuffled(rows.length, random);
    groups.forEach((group, g) => {
      // A tree that never asks for a column cannot be worse for want of it.
      if (!group.some((feature) => tree.column.includes(feature))) return;
      const scratch = new Float64Array(table[0]!.length);
      sums[g]! +=
        error((i) => {
          scratch.set(table[rows[i]!]!);
          const other = table[rows[order[i]!]!]!;
          for (const feature of group) scratch[feature] = other[feature]!;
          return scratch;
        }) - before;
    });
  });
  return sums.map((sum) => sum / forest.trees.length);
}

/** Squared error of a tree's number, or 1 for a wrong class. */
function treeError(tree: DecisionTree, row: Float64Array, truth: number): number {
  const leaf = treeLeaf(tree, row) * tree.outputs;
  if (tree.outputs === 1) return (tree.value[leaf]! - truth) ** 2;
  let best = 0;
  for (let c = 1; c < tree.outputs; c++)
    if (tree.value[leaf + c]! > tree.value[leaf + best]!) best = c;
  return best === truth ? 0 : 1;
}

function shuffled(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function varianceOf(values: Float64Array): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

/** The sign of Spearman's rank correlation, 0 where it is too weak (|rho| < 0.02) to mean anything. */
function rankSign(xs: Float64Array, ys: Float64Array): -1 | 0 | 1 {
  const both = [...xs.keys()].filter((i) => Number.isFinite(xs[i]) && Number.isFinite(ys[i]));
  const a = ranksOf(both.map((i) => xs[i]!));
  const b = ranksOf(both.map((i) => ys[i]!));
  const mean = (both.length - 1) / 2;
  let [covariance, spreadA, spreadB] = [0, 0, 0];
  for (let i = 0; i < both.length; i++) {
    covariance += (a[i]! - mean) * (b[i]! - mean);
    spreadA += (a[i]! - mean) ** 2;
    spreadB += (b[i]! - mean) ** 2;
  }
  const rho = covariance / Math.sqrt(spreadA * spreadB);
  return Math.abs(rho) >= 0.02 ? (Math.sign(rho) as -1 | 1) : 0;
}

/** Ranks from 0, equal values sharing the mean of theirs. */
function ranksOf(values: readonly number[]): Float64Array {
  const order = [...values.keys()].sort((i, j) => values[i]! - values[j]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let k = from; k < to; k++) ranks[order[k]!] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}
