// The text classifier's contract: what goes in, what comes out, and the artifacts a run leaves behind.
import type { DatasetSummary, TextSource, TextTable } from "../../data/text-corpus.ts";
import type { JobProgress, RunHandle } from "../../lab/run.ts";

export type { DatasetSummary, TextSource, TextTable };

/** What a run is made of, as kept in its `config`. Everything but `data` has a default. */
export interface TextClassifierConfig {
  readonly data: TextSource;
  /** Same seed, same split, same weights. Default 1. */
  readonly seed?: number;
  /** Passes over the training part; the default is chosen from the number of rows. */
  readonly epochs?: number;
  /** Upper limit of the training time; the fit ends early with what it has by then. */
  readonly maxSeconds?: number;
}

/** Arguments of `trainTextClassifier`. */
export interface TrainTextClassifierOptions extends TextClassifierConfig {
  readonly run: RunHandle;
  /** When it fires: write a checkpoint into `run.folder`, then reject with `signal.reason`. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: JobProgress) => void;
}

/**
 * Names in `run.metrics`, at the count of optimizer steps so far (the first step is 1).
 * Train values at each step (or a mean over a few), valid values at each evaluation.
 */
export const textMetricNames = [
  "train/loss",
  "train/accuracy",
  "valid/loss",
  "valid/accuracy",
  "train/learningRate",
  "train/examplesPerSecond",
] as const;

/** Artifact names of a run; JSON unless the comment says otherwise. */
export const textArtifacts = {
  /** kind table: `ConfusionMatrix` over the held-out part. */
  confusion: "confusion",
  /** kind table: `Mistake[]`, the most confident first. */
  mistakes: "mistakes",
  /** kind table: `ComparisonRow[]`, this run's model first, then the baselines on the same split. */
  comparison: "comparison",
  /** kind table: `DatasetSummary`. */
  dataset: "dataset",
  /** kind model: `ModelCard`. All files whose names begin with `model/` make up the saved model. */
  modelConfig: "model/config.json",
  /** kind model: the weights, safetensors. */
  modelWeights: "model/weights.safetensors",
  /** kind model: the subword tokenizer. */
  modelTokenizer: "model/tokenizer.json",
} as const;

/** `counts[t][p]` held-out texts of class `classes[t]` were given `classes[p]`. */
export interface ConfusionMatrix {
  readonly classes: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

/** A held-out text that got a wrong label. */
export interface Mistake {
  /** Row in the source, from 0. */
  readonly index: number;
  /** The whole text as the model saw it, at most 20 000 characters of it. */
  readonly text: string;
  readonly truth: string;
  readonly predicted: string;
  /** Probability of the predicted label, 0 to 1. */
  readonly confidence: number;
}

/** One line of the table of results; all figures from the same held-out texts. */
export interface ComparisonRow {
  /** What a reader calls it, e.g. `Transformer, 2 layers` or `TF-IDF + logistic regression`. */
  readonly model: string;
  readonly role: "model" | "baseline";
  readonly accuracy: number;
  /** F1 of the rarer class for two classes, macro F1 for more. */
  readonly f1: number;
  /** Area under the ROC curve; one-versus-rest macro mean for more than two classes. */
  readonly auroc: number;
  /** Time to train it. */
  readonly seconds: number;
}

/** `model/config.json`: what a reader must know to run the saved model. */
export interface ModelCard {
  readonly format: "deepdive-text-classifier";
  readonly version: number;
  readonly labels: readonly string[];
  readonly maxTokens: number;
  readonly [setting: string]: unknown;
}

/** What a finished run says of itself; kept as the run's `summary`. */
export interface TextClassifierSummary {
  readonly accuracy: number;
  readonly f1: number;
  readonly auroc: number;
  /** Held-out texts, and how many of them got a wrong label. */
  readonly tested: number;
  readonly wrong: number;
  readonly parameters: number;
  readonly vocabulary: number;
  readonly epochs: number;
  readonly steps: number;
  /** Wall time in seconds by phase, in order, e.g. `{ read: 1.2, tokenize: 3.1, train: 62 }`. */
  readonly seconds: Readonly<Record<string, number>>;
}

/** The module `train.ts` of this folder exports a function of this type as `trainTextClassifier`. */
export type TrainTextClassifier = (
  options: TrainTextClassifierOptions,
) => Promise<TextClassifierSummary>;

/** Arguments of `predictTexts`. */
export interface PredictTextsOptions {
  /** Folder with the files of a saved model (`config.json`, `weights.safetensors`, `tokenizer.json`). */
  readonly model: string;
  readonly texts: readonly string[];
}

/** What was found on texts whose labels are known. */
export interface TextEvaluation {
  readonly accuracy: number;
  /** As in `ComparisonRow`. */
  readonly f1: number;
  /** As in `ComparisonRow`. */
  readonly auroc: number;
  readonly tested: number;
  readonly wrong: number;
  readonly confusion: ConfusionMatrix;
  /** The most confident first, at most 2,000. */
  readonly mistakes: readonly Mistake[];
}

/**
 * The module `evaluate.ts` of this folder exports a function of this type as `evaluateTexts`: it
 * judges a saved model (its folder) on a table. A label that the model does not know is an error.
 */
export type EvaluateTexts = (options: {
  readonly model: string;
  readonly data: TextTable;
}) => Promise<TextEvaluation>;

/** One answer of `predictTexts`, in the order of the texts. */
export interface TextPrediction {
  readonly label: string;
  /** Probability of `label`, 0 to 1. */
  readonly confidence: number;
  /** Probability of each label. */
  readonly scores: Readonly<Record<string, number>>;
}

/** The module `predict.ts` of this folder exports a function of this type as `predictTexts`. */
export type PredictTexts = (options: PredictTextsOptions) => Promise<TextPrediction[]>;
