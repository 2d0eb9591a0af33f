/** @file An encoder for tests: words at random, but the same word always at the same place. */
import { threefry } from "../../../data/random.ts";
import type { Encoder } from "../api.ts";

const known = /[a-z]+/g;

/**
 * Sums of random unit vectors of the words, in lower case; `words` in one group share a vector. So
 * texts are near where they share words, or words of one group.
 */
export function wordEncoder(dim = 32, groups: readonly (readonly string[])[] = []): Encoder {
  const names = new Map(groups.flatMap((group) => group.map((word) => [word, group[0]!] as const)));
  const vectorOf = (word: string) => {
    const letters = [...(names.get(word) ?? word)];
    const seed = letters.reduce((sum, c) => (Math.imul(sum, 31) + c.charCodeAt(0)) | 0, 7);
    return Float32Array.from(
      { length: dim },
      (_, i) => threefry([seed, 3], [i, 0])[0] / 2 ** 31 - 1,
    );
  };
  return {
    name: "words",
    dim,
    maxTokens: 16,
    async embed(texts) {
      const data = new Float32Array(texts.length * dim);
      const counts = texts.map((text, row) => {
        const words: string[] = text.toLowerCase().match(known) ?? [];
        const own = data.subarray(row * dim, (row + 1) * dim);
        for (const word of words.slice(0, 16)) {
          for (const [i, x] of vectorOf(word).entries()) own[i]! += x;
        }
        const length = Math.hypot(...own) || 1;
        own.set(own.map((x) => x / length));
        return words.length;
      });
      return {
        data,
        count: texts.length,
        dim,
        tokens: Int32Array.from(counts),
        knownTokens: Int32Array.from(counts),
        row: (text) => data.subarray(text * dim, (text + 1) * dim),
      };
    },
    dispose() {},
  };
}
