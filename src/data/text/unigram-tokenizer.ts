/** @file A unigram tokenizer (Kudo 2018): the most probable pieces of each word, as `tokenizer.json`. */
import { DataError } from "../errors.ts";
import { type PadOptions, padBatch, type TokenBatch } from "./pad.ts";
import { codePoints } from "./piece-trie.ts";
import { type EncodeOptions, SpecialTokens } from "./special-tokens.ts";
import { UnigramLattice } from "./unigram-lattice.ts";

/** SentencePiece's sign for a blank: words begin with it. */
export const BLANK = "\u2581";

/** What decides a unigram tokenizer. */
export interface UnigramParts {
  /** They have the first ids, in this order; one is the unknown token. */
  readonly specialTokens: readonly string[];
  readonly unknown: string;
  /** Special tokens before and after each text. */
  readonly start: readonly string[];
  readonly end: readonly string[];
  /** Pieces with their log probabilities; ids follow those of the special tokens. */
  readonly pieces: readonly (readonly [piece: string, score: number])[];
  readonly lowercase: boolean;
}

const cacheWords = 100_000;
const cachedWordLength = 48;

/**
 * Brings texts to NFKC (and lower case), unites blanks, and cuts each word into its most probable
 * pieces. Characters outside the vocabulary become the unknown token, one for each run of them.
 */
export class UnigramTokenizer {
  readonly #parts: UnigramParts;
  readonly #tokens: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #lattice: UnigramLattice;
  readonly #unknown: number;
  readonly #special: SpecialTokens;
  readonly #cache = new Map<string, readonly number[]>();

  /** Made by `trainUnigramTokenizer`. */
  constructor(parts: UnigramParts) {
    const { specialTokens, pieces, unknown } = parts;
    this.#parts = parts;
    this.#tokens = [...specialTokens, ...pieces.map(([piece]) => piece)];
    this.#ids = new Map(this.#tokens.map((token, id) => [token, id]));
    this.#unknown = this.#need(unknown);
    // Special tokens are found as they stand, before words are cut.
    const findable = this.#tokens.map((token, id) => (id < specialTokens.length ? "" : token));
    const scores = [...specialTokens.map(() => 0), ...pieces.map(([, score]) => score)];
    this.#lattice = new UnigramLattice(findable, scores, this.#unknown);
    const need = (token: string) => this.#need(token);
    const around = { start: parts.start.map(need), end: parts.end.map(need) };
    this.#special = new SpecialTokens(new Map(specialTokens.map((each, id) => [each, id])), around);
  }

  /** Number of token ids. */
  get size(): number {
    return this.#tokens.length;
  }

  /** The id of a piece (a blank is `▁`) or special token. */
  idOf(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /** The piece of an id as the vocabulary writes it. */
  tokenOf(id: number): string | undefined {
    return this.#tokens[id];
  }

  /** The token ids of a text. */
  encode(text: string, options: EncodeOptions = {}): Int32Array {
    return this.#special.encode(text, options, (part, ids, limit) => {
      this.#encodePlain(part, ids, limit);
    });
  }

  /** The ids of each text as one padded array of shape [texts, time], with its mask. */
  encodeBatch(texts: readonly string[], options: EncodeOptions & PadOptions = {}): TokenBatch {
    return padBatch(
      texts.map((text) => this.encode(text, options)),
      options,
    );
  }

  /** The text of ids, without special tokens. */
  decode(ids: ArrayLike<number>): string {
    const first = this.#parts.specialTokens.length;
    const pieces = Array.from(ids, (id) => {
      const token = this.#tokens[id];
      if (token !== undefined) return id < first ? "" : token;
      const expected = `token ids below ${this.size}`;
      throw new DataError({ code: "option", field: "ids", expected, received: `${id}` });
    });
    return pieces.join("").replaceAll(BLANK, " ").replace(/^ /, "");
  }

  /** The tokenizer as a `tokenizer.json`, which Hugging Face's libraries read. */
  toJSON(): Record<string, unknown> {
    return unigramJson(this.#parts, (token) => this.#need(token));
  }

  #encodePlain(part: string, ids: number[], limit: number): void {
    const normalized = normalizeText(part, this.#parts.lowercase);
    if (normalized === "") return;
    const marked = normalized.replaceAll(" ", BLANK);
    const text = marked.startsWith(BLANK) ? marked : BLANK + marked;
    for (const word of wordsOf(text)) {
      for (const id of this.#wordIds(word)) {
        const repeated = id === this.#unknown && ids.at(-1) === id;
        if (!repeated) ids.push(id);
      }
      if (ids.length >= limit) return;
    }
  }

  #wordIds(word: string): readonly number[] {
    const known = this.#cache.get(word);
    if (known !== undefined) return known;
    const { ids } = this.#lattice.best(codePoints(word));
    if (word.length <= cachedWordLength) {
      if (this.#cache.size >= cacheWords) this.#cache.clear();
      this.#cache.set(word, ids);
    }
    return ids;
  }

  #need(token: string): number {
    const id = this.#ids.get(token);
    if (id !== undefined) return id;
    const expected = "special tokens for the unknown, the start and the end";
    const received = `none for ${JSON.stringify(token)}`;
    throw new DataError({ code: "malformed", field: "specialTokens", expected, received });
  }
}

/** A text as the tokenizer sees it: NFKC, one blank between words, none around. */
export function normalizeText(text: string, lowercase: boolean): string {
  const formed = text.normalize("NFKC");
  return (lowercase ? formed.toLowerCase() : formed).replace(/\s+/gu, " ").trim();
}

/** Words with the blank that they begin with. Pieces do not reach over a blank. */
export function wordsOf(marked: string): string[] {
  return marked.match(/\u2581[^\u2581]*/g) ?? [];
}

function unigramJson(
  { specialTokens, unknown, start, end, pieces, lowercase }: UnigramParts,
  idOf: (token: string) => number,
): Record<string, unknown> {
  const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  const sequence = (id: "A" | "B") => ({ Sequence: { id, type_id: id === "A" ? 0 : 1 } });
  const around = [...start, ...end];
  const [before, after] = [start.map(special), end.map(special)];
  const metaspace = {
    type: "Metaspace",
    replacement: BLANK,
    prepend_scheme: "always",
    split: true,
  };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "NFKC" },
        ...(lowercase ? [{ type: "Lowercase" }] : []),
        { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
        { type: "Strip", strip_left: true, strip_right: true },
      ],
    },
    pre_tokenizer: metaspace,
    post_processor:
      around.length === 0
        ? null
        : {
            type: "TemplateProcessing",
            single: [...before, sequence("A"), ...after],
            pair: [...before, sequence("A"), ...after, sequence("B"), ...after],
            special_tokens: Object.fromEntries(
              around.map((id) => [id, { id, ids: [idOf(id)], tokens: [id] }]),
            ),
          },
    decoder: metaspace,
    model: {
      type: "Unigram",
      unk_id: idOf(unknown),
      byte_fallback: false,
      vocab: [...specialTokens.map((token) => [token, 0]), ...pieces],
    },
  };
}
