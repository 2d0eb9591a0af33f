// A classifier from a few labelled examples: W, centroids, logistic regression, or a fine-tuned encoder.
import type { Classifier, FewShotMethod, FewShotOptions, LabelledExample, Labels } from "./api.ts";
import { makeClassifier } from "./classifier.ts";
import { numberOf } from "./corpus.ts";
import { fineTune } from "./finetune.ts";
import { type FrozenMethod, fitFrozen, frozenMethods, leaveOut } from "./frozen-heads.ts";
import { defaultEncoder, embedTexts, labelVectors } from "./label-vectors.ts";
import { type LabelSet, optionError, parseLabels } from "./labels.ts";
import { setFit } from "./setfit.ts";
import { takeVectors } from "./vectors.ts";

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
  if (method === "finetune" || method === "setfit") {
    const train = method === "finetune" ? fineTune : setFit;
    const own = { texts, labels: numbers };
    const { epochs } = options;
    const tuned = await train(encoder, own, named, {
      ...(epochs !== undefined && { epochs }),
      seed,
      onProgress,
      signal,
      names: set.names,
    });
    return makeClassifier({ ...parts, ...tuned, method });
  }
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
  const { lambda } = options;
  const settings = { ...(lambda !== undefined && { lambda }), signal };
  if (method !== "auto") {
    const head = await fitFrozen(method, frozen, settings);
    return makeClassifier({ ...parts, encoder, head, method });
  }
  const leaveOneOut = await leaveOut(frozen, { ...settings, seed });
  const chosen = bestMethod(leaveOneOut, bare.length > 0);
  const head = await fitFrozen(chosen, frozen, settings);
  return makeClassifier({ ...parts, encoder, head, method: chosen, leaveOneOut });
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
