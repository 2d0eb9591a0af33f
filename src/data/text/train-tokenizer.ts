/** @file Trains a byte-level BPE tokenizer on texts. */
import { DataError } from "../errors.ts";
import { byteCharacters, wordPattern } from "./byte-level.ts";
import { Tokenizer } from "./tokenizer.ts";
import type { TokenizerParts } from "./tokenizer-json.ts";
import { learnMerges } from "./train-bpe.ts";

/** Options of `trainTokenizer`. */
export interface TrainTokenizerOptions {
  /** Number of token ids, special tokens and the 256 bytes included. Default 8192. */
  readonly vocabularySize?: number;
  /** They get the first ids, in this order. Default only `<pad>`, with id 0. */
  readonly specialTokens?: readonly string[];
  /** Special tokens before and after each encoded text. Default none. */
  readonly start?: readonly string[];
  readonly end?: readonly string[];
  /** A pair must occur this often to become a token. Default 2. */
  readonly minFrequency?: number;
  /** Fold to lower case. Default false. */
  readonly lowercase?: boolean;
  /** Unicode form that texts are brought to; NFKC also unites full-width and styled letters. */
  readonly unicode?: "NFC" | "NFKC";
}

/** Learns a vocabulary from texts. The result depends on the texts and options alone, not on order. */
export function trainTokenizer(
  texts: Iterable<string>,
  {
    vocabularySize = 8192,
    specialTokens = ["<pad>"],
    start = [],
    end = [],
    minFrequency = 2,
    lowercase = false,
    unicode,
  }: TrainTokenizerOptions = {},
): Tokenizer {
  const fixed = specialTokens.length + 256;
  if (!Number.isInteger(vocabularySize) || vocabularySize < fixed || vocabularySize > 2 ** 19) {
    const expected = `a whole number from ${fixed} (special tokens and bytes) to ${2 ** 19}`;
    const received = `${vocabularySize}`;
    throw new DataError({ code: "option", field: "vocabularySize", expected, received });
  }
  const unknown = [...start, ...end].find((token) => !specialTokens.includes(token));
  if (unknown !== undefined) {
    const expected = "special tokens in start and end";
    const received = JSON.stringify(unknown);
    throw new DataError({ code: "option", field: "specialTokens", expected, received });
  }
  const normalizers: TokenizerParts["normalizers"] = [
    ...(unicode === undefined ? [] : [unicode]),
    ...(lowercase ? (["Lowercase"] as const) : []),
  ];
  const counts = countWords(texts, lowercase, unicode);
  const tokens = [...byteCharacters];
  const merges = learnMerges(counts, vocabularySize - fixed, minFrequency).map(([a, b]) => {
    const pair = [tokens[a]!, tokens[b]!] as const;
    tokens.push(pair[0] + pair[1]);
    return pair;
  });
  // Two merges can make the same token; it keeps one id.
  const vocabulary = new Map<string, number>();
  for (const token of tokens) {
    if (!vocabulary.has(token)) vocabulary.set(token, specialTokens.length + vocabulary.size);
  }
  return new Tokenizer({
    specialTokens: specialTokens.map((content, id) => ({ id, content })),
    normalizers,
    start,
    end,
    vocabulary,
    merges,
  });
}

function countWords(
  texts: Iterable<string>,
  lowercase: boolean,
  unicode: "NFC" | "NFKC" | undefined,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const raw of texts) {
    const formed = unicode === undefined ? raw : raw.normalize(unicode);
    const text = lowercase ? formed.toLowerCase() : formed;
    for (const word of text.match(wordPattern) ?? []) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}
