import { describe, expect, test } from "vitest";
import { gradients, randomKey, tensor, zeros } from "../engine/index.ts";
import {
  assign,
  crossEntropy,
  FeedForward,
  Gpt,
  meanPool,
  type Positions,
  Rng,
  TransformerBlock,
  TransformerEncoder,
  trainable,
} from "./index.ts";
import { expectClose, wave } from "./testing.ts";

const key = randomKey(5);
const sizes = { vocabulary: 11, width: 8, heads: 2, layers: 2, maxLength: 6, key };
const ids = tensor(
  [
    [1, 2, 3, 4],
    [5, 6, 7, 0],
  ],
  { dtype: "int32" },
);

describe("Gpt", () => {
  test("has the parameters that its definition counts", () => {
    const [v, d, t, layers] = [11, 8, 6, 2];
    const block = 4 * d + (3 * d * d + 3 * d) + (d * d + d) + (4 * d * d + 4 * d) + (4 * d * d + d);
    const rest = v * d + t * d + 2 * d + v * d;
    expect(new Gpt(sizes).countParameters()).toBe(layers * block + rest);
    expect(new Gpt({ ...sizes, tied: true }).countParameters()).toBe(layers * block + rest - v * d);
  });

  test("a tied head is the token table and learns from both uses", async () => {
    const gpt = new Gpt({ ...sizes, tied: true });
    const slopes = gradients(crossEntropy(gpt.forward(ids), ids), trainable(gpt));
    // A token that the input does not have still gets a slope through the head.
    const row = await slopes["embedding.token.weight"]!.at(10).numbers();
    expect(row.some((v) => Math.abs(v) > 1e-6)).toBe(true);
  });

  test("begins near the entropy of chance", async () => {
    const loss = await crossEntropy(new Gpt(sizes).forward(ids), ids).item();
    expect(Math.abs(loss - Math.log(11))).toBeLessThan(0.1);
  });

  test("says how long a text may be", () => {
    const long = zeros([1, 7], "int32");
    expect(() => new Gpt(sizes).forward(long)).toThrow("7 tokens, but positions were made for 6");
  });
});

describe("TransformerEncoder", () => {
  const mask = tensor([
    [1, 1, 1, 1],
    [1, 1, 1, 0],
  ]);

  test.each<Positions>(["learned", "sinusoidal", "rotary", "relative"])(
    "knows the order of tokens by %s positions",
    async (positions) => {
      const encoder = new TransformerEncoder({ ...sizes, positions });
      const pooled = meanPool(encoder.forward(ids));
      const turned = meanPool(encoder.forward(ids.flip(1)));
      const difference = await pooled.sub(turned).abs().max().item();
      expect(difference).toBeGreaterThan(1e-4);
    },
  );

  test("without positions the order makes no difference", async () => {
    const encoder = new TransformerEncoder({ ...sizes, positions: "none" });
    const turned = meanPool(encoder.forward(ids.flip(1)));
    await expectClose(meanPool(encoder.forward(ids)), await turned.numbers());
  });

  test("what stands in the padding makes no difference", async () => {
    const encoder = new TransformerEncoder(sizes);
    const other = tensor(
      [
        [1, 2, 3, 4],
        [5, 6, 7, 9],
      ],
      { dtype: "int32" },
    );
    const pooled = await meanPool(encoder.forward(other, { mask }), mask).numbers();
    await expectClose(meanPool(encoder.forward(ids, { mask }), mask), pooled, 1e-6);
  });

  test("every kind of block has finite gradients for all of its parameters", async () => {
    const kinds = [
      { order: "post", activation: "relu" },
      { norm: "rms", activation: "swiglu", hidden: 12, bias: false },
      { dropout: 0.1, positions: "rotary" },
    ] as const;
    for (const kind of kinds) {
      const encoder = new TransformerEncoder({ ...sizes, ...kind });
      const ctx = { training: true, rng: new Rng(key), mask };
      const slopes = gradients(encoder.forward(ids, ctx).square().mean(), trainable(encoder));
      for (const slope of Object.values(slopes)) {
        expect(Number.isFinite(await slope.sum().item())).toBe(true);
      }
    }
  });
});

describe("blocks", () => {
  test("a block whose parts add nothing is the identity, or a normalisation after it", async () => {
    const x = wave([1, 3, 8], 0.2);
    const silent = (order: "pre" | "post") => {
      const block = new TransformerBlock({ width: 8, heads: 2, order, key });
      const last = ["attention.out", "feedForward.down"].flatMap((name) => [
        [`${name}.weight`, zeros(name === "feedForward.down" ? [8, 32] : [8, 8])],
        [`${name}.bias`, zeros([8])],
      ]);
      return assign(block, Object.fromEntries(last));
    };
    await expectClose(silent("pre").forward(x), await x.numbers(), 1e-6);
    const [row] = (await silent("post").forward(x).array()) as number[][][];
    for (const values of row!) expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 4);
  });

  test("SwiGLU multiplies silu of one half by the other", async () => {
    const layer = assign(new FeedForward({ width: 1, hidden: 1, activation: "swiglu", key }), {
      "up.weight": tensor([[2], [3]]),
      "up.bias": zeros([2]),
      "down.weight": tensor([[1]]),
      "down.bias": zeros([1]),
    });
    const x = 0.7;
    const expected = ((2 * x) / (1 + Math.exp(-2 * x))) * 3 * x;
    await expectClose(layer.forward(tensor([[x]])), [expected], 1e-5);
  });
});
