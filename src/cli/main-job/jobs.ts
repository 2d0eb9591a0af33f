// The steps of the main job that learn: each a job in a worker process, going on from what the step before left.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Corpus, type Division, divide, partOf, readCorpus } from "../../data/index.ts";
import { type JobProgress, Phases, type RunHandle } from "../../lab/index.ts";
import {
  cached,
  loadEncoder,
  loadSentenceClassifier,
  SentenceClassifier,
} from "../../models/index.ts";
import type { TextExplanation } from "../../systems/lime/api.ts";
import { keepReport } from "../../systems/lime/jobs/work.ts";
import { type ExplainedMistake, explainMistakes } from "../../systems/lime/mistakes.ts";
import { type TextEvaluation, textArtifacts } from "../../systems/text-classifier/api.ts";
import { judgeProbabilities } from "../../systems/text-classifier/evaluate.ts";
import type { LabelSpec } from "../../systems/zero-shot/api.ts";
import { blendEncoders } from "../../systems/zero-shot/blend.ts";
import { labelCorpus } from "../../systems/zero-shot/corpus.ts";
import { fineTune } from "../../systems/zero-shot/finetune.ts";
import { ReviewLoop } from "../../systems/zero-shot/review-loop.ts";
import { vectorsOf } from "../../systems/zero-shot/vectors.ts";

/** What every step is told. */
export interface StepConfig {
  readonly data: "spam-assassin";
  readonly labels: readonly LabelSpec[];
  readonly seed: number;
}

/** What a worker process adds to a step's config. */
export interface StepContext {
  readonly run: RunHandle;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: JobProgress) => void;
}

/** What a step says of itself; figures are those of the held-out texts. */
export interface StepSummary {
  /** One sentence for the page. */
  readonly about: string;
  readonly accuracy?: number;
  readonly f1?: number;
  readonly auroc?: number;
  readonly tested?: number;
  readonly wrong?: number;
  readonly reviewed?: number;
  readonly seconds: Readonly<Record<string, number>>;
}

/** Names of the artifacts that steps hand on. */
export const handedOn = { guesses: "guesses", reviews: "reviews" } as const;

interface Guesses {
  readonly guess: readonly number[];
  readonly margin: readonly number[];
}

/** A label with the number of a text, in the order of the answers. */
type Reviews = readonly (readonly [row: number, label: number])[];

/** The encoder reads no more of a text than about this many characters. */
const charactersRead = 800;
/** Guessed texts that are trained on beside the reviewed ones. */
const guessedLessons = 600;
const epochs = 2;
/** Share of the tuned weights; the rest is the encoder as it came. */
const tunedShare = 0.7;
/** Answers asked for at a time: between them the doubts are weighed anew. */
const askedAtATime = 10;

/** Of each mistake: what is looked at, how many neighbours are asked about, and words named. */
const charactersExplained = 600;
const neighbours = 300;
const wordsNamed = 8;

/** Labels all texts from the names and descriptions of the labels alone. */
export async function labelByNames(config: StepConfig & StepContext): Promise<StepSummary> {
  const { run, signal, labels } = config;
  const phases = new Phases(config.onProgress, signal);
  const { corpus, division, starts } = await phases.time("read", () => read(config));
  const encoder = cached(await loadEncoder("use-lite"));
  await phases.time("embed", () =>
    encoder.embed(starts, { signal, onProgress: (progress) => phases.progress(progress) }),
  );
  const rows = starts.map((text) => ({ text }));
  const found = await phases.time("label", () =>
    labelCorpus(rows, labels, { encoder, balance: false, signal }),
  );
  const guesses: Guesses = { guess: [...found.guess], margin: [...found.margin] };
  await run.artifact(handedOn.guesses, "table", guesses);
  const evaluation = judgeTest(corpus, division, spread(found.guess, found.confidence, corpus));
  await keepEvaluation(run, evaluation);
  const named = labels.map(({ name, description }) => `“${name}” (${description ?? name})`);
  const about = `No text was labelled by hand: only ${named.join(" and ")} were given.`;
  return { about, ...figures(evaluation), seconds: phases.seconds };
}

/** Reviews texts up to `reviewed`, the most telling first, and fine-tunes the encoder on what is known. */
export async function learnFromReviews(
  config: StepConfig & StepContext & { readonly reviewed: number },
): Promise<StepSummary> {
  const { run, signal, seed, reviewed } = config;
  const parent = artifactsOf(run.parentFolder);
  const phases = new Phases(config.onProgress, signal);
  const { corpus, division, starts } = await phases.time("read", () => read(config));
  const { guess, margin } = await readJson<Guesses>(parent, handedOn.guesses);
  const earlier = await readJson<Reviews>(parent, handedOn.reviews).catch((): Reviews => []);
  const plain = await loadEncoder("use-lite");
  const { data, dim } = await cached(plain).embed(starts, { signal });
  const { train, valid, test } = division.parts;
  const loop = new ReviewLoop({
    vectors: vectorsOf(data, dim),
    guess: Int32Array.from(guess),
    margin: Float32Array.from(margin),
    classes: corpus.classes.length,
    pool: Int32Array.from([...train, ...valid]).sort(),
    seed,
  });
  for (const [row, label] of earlier) loop.answer(row, label);
  // The reviewer of the demonstration is the corpus itself: its true labels answer.
  await phases.time("review", async () => {
    while (loop.answers.size < reviewed) {
      const left = reviewed - loop.answers.size;
      for (const row of await loop.ask(Math.min(askedAtATime, left))) {
        loop.answer(row, corpus.labels[row]!);
      }
      phases.progress({ done: loop.answers.size, total: reviewed });
    }
  });
  const classifier = await phases.time("fine-tune", async () => {
    const lessons = await loop.lessons(await loop.head(signal), guessedLessons);
    const before = earlier.length > 0 ? (await loadClassifier(parent)).encoder : plain;
    const texts = Array.from(lessons.rows, (row) => starts[row]!);
    const tuned = await fineTune(before, { ...lessons, texts }, loop.directions(lessons), {
      ...{ epochs, seed, signal },
      onProgress({ done, total }) {
        phases.progress({ done, ...(total !== undefined && { total }) });
      },
      onLoss: (step, loss) => run.metrics(step, { "train/loss": loss }),
    });
    const encoder = await blendEncoders(plain, tuned.encoder, tunedShare);
    return new SentenceClassifier(encoder, tuned.head, corpus.classes);
  });
  const evaluation = await phases.time("evaluate", async () => {
    const texts = Array.from(test, (row) => starts[row]!);
    return judgeTest(corpus, division, await classifier.probabilities(texts, { signal }));
  });
  await keepEvaluation(run, evaluation);
  await run.artifact(handedOn.guesses, "table", { guess, margin });
  await run.artifact(handedOn.reviews, "table", [...loop.answers]);
  const { config: card, weights } = await classifier.pack();
  await run.artifact(textArtifacts.modelWeights, "model", weights);
  await run.artifact(textArtifacts.modelConfig, "model", card);
  const about =
    `${loop.answers.size} texts were reviewed, where the model doubted most (here the corpus’s own ` +
    `labels answered); the encoder was fine-tuned on them and on ${guessedLessons} guesses.`;
  return { about, ...figures(evaluation), reviewed: loop.answers.size, seconds: phases.seconds };
}

