/** @file What every sentence encoder does: texts to vectors. */

/** Options of `embed`. */
export interface EmbedOptions {
  /** Texts that are tokenized and arranged at a time; progress is told after each. Default 2048. */
  readonly batchSize?: number;
  /** Ends the work with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told how many texts are done, after each batch. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Vectors of texts, one row each. */
export interface Embeddings {
  /** `[count, dim]` row by row; the vector of a text without tokens is zero. */
  readonly data: Float32Array;
  readonly count: number;
  readonly dim: number;
  /** Tokens of each text before it was cut to the encoder's `maxTokens`. */
  readonly tokens: Int32Array;
  /** How many of them the vocabulary knows: 0 for a text that is empty or foreign altogether. */
  readonly knownTokens: Int32Array;
  /** The vector of a text: a view, not a copy. */
  row(text: number): Float32Array;
}

/** A model that gives each text a vector. */
export interface Encoder {
  /** A name that tells vectors of different encoders apart, e.g. as the key of a cache. */
  readonly name: string;
  /** Width of the vectors. */
  readonly dim: number;
  /** Longer texts are cut to so many tokens. */
  readonly maxTokens: number;
  /** Vectors of texts; equal texts get equal vectors whatever stands beside them, but for rounding. */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Embeddings>;
  /** Frees what the encoder holds on the device. */
  dispose(): void;
}

/** A text as token ids. */
export interface TokenizedText {
  /** At most `maxTokens`. */
  readonly ids: Int32Array;
  /** How many there were before it was cut. */
  readonly tokens: number;
  /** How many of these the vocabulary knows. */
  readonly known: number;
}

/** The part of `embed` that differs between encoders. */
export interface EmbedSteps {
  readonly dim: number;
  readonly tokenize: (text: string) => TokenizedText;
  /** Vectors of token ids, written into the rows of `into`. */
  readonly run: (
    ids: readonly Int32Array[],
    into: Float32Array,
    signal: AbortSignal | undefined,
  ) => Promise<void>;
}

const BATCH = 2048;

/**
 * Embeds texts batch by batch: tokenizes, cuts, runs, and reports. Of equal texts only the first is
 * embedded; subjects, titles and labels repeat a lot.
 */
export async function embedInBatches(
  steps: EmbedSteps,
  texts: readonly string[],
  { batchSize = BATCH, signal, onProgress }: EmbedOptions = {},
): Promise<Embeddings> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`embed: batchSize must be a whole number above 0, got ${batchSize}`);
  }
  const { dim } = steps;
  const total = texts.length;
  const data = new Float32Array(total * dim);
  const row = (text: number): Float32Array => data.subarray(text * dim, (text + 1) * dim);
  const found = { data, tokens: new Int32Array(total), knownTokens: new Int32Array(total) };
  const first = new Map<string, number>();
  for (let from = 0; from < total; from += batchSize) {
    signal?.throwIfAborted();
    const to = Math.min(from + batchSize, total);
    const own: number[] = [];
    for (let i = from; i < to; i++) {
      if (first.has(texts[i]!)) continue;
      first.set(texts[i]!, i);
      own.push(i);
    }
    const batch = own.map((i) => steps.tokenize(texts[i]!));
    const vectors = new Float32Array(own.length * dim);
    await steps.run(
      batch.map(({ ids }) => ids),
      vectors,
      signal,
    );
    own.forEach((i, k) => {
      row(i).set(vectors.subarray(k * dim, (k + 1) * dim));
      found.tokens[i] = batch[k]!.tokens;
      found.knownTokens[i] = batch[k]!.known;
    });
    for (let i = from; i < to; i++) {
      const same = first.get(texts[i]!)!;
      if (same === i) continue;
      row(i).set(row(same));
      found.tokens[i] = found.tokens[same]!;
      found.knownTokens[i] = found.knownTokens[same]!;
    }
    onProgress?.({ done: to, total });
  }
  return embeddings(data, dim, found.tokens, found.knownTokens);
}

/** Puts vectors `[count, dim]` and counts of tokens together. */
export function embeddings(
  data: Float32Array,
  dim: number,
  tokens: Int32Array,
  knownTokens: Int32Array,
): Embeddings {
  const row = (text: number): Float32Array => data.subarray(text * dim, (text + 1) * dim);
  return { data, count: tokens.length, dim, tokens, knownTokens, row };
}
