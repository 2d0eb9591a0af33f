/** @file A byte-level BPE tokenizer: texts to token ids and back, fast, in batches, as `tokenizer.json`. */
import { DataError } from "../errors.ts";
import { byteCharacters, tokenBytes, utf8Bytes, wordPattern } from "./byte-level.ts";
import { MergeTable, mergeWord } from "./merge-word.ts";
import { type PadOptions, padBatch, type TokenBatch } from "./pad.ts";
import { type EncodeOptions, SpecialTokens } from "./special-tokens.ts";
import {
  fromTokenizerJson,
  type TokenizerJson,
  type TokenizerParts,
  toTokenizerJson,
} from "./tokenizer-json.ts";

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
  readonly #special: SpecialTokens;

  /** Made by `trainTokenizer`, `loadTokenizer` or `Tokenizer.fromJson`. */
  constructor(parts: TokenizerParts) {
    this.#parts = parts;
    const special = new Map(parts.specialTokens.map(({ id, content }) => [content, id]));
    for (const [token, id] of [...parts.vocabulary, ...special]) {
      this.#tokens[id] = token;
      this.#ids.set(token, id);
    }
    this.#byteIds = Int32Array.from(byteCharacters, (character) => this.#need(character));
    parts.merges.forEach(([left, right], rank) => {
      this.#merges.set(this.#need(left), this.#need(right), rank, this.#need(left + right));
    });
    const need = (token: string) => this.#need(token);
    const [start, end] = [parts.start.map(need), parts.end.map(need)];
    this.#special = new SpecialTokens(special, { start, end });
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
