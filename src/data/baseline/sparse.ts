/** @file Sparse rows, as TF-IDF makes them and logistic regression takes them. */

/** Rows in compressed form: row r has values[k] in column columns[k] for starts[r] <= k < starts[r + 1]. */
export interface SparseRows {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
  /** Number of columns. */
  readonly width: number;
}

/** Number of rows. */
export function rowCount(rows: SparseRows): number {
  return rows.starts.length - 1;
}
