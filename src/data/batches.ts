/** @file Which rows stand in which batch: decided by seed, epoch and batch number alone, so a run can resume anywhere. */
import { DataError } from "./errors.ts";
import { prefetch } from "./prefetch.ts";
import { permutation } from "./random.ts";

/** How rows are put into batches. */
export interface BatchOptions {
  readonly batchSize: number;
  /** A new order each epoch, or the order of the data. Default true. */
  readonly shuffle?: boolean;
  readonly seed?: number;
  /**
   * What becomes of a last batch that is not full: `keep` it as it is, `drop` it, or `pad` it with
   * rows from the start of the epoch (`valid` says how many are not padding). Default `keep`.
   */
  readonly last?: "keep" | "drop" | "pad";
  /**
   * Lengths of the rows (tokens, frames): batches are then made of rows of similar length. Rows are
   * shuffled, sorted within windows of `window` batches, cut, and the batches shuffled.
   */
  readonly lengths?: ArrayLike<number>;
  /** Batches in a window of length bucketing. Default 50. */
  readonly window?: number;
}

/** The rows of one batch. */
export interface PlannedBatch {
  readonly epoch: number;
  /** Number of the batch within its epoch, from 0. */
  readonly index: number;
  /** Rows of the data. */
  readonly rows: Int32Array;
  /** The first `valid` rows count; the others are padding. */
  readonly valid: number;
}

/** Number of batches in an epoch over `count` rows. */
export function batchesPerEpoch(count: number, options: BatchOptions): number {
  checkPositive("batchSize", options.batchSize);
  const { batchSize, last = "keep" } = options;
  return last === "drop" ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
}

/** The batches of one epoch over `count` rows. */
export function planEpoch(count: number, epoch: number, options: BatchOptions): PlannedBatch[] {
  const { batchSize, shuffle = true, seed = 0, last = "keep", lengths, window = 50 } = options;
  const total = batchesPerEpoch(count, options);
  checkPositive("window", window);
  if (lengths !== undefined && lengths.length !== count) {
    const expected = `${count} lengths, one per row`;
    const received = `${lengths.length}`;
    throw new DataError({ code: "option", field: "lengths", expected, received });
  }
  const stream = 2 * epoch;
  const order = shuffle
    ? permutation(count, seed, stream)
    : Int32Array.from({ length: count }, (_, i) => i);
  if (lengths !== undefined) sortWindows(order, lengths, window * batchSize);
  const batches = Array.from({ length: total }, (_, i) =>
    cut(order, i * batchSize, batchSize, last === "pad"),
  );
  // Sorted windows would otherwise run from short to long. A padded batch needs no place of its own.
  const sequence =
    shuffle && lengths !== undefined
      ? permutation(total, seed, stream + 1)
      : Int32Array.from({ length: total }, (_, i) => i);
  return Array.from(sequence, (from, index) => ({ epoch, index, ...batches[from]! }));
}

function sortWindows(order: Int32Array, lengths: ArrayLike<number>, size: number): void {
  for (let from = 0; from < order.length; from += size) {
    order.subarray(from, from + size).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  }
}

function cut(order: Int32Array, from: number, size: number, pad: boolean) {
  const rows = order.slice(from, from + size);
  if (!pad || rows.length === size) return { rows, valid: rows.length };
  const padded = Int32Array.from({ length: size }, (_, i) => order[(from + i) % order.length]!);
  return { rows: padded, valid: rows.length };
}

/** Where a stream of batches begins and ends. */
export interface StreamOptions extends BatchOptions {
  /** Epochs to go through; default without end. */
  readonly epochs?: number;
  /** The batch to begin with, e.g. the one after a checkpoint's. Default the very first. */
  readonly from?: { readonly epoch: number; readonly batch: number };
  /** Batches prepared ahead of the one in use. Default 2. */
  readonly depth?: number;
}

/** A batch and what `load` made of it. */
export interface LoadedBatch<T> extends PlannedBatch {
  readonly data: T;
}

/**
 * The batches of all epochs in order, each loaded ahead of use. Begun at (epoch, batch) it gives
 * exactly what the unbroken stream gives from there on.
 */
export function streamBatches<T>(
  count: number,
  options: StreamOptions,
  load: (batch: PlannedBatch) => T | Promise<T>,
): AsyncGenerator<LoadedBatch<T>> {
  if (batchesPerEpoch(count, options) === 0) {
    const expected = "at least one batch in an epoch";
    const received = `${count} rows with batchSize ${options.batchSize}`;
    throw new DataError({ code: "option", field: "batchSize", expected, received });
  }
  const { epochs = Infinity, from = { epoch: 0, batch: 0 } } = options;
  async function* loaded(): AsyncGenerator<LoadedBatch<T>> {
    for (let epoch = from.epoch; epoch < epochs; epoch++) {
      const first = epoch === from.epoch ? from.batch : 0;
      for (const batch of planEpoch(count, epoch, options).slice(first)) {
        yield { ...batch, data: await load(batch) };
      }
    }
  }
  return prefetch(loaded(), options.depth ?? 2);
}

/** Arrays whose rows `takeRows` copies. */
export type RowArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** The given rows of an array with `rowSize` values a row, one after the other. */
export function takeRows<T extends RowArray>(data: T, rowSize: number, rows: ArrayLike<number>): T {
  const taken = new (data.constructor as new (length: number) => T)(rows.length * rowSize);
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i]! * rowSize;
    taken.set(data.subarray(start, start + rowSize), i * rowSize);
  }
  return taken;
}

function checkPositive(field: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  const expected = "a whole number above 0";
  throw new DataError({ code: "option", field, expected, received: `${value}` });
}
