import { readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { testFolder } from "../../data/testing.ts";
import type { Encoder } from "./encoder.ts";
import { embedCached } from "./vector-cache.ts";

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
      const none = new Int32Array(texts.length);
      const row = (text: number) => data.subarray(2 * text, 2 * text + 2);
      return { data, count: texts.length, dim: 2, tokens: none, knownTokens: none, row };
    },
    dispose() {},
  };
}

it("embeds the same texts once, other texts and other encoders anew, damaged files too", async () => {
  const cache = { folder: join(folder.path, "vectors") };
  const encoder = countingEncoder("a");
  const expected = Float32Array.of(3, 111, 5, 116);
  expect(await embedCached(encoder, ["one", "three"], cache)).toEqual(expected);
  expect(await embedCached(encoder, ["one", "three"], cache)).toEqual(expected);
  expect(encoder.calls).toBe(1);
  await embedCached(encoder, ["onethree", ""], cache);
  const other = countingEncoder("b");
  await embedCached(other, ["one", "three"], cache);
  expect([encoder.calls, other.calls]).toEqual([2, 1]);
  for (const file of readdirSync(cache.folder)) truncateSync(join(cache.folder, file), 7);
  expect(await embedCached(encoder, ["one", "three"], cache)).toEqual(expected);
  expect(encoder.calls).toBe(3);
});
