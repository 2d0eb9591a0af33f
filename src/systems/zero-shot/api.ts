// The zero-shot system's contract: labels, encoders, pair models, and what classifying and labelling give back.
import type { Encoder } from "../../models/encoders/encoder.ts";
import type { LabelSpec } from "./wire.ts";

export type { Encoder } from "../../models/encoders/encoder.ts";
export type { LabelAdvice, LabelSpec } from "./wire.ts";

/** A label: its name, or its name with what makes it clearer. */
export type Label = string | LabelSpec;

/** Labels in any form: a list, or one text `a, b, c`. */
export type Labels = string | readonly Label[];

/** Logits of a pair model: [pairs, classes] row by row. */
export interface PairLogits {
  readonly values: Float32Array;
  readonly classes: number;
  /** 1 where the premise was cut to fit the model's length. */
  readonly truncated: Uint8Array;
  /** 1 where the premise holds nothing that the model knows. */
  readonly empty: Uint8Array;
}

/** A model that judges whether a text (the premise) entails a sentence (the hypothesis). */
export interface PairModel {
  readonly name: string;
  /** Columns of the logits, e.g. contradiction, neutral, entailment. */
  readonly labels: readonly string[];
  /** Column of entailment in the logits. */
  readonly entailment: number;
  /** Column of contradiction in the logits. */
  readonly contradiction: number;
  /** What a user should know of how the columns were found, if anything. */
  readonly warning?: string;
  judge(
    premises: readonly string[],
    hypotheses: readonly string[],
    options?: { windows?: boolean; signal?: AbortSignal },
  ): Promise<PairLogits>;
}

/** A linear map from sentence vectors to word vectors (`fitProjection`): y = x Z. */
export interface Projection {
  /** [rows, columns] row by row. */
  readonly matrix: Float64Array;
  /** Width of the encoder. */
  readonly rows: number;
  /** Width of the word vectors. */
  readonly columns: number;
  /** Words it was fitted on. */
  readonly words: number;
}

/** Options of `classify`. */
export interface ClassifyOptions {
  /** How a label is judged: by cosine of vectors, or by a pair model. Default: what `model` is, else `embedding`. */
  readonly engine?: "embedding" | "entailment";
  /** Default: the encoder that comes with the package. */
  readonly model?: Encoder | PairModel;
  /** Sentence with one `{}` where the label goes; several are averaged (embedding only). */
  readonly template?: string | readonly string[];
  /** Labels do not exclude one another: each score stands for itself. Default false. */
  readonly multi?: boolean;
  /** Compare in the space of word vectors; `auto` decides without labels whether that helps. Default false. */
  readonly projection?: Projection | "auto" | false;
  /** Judge the labels' parents in their place: each is the mean of its labels. Default false. */
  readonly parents?: boolean;
  /** Marks texts whose margin (or top score, with `multi`) is below this as abstained. */
  readonly abstainBelow?: number;
  /** Adds the words that decide for the top label. Default false. */
  readonly keywords?: boolean;
  /** Texts over the model's length: cut (default), or the mean over windows of it. */
  readonly windows?: boolean;
  readonly signal?: AbortSignal;
}

/** A stretch of a text that speaks for a label. */
export interface Keyword {
  /** Offsets in the text, in UTF-16 units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** How much the label's score falls without it. */
  readonly weight: number;
}

/** What `classify` finds for one text. */
export interface Classification {
  readonly text: string;
  /** Names of the labels, the best first; empty where the text has nothing to judge. */
  readonly labels: readonly string[];
  /** In the order of `labels`: probabilities, except raw cosines of the embedding engine with `multi` or one label. */
  readonly scores: readonly number[];
  /** Difference of the two best raw scores (for one label: its score). */
  readonly margin: number;
  readonly abstained: boolean;
  /** Highest cosine to any label: low for texts that belong to none. Embedding engine only. */
  readonly outOfScope?: number;
  readonly keywords?: readonly Keyword[];
  /** Why `labels` is empty. */
  readonly reason?: "empty";
  /** The text was longer than what the model reads. */
  readonly truncated?: boolean;
  /** What a user should know of the result: merged labels, raw scores. */
  readonly notes?: readonly string[];
}

