// Bins of a numeric column: where their edges lie, what a value in one looks like, what they are called.
import { LimeError, quote } from "../errors.ts";
import { entropyEdges } from "./entropy.ts";
import { meanAndDeviation } from "./sums.ts";
import { type TrainColumn, twoDecimals } from "./table.ts";

/** How numeric columns are cut; own edges by column name, quartiles for the columns not named. */
export type Discretizer =
  | "quartile"
  | "decile"
  | "entropy"
  | { readonly edges: Readonly<Record<string, readonly number[]>> };

/** The bins of a column; value x lies in bin number (edges < x). Missing values have a bin of their own. */
export interface Bins {
  /** Ascending, each once. */
  readonly edges: Float64Array;
  /** Per bin: what values in it are drawn from, a normal truncated to [low, high]. */
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  /** Per bin, as `a <= 2.45`, `2.45 < a <= 4.95`, `a > 4.95`; after them `a is missing`. */
  readonly names: readonly string[];
}

/** Added to the deviation of a bin: one of a single value has none. */
const leastDeviation = 1e-11;

/** Cuts a column. `target` is what the entropy bins are to tell apart. */
export function binsOf(
  column: TrainColumn,
  discretizer: Discretizer,
  target: Float64Array | undefined,
): Bins {
  const present = column.values.filter((value) => !Number.isNaN(value));
  const edges = edgesOf(column, present, discretizer, target);
  const count = edges.length + 1;
  const groups: number[][] = Array.from({ length: count }, () => []);
  for (const value of present) groups[binIn(edges, value)]!.push(value);
  const statistics = groups.map((group) => meanAndDeviation(Float64Array.from(group)));
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of present) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return {
    edges,
    means: Float64Array.from(statistics, ({ mean }) => mean),
    deviations: Float64Array.from(statistics, ({ deviation }) => deviation + leastDeviation),
    lows: Float64Array.of(least, ...edges),
    highs: Float64Array.of(...edges, most),
    names: binNames(column.name, edges),
  };
}

/** The bin of a value; the last for a missing one. */
export function binOf({ edges }: Bins, value: number): number {
  return Number.isNaN(value) ? edges.length + 1 : binIn(edges, value);
}

function binIn(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function binNames(name: string, edges: Float64Array): string[] {
  const shown = Array.from(edges, twoDecimals);
  const inner = shown.slice(1).map((edge, i) => `${shown[i]} < ${name} <= ${edge}`);
  return [`${name} <= ${shown[0]}`, ...inner, `${name} > ${shown.at(-1)}`, `${name} is missing`];
}

const shares = {
  quartile: [25, 50, 75],
  decile: [10, 20, 30, 40, 50, 60, 70, 80, 90],
} as const;

function edgesOf(
  column: TrainColumn,
  present: Float64Array,
  discretizer: Discretizer,
  target: Float64Array | undefined,
): Float64Array {
  if (discretizer === "entropy") {
    if (target === undefined) {
      throw new LimeError("target", {
        expected: 'the column that "entropy" bins are to tell apart',
        received: "none",
        hint: "Name it in option `target`, or use quartile.",
      });
    }
    const told = target.filter((_, row) => !Number.isNaN(column.values[row]!));
    return entropyEdges(present, told);
  }
  if (typeof discretizer === "object") {
    const own = discretizer.edges[column.name];
    if (own !== undefined) return checkedEdges(column.name, own);
  } else if (!Object.hasOwn(shares, discretizer)) {
    const expected = "quartile, decile, entropy or own edges";
    throw new LimeError("discretize", { expected, received: `${String(discretizer)}` });
  }
  const sorted = present.slice().sort();
  const wanted = shares[discretizer === "decile" ? "decile" : "quartile"];
  return distinct(wanted.map((share) => percentile(sorted, share)));
}

function checkedEdges(name: string, edges: readonly number[]): Float64Array {
  if (edges.length > 0 && edges.every(Number.isFinite)) {
    return distinct([...edges].sort((a, b) => a - b));
  }
  throw new LimeError(`discretize.edges[${quote(name)}]`, {
    expected: "at least one finite number",
    received: `[${edges.join(", ")}]`,
  });
}

function distinct(ascending: readonly number[]): Float64Array {
  return Float64Array.from(ascending.filter((edge, i) => i === 0 || edge !== ascending[i - 1]));
}

/** The percentile between its two neighbours, rounded as NumPy rounds it. */
function percentile(sorted: Float64Array, share: number): number {
  const at = (share / 100) * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  const part = at - below;
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}
