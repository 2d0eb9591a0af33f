// From texts to what the model reads: token ids for the deep part, weighted columns for the wide one.
import type { PlannedBatch, Tokenizer } from "../../data/index.ts";
import { type Tensor, tensor } from "../../engine/index.ts";
import type { TrainingData } from "../../train/index.ts";
import type { TextBatch } from "./model.ts";
import type { NgramRow, NgramTable } from "./ngrams.ts";

/** Tokens of a text that the wide part looks at; more is the same again. */
export const longestText = 8192;

/** How much of a text the model is shown. */
export interface TextLimits {
  readonly maxTokens: number;
  readonly patch: number;
  /** Columns of the wide part for one text. */
  readonly maxColumns: number;
}

/** One text as the model reads it. */
export interface EncodedText extends NgramRow {
  /** At most `maxTokens` ids. */
  readonly ids: Int32Array;
}

/** A text's tokens, cut where nothing looks any more. */
export function tokenize(tokenizer: Tokenizer, text: string): Int32Array {
  return tokenizer.encode(text, { maxLength: longestText });
}

/** What the model reads of a tokenized text. */
export function encodeTokens(
  tokens: Int32Array,
  table: NgramTable,
  { maxTokens, maxColumns }: TextLimits,
): EncodedText {
  return { ids: tokens.slice(0, maxTokens), ...table.row(tokens, maxColumns) };
}

/**
 * The sizes that batches are padded to. Each is a graph of its own, so there are only three: a
 * quarter, half and all of what the model can be shown.
 */
function paddedSizes({ maxTokens, patch, maxColumns }: TextLimits) {
  return [0.25, 0.5, 1].map((share) => ({
    tokens: Math.ceil((share * maxTokens) / patch) * patch,
    columns: Math.ceil(share * maxColumns),
  }));
}

/** How full a text is, 0 to 1: texts of like fullness go into a batch together. */
export function fullness(text: EncodedText, { maxTokens, maxColumns }: TextLimits): number {
  return Math.max(text.ids.length / maxTokens, text.columns.length / maxColumns);
}

/** A batch of texts, with their labels where there are some. */
export function makeBatch(
  texts: readonly EncodedText[],
  labels: ArrayLike<number>,
  limits: TextLimits,
): TextBatch {
  const sizes = paddedSizes(limits);
  const fits = (text: EncodedText, { tokens, columns }: (typeof sizes)[number]) =>
    text.ids.length <= tokens && text.columns.length <= columns;
  const size = sizes.find((each) => texts.every((text) => fits(text, each))) ?? sizes.at(-1)!;
  const n = texts.length;
  const ids = new Int32Array(n * size.tokens);
  const mask = new Float32Array(n * size.tokens);
  const columns = new Int32Array(n * size.columns);
  const values = new Float32Array(n * size.columns);
  texts.forEach((text, row) => {
    ids.set(text.ids, row * size.tokens);
    mask.fill(1, row * size.tokens, row * size.tokens + text.ids.length);
    columns.set(text.columns, row * size.columns);
    values.set(text.values, row * size.columns);
  });
  const shaped = (data: Int32Array | Float32Array, width: number): Tensor =>
    tensor(data, { shape: [n, width] });
  return {
    ids: shaped(ids, size.tokens),
    mask: shaped(mask, size.tokens),
    columns: shaped(columns, size.columns),
    values: shaped(values, size.columns),
    labels: tensor(Int32Array.from(labels), { shape: [n] }),
  };
}

/** Texts as `fit` takes them. */
export function textData(
  texts: readonly EncodedText[],
  labels: Int32Array,
  limits: TextLimits,
  options: { readonly batchSize: number; readonly seed?: number; readonly last?: "keep" | "pad" },
): TrainingData<TextBatch> {
  return {
    ...options,
    count: texts.length,
    lengths: Float64Array.from(texts, (text) => fullness(text, limits)),
    load({ rows }: PlannedBatch) {
      const chosen = Array.from(rows, (row) => texts[row]!);
      return makeBatch(
        chosen,
        rows.map((row) => labels[row]!),
        limits,
      );
    },
  };
}
