// A column made of texts one by one, straight from their bytes: a dictionary while there are few, numbers else.
import { type Column, missingCode, PackedTexts } from "./columns.ts";

/** From this many distinct texts on a column of numbers is kept as numbers. */
const dictionaryLimit = 10_000;

const decoder = new TextDecoder();

/** Thrown when a column that was taken for numbers turns out to hold other texts: read it again. */
export class NotNumbers extends Error {
  override readonly name = "NotNumbers";
  readonly column: string;

  constructor(column: string) {
    super(`${column} is no column of numbers`);
    this.column = column;
  }
}

/** Texts that stand in a column of numbers without being one, by their tag. */
const oddTexts = ["", "NaN", "inf", "-inf", "Infinity", "-Infinity", undefined] as const;
const missingTag = oddTexts.length;

/** Where a hash begins, and how a byte enters it (FNV-1a, Fowler, Noll and Vo). */
export const hashStart = 0x811c9dc5 | 0;
export const hashPrime = 0x01000193;

/**
 * Collects the cells of a column. Up to 10,000 distinct texts all are kept as they are; with more, a
 * column in which every text is a number keeps the numbers (so `1.0` and `1` become one).
 */
export class TextColumnBuilder {
  readonly name: string;
  #rows = 0;
  #codes = new Uint32Array(1_024);
  #slots = new Uint32Array(4_096);
  #hashes = new Uint32Array(1_024);
  #offsets = new Uint32Array(1_024);
  #bytes = new Uint8Array(16_384);
  #count = 0;
  #numbers: Float64Array | null = null;
  #tags: Uint8Array | null = null;
  #alwaysTexts: boolean;

  constructor(name: string, alwaysTexts: boolean) {
    this.name = name;
    this.#alwaysTexts = alwaysTexts;
  }

  /** How many cells there are. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Adds the text in `source` from `from` up to `to`; `hash` is made of its bytes, see `hashStart`.
   *
   * @throws NotNumbers, see there
   */
  add(source: Uint8Array, from: number, to: number, hash: number): void {
    if (this.#numbers !== null) this.#addNumber(source, from, to);
    else this.#addText(source, from, to, hash >>> 0);
  }

  /** Adds a cell that is not there. */
  addMissing(): void {
    if (this.#numbers !== null) this.#tag(missingTag);
    else this.#push(missingCode);
  }

  finish(): Column {
    const rows = this.#rows;
    if (this.#numbers !== null) {
      return {
        kind: "number",
        name: this.name,
        values: this.#numbers.slice(0, rows),
        tags: this.#tags?.slice(0, rows) ?? null,
        oddities: oddTexts,
        fromText: true,
      };
    }
    const offsets = this.#offsets.slice(0, this.#count + 1);
    const bytes = this.#bytes.slice(0, offsets[this.#count]);
    const texts = new PackedTexts(bytes, offsets);
    return { kind: "coded", name: this.name, codes: this.#codes.slice(0, rows), dictionary: texts };
  }

  #addText(source: Uint8Array, from: number, to: number, hash: number): void {
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot]!;
      if (found === 0) break;
      if (this.#hashes[found - 1] === hash && this.#equals(found - 1, source, from, to)) {
        this.#push(found - 1);
        return;
      }
    }
    if (this.#count >= dictionaryLimit && !this.#alwaysTexts && this.#becomeNumbers()) {
      this.#addNumber(source, from, to);
      return;
    }
    this.#insert(slot, hash, source, from, to);
    this.#push(this.#count - 1);
  }

