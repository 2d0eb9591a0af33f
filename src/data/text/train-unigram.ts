/** @file Trains a unigram tokenizer on texts. */
import { DataError } from "../errors.ts";
import { learnUnigram } from "./learn-unigram.ts";
import { BLANK, normalizeText, UnigramTokenizer, wordsOf } from "./unigram-tokenizer.ts";

/** Options of `trainUnigramTokenizer`. */
export interface TrainUnigramOptions {
  /** Number of token ids, special tokens included. Default 8000. */
  readonly vocabularySize?: number;
  /** They get the first ids, in this order. Default `<pad>` and `<unk>`. */
  readonly specialTokens?: readonly string[];
  /** Which of them stands for characters outside the vocabulary. Default `<unk>`. */
  readonly unknown?: string;
  /** Special tokens before and after each encoded text. Default none. */
  readonly start?: readonly string[];
  readonly end?: readonly string[];
  /** Fold to lower case. Default false. */
  readonly lowercase?: boolean;
  /** Share of all characters that get a token of their own. Default 0.9995. */
  readonly coverage?: number;
}

/**
 * Learns the pieces that make texts most probable (Kudo 2018). The result depends on the texts and
 * options alone, not on order.
 */
export function trainUnigramTokenizer(
  texts: Iterable<string>,
  {
    vocabularySize = 8000,
    specialTokens = ["<pad>", "<unk>"],
    unknown = "<unk>",
    start = [],
    end = [],
    lowercase = false,
    coverage = 0.9995,
  }: TrainUnigramOptions = {},
): UnigramTokenizer {
  const refuse = (field: string, expected: string, received: string): never => {
    throw new DataError({ code: "option", field, expected, received });
  };
  const least = specialTokens.length + 1;
  if (!Number.isInteger(vocabularySize) || vocabularySize < least || vocabularySize > 2 ** 19) {
    refuse("vocabularySize", `a whole number from ${least} to ${2 ** 19}`, `${vocabularySize}`);
  }
  if (!(coverage > 0 && coverage <= 1)) {
    refuse("coverage", "a share above 0 and up to 1", `${coverage}`);
  }
  const stranger = [unknown, ...start, ...end].find((token) => !specialTokens.includes(token));
  if (stranger !== undefined) {
    const expected = "the unknown token and those of start and end among them";
    refuse("specialTokens", expected, `none for ${JSON.stringify(stranger)}`);
  }
  const counts = new Map<string, number>();
  for (const text of texts) {
    const marked = BLANK + normalizeText(text, lowercase).replaceAll(" ", BLANK);
    for (const word of wordsOf(marked)) {
      if (word !== BLANK) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  if (counts.size === 0) refuse("texts", "at least one word", "none");
  const size = vocabularySize - specialTokens.length;
  const special = new Set(specialTokens);
  const pieces = learnUnigram(counts, { size, coverage }).filter(([piece]) => !special.has(piece));
  return new UnigramTokenizer({ specialTokens, unknown, start, end, pieces, lowercase });
}
