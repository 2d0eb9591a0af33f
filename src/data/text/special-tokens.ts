/** @file Special tokens of a tokenizer: found in texts as they stand, put around them, with the room they leave. */
import { DataError } from "../errors.ts";

/** Options of `encode`. */
export interface EncodeOptions {
  /** Keep at most this many tokens, the special ones at both ends included. */
  readonly maxLength?: number;
  /** Put the special tokens around the text. Default true. */
  readonly addSpecialTokens?: boolean;
}

/** Appends the tokens of a text without special ones; may end once there are `limit`. */
export type EncodePlain = (part: string, ids: number[], limit: number) => void;

/** The special tokens of a tokenizer by their ids, and those that stand around each text. */
export class SpecialTokens {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #pattern: RegExp | undefined;
  readonly #start: readonly number[];
  readonly #end: readonly number[];

  constructor(
    ids: ReadonlyMap<string, number>,
    { start, end }: { readonly start: readonly number[]; readonly end: readonly number[] },
  ) {
    this.#ids = ids;
    this.#start = start;
    this.#end = end;
    if (ids.size === 0) return;
    const longestFirst = [...ids.keys()].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(`(${longestFirst.map(RegExp.escape).join("|")})`);
  }

  /** Whether a token is one of them. */
  has(token: string): boolean {
    return this.#ids.has(token);
  }

  /**
   * The ids of a text: its special tokens as they stand, what is between them by `encodePlain`, cut to
   * what has room between the tokens at both ends. The work ends as soon as enough tokens are there.
   */
  encode(
    text: string,
    { maxLength = Infinity, addSpecialTokens = true }: EncodeOptions,
    encodePlain: EncodePlain,
  ): Int32Array {
    const [start, end] = addSpecialTokens ? [this.#start, this.#end] : [[], []];
    const room = maxLength - start.length - end.length;
    if (!(room >= 0)) {
      const expected = `at least ${start.length + end.length}, for the special tokens`;
      const received = `${maxLength}`;
      throw new DataError({ code: "option", field: "maxLength", expected, received });
    }
    const ids: number[] = [];
    for (const part of this.#pattern ? text.split(this.#pattern) : [text]) {
      if (ids.length >= room) break;
      const special = this.#ids.get(part);
      if (special === undefined) encodePlain(part, ids, room);
      else ids.push(special);
    }
    if (ids.length > room) ids.length = room;
    return Int32Array.from([...start, ...ids, ...end]);
  }
}
