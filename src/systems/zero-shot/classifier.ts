// A classifier that is an encoder and one affine map of its vectors: all that the few-shot methods make.
import type { Encoder } from "../../models/encoders/encoder.ts";
import type { Classification, Classifier, FewShotMethod, Scores } from "./api.ts";
import { balance } from "./balance.ts";
import { scoresOf } from "./corpus.ts";
import type { LinearHead } from "./discriminant.ts";
import { type EmbeddedTexts, embedTexts } from "./label-vectors.ts";
import { vectorsOf } from "./vectors.ts";

/** What a classifier is made of. */
export interface ClassifierParts {
  readonly encoder: Encoder;
  readonly head: LinearHead;
  readonly labels: readonly string[];
  readonly method: FewShotMethod;
  readonly notes?: readonly string[];
  readonly leaveOneOut?: Classifier["leaveOneOut"];
}

/** Puts a classifier together. */
export function makeClassifier(parts: ClassifierParts): Classifier {
  const { encoder, head, labels, method, notes = [], leaveOneOut } = parts;
  const probabilities = async (texts: EmbeddedTexts) => {
    const values = await scoresOf(texts, head, labels.length);
    return balance({ values, rows: texts.count, classes: labels.length }, undefined);
  };
  const score = async (
    texts: readonly string[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Scores> => {
    const values = await probabilities(await embedTexts(encoder, texts, { signal }));
    return { values, labels };
  };
  return {
    labels,
    method,
    notes,
    encoder,
    head,
    ...(leaveOneOut && { leaveOneOut }),
    score,
    async scoreVectors(data) {
      const vectors = vectorsOf(data, encoder.dim);
      const values = await scoresOf(vectors, head, labels.length);
      const table = { values, rows: vectors.count, classes: labels.length };
      return { values: balance(table, undefined), labels };
    },
    async classify(texts, { signal } = {}) {
      const embedded = await embedTexts(encoder, texts, { signal });
      const values = await probabilities(embedded);
      return texts.map((text, row): Classification => {
        if (embedded.empty[row] === 1) return emptyResult(text);
        const own = values.subarray(row * labels.length, (row + 1) * labels.length);
        const cut = embedded.truncated[row] === 1;
        return { ...ranked(text, own, labels), ...(cut && { truncated: true }) };
      });
    },
  };
}

/** The result for a text that has nothing to judge: never a random label. */
export function emptyResult(text: string): Classification {
  return { text, labels: [], scores: [], margin: 0, abstained: true, reason: "empty" };
}

/** Labels and scores of a text, the best first. */
export function ranked(
  text: string,
  scores: ArrayLike<number>,
  labels: readonly string[],
): Classification {
  const order = [...labels.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  const sorted = order.map((label) => scores[label]!);
  return {
    text,
    labels: order.map((label) => labels[label]!),
    scores: sorted,
    margin: sorted.length > 1 ? sorted[0]! - sorted[1]! : sorted[0]!,
    abstained: false,
  };
}
