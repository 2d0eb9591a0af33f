// What every kind of example gives the engine: a way to draw neighbours, and how far they are.
import type { DistanceFn, Matrix } from "../api.ts";

/** Neighbours: interpretable rows, and the model's input for each. */
export interface Block<I> {
  /** [rows, d]; bytes where all are zeros and ones. */
  readonly data: Matrix;
  /** The model's input for a row; made when it is asked for. */
  readonly input: (row: number) => I;
  /** Equal keys, equal inputs: the model is asked once. Counted over all blocks of one example. */
  readonly key: (row: number) => string;
}

/** All neighbours of an example, and how many of `as` samples each stands for. */
export interface Enumeration<I> {
  readonly block: Block<I>;
  readonly frequencies: Float64Array;
}

/** A source of neighbours. */
export interface Perturbation<I> {
  /** Interpretable features. */
  readonly columns: number;
  /** Draws neighbours; row 0 of the first block is the example itself. */
  draw(rows: number, first: boolean): Block<I>;
  /** How many neighbours there are in all; Infinity where they are drawn from a continuum. */
  readonly count: number;
  /** All of them; row 0 is the example. */
  enumerate?(as: number): Enumeration<I>;
  /** Rows 2i+1 and 2i+2 of what was drawn are pairs. */
  readonly paired: boolean;
}

/** An example ready to be explained. */
export interface Subject<I> {
  readonly perturbation: Perturbation<I>;
  /** Names of the features [d]. */
  readonly names: readonly string[];
  readonly mode: "classification" | "regression";
  /** What the outputs of the model depend on, for the cache: the example and how it is perturbed. */
  readonly id: string;
  /** What this kind takes where an option is left out. */
  readonly defaults: {
    readonly distance: "cosine" | "euclidean" | DistanceFn;
    readonly distanceScale: number;
    readonly kernelWidth: number;
    readonly samples: number;
    readonly features: number;
    readonly batchSize: number;
    /** Default [1] where the model has classes. */
    readonly labels?: readonly number[];
    readonly topLabels?: number;
  };
}
