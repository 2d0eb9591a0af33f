/** @file How far a run has come: what a checkpoint notes beside the tensors. */

/** Averages over an epoch or a validation, by name. */
export type MetricValues = Readonly<Record<string, number>>;

/** One validation. */
export interface ValidationRecord {
  readonly step: number;
  readonly epoch: number;
  readonly values: MetricValues;
}

/** The best validation so far. */
export interface BestRecord extends ValidationRecord {
  /** Validations since then. */
  readonly waited: number;
}

/** What must be equal for a run to go on from a checkpoint. */
export interface RunIdentity {
  readonly rows: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly last: string;
  readonly accumulate: number;
}

/** Plain facts of a run. */
export interface RunProgress {
  readonly identity: RunIdentity;
  /** Steps made. */
  readonly step: number;
  /** The batch that comes next. */
  readonly next: { readonly epoch: number; readonly batch: number };
  /** Seconds of training so far, over all sittings. */
  readonly seconds: number;
  readonly validations: readonly ValidationRecord[];
  readonly best: BestRecord | null;
  /** Set when early stopping has ended the run. */
  readonly finished: boolean;
}