/** Explains the most confident mistakes of the step before: the words behind each, and what would change it. */
export async function explainMistakesOf(
  config: StepConfig & StepContext & { readonly count: number },
): Promise<StepSummary> {
  const { run, signal, count, seed, onProgress } = config;
  const parent = artifactsOf(run.parentFolder);
  const phases = new Phases(onProgress, signal);
  const classifier = await loadClassifier(parent);
  const { labels } = classifier;
  const mistakes = await readJson<TextEvaluation["mistakes"]>(parent, textArtifacts.mistakes);
  const predict = (texts: readonly string[]) => classifier.probabilities(texts, { signal });
  const explained: TextExplanation[] = [];
  const found = await phases.time("explain", () =>
    explainMistakes(mistakes, predict, {
      ...{ labels, count, seed, signal, samples: neighbours, features: wordsNamed },
      maxCharacters: charactersExplained,
      onExplained: (explanation) => explained.push(explanation),
      onProgress: (progress) => phases.progress(progress),
    }),
  );
  const context = { ...run, signal, progress: onProgress };
  await keepReport(context, explained, "Why these mails were taken for what they are not");
  return { about: found.map(describeMistake).join(" "), seconds: phases.seconds };
}

/** Names the words without which the model would have been right, else those that weigh most. */
function describeMistake({ truth, predicted, words, flip }: ExplainedMistake): string {
  const head = `A mail of “${truth}” was taken for “${predicted}”`;
  const named = (all: readonly string[]) =>
    all
      .slice(0, 4)
      .map((word) => `“${word}”`)
      .join(", ");
  if (flip) return `${head}; without ${named(flip.words)} it is not.`;
  const speaking = words.filter(({ weight }) => weight > 0);
  if (speaking.length === 0) return `${head}; no single words speak for that.`;
  return `${head}, above all by ${named(speaking.map(({ name }) => name))}.`;
}

async function read({ data, seed }: StepConfig) {
  const corpus = await readCorpus(data);
  const starts = corpus.texts.map((text) => text.slice(0, charactersRead));
  return { corpus, starts, division: divide(corpus, seed) };
}

function artifactsOf(folder: string | undefined): string {
  if (folder === undefined) throw new Error("internal: the step has no step before it");
  return join(folder, "artifacts");
}

async function readJson<T>(folder: string, name: string): Promise<T> {
  return JSON.parse(await readFile(join(folder, name), "utf8")) as T;
}

function loadClassifier(folder: string): Promise<SentenceClassifier> {
  return loadSentenceClassifier(join(folder, "model"));
}

/**
 * Probabilities of all texts from one label and its confidence each. A confidence may be low, but the
 * label that was given always has the highest probability.
 */
function spread(guess: Int32Array, confidence: Float32Array, { classes, labels }: Corpus) {
  const count = classes.length;
  const all = new Float64Array(labels.length * count);
  guess.forEach((label, row) => {
    const sure = (1 + (count - 1) * (label < 0 ? 0 : confidence[row]!)) / count;
    for (let c = 0; c < count; c++) {
      all[row * count + c] = c === label ? sure : (1 - sure) / (count - 1);
    }
  });
  return all;
}

/** `probabilities` are those of the held-out texts, or of all. */
function judgeTest(
  corpus: Corpus,
  { parts: { test } }: Division,
  probabilities: Float64Array,
): TextEvaluation {
  const count = corpus.classes.length;
  const own =
    probabilities.length === test.length * count
      ? probabilities
      : Float64Array.from({ length: test.length * count }, (_, i) => {
          return probabilities[test[Math.floor(i / count)]! * count + (i % count)]!;
        });
  const places = test.map((row) => corpus.rows[row]!);
  return judgeProbabilities(own, partOf(corpus, test), places);
}

async function keepEvaluation(run: RunHandle, { confusion, mistakes }: TextEvaluation) {
  await run.artifact(textArtifacts.confusion, "table", confusion);
  await run.artifact(textArtifacts.mistakes, "table", mistakes);
}

function figures({ accuracy, f1, auroc, tested, wrong }: TextEvaluation) {
  return { accuracy, f1, auroc, tested, wrong };
}
