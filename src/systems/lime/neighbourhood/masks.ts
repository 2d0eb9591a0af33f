// Neighbours that hide some features of the example: masks of ones (shown) and zeros (hidden).
import type { Matrix } from "../api.ts";
import type { RandomSource } from "../random.ts";
import type { Block, Enumeration, Perturbation } from "./perturbation.ts";

/** How masks are drawn and what the model is shown for one. */
export interface MaskOptions<I> {
  readonly columns: number;
  /**
   * `sizes`: the number hidden is uniform on 1..d, then which ones (text); `halves`: each feature is
   * shown with probability 1/2 (pictures).
   */
  readonly design: "sizes" | "halves";
  readonly random: RandomSource;
  /** Every second mask is the complement of the one before. */
  readonly antithetic?: boolean;
  /** The input with only the features shown whose byte is 1. */
  readonly input: (mask: Uint8Array) => I;
}

/** A perturbation by masks; row 0 shows everything. */
export function maskPerturbation<I>(options: MaskOptions<I>): Perturbation<I> {
  const { columns, antithetic = false } = options;
  return {
    columns,
    count: 2 ** columns,
    paired: antithetic,
    draw(rows, first) {
      const values = new Uint8Array(rows * columns).fill(1);
      if (antithetic) drawPairs(options, values, rows, first ? 1 : 0);
      else if (options.design === "sizes") drawSizes(options, values, rows, first ? 1 : 0);
      else drawHalves(options, values, rows, first);
      return maskBlock({ rows, columns, values }, options.input);
    },
    enumerate: (as) => enumerateMasks(options, as),
  };
}

function maskBlock<I>(data: Matrix, input: (mask: Uint8Array) => I): Block<I> {
  const { columns } = data;
  const values = data.values as Uint8Array;
  const mask = (row: number) => values.subarray(row * columns, (row + 1) * columns);
  return { data, input: (row) => input(mask(row)), key: (row) => maskKey(mask(row)) };
}

/** 16 features a character. */
function maskKey(mask: Uint8Array): string {
  let key = "";
  for (let from = 0; from < mask.length; from += 16) {
    let bits = 0;
    const to = Math.min(from + 16, mask.length);
    for (let i = from; i < to; i++) bits = (bits << 1) | mask[i]!;
    key += String.fromCharCode(bits);
  }
  return key;
}

/** All sizes first, then the features of each row: the reference's order of draws. */
function drawSizes<I>(
  { columns, random }: MaskOptions<I>,
  values: Uint8Array,
  rows: number,
  from: number,
): void {
  const sizes = Int32Array.from({ length: rows - from }, () => random.randint(1, columns + 1));
  const hidden = new Int32Array(columns);
  for (let row = from; row < rows; row++) {
    const size = sizes[row - from]!;
    random.choose(columns, size, hidden);
    for (let i = 0; i < size; i++) values[row * columns + hidden[i]!] = 0;
  }
}

/** The reference draws the example's row too and then shows everything in it. */
function drawHalves<I>(
  { columns, random }: MaskOptions<I>,
  values: Uint8Array,
  rows: number,
  first: boolean,
): void {
  for (let at = 0; at < rows * columns; at++) values[at] = random.randint(0, 2);
  if (first) values.fill(1, 0, columns);
}

function drawPairs<I>(options: MaskOptions<I>, values: Uint8Array, rows: number, from: number) {
  const { columns, design, random } = options;
  const hidden = new Int32Array(columns);
  for (let row = from; row < rows; row++) {
    const at = row * columns;
    if ((row - from) % 2 === 1) {
      for (let j = 0; j < columns; j++) values[at + j] = 1 - values[at - columns + j]!;
    } else if (design === "sizes") {
      const size = random.randint(1, columns + 1);
      random.choose(columns, size, hidden);
      for (let i = 0; i < size; i++) values[at + hidden[i]!] = 0;
    } else {
      for (let j = 0; j < columns; j++) values[at + j] = random.randint(0, 2);
    }
  }
}

/** All 2^d masks, everything shown first, with the counts that `as` samples have on average. */
function enumerateMasks<I>(options: MaskOptions<I>, as: number): Enumeration<I> {
  const { columns: d, design, input } = options;
  const rows = 2 ** d;
  const values = new Uint8Array(rows * d);
  const frequencies = new Float64Array(rows);
  const ways = binomials(d);
  for (let code = 0; code < rows; code++) {
    let hidden = 0;
    for (let j = 0; j < d; j++) {
      const bit = Math.floor(code / 2 ** (d - 1 - j)) % 2;
      hidden += bit;
      values[code * d + j] = 1 - bit;
    }
    const chance = design === "halves" ? 1 / rows : hidden === 0 ? 0 : 1 / d / ways[hidden]!;
    frequencies[code] = (as - 1) * chance + (code === 0 ? 1 : 0);
  }
  return { block: maskBlock({ rows, columns: d, values }, input), frequencies };
}

/** n choose k for k = 0..n. */
function binomials(n: number): number[] {
  const row = [1];
  for (let k = 1; k <= n; k++) row.push((row[k - 1]! * (n - k + 1)) / k);
  return row;
}