/** One row of a corpus. */
export interface CorpusRow {
  readonly text: string;
  readonly id?: string;
  /** The known or reviewed label, where there is one. */
  readonly label?: string;
  /** Other columns, for rules that test a field. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A source of votes: a rule, a list, a model, a person. It may abstain. */
export interface LabellingFunction {
  readonly name: string;
  /** Number of the label among `labels` (names), -1 where it abstains. */
  vote(row: CorpusRow, labels: readonly string[]): number;
}

/** How the shares of the classes are set in whole-corpus mode. */
export type Balance = "equal" | "estimate" | readonly number[] | false;

/** Options of `labelCorpus`. */
export interface LabelCorpusOptions {
  /** Default: the labels' priors where they have some, else `equal`. */
  readonly balance?: Balance;
  /** Label by the labels' parents in their place: each is the mean of its labels. Default false. */
  readonly parents?: boolean;
  /** Texts over the encoder's length: cut (default), or the mean over windows of it. */
  readonly windows?: boolean;
  /** Rounds of learning from its own most confident labels. Default 3. */
  readonly rounds?: number;
  readonly sources?: readonly LabellingFunction[];
  /** Rows with checked labels: they keep them and teach the rest; 30 of them calibrate the confidences. */
  readonly reviewed?: readonly { readonly text: string; readonly label: string }[];
  readonly encoder?: Encoder;
  /** `auto` decides without labels whether the projection helps. Default false. */
  readonly projection?: Projection | "auto" | false;
  readonly onProgress?: (progress: { phase: string; done: number; total?: number }) => void;
  readonly signal?: AbortSignal;
}

/** What labelling a corpus found out about itself. */
export interface CorpusReport {
  readonly rows: number;
  /** Rows without anything to judge. */
  readonly empty: number;
  /** Labelled rows per label, in the order of `names`. */
  readonly counts: readonly number[];
  /** The assumption about shares that was used. */
  readonly balance: "equal" | "estimate" | "given" | "off";
  /** Entropy of the plain labels over log of their number; below 0.5 balancing is unsafe. */
  readonly spread: number;
  /** Merged labels, fallbacks and what else a user should know. */
  readonly notes: readonly string[];
  readonly seconds: Readonly<Record<string, number>>;
  /** Checked rows that the confidences are calibrated on, where there are enough. */
  readonly calibratedOn?: number;
  /** Per source of votes, where there are several. */
  readonly sources?: readonly SourceReport[];
}

/** A labelled corpus, by column. */
export interface CorpusLabels {
  /** Names of the labels. */
  readonly names: readonly string[];
  readonly rows: readonly CorpusRow[];
  /** Number of each row's label in `names`; -1 for a row without anything to judge. */
  readonly guess: Int32Array;
  /** Probability of the guess, 0 to 1; with 30 checked rows or more the share that is right among its like. */
  readonly confidence: Float32Array;
  /** Difference of the two highest probabilities: the smaller, the more doubtful. */
  readonly margin: Float32Array;
  /** Number of the second best label; -1 where there is none. */
  readonly second: Int32Array;
  /** Names of the voters, the system's own first. */
  readonly voters: readonly string[];
  /** [rows, voters] row by row: label of each voter, -1 where it abstains. */
  readonly votes: Int32Array;
  /** Vectors of the rows, [rows, width]; kept for review, few-shot and the map. */
  readonly vectors: Float32Array;
  readonly report: CorpusReport;
}

/** How one source of votes did, as `combine` estimates it without true labels. */
export interface SourceReport {
  /** Share of rows it votes on. */
  readonly coverage: number;
  /** Share of rows where it and another source vote. */
  readonly overlap: number;
  /** Share of rows where it and another source vote differently. */
  readonly conflict: number;
  /** Estimated share of its votes that are right. */
  readonly accuracy: number;
}

/** An example with its label. */
export interface LabelledExample {
  readonly text: string;
  readonly label: string;
}

/** How few labels are put to use; see `fewShot`. */
export type FewShotMethod = "W" | "centroid" | "discriminant" | "logreg" | "finetune" | "setfit";

/** Options of `fewShot`. */
export interface FewShotOptions {
  /** `auto` takes the frozen method that is best by leave-one-out. Default `auto`. */
  readonly method?: "auto" | FewShotMethod;
  /** Strength that keeps W near the identity. Default 1. */
  readonly lambda?: number;
  readonly seed?: number;
  /** Passes over the examples for `finetune`. Default 20. */
  readonly epochs?: number;
  readonly encoder?: Encoder;
  /** Learn in the space of word vectors (methods on frozen vectors); `auto` decides by the examples' texts. */
  readonly projection?: Projection | "auto" | false;
  readonly onProgress?: (progress: { phase: string; done: number; total?: number }) => void;
  readonly signal?: AbortSignal;
}

/** Probabilities of texts: [texts, labels] row by row. */
export interface Scores {
  readonly values: Float32Array;
  readonly labels: readonly string[];
}

/** A classifier made of examples. */
export interface Classifier {
  readonly labels: readonly string[];
  readonly method: FewShotMethod;
  /** What a user should know, e.g. classes without an example. */
  readonly notes: readonly string[];
  /** The encoder it embeds with: the fine-tuned one for `finetune` and `setfit`. */
  readonly encoder: Encoder;
  /** Leave-one-out accuracy on the examples, where `auto` measured it. */
  readonly leaveOneOut?: Readonly<Partial<Record<FewShotMethod, number>>>;
  classify(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Classification[]>;
  /** As `classify`, by column, for many texts. */
  score(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Scores>;
  /** As `score`, of vectors that its encoder made. */
  scoreVectors(vectors: Float32Array): Promise<Scores>;
  /**
   * Its head, an affine map of the unit vectors: probabilities = softmax(x weights + bias). weights are
   * [dim, labels] row by row.
   */
  readonly head: { readonly weights: Float32Array; readonly bias: Float32Array };
}
