/** @file The sentence encoder against the TensorFlow.js runtime, and its training. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { padBatch } from "../../data/text/pad.ts";
import { compile, gradients, matmul, type Tensor, tensor } from "../../engine/index.ts";
import { assign, crossEntropy, trainable } from "../../nn/index.ts";
import { AdamW } from "../../optim/index.ts";
import golden from "./fixtures/use-lite.json" with { type: "json" };
import { loadEncoder } from "./load.ts";
import type { UseLite } from "./use-lite.ts";
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

/** Texts as one padded batch. */
function batchOf(texts: readonly string[], padTo: number): { ids: Tensor; mask: Tensor } {
  const rows = texts.map((text) => encoder.tokenizer.encode(text).subarray(0, 128));
  const { ids, mask, shape } = padBatch(rows, { padTo });
  return { ids: tensor(ids, { shape }), mask: tensor(Int32Array.from(mask), { shape }) };
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
    const { ids, mask } = batchOf(texts, 64);
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
  const texts = ["cheap pills, buy now", "patch for the kernel", "win money today", "a bug report"];
  const labels = tensor(Int32Array.of(0, 1, 0, 1));

  function lossOf(module: UseLite, batch: { ids: Tensor; mask: Tensor }): Tensor {
    const vectors = module.forward(batch.ids, { mask: batch.mask });
    const head = tensor(
      Float32Array.from({ length: 1024 }, (_, i) => Math.sin(i)),
      {
        shape: [512, 2],
      },
    );
    return crossEntropy(matmul(vectors, head), labels);
  }

  it("lowers the loss", async () => {
    const optimizer = new AdamW({ learningRate: 1e-3 });
    const batch = batchOf(texts, 8);
    const step = compile((module: UseLite, state: ReturnType<typeof optimizer.init>) => {
      const params = trainable(module);
      const loss = lossOf(module, batch);
      const next = optimizer.update(params, gradients(loss, params), state);
      return { module: assign(module, next.params), state: next.state, loss };
    });
    let { module } = encoder;
    let state = optimizer.init(trainable(module));
    const losses: number[] = [];
    for (let i = 0; i < 6; i++) {
      const done = await step(module, state);
      ({ module, state } = done);
      losses.push(await done.loss.item());
    }
    expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.3);
  });

  it("has the gradients of numeric differentiation", async () => {
    const batch = batchOf(texts, 8);
    const grads = compile((module: UseLite) => {
      const params = trainable(module);
      return gradients(lossOf(module, batch), params);
    });
    const loss = compile((module: UseLite) => lossOf(module, batch));
    const found = (await grads(encoder.module)) as Record<string, Tensor>;
    for (const path of ["embedding.weight", "blocks.0.widen.weight", "blocks.1.qkv.bias"]) {
      const slope = (await found[path]!.data()) as Float32Array;
      // Along the gradient itself the change is large against the rounding of float32.
      const norm = Math.sqrt(slope.reduce((sum, x) => sum + x * x, 0));
      const weight = encoder.module.stateDict().get(path)!;
      const values = (await weight.data()) as Float32Array;
      const step = 0.005;
      const at = async (sign: number) => {
        const moved = values.map((x, i) => x + (sign * step * slope[i]!) / norm);
        const shifted = tensor(moved, { shape: weight.shape });
        const y = await loss(assign(encoder.module, { [path]: shifted }));
        assign(encoder.module, { [path]: weight });
        return y.item();
      };
      const numeric = ((await at(1)) - (await at(-1))) / (2 * step);
      expect(numeric / norm, path).toBeCloseTo(1, 2);
    }
  });
});
