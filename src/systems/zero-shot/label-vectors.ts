// Texts and labels in one space: the vectors that cosines are taken of.
import { DataError } from "../../data/errors.ts";
import type { Encoder } from "../../models/encoders/encoder.ts";
import { type LabelSet, labelSentences } from "./labels.ts";
import { unitRows, type Vectors, vectorsOf } from "./vectors.ts";

/** Progress of a part of the work. */
export type OnProgress = (progress: { phase: string; done: number; total?: number }) => void;

/** Texts as vectors, and what was found on the way. */
export interface EmbeddedTexts extends Vectors {
  /** 1 where a text has nothing to judge: it is empty or has unknown characters only. */
  readonly empty: Uint8Array;
  /** 1 where a text is longer than what the encoder reads. */
  readonly truncated: Uint8Array;
}

/** Vectors of texts at length 1; a text without anything known has zeros. */
export async function embedTexts(
  encoder: Encoder,
  texts: readonly string[],
  options: { signal?: AbortSignal | undefined; onProgress?: OnProgress | undefined } = {},
): Promise<EmbeddedTexts> {
  const { signal, onProgress } = options;
  const { data, tokens, knownTokens } = await encoder.embed(texts, {
    ...(signal && { signal }),
    ...(onProgress && {
      onProgress: ({ done, total }) => onProgress({ phase: "embed", done, total }),
    }),
  });
  const empty = Uint8Array.from(knownTokens, (known) => (known === 0 ? 1 : 0));
  const truncated = Uint8Array.from(tokens, (count) => (count > encoder.maxTokens ? 1 : 0));
  empty.forEach((is, row) => {
    if (is === 1) data.fill(0, row * encoder.dim, (row + 1) * encoder.dim);
  });
  return { ...unitRows(vectorsOf(data, encoder.dim)), empty, truncated };
}

const known = new WeakMap<Encoder, Map<string, Vectors>>();

/**
 * One unit vector per label: the mean over its wordings in each template; for a larger class, the mean
 * of its labels' vectors. Kept per encoder, so that labels that stay the same are embedded once; a
 * fine-tuned encoder is another object.
 *
 * @throws DataError where no character of a label is known to the encoder
 */
export async function labelVectors(
  encoder: Encoder,
  set: LabelSet,
  templates: readonly string[],
  signal?: AbortSignal,
): Promise<Vectors> {
  if (set.members !== undefined) {
    const { set: members, parentOf } = set.members;
    const own = await labelVectors(encoder, members, templates, signal);
    return unitRows(sumsBy(own, parentOf, set.labels.length));
  }
  const sentences = set.labels.map((label) => labelSentences(label, templates));
  const key = JSON.stringify(sentences);
  const cache = known.get(encoder) ?? new Map<string, Vectors>();
  known.set(encoder, cache);
  const before = cache.get(key);
  if (before !== undefined) return before;
  const { dim } = encoder;
  const embedded = await embedTexts(encoder, sentences.flat(), { signal });
  const labelOf = sentences.flatMap((own, label) => own.map(() => label));
  const { data: sums } = sumsBy(embedded, labelOf, set.labels.length);
  sentences.forEach((_, label) => {
    if (sums.subarray(label * dim, (label + 1) * dim).every((value) => value === 0)) {
      throw new DataError({
        code: "option",
        field: "labels",
        expected: "labels with characters that the encoder knows",
        received: JSON.stringify(set.names[label]),
        hint: "Give it a description in other words.",
      });
    }
  });
  const vectors = unitRows(vectorsOf(sums, dim));
  if (cache.size >= CACHED) cache.delete(cache.keys().next().value!);
  cache.set(key, vectors);
  return vectors;
}

/** Sums of the rows of each group. */
function sumsBy({ data, dim }: Vectors, groupOf: readonly number[], groups: number): Vectors {
  const sums = new Float32Array(groups * dim);
  groupOf.forEach((group, row) => {
    for (let k = 0; k < dim; k++) sums[group * dim + k]! += data[row * dim + k]!;
  });
  return vectorsOf(sums, dim);
}

/** Sets of labels remembered per encoder. */
const CACHED = 64;

let shared: Promise<Encoder> | undefined;

/** The encoder that comes with the package, loaded once. */
export function defaultEncoder(): Promise<Encoder> {
  shared ??= import("../../models/encoders/load.ts").then(({ loadEncoder }) =>
    loadEncoder("use-lite"),
  );
  return shared;
}
