// Neighbours of a table row: cells drawn as the training rows have them, in the reference's order of draws.
import type { Matrix, TableRow } from "../api.ts";
import type { Block, Perturbation } from "../neighbourhood/perturbation.ts";
import { drawTruncated, type TruncatedNormal, truncatedNormal } from "../normal.ts";
import type { RandomSource } from "../random.ts";
import { type Bins, binOf } from "./discretize.ts";

/** A column whose neighbours differ from the row by what they are: a category or a bin. */
export interface ChoiceColumn {
  readonly kind: "choice";
  /** What may be drawn: categories, or numbers of bins. */
  readonly values: Float64Array;
  /** Running sums of the frequencies of `values`; the last is 1. */
  readonly cumulative: Float64Array;
  /** Set for a numeric column. */
  readonly bins?: Bins;
}

/** A numeric column that is left as it is. */
export interface NumberColumn {
  readonly kind: "number";
  readonly mean: number;
  readonly scale: number;
  /** What the scaled form counts from: the mean; 0 for sparse rows, which stay sparse that way. */
  readonly origin: number;
  /** Share of missing cells in the training rows. */
  readonly missing: number;
}

export type DrawnColumn = ChoiceColumn | NumberColumn;

/** What rows are drawn around. */
export interface TablePerturbationOptions {
  readonly columns: readonly DrawnColumn[];
  readonly row: TableRow;
  readonly random: RandomSource;
  /** Numeric columns have bins, all of them. */
  readonly discretized: boolean;
  /** Normals around the row's value in place of the column's mean. */
  readonly aroundInstance: boolean;
}

/** A perturbation of a table row. */
export function tablePerturbation(options: TablePerturbationOptions): Perturbation<TableRow> {
  let drawn = 0;
  return {
    columns: options.columns.length,
    count: Number.POSITIVE_INFINITY,
    paired: false,
    draw(rows, first) {
      const { data, cells } = drawRows(options, rows, first);
      const { columns } = data;
      const before = drawn;
      drawn += rows;
      const block: Block<TableRow> = {
        data,
        input: (row) => cells.slice(row * columns, (row + 1) * columns),
        // Drawn from a continuum, rows do not come twice.
        key: (row) => String(before + row),
      };
      return block;
    },
  };
}

interface Drawn {
  readonly data: Matrix;
  /** What the model sees [rows, columns]. */
  readonly cells: Float64Array;
}

function drawRows(options: TablePerturbationOptions, rows: number, first: boolean): Drawn {
  const { columns, row, random } = options;
  const d = columns.length;
  const cells = new Float64Array(rows * d);
  const binary = columns.every((column) => column.kind === "choice");
  const values = binary ? new Uint8Array(rows * d) : new Float64Array(rows * d);
  // The reference draws normals for all columns, and then writes over the categories.
  if (!options.discretized) {
    for (let at = 0; at < cells.length; at++) cells[at] = random.gauss();
  }
  const binNumbers = new Map<number, Int32Array>();
  columns.forEach((column, j) => {
    if (column.kind === "number") return;
    const own = column.bins === undefined ? row[j]! : binOf(column.bins, row[j]!);
    const chosen = new Int32Array(rows);
    for (let i = 0; i < rows; i++) {
      const u = random.double();
      let at = 0;
      while (at + 1 < column.values.length && !(column.cumulative[at]! > u)) at++;
      const value = column.values[at]!;
      chosen[i] = value;
      cells[i * d + j] = value;
      values[i * d + j] = Object.is(value, own) || value === own ? 1 : 0;
    }
    if (column.bins !== undefined) binNumbers.set(j, chosen);
  });
  for (const [j, chosen] of binNumbers) {
    const { bins } = columns[j] as ChoiceColumn;
    drawInBins(bins!, chosen, first ? 1 : 0, random, cells, j, d);
  }
  columns.forEach((column, j) => {
    if (column.kind === "number") scaleColumn(options, column, cells, values, rows, j);
  });
  if (first) {
    cells.set(row);
    columns.forEach((column, j) => {
      if (column.kind === "choice") values[j] = 1;
      else values[j] = Number.isNaN(row[j]!) ? 0 : (row[j]! - column.origin) / column.scale;
    });
  }
  return { data: { rows, columns: d, values }, cells };
}

/** Turns a column of standard normals into values and their scaled form. */
function scaleColumn(
  { row, random, aroundInstance }: TablePerturbationOptions,
  { mean, scale, origin, missing }: NumberColumn,
  cells: Float64Array,
  values: Float64Array | Uint8Array,
  rows: number,
  j: number,
): void {
  const d = row.length;
  const centre = aroundInstance && !Number.isNaN(row[j]!) ? row[j]! : mean;
  for (let i = 0; i < rows; i++) {
    const at = i * d + j;
    // Only columns with missing cells draw for them. A missing cell stands at the origin.
    const absent = missing > 0 && random.double() < missing;
    const value = cells[at]! * scale + centre;
    cells[at] = absent ? Number.NaN : value;
    values[at] = absent ? 0 : (value - origin) / scale;
  }
}

/** Replaces bin numbers by values: a normal of the bin's mean and deviation, truncated to the bin. */
function drawInBins(
  { means, deviations, lows, highs }: Bins,
  chosen: Int32Array,
  from: number,
  random: RandomSource,
  cells: Float64Array,
  j: number,
  d: number,
): void {
  const normals: (TruncatedNormal | undefined)[] = Array.from(means, (mean, bin) => {
    const low = (lows[bin]! - mean) / deviations[bin]!;
    const high = (highs[bin]! - mean) / deviations[bin]!;
    return low === high ? undefined : truncatedNormal(low, high);
  });
  for (let i = from; i < chosen.length; i++) {
    const bin = chosen[i]!;
    if (bin === means.length) {
      cells[i * d + j] = Number.NaN;
      continue;
    }
    const normal = normals[bin];
    // As in the reference, a bin of one point gives its place in deviations, not its value.
    cells[i * d + j] =
      normal === undefined
        ? (lows[bin]! - means[bin]!) / deviations[bin]!
        : drawTruncated(normal, random.double()) * deviations[bin]! + means[bin]!;
  }
}
