/** @file Embeds texts by Universal Sentence Encoder Lite: many texts in a row, few compiled shapes. */
import { type CompiledFunction, compile, type Tensor, tensor } from "../../engine/index.ts";
import { type Embeddings, type EmbedOptions, type Encoder, embedInBatches } from "./encoder.ts";
import { type PackedRow, packRows } from "./packing.ts";
import { MAX_TOKENS, type PackedTokens, type UseLite } from "./use-lite.ts";
import { UNKNOWN, type UseLiteTokenizer } from "./use-lite-tokenizer.ts";

const DIM = 512;
/** The most texts in a row of tokens, for each width. */
const TEXTS = (width: number): number => width / 4;
/** Rows of a full run: large enough for the products, small enough for the cache. */
const ROWS = 8;
/** A run with fewer tokens than a full row takes the narrowest of these. */
const NARROW = [16, 32, 64] as const;

type Run = CompiledFunction<[UseLite, PackedTokens, number], Tensor>;

/**
 * Universal Sentence Encoder Lite (Cer et al. 2018; English). `module` holds the weights: train them,
 * put the trained module there, and `embed` uses it.
 */
export class UseLiteEncoder implements Encoder {
  readonly name = "use-lite";
  readonly dim = DIM;
  readonly maxTokens = MAX_TOKENS;
  module: UseLite;
  readonly tokenizer: UseLiteTokenizer;
  readonly #run: Run;

  constructor(module: UseLite, tokenizer: UseLiteTokenizer) {
    this.module = module;
    this.tokenizer = tokenizer;
    this.#run = compile(
      (model: UseLite, tokens: PackedTokens, texts: number) => model.packed(tokens, texts),
      // One shape each: the narrow rows, a full row, and many of them.
      { name: "use-lite", onRetrace: () => {} },
    );
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Embeddings> {
    const tokenize = (text: string) => {
      const ids = this.tokenizer.encode(text);
      const known = ids.reduce((count, id) => count + (id === UNKNOWN ? 0 : 1), 0);
      return { ids: ids.subarray(0, MAX_TOKENS), tokens: ids.length, known };
    };
    const run = this.#embedIds.bind(this);
    return embedInBatches({ dim: DIM, tokenize, run }, texts, options);
  }

  dispose(): void {
    this.#run.dispose();
  }

  async #embedIds(
    ids: readonly Int32Array[],
    into: Float32Array,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const lengths = ids.map((row) => row.length);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const width = NARROW.find((w) => total <= w && ids.length <= TEXTS(w)) ?? MAX_TOKENS;
    const rows = packRows(lengths, width, TEXTS(width));
    for (let from = 0; from < rows.length; ) {
      signal?.throwIfAborted();
      // Two or three rows that are left over cost less one by one than as a full run.
      const count = rows.length - from > ROWS / 2 ? ROWS : 1;
      await this.#runRows(rows.slice(from, from + count), count, width, ids, into);
      from += count;
    }
  }

  async #runRows(
    rows: readonly PackedRow[],
    count: number,
    width: number,
    ids: readonly Int32Array[],
    into: Float32Array,
  ): Promise<void> {
    const texts = TEXTS(width);
    const output = await this.#run(this.module, arrange(rows, count, width, ids), texts);
    const vectors = (await output.data()) as Float32Array;
    rows.forEach((row, r) => {
      row.forEach((text, s) => {
        const at = (r * texts + s) * DIM;
        into.set(vectors.subarray(at, at + DIM), text * DIM);
      });
    });
    output.dispose();
  }
}

/** Writes the ids of the texts into their rows; what stays empty belongs to no text. */
export function arrange(
  rows: readonly PackedRow[],
  count: number,
  width: number,
  ids: readonly Int32Array[],
): PackedTokens {
  const shape = [count, width];
  const tokens = new Int32Array(count * width);
  const positions = new Int32Array(count * width);
  const segments = new Int32Array(count * width).fill(-1);
  rows.forEach((row, r) => {
    let at = r * width;
    row.forEach((text, s) => {
      const own = ids[text]!;
      tokens.set(own, at);
      segments.fill(s, at, at + own.length);
      for (let i = 0; i < own.length; i++) positions[at + i] = i;
      at += own.length;
    });
  });
  const of = (values: Int32Array): Tensor => tensor(values, { shape });
  return { ids: of(tokens), positions: of(positions), segments: of(segments) };
}