  #equals(code: number, source: Uint8Array, from: number, to: number): boolean {
    const start = this.#offsets[code]!;
    if (this.#offsets[code + 1]! - start !== to - from) return false;
    for (let i = from, at = start; i < to; i++, at++)
      if (source[i] !== this.#bytes[at]) return false;
    return true;
  }

  #insert(slot: number, hash: number, source: Uint8Array, from: number, to: number): void {
    const start = this.#offsets[this.#count]!;
    const end = start + to - from;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, end));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(source.subarray(from, to), start);
    if (this.#count + 2 > this.#offsets.length) {
      this.#offsets = grow(this.#offsets);
      this.#hashes = grow(this.#hashes);
    }
    this.#hashes[this.#count] = hash;
    this.#slots[slot] = ++this.#count;
    this.#offsets[this.#count] = end;
    if (2 * this.#count > this.#slots.length) this.#rehash();
  }

  #rehash(): void {
    const slots = new Uint32Array(4 * this.#slots.length);
    const mask = slots.length - 1;
    for (let code = 0; code < this.#count; code++) {
      const hash = this.#hashes[code]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = code + 1;
    }
    this.#slots = slots;
  }

  #push(code: number): void {
    if (this.#rows === this.#codes.length) this.#codes = grow(this.#codes);
    this.#codes[this.#rows++] = code;
  }

  /** Turns the dictionary into numbers; says whether that was possible. */
  #becomeNumbers(): boolean {
    const numbers = new Float64Array(this.#codes.length);
    const byCode = new Float64Array(this.#count);
    const tagByCode = new Uint8Array(this.#count);
    for (let code = 0; code < this.#count; code++) {
      const from = this.#offsets[code]!;
      const to = this.#offsets[code + 1]!;
      const value = parseNumber(this.#bytes, from, to);
      if (Number.isNaN(value)) {
        const text = decoder.decode(this.#bytes.subarray(from, to));
        const tag = (oddTexts as readonly unknown[]).indexOf(text) + 1;
        if (tag === 0) {
          this.#alwaysTexts = true;
          return false;
        }
        tagByCode[code] = tag;
      }
      byCode[code] = value;
    }
    const tags = new Uint8Array(numbers.length);
    let tagged = false;
    for (let row = 0; row < this.#rows; row++) {
      const code = this.#codes[row]!;
      numbers[row] = code === missingCode ? Number.NaN : byCode[code]!;
      tags[row] = code === missingCode ? missingTag : tagByCode[code]!;
      tagged ||= tags[row]! > 0;
    }
    this.#numbers = numbers;
    this.#tags = tagged ? tags : null;
    this.#slots = new Uint32Array();
    return true;
  }

  #addNumber(source: Uint8Array, from: number, to: number): void {
    const value = parseNumber(source, from, to);
    if (Number.isNaN(value)) {
      const text = decoder.decode(source.subarray(from, to));
      const tag = (oddTexts as readonly unknown[]).indexOf(text) + 1;
      if (tag === 0) throw new NotNumbers(this.name);
      this.#tag(tag);
      return;
    }
    this.#room();
    this.#numbers![this.#rows++] = value;
  }

  #tag(tag: number): void {
    this.#room();
    this.#tags ??= new Uint8Array(this.#numbers!.length);
    this.#tags[this.#rows] = tag;
    this.#numbers![this.#rows++] = Number.NaN;
  }

  #room(): void {
    if (this.#rows < this.#numbers!.length) return;
    const grown = new Float64Array(2 * this.#rows);
    grown.set(this.#numbers!);
    this.#numbers = grown;
    if (this.#tags === null) return;
    const tags = new Uint8Array(2 * this.#rows);
    tags.set(this.#tags);
    this.#tags = tags;
  }
}

function grow(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(2 * array.length);
  grown.set(array);
  return grown;
}

const powersOfTen = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/**
 * The number written in bytes, NaN where they are no plain decimal number. Up to 2^53 with a power of
 * ten up to 22 both are exact doubles, so one rounded operation gives the nearest (Clinger 1990);
 * anything longer goes through `Number`.
 */
export function parseNumber(source: Uint8Array, from: number, to: number): number {
  let at = from;
  let negative = false;
  if (source[at] === 45) {
    negative = true;
    at++;
  } else if (source[at] === 43) at++;
  let mantissa = 0;
  let digits = 0;
  let decimals = 0;
  let byte = at < to ? source[at]! : 0;
  for (; byte >= 48 && byte <= 57; byte = ++at < to ? source[at]! : 0) {
    mantissa = mantissa * 10 + (byte - 48);
    digits++;
  }
  if (byte === 46) {
    byte = ++at < to ? source[at]! : 0;
    for (; byte >= 48 && byte <= 57; byte = ++at < to ? source[at]! : 0) {
      mantissa = mantissa * 10 + (byte - 48);
      digits++;
      decimals++;
    }
  }
  if (digits === 0) return Number.NaN;
  let power = -decimals;
  if (byte === 101 || byte === 69) {
    at++;
    const sign = source[at];
    if (sign === 45 || sign === 43) at++;
    let exponent = 0;
    const start = at;
    for (; at < to && source[at]! >= 48 && source[at]! <= 57; at++) {
      exponent = Math.min(9_999, exponent * 10 + (source[at]! - 48));
    }
    if (at === start) return Number.NaN;
    power += sign === 45 ? -exponent : exponent;
  }
  if (at < to) return Number.NaN;
  if (mantissa <= Number.MAX_SAFE_INTEGER && power >= -22 && power <= 22) {
    const value = power < 0 ? mantissa / powersOfTen[-power]! : mantissa * powersOfTen[power]!;
    return negative ? -value : value;
  }
  return Number(decoder.decode(source.subarray(from, to)));
}
