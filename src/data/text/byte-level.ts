/** @file Byte-level pre-tokenization: words by GPT-2's pattern, bytes as printable characters. */

/**
 * The word pattern of GPT-2 (Radford et al. 2019): contractions, letters, digits and other signs each
 * with the space before them, and runs of blanks. It matches every character of any text.
 */
export const wordPattern =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** The character that stands for each byte in a vocabulary: itself if printable, else from U+0100 on. */
export const byteCharacters: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  String.fromCharCode(isPrintable(byte) ? byte : 256 + countUnprintable(byte)),
);

const characterBytes = new Map(byteCharacters.map((character, byte) => [character, byte]));

function isPrintable(byte: number): boolean {
  return (
    (byte >= 0x21 && byte <= 0x7e) ||
    (byte >= 0xa1 && byte <= 0xac) ||
    (byte >= 0xae && byte <= 0xff)
  );
}

function countUnprintable(below: number): number {
  let count = 0;
  for (let byte = 0; byte < below; byte++) if (!isPrintable(byte)) count++;
  return count;
}

const encoder = new TextEncoder();

/** The UTF-8 bytes of a text. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The bytes that a token of the vocabulary stands for; undefined where it is not byte-level. */
export function tokenBytes(token: string): number[] | undefined {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = characterBytes.get(character);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  return bytes;
}
