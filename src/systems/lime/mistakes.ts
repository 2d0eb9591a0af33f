// Why a text classifier was wrong: its worst mistakes, each with the words that led it there.
import type { OutputCache, Predict, TextExplanation, Weight } from "./api.ts";
import { type Flip, minimalFlip } from "./flip.ts";
import { explainText } from "./text.ts";

/** A text that got a wrong label, as an evaluation lists it. */
export interface WrongText {
  readonly text: string;
  readonly truth: string;
  readonly predicted: string;
  /** Probability of the predicted label, 0 to 1. */
  readonly confidence: number;
  /** Row in the source. */
  readonly index?: number;
}

const usualCharacters = 2000;

/** Options of `explainMistakes`. */
export interface MistakesOptions {
  /** Labels in the order of the model's outputs. */
  readonly labels: readonly string[];
  /** Mistakes explained: the most confident. Default 5. */
  readonly count?: number;
  /** Neighbours of each text. Default 500. */
  readonly samples?: number;
  /** Words named. Default 8. */
  readonly features?: number;
  /** Characters of a text that are looked at. Default 2,000. */
  readonly maxCharacters?: number;
  /** Inputs per call of the model. Default 100. */
  readonly batchSize?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** Called after each mistake with how many are done. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Called with each explanation in full, for reports; before `onProgress`. */
  readonly onExplained?: (explanation: TextExplanation) => void;
}

/** A mistake and its cause, plain JSON: an artifact as it stands. */
export interface ExplainedMistake {
  readonly index: number | null;
  /** The text as far as it was looked at. */
  readonly text: string;
  /** Whether more of it follows. */
  readonly cut: boolean;
  readonly truth: string;
  readonly predicted: string;
  /** Probability of the predicted label for the text as it stands here. */
  readonly confidence: number;
  readonly r2: number;
  /** Words by |weight|: above 0 they speak for the predicted label; `positions` are places in `text`. */
  readonly words: readonly Pick<Weight, "name" | "weight" | "low" | "high" | "positions">[];
  /** The fewest words found that change the label when hidden; null where none were found. */
  readonly flip: {
    readonly words: readonly string[];
    readonly to: string;
    readonly probability: number;
  } | null;
}

/**
 * Explains the most confident mistakes of a text classifier by what led to the predicted label. Takes
 * `samples` model calls each; texts without a word are left out.
 */
export async function explainMistakes(
  mistakes: readonly WrongText[],
  predict: Predict<string>,
  options: MistakesOptions,
): Promise<ExplainedMistake[]> {
  const { labels, count = 5, maxCharacters = usualCharacters, onProgress, signal } = options;
  const worst = mistakes
    .filter(({ text }) => /[\p{L}\p{N}_]/u.test(text.slice(0, maxCharacters)))
    .toSorted((a, b) => b.confidence - a.confidence)
    .slice(0, count);
  const explained: ExplainedMistake[] = [];
  for (const mistake of worst) {
    signal?.throwIfAborted();
    explained.push(await explainOne(mistake, labels, predict, options));
    onProgress?.({ done: explained.length, total: worst.length });
  }
  return explained;
}

async function explainOne(
  {
    text: whole,
    truth,
    predicted,
    index = null,
  }: Omit<WrongText, "index"> & { index?: number | null },
  labels: readonly string[],
  predict: Predict<string>,
  {
    samples = 500,
    features = 8,
    maxCharacters = usualCharacters,
    batchSize,
    seed = 0,
    signal,
    onExplained,
  }: MistakesOptions,
): Promise<ExplainedMistake> {
  const text = whole.slice(0, maxCharacters);
  const cache: OutputCache = new Map();
  const label = labels.indexOf(predicted);
  const found = await explainText(text, predict, {
    ...{ labels: [label], classNames: labels, samples, features, seed, cache },
    ...(batchSize !== undefined && { batchSize }),
    ...(signal !== undefined && { signal }),
  });
  onExplained?.(found);
  const [{ r2, weights }] = found.explanations as [(typeof found.explanations)[0]];
  const flip = await minimalFlip(found, predict);
  return {
    ...{ index, text, truth, predicted, r2 },
    cut: text.length < whole.length,
    confidence: found.modelOutput[label]!,
    words: weights.map(({ name, weight, low, high, positions = [] }) => {
      return { name, weight, low, high, positions };
    }),
    flip: flip === undefined ? null : named(flip, found.features, labels),
  };
}

function named(flip: Flip, features: readonly string[], labels: readonly string[]) {
  return {
    words: flip.hidden.map((feature) => features[feature]!),
    to: labels[flip.to]!,
    probability: flip.probability,
  };
}
