// Bytes as text inside a page: seven bits a character, where base64 has six.

/**
 * Values that no script element can hold as they are: NUL, the line feed and carriage return that HTML
 * makes one, and `<`, which could begin an end tag. They become letters of Latin-1.
 */
const replaced: readonly (readonly [number, number])[] = [
  [0, 0xa1],
  [10, 0xa2],
  [13, 0xa3],
  [60, 0xa4],
];

/** The bytes as text that HTML keeps as it is. */
export function textOfBytes(bytes: Uint8Array): string {
  const letters = new Uint8Array(Math.ceil((bytes.length * 8) / 7));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 7) {
      bits -= 7;
      letters[at++] = (held >>> bits) & 127;
    }
    held &= (1 << bits) - 1;
  }
  if (bits > 0) letters[at++] = (held << (7 - bits)) & 127;
  for (const [value, letter] of replaced) {
    for (let i = letters.indexOf(value); i >= 0; i = letters.indexOf(value, i + 1)) {
      letters[i] = letter;
    }
  }
  // A length first, since the last letter may hold fewer than seven bits.
  return `${bytes.length}:${latin1(letters)}`;
}

function latin1(letters: Uint8Array): string {
  const parts: string[] = [];
  for (let from = 0; from < letters.length; from += 8_192) {
    parts.push(String.fromCharCode(...letters.subarray(from, from + 8_192)));
  }
  return parts.join("");
}

/** The bytes that `textOfBytes` wrote. */
export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  const start = text.indexOf(":") + 1;
  const bytes = new Uint8Array(Number(text.slice(0, start - 1)));
  const values = Uint8Array.from({ length: 256 }, (_, letter) => letter);
  for (const [value, letter] of replaced) values[letter] = value;
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = start; at < bytes.length; i++) {
    held = (held << 7) | values[text.charCodeAt(i)]!;
    bits += 7;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >>> bits;
      held &= (1 << bits) - 1;
    }
  }
  return bytes;
}
