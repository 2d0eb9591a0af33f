// A classifier from a few labelled examples: W, centroids, logistic regression, or a fine-tuned encoder.

import type { Encoder } from "../../models/encoders/encoder.ts";
import type { Classifier, FewShotMethod, FewShotOptions, LabelledExample, Labels } from "./api.ts";
import { makeClassifier } from "./classifier.ts";
import { numberOf } from "./corpus.ts";
import { cosineHead, type FineTuned, fineTune, type WeightedExamples } from "./finetune.ts";
import {
  type FrozenExamples,
  type FrozenMethod,
  fitFrozen,
  frozenMethods,
  leaveOut,
  mixedCentroids,
} from "./frozen-heads.ts";
import { defaultEncoder, embedTexts, labelVectors } from "./label-vectors.ts";
import { type LabelSet, optionError, parseLabels, wordings } from "./labels.ts";
import { setFit } from "./setfit.ts";
import { chooseSpace, inSpace, throughSpace } from "./space.ts";
import { takeVectors } from "./vectors.ts";

/** Chosen, like the mean of head and centroid, on three draws of ten from each of BANKING77's classes. */
const TUNING_EPOCHS = 20;
const TOKEN_DROPOUT = 0.25;

const methods: readonly string[] = ["auto", ...frozenMethods, "finetune", "setfit"] as const;

/**
 * Learns from a few examples and from the labels' names: `W` maps texts to their labels, `centroid`
 * compares with the mean of a class's examples, `logreg` is a logistic regression on the vectors;
 * `finetune` trains the encoder with a cosine head, `setfit` by pairs (Tunstall et al. 2022, arXiv
 * 2209.11055). `auto` takes the frozen method that is best when examples are left out. Classes without
 * an example are fine for all but `logreg` and `setfit`, where the name stands for them.
 *
 * @throws DataError for a label outside the list, or a class without an example where one is needed
 */
export async function fewShot(
  examples: readonly LabelledExample[],
  labels: Labels,
  options: FewShotOptions = {},
): Promise<Classifier> {
  const { method = "auto", signal, onProgress, seed = 0 } = options;
  if (!methods.includes(method)) {
    throw optionError("method", `one of ${methods.join(", ")}`, JSON.stringify(method));
  }
  const set = parseLabels(labels);
  const encoder = options.encoder ?? (await defaultEncoder());
  const numbers = Int32Array.from(examples, ({ label }) => numberOf(label, set));
  const bare = withoutExample(set, numbers);
  checkExamples(method, bare, examples.length);
  const texts = examples.map(({ text }) => text);
  const notes = [...set.notes];
  if (bare.length > 0) notes.push(`without an example, known by name only: ${bare.join(", ")}`);
  const named = await labelVectors(encoder, set, ["{}"], signal);
  const parts = { labels: set.names, notes };
  const embedded = await embedTexts(encoder, texts, { signal, onProgress });
  const usable = Int32Array.from(embedded.empty.keys()).filter((row) => embedded.empty[row] === 0);
  if (usable.length < texts.length) {
    notes.push(`${texts.length - usable.length} examples have nothing to learn from`);
  }
  const frozen = {
    vectors: takeVectors(embedded, usable),
    labels: Int32Array.from(usable, (row) => numbers[row]!),
    labelVectors: named,
  };
  if (method === "finetune" || method === "setfit") {
    const tuned = await tune(method, encoder, set, frozen, { texts, labels: numbers }, options);
    return makeClassifier({ ...parts, ...tuned, method });
  }
  const { lambda } = options;
  const settings = { ...(lambda !== undefined && { lambda }), signal };
  const space = await chooseSpace(options.projection, encoder, frozen.vectors, set, named);
  notes.push(...space.notes);
  const compared = {
    ...frozen,
    vectors: inSpace(frozen.vectors, space),
    labelVectors: inSpace(named, space),
  };
  const leaveOneOut =
    method === "auto" ? await leaveOut(compared, { ...settings, seed }) : undefined;
  const chosen = leaveOneOut ? bestMethod(leaveOneOut, bare.length > 0) : (method as FrozenMethod);
  const fitted = await fitFrozen(chosen, compared, settings);
  const head = throughSpace(fitted, frozen.vectors, space);
  return makeClassifier({
    ...parts,
    encoder,
    head,
    method: chosen,
    ...(leaveOneOut && { leaveOneOut }),
  });
}

/**
 * Trains the encoder. For a fine-tuned one the head starts at the centroids mixed with the labels, and
 * the labels' own words are examples too: of ten examples each they are one more. In the end a class is
 * the direction of its head and of its examples' mean, half each.
 */
async function tune(
  method: "finetune" | "setfit",
  encoder: Encoder,
  set: LabelSet,
  frozen: FrozenExamples,
  examples: WeightedExamples,
  { epochs, seed = 0, onProgress, signal }: FewShotOptions,
): Promise<FineTuned> {
  const settings = { ...(epochs !== undefined && { epochs }), seed, onProgress, signal };
  if (method === "setfit") {
    return setFit(encoder, examples, frozen.labelVectors, { ...settings, names: set.names });
  }
  const words = set.labels.flatMap((label, number) =>
    wordings(label).map((text) => ({ text, number })),
  );
  const all = {
    texts: [...examples.texts, ...words.map(({ text }) => text)],
    labels: Int32Array.from([...examples.labels, ...words.map(({ number }) => number)]),
  };
  const tuned = await fineTune(encoder, all, mixedCentroids(frozen), {
    ...{ epochs: TUNING_EPOCHS, ...settings },
    tokenDropout: TOKEN_DROPOUT,
  });
  const vectors = await embedTexts(tuned.encoder, all.texts, { signal });
  const own = { vectors, labels: all.labels, labelVectors: tuned.directions };
  return { encoder: tuned.encoder, head: cosineHead(mixedCentroids(own, 1)) };
}

/** The best by what was left out; logistic regression knows nothing of classes without an example. */
function bestMethod(scores: Record<FrozenMethod, number>, anyBare: boolean): FrozenMethod {
  const possible = frozenMethods.filter((method) => method !== "logreg" || !anyBare);
  return possible.reduce((a, b) => (scores[b] > scores[a] ? b : a));
}

function withoutExample(set: LabelSet, numbers: Int32Array): string[] {
  const seen = new Set(numbers);
  return set.names.filter((_, label) => !seen.has(label));
}

function checkExamples(method: "auto" | FewShotMethod, bare: readonly string[], count: number) {
  if (method === "setfit" && count === 0) return;
  if (count === 0) {
    throw optionError("examples", "at least one example", "none", "Or classify by names alone.");
  }
  if (bare.length === 0 || (method !== "logreg" && method !== "setfit")) return;
  throw optionError(
    "examples",
    "at least one example of each label",
    `none of ${bare.slice(0, 5).join(", ")}${bare.length > 5 ? ` and ${bare.length - 5} more` : ""}`,
    'Add some, or take the method "W", "centroid" or "discriminant", which go by the name then.',
  );
}
