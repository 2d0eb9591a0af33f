/** @file The sentence encoder against the TensorFlow.js runtime, and its training. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assign } from "../../nn/index.ts";
import { batchOf, slopeRatios, trainingLosses } from "../testing/encoder-training.ts";
import golden from "./fixtures/use-lite.json" with { type: "json" };
import { loadEncoder } from "./load.ts";
import type { UseLiteEncoder } from "./use-lite-encoder.ts";

let encoder: UseLiteEncoder;
beforeAll(async () => {
  encoder = await loadEncoder("use-lite");
});
afterAll(() => encoder.dispose());

const goldenVectors = golden.vectors.map((text) => {
  const bytes = new Uint8Array(Buffer.from(text, "base64"));
  return new Float32Array(bytes.buffer);
});

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
}

describe("vectors", () => {
  it("are those of the TensorFlow.js runtime, packed with others", async () => {
    const found = await encoder.embed(golden.texts);
    goldenVectors.forEach((vector, i) => {
      expect(farthest(found.row(i), vector), golden.texts[i]).toBeLessThan(1e-5);
    });
    expect(found.tokens[8]).toBeGreaterThan(128);
  });

  it("are the same one by one, in padded batches, and in any order", async () => {
    const texts = golden.texts.slice(0, 7);
    const together = await encoder.embed(texts);
    const { ids, mask } = batchOf(encoder, texts, 64);
    const padded = (await encoder.module.forward(ids, { mask }).data()) as Float32Array;
    expect(farthest(together.data, padded)).toBeLessThan(1e-6);
    const reversed = await encoder.embed(texts.toReversed(), { batchSize: 3 });
    for (const [i, text] of texts.entries()) {
      const alone = await encoder.embed([text]);
      expect(farthest(together.row(i), alone.row(0))).toBeLessThan(1e-6);
      expect(farthest(together.row(i), reversed.row(texts.length - 1 - i))).toBeLessThan(1e-6);
    }
  });

  it("of equal texts are equal", async () => {
    const { row, tokens, knownTokens } = await encoder.embed(["one", "two 中", "one", "two 中"], {
      batchSize: 3,
    });
    expect([...row(2)]).toEqual([...row(0)]);
    expect([...row(3)]).toEqual([...row(1)]);
    expect([...tokens]).toEqual([1, 3, 1, 3]);
    expect([...knownTokens]).toEqual([1, 2, 1, 2]);
  });

  it("have the cosines of the published example", async () => {
    const { row } = await encoder.embed(golden.texts.slice(2, 6));
    const cosines = [1, 2, 3].map((i) => row(0).reduce((sum, x, k) => sum + x * row(i)[k]!, 0));
    expect(farthest(cosines, [0.114375, 0.050888, 0.227582])).toBeLessThan(1e-6);
  });

  it("of texts without known tokens are told apart", async () => {
    const { row, tokens, knownTokens } = await encoder.embed(["", "中", "a"]);
    expect([...tokens]).toEqual([0, 2, 1]);
    expect([...knownTokens]).toEqual([0, 1, 1]);
    expect(Math.max(...row(0))).toBe(0);
  });
});

describe("embed", () => {
  it("tells its progress and stops at a signal", async () => {
    const seen: number[] = [];
    const texts = ["one", "two", "three"];
    await encoder.embed(texts, { batchSize: 2, onProgress: ({ done }) => seen.push(done) });
    expect(seen).toEqual([2, 3]);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(encoder.embed(texts, { signal })).rejects.toThrow("enough");
    await expect(encoder.embed(texts, { batchSize: 0 })).rejects.toThrow(/batchSize.*got 0/);
  });

  it("takes over trained weights without another trace", async () => {
    const { bias } = encoder.module.output;
    const plain = await encoder.embed(["hello"]);
    assign(encoder.module, { "output.bias": bias!.add(1) });
    const moved = await encoder.embed(["hello"]);
    assign(encoder.module, { "output.bias": bias! });
    expect(farthest(plain.data, moved.data)).toBeGreaterThan(0.01);
    expect(farthest((await encoder.embed(["hello"])).data, plain.data)).toBe(0);
  });
});

describe("training", () => {
  it("lowers the loss", async () => {
    const losses = await trainingLosses(encoder, 6);
    expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.3);
  });

  it("has the gradients of numeric differentiation", async () => {
    const paths = ["embedding.weight", "blocks.0.widen.weight", "blocks.1.qkv.bias"];
    for (const [path, ratio] of await slopeRatios(encoder, paths)) {
      expect(ratio, path).toBeCloseTo(1, 2);
    }
  });
});
