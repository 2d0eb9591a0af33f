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

/** Embeds texts batch by batch: tokenizes, cuts, runs, and reports. */
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
  const tokens = new Int32Array(total);
  const knownTokens = new Int32Array(total);
  for (let from = 0; from < total; from += batchSize) {
    signal?.throwIfAborted();
    const to = Math.min(from + batchSize, total);
    const batch = texts.slice(from, to).map(steps.tokenize);
    batch.forEach((text, i) => {
      tokens[from + i] = text.tokens;
      knownTokens[from + i] = text.known;
    });
    const ids = batch.map((text) => text.ids);
    await steps.run(ids, data.subarray(from * dim, to * dim), signal);
    onProgress?.({ done: to, total });
  }
  const row = (text: number): Float32Array => data.subarray(text * dim, (text + 1) * dim);
  return { data, count: total, dim, tokens, knownTokens, row };
}
