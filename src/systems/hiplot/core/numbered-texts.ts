// Texts that differ in their numbers only, such as `run12_345`: the words once, the numbers in columns.
import { PackedTexts } from "./columns.ts";

/** `words[0]`, the first number, `words[1]`, the second number … up to the last word, which may be empty. */
export interface NumberedTexts {
  readonly words: readonly string[];
  readonly numbers: readonly Uint32Array[];
}

/** Numbers of more digits are left as text. */
const mostDigits = 9;

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** Parts texts into words and numbers; null where they do not all have the same words. */
export function splitNumbers(texts: PackedTexts): NumberedTexts | null {
  if (texts.length === 0) return null;
  const words = texts.at(0).split(/\d+/);
  const bytes = words.map((word) => new TextEncoder().encode(word));
  const numbers = words.slice(1).map(() => new Uint32Array(texts.length));
  if (numbers.length === 0) return null;
  for (let row = 0; row < texts.length; row++) {
    if (!parse(texts, row, bytes, numbers)) return null;
  }
  return { words, numbers };
}

/** Reads one text; whether it is written as `joinNumbers` will write it again. */
function parse(
  { bytes, offsets }: PackedTexts,
  row: number,
  words: readonly Uint8Array[],
  numbers: readonly Uint32Array[],
): boolean {
  let at = offsets[row]!;
  const end = offsets[row + 1]!;
  for (const [place, word] of words.entries()) {
    for (const byte of word) if (at === end || bytes[at++] !== byte) return false;
    if (place === numbers.length) break;
    const start = at;
    let value = 0;
    while (at < end && isDigit(bytes[at])) value = value * 10 + bytes[at++]! - 48;
    const digits = at - start;
    if (digits === 0 || digits > mostDigits || (digits > 1 && bytes[start] === 48)) return false;
    numbers[place]![row] = value;
  }
  return at === end;
}

/** The texts that `splitNumbers` parted. */
export function joinNumbers({ words, numbers }: NumberedTexts): PackedTexts {
  const rows = numbers[0]!.length;
  const parts = words.map((word) => new TextEncoder().encode(word));
  const longest = parts.reduce((sum, { length }) => sum + length, 0) + mostDigits * numbers.length;
  const bytes = new Uint8Array(longest * rows);
  const offsets = new Uint32Array(rows + 1);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let place = 0; place < parts.length; place++) {
      const word = parts[place]!;
      for (let i = 0; i < word.length; i++) bytes[at++] = word[i]!;
      if (place < numbers.length) at = writeNumber(bytes, at, numbers[place]![row]!);
    }
    offsets[row + 1] = at;
  }
  return new PackedTexts(bytes.slice(0, at), offsets);
}

/** Writes a number in digits; returns where it ends. */
function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let power = 10; value >= power; power *= 10) digits++;
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = Math.floor(rest / 10);
    bytes[i] = 48 + rest - 10 * tenth;
    rest = tenth;
  }
  return at + digits;
}
