// The contract of `lime`: what an explainer asks of a model, its options, and what an explanation holds.
import type { Flip } from "./flip.ts";

/**
 * What a model gives for a batch: one row of class outputs per input, as lists or as one flat array
 * [inputs x classes] row by row. A model of one number (regression) may give a plain list of numbers.
 */
export type Outputs =
  | readonly (ArrayLike<number> & object)[]
  | readonly number[]
  | Float32Array
  | Float64Array;

/** The black box: inputs in, probabilities (or one number each) out. Must give rows in input order. */
export type Predict<I> = (batch: I[]) => Outputs | Promise<Outputs>;

/** Numbers row by row: value (r, c) at `values[r * columns + c]`. Bytes serve zeros and ones. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array | Float32Array | Uint8Array;
}

/** Distance of a row of the interpretable data to row 0. */
export type DistanceFn = (row: ArrayLike<number>, instance: ArrayLike<number>) => number;

/** What a surrogate of one's own gives: a linear model of the columns it was handed. */
export interface LinearModel {
  readonly coefficients: ArrayLike<number>;
  readonly intercept: number;
}

/** A weighted regression of one's own: columns [N, K], targets and weights [N]. */
export type Surrogate = (data: Matrix, targets: Float64Array, weights: Float64Array) => LinearModel;

/** How the features of an explanation are chosen; `auto`: `forward` for up to 6, else `weights`. */
export type Selection = "auto" | "forward" | "weights" | "lasso" | "none";

/** How far the collection of model outputs has come. */
export interface Progress {
  /** Neighbours whose outputs are known. */
  readonly done: number;
  /** Neighbours in all; with `samples: "auto"` the cap. */
  readonly total: number;
}

/**
 * Outputs by example and input, so that no input is asked about twice. Hand the cache of a call that
 * failed to the next one, and it goes on from there.
 */
export type OutputCache = Map<string, Map<string, Float64Array>>;

/** Options of every explainer. */
export interface FitOptions {
  /** Features named at most (K). Default 10; pictures: all. */
  readonly features?: number;
  /** Default `auto`. */
  readonly select?: Selection;
  /** Width of the kernel sqrt(exp(-D^2 / width^2)); 25 for text, 0.25 for pictures, 0.75 sqrt(columns) for tables. */
  readonly kernelWidth?: number;
  /** A kernel of one's own: distances in, weights out. */
  readonly kernel?: (distances: Float64Array) => Float64Array;
  /** Cosine for text (x 100) and pictures, Euclidean for tables. */
  readonly distance?: "cosine" | "euclidean" | DistanceFn;
  /** Default `ridge` (alpha 1); `tree`: a small regression tree whose path to the example is read off. */
  readonly surrogate?: "ridge" | "tree" | Surrogate;
  /** Classes to explain. Default [1]. */
  readonly labels?: readonly number[];
  /** Explain the classes with the highest outputs instead, this many. */
  readonly topLabels?: number;
  /**
   * Neighbours, the example among them (default 5,000; pictures 1,000). `auto`: until the order of
   * the features is settled; `exact`: all 2^d of them, weighed as the sampling would.
   */
  readonly samples?: number | "auto" | "exact";
  /** `exact` and short texts: how many samples the weights stand for, against the penalty of 1. Default 5,000. */
  readonly exactAs?: number;
  /** Rows `exact` may enumerate. Default 65,536. */
  readonly budget?: number;
  /**
   * Learn from the outputs to guess those of further neighbours: 20,000 neighbours, the same for every
   * seed, of which the model is asked about `samples`. Less noise for the same calls. Default: with
   * `samples: "auto"`.
   */
  readonly emulate?: boolean;
  /** Draw neighbours in pairs, each hiding what the other shows. Default false. */
  readonly antithetic?: boolean;
  /** Default 0. */
  readonly seed?: number;
  /** `numpy` repeats the draws of NumPy's RandomState(seed). Default `deepdive`. */
  readonly rng?: "deepdive" | "numpy";
  /** Inputs per call of the model. Default 100; pictures 10. */
  readonly batchSize?: number;
  readonly classNames?: readonly string[];
  readonly cache?: OutputCache;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** One feature of an explanation. */
export interface Weight {
  /** Index among the interpretable features. */
  readonly feature: number;
  readonly name: string;
  readonly weight: number;
  /** 95% interval of the weight over the draw of the neighbours; both equal `weight` where nothing was drawn. */
  readonly low: number;
  readonly high: number;
  /** Text: where the feature stands in the text, [start, end) in UTF-16 units. */
  readonly positions?: readonly (readonly [number, number])[];
}

/** Why the model gave class `label` this output: a linear model that holds near the example. */
export interface Explanation {
  readonly label: number;
  readonly className: string;
  readonly intercept: number;
  /** Weighted R2 of the surrogate on the neighbours; 0 where the outputs are all the same. */
  readonly r2: number;
  /** The surrogate at the example. */
  readonly localPrediction: number;
  /** The model at the example. */
  readonly modelOutput: number;
  /** By |weight|, the largest first. */
  readonly weights: readonly Weight[];
  /** Inputs the model was asked for. */
  readonly calls: number;
  /** All neighbours were enumerated: no noise, no seed. */
  readonly exact: boolean;
}

/** The neighbours of an example, the model's outputs there, and how near they are. Row 0 is the example. */
export interface Neighbourhood {
  /** Interpretable features [N, d]. */
  readonly data: Matrix;
  /** Model outputs [N, C]. */
  readonly outputs: Matrix;
  /** [N]; 0 for row 0. */
  readonly distances: Float64Array;
  /** How many samples a row stands for; set where neighbours were enumerated. */
  readonly frequencies?: Float64Array;
  /** Rows 2i+1 and 2i+2 are a pair, drawn together. */
  readonly paired?: boolean;
}

/** What explaining one example gives, whatever its kind. */
export interface Explained<I> {
  /** One per label, in the order asked for; with `topLabels` the most probable first. */
  readonly explanations: readonly Explanation[];
  /** Names of all interpretable features. */
  readonly features: readonly string[];
  readonly classNames: readonly string[];
  /** The model's outputs at the example, all classes. */
  readonly modelOutput: readonly number[];
  readonly neighbourhood: Neighbourhood;
  /** The example with these features hidden. */
  readonly hide: (hidden: readonly number[]) => I;
  /**
   * The fewest features found that change the class when they are hidden, where that was looked for;
   * null: nothing found.
   */
  readonly flip?: Flip | null;
  /** What a reader must know: warnings of the input table, capped labels, single regions. */
  readonly notes: readonly string[];
}

/** A text's explanation; the features are words, positions or characters. */
export interface TextExplanation extends Explained<string> {
  readonly kind: "text";
  readonly text: string;
  /** Per feature, its places in the text, [start, end) in UTF-16 units. */
  readonly positions: readonly (readonly (readonly [number, number])[])[];
}

/** A table row as the model sees it: one number per column, categories as their index. */
export type TableRow = Float64Array;

/** A row's explanation; the features are the columns, named with their bin or category. */
export interface TabularExplanation extends Explained<TableRow> {
  readonly kind: "table";
  /** Per column, its name and the cell's value as text. */
  readonly cells: readonly { readonly column: string; readonly value: string }[];
  /** Regression: the model's least and greatest output among the neighbours. */
  readonly range?: readonly [number, number];
}
