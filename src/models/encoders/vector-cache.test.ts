import { readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { testFolder } from "../../data/testing.ts";
import { type Encoder, embeddings } from "./encoder.ts";
import { cached } from "./vector-cache.ts";

const folder = testFolder();
afterAll(() => folder.remove());

/** Gives each text its length and its first character's code, and counts its calls. */
function countingEncoder(name: string): Encoder & { calls: number } {
  return {
    name,
    dim: 2,
    maxTokens: 8,
    calls: 0,
    async embed(texts) {
      this.calls++;
      const data = Float32Array.from(texts.flatMap((text) => [text.length, text.charCodeAt(0)]));
      const lengths = Int32Array.from(texts, (text) => text.length);
      return embeddings(
        data,
        2,
        lengths,
        Int32Array.from(lengths, (length) => length % 2),
      );
    },
    dispose() {},
  };
}

const many = (word: string) => Array.from({ length: 150 }, (_, i) => `${word} ${i}`);

it("embeds the same texts once, other texts and other encoders anew, damaged files too", async () => {
  const place = join(folder.path, "vectors");
  const encoder = countingEncoder("a");
  const first = await cached(encoder, place).embed(many("one"));
  const again = await cached(encoder, place).embed(many("one"));
  expect([again.data, again.tokens, again.knownTokens]).toEqual([
    first.data,
    first.tokens,
    first.knownTokens,
  ]);
  expect([...again.row(12)]).toEqual(["one 12".length, "o".charCodeAt(0)]);
  expect(encoder.calls).toBe(1);
  await cached(encoder, place).embed(many("two"));
  const other = countingEncoder("b");
  await cached(other, place).embed(many("one"));
  expect([encoder.calls, other.calls]).toEqual([2, 1]);
  for (const file of readdirSync(place)) truncateSync(join(place, file), 7);
  expect((await cached(encoder, place).embed(many("one"))).data).toEqual(first.data);
  expect(encoder.calls).toBe(3);
});

it("keeps no file for a few texts", async () => {
  const place = join(folder.path, "few");
  const encoder = countingEncoder("a");
  for (const _ of [1, 2]) await cached(encoder, place).embed(["three"]);
  expect(encoder.calls).toBe(2);
  expect(() => readdirSync(place)).toThrow("ENOENT");
});
