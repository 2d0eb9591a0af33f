/** @file Held-out parts: random or stratified by class, whole groups together; and folds. */
import { DataError } from "./errors.ts";
import { permutation } from "./random.ts";

/** How rows are divided. */
export interface SplitOptions {
  readonly seed?: number;
  /** Class of each row: each part then has about the same share of each class. */
  readonly labels?: ArrayLike<number>;
  /** Group of each row: a group is never divided (see `groupNearDuplicates`). */
  readonly groups?: ArrayLike<number>;
}

/**
 * Divides the rows 0 to `count` - 1 into parts of the given shares, e.g. `{ train: 0.8, test: 0.2 }`.
 * Shares need not sum to 1: they are relative. Each part lists its rows in ascending order. With large
 * groups the sizes are as near to the shares as whole groups allow.
 */
export function splitRows<Part extends string>(
  count: number,
  shares: Readonly<Record<Part, number>>,
  options: SplitOptions = {},
): Record<Part, Int32Array> {
  const names = Object.keys(shares) as Part[];
  const weights = names.map((name) => shares[name]);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0) || weights.some((weight) => !(weight >= 0))) {
    const expected = "shares of at least 0 with a sum above 0";
    throw new DataError({
      code: "option",
      field: "shares",
      expected,
      received: JSON.stringify(shares),
    });
  }
  const parts = assign(
    count,
    weights.map((weight) => weight / total),
    options,
  );
  return Object.fromEntries(names.map((name, part) => [name, rowsOf(parts, part)])) as Record<
    Part,
    Int32Array
  >;
}

/** One fold: the rows held out and all others. */
export interface Fold {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** Divides the rows into `folds` parts of about the same size, each held out once. */
export function foldRows(count: number, folds: number, options: SplitOptions = {}): Fold[] {
  if (!Number.isInteger(folds) || folds < 2 || folds > count) {
    const expected = `a whole number from 2 to ${count}, the number of rows`;
    throw new DataError({ code: "option", field: "folds", expected, received: `${folds}` });
  }
  const parts = assign(count, new Array<number>(folds).fill(1 / folds), options);
  return Array.from({ length: folds }, (_, fold) => ({
    train: rowsOf(parts, fold, true),
    test: rowsOf(parts, fold),
  }));
}

function rowsOf(parts: Int32Array, part: number, others = false): Int32Array {
  return Int32Array.from(parts.keys()).filter((row) => (parts[row] === part) !== others);
}

/**
 * The part of each row. Groups are taken largest first (in random order among equals) and each goes
 * where the classes of its rows are furthest below their share.
 */
function assign(count: number, shares: readonly number[], options: SplitOptions): Int32Array {
  const { seed = 0 } = options;
  const labels = checked("labels", options.labels, count);
  const groups = checked("groups", options.groups, count);
  const members = new Map<number, number[]>();
  for (const row of permutation(count, seed)) {
    const group = groups?.[row] ?? row;
    const rows = members.get(group);
    if (rows === undefined) members.set(group, [row]);
    else rows.push(row);
  }
  const sizes = new Map<number, number>();
  for (let row = 0; row < count; row++) {
    const label = labels?.[row] ?? 0;
    sizes.set(label, (sizes.get(label) ?? 0) + 1);
  }
  // What each part still lacks of each class, as a count of rows.
  const lacking = shares.map(
    (share) => new Map([...sizes].map(([label, size]) => [label, share * size])),
  );
  const parts = new Int32Array(count);
  const largestFirst = [...members.values()].sort((a, b) => b.length - a.length);
  for (const rows of largestFirst) {
    let best = 0;
    let bestNeed = -Infinity;
    shares.forEach((share, part) => {
      if (share === 0) return;
      let need = 0;
      // Relative to the share, so that small parts fill at the same pace as large ones.
      for (const row of rows) need += lacking[part]!.get(labels?.[row] ?? 0)! / share;
      if (need > bestNeed) {
        best = part;
        bestNeed = need;
      }
    });
    for (const row of rows) {
      const label = labels?.[row] ?? 0;
      parts[row] = best;
      lacking[best]!.set(label, lacking[best]!.get(label)! - 1);
    }
  }
  return parts;
}

function checked(
  field: string,
  values: ArrayLike<number> | undefined,
  count: number,
): ArrayLike<number> | undefined {
  if (values === undefined || values.length === count) return values;
  const expected = `${count} values, one per row`;
  throw new DataError({ code: "option", field, expected, received: `${values.length}` });
}
