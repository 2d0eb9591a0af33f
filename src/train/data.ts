/** @file What `fit` reads batches from. */
import { type BatchOptions, type PlannedBatch, type RowArray, takeRows } from "../data/batches.ts";
import { type DType, type Tensor, tensor, ValueError } from "../engine/index.ts";

/** Rows that can be put into batches: how many there are, how they are ordered, how a batch is made. */
export interface TrainingData<B> extends BatchOptions {
  /** Number of rows. */
  readonly count: number;
  /** Makes a batch, a tree of tensors, of the rows that it names. */
  load(batch: PlannedBatch): B | Promise<B>;
  /** Batches prepared ahead. Default 2. */
  readonly depth?: number;
}

/** One field of `arrayData`: rows one after the other. */
export interface RowField {
  readonly data: RowArray;
  /** Shape of one row. Default `[]`, a number. */
  readonly shape?: readonly number[];
  /** Dtype of the tensor. Default that of the array. */
  readonly dtype?: DType;
}

/**
 * Data that lies in arrays: each field becomes a tensor `[rows, ...shape]` of the batch.
 * @throws ValueError where fields differ in their number of rows
 */
export function arrayData<F extends Readonly<Record<string, RowField>>>(
  fields: F,
  options: BatchOptions,
): TrainingData<{ [K in keyof F]: Tensor }> {
  const entries = Object.entries(fields).map(([name, { data, shape = [], dtype }]) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return { name, data, shape, dtype, size, rows: data.length / size };
  });
  const [first] = entries;
  if (!first) throw new ValueError("arrayData: expected at least one field");
  for (const { name, rows } of entries) {
    if (rows !== first.rows || !Number.isInteger(rows)) {
      throw new ValueError(
        `arrayData: ${name} has ${rows} rows of its shape, ${first.name} has ${first.rows}`,
      );
    }
  }
  return {
    ...options,
    count: first.rows,
    load({ rows }) {
      const tensors = entries.map(({ name, data, shape, dtype, size }) => {
        const taken = takeRows(data, size, rows);
        return [name, tensor(taken, { shape: [rows.length, ...shape], ...(dtype && { dtype }) })];
      });
      return Object.fromEntries(tensors) as { [K in keyof F]: Tensor };
    },
  };
}
