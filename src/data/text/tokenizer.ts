/** @file A byte-level BPE tokenizer: texts to token ids and back, fast, in batches, as `tokenizer.json`. */
import { DataError } from "../errors.ts";
import { byteCharacters, tokenBytes, utf8Bytes, wordPattern } from "./byte-level.ts";
import { MergeTable, mergeWord } from "./merge-word.ts";
import { type PadOptions, padBatch, type TokenBatch } from "./pad.ts";
import {
  fromTokenizerJson,
  type TokenizerJson,
  type TokenizerParts,
  toTokenizerJson,
} from "./tokenizer-json.ts";

/** Options of `encode`. */
export interface EncodeOptions {
  /** Keep at most this many tokens, the special ones at both ends included. */
  readonly maxLength?: number;
  /** Put the special tokens around the text. Default true. */
  readonly addSpecialTokens?: boolean;
}

/** Words whose tokens are remembered; texts repeat words, so nearly every look-up hits. */
const cacheWords = 100_000;
const cachedWordLength = 48;

/**
 * Byte-level BPE. It has no unknown token: every text becomes ids, and the ids become the text again
 * (after normalisation). Special tokens are found in texts as they stand.
 */
export class Tokenizer {
  readonly #parts: TokenizerParts;
  readonly #tokens: string[] = [];
  readonly #ids = new Map<string, number>();
  readonly #byteIds: Int32Array;
  readonly #merges = new MergeTable();
  readonly #cache = new Map<string, Int32Array>();
  readonly #special: ReadonlyMap<string, number>;
  readonly #specialPattern: RegExp | undefined;
  readonly #start: Int32Array;
  readonly #end: Int32Array;

  /** Made by `trainTokenizer`, `loadTokenizer` or `Tokenizer.fromJson`. */
  constructor(parts: TokenizerParts) {
    this.#parts = parts;
    this.#special = new Map(parts.specialTokens.map(({ id, content }) => [content, id]));
    for (const [token, id] of [...parts.vocabulary, ...this.#special]) {
      this.#tokens[id] = token;
      this.#ids.set(token, id);
    }
    this.#byteIds = Int32Array.from(byteCharacters, (character) => this.#need(character));
    parts.merges.forEach(([left, right], rank) => {
      this.#merges.set(this.#need(left), this.#need(right), rank, this.#need(left + right));
    });
    if (this.#special.size > 0) {
      const longestFirst = [...this.#special.keys()].sort((a, b) => b.length - a.length);
      this.#specialPattern = new RegExp(`(${longestFirst.map(RegExp.escape).join("|")})`);
    }
    this.#start = Int32Array.from(parts.start, (token) => this.#need(token));
    this.#end = Int32Array.from(parts.end, (token) => this.#need(token));
  }

  /** Reads a `tokenizer.json`; a `DataError` says what in it is not byte-level BPE. */
  static fromJson(json: TokenizerJson, path?: string): Tokenizer {
    return new Tokenizer(fromTokenizerJson(json, path));
  }

  /** The tokenizer as a `tokenizer.json`, which Hugging Face's libraries read as well. */
  toJSON(): TokenizerJson {
    return toTokenizerJson(this.#parts);
  }

  /** Number of token ids, special ones included. */
  get size(): number {
    return this.#tokens.length;
  }

  /** The id of a token as the vocabulary writes it (a space is `Ġ`), or of a special token. */
  idOf(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /** The token of an id as the vocabulary writes it. */
  tokenOf(id: number): string | undefined {
    return this.#tokens[id];
  }

  /** The token ids of a text. With `maxLength` the work ends as soon as enough tokens are there. */
  encode(
    text: string,
    { maxLength = Infinity, addSpecialTokens = true }: EncodeOptions = {},
  ): Int32Array {
    const [start, end] = addSpecialTokens ? [this.#start, this.#end] : [noIds, noIds];
    const room = maxLength - start.length - end.length;
    if (room < 0 || Number.isNaN(room)) {
      const expected = `at least ${start.length + end.length}, for the special tokens`;
      throw new DataError({
        code: "option",
        field: "maxLength",
        expected,
        received: `${maxLength}`,
      });
    }
    const ids: number[] = [...start];
    const limit = start.length + room;
    for (const part of this.#specialPattern ? text.split(this.#specialPattern) : [text]) {
      if (ids.length >= limit) break;
      const special = this.#special.get(part);
      if (special === undefined) this.#encodePlain(part, ids, limit);
      else ids.push(special);
    }
    if (ids.length > limit) ids.length = limit;
    ids.push(...end);
    return Int32Array.from(ids);
  }

  /** The ids of each text as one padded array of shape [texts, time], with its mask. */
  encodeBatch(texts: readonly string[], options: EncodeOptions & PadOptions = {}): TokenBatch {
    return padBatch(
      texts.map((text) => this.encode(text, options)),
      options,
    );
  }

  /** The text of ids; special tokens are left out unless `keepSpecialTokens` is set. */
  decode(ids: ArrayLike<number>, { keepSpecialTokens = false } = {}): string {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    let text = "";
    let bytes: number[] = [];
    const flush = () => {
      text += decoder.decode(Uint8Array.from(bytes));
      bytes = [];
    };
    for (const id of Array.from(ids)) {
      const token = this.#tokens[id];
      if (token === undefined) {
        const expected = `token ids below ${this.size}`;
        throw new DataError({ code: "option", field: "ids", expected, received: `${id}` });
      }
      if (this.#special.has(token)) {
        flush();
        if (keepSpecialTokens) text += token;
      } else bytes.push(...tokenBytes(token)!);
    }
    flush();
    return text;
  }

  #encodePlain(part: string, ids: number[], limit: number): void {
    const text = this.#normalize(part);
    // Shared patterns carry their place along; a copy keeps calls apart.
    const pattern = new RegExp(wordPattern);
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const tokens = this.#wordIds(match[0]);
      for (let i = 0; i < tokens.length; i++) ids.push(tokens[i]!);
      if (ids.length >= limit) return;
    }
  }

  #normalize(text: string): string {
    return this.#parts.normalizers.reduce(
      (result, step) => (step === "Lowercase" ? result.toLowerCase() : result.normalize(step)),
      text,
    );
  }

  #wordIds(word: string): Int32Array {
    const known = this.#cache.get(word);
    if (known !== undefined) return known;
    const bytes = utf8Bytes(word);
    const symbols = Int32Array.from(bytes, (byte) => this.#byteIds[byte]!);
    const ids = mergeWord(symbols, this.#merges);
    if (word.length <= cachedWordLength) {
      if (this.#cache.size >= cacheWords) this.#cache.clear();
      this.#cache.set(word, ids);
    }
    return ids;
  }

  #need(token: string): number {
    const id = this.#ids.get(token);
    if (id !== undefined) return id;
    const expected = "all 256 bytes, and both sides and the result of each merge";
    const received = `none for ${JSON.stringify(token)}`;
    throw new DataError({ code: "malformed", field: "vocabulary", expected, received });
  }
}

const noIds = new Int32Array(0);
