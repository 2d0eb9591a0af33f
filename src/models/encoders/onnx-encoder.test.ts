/** @file Encoders from files, against the module that was written into them. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { saveTokenizer } from "../../data/text/tokenizer-file.ts";
import { trainTokenizer } from "../../data/text/train-tokenizer.ts";
import { randomKey, type Tensor, tensor } from "../../engine/index.ts";
import { meanPool, normalize, TransformerEncoder } from "../../nn/index.ts";
import { saveOnnx } from "../onnx/save.ts";
import { loadEncoder } from "./load.ts";

const texts = ["a small text", "another, longer small text about texts", "a"];
const tokenizer = trainTokenizer(texts, {
  vocabularySize: 270,
  specialTokens: ["<pad>", "<s>", "</s>"],
  start: ["<s>"],
  end: ["</s>"],
});
const net = new TransformerEncoder({
  vocabulary: 270,
  width: 16,
  heads: 2,
  layers: 1,
  maxLength: 12,
  key: randomKey(1),
});

let folder: string;
let files: { onnx: string; tokenizer: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deepdive-"));
  files = { onnx: join(folder, "model.onnx"), tokenizer: join(folder, "tokenizer.json") };
  await saveTokenizer(tokenizer, files.tokenizer);
  const blank = tensor(new Int32Array(4 * 12), { shape: [4, 12] });
  const forward = (given: { input_ids: Tensor; attention_mask: Tensor }) =>
    net.forward(given.input_ids, { mask: given.attention_mask });
  await saveOnnx(files.onnx, forward, { input_ids: blank, attention_mask: blank });
});
afterAll(() => rm(folder, { recursive: true }));

it("pools over tokens, cuts long texts and keeps the token at their end", async () => {
  const encoder = await loadEncoder({ ...files, pool: "mean" });
  expect([encoder.dim, encoder.maxTokens]).toEqual([16, 12]);
  const found = await encoder.embed([...texts, "", texts[1]!]);
  expect([...found.row(4)]).toEqual([...found.row(1)]);
  expect(found.knownTokens[3]).toBe(0);
  for (const [i, text] of texts.entries()) {
    const { ids, shape } = tokenizer.encodeBatch([text], { maxLength: 12 });
    const mask = tensor(new Int32Array(ids.length).fill(1), { shape });
    const tokens = net.forward(tensor(ids, { shape }), { mask });
    const expected = (await normalize(meanPool(tokens)).data()) as Float32Array;
    found.row(i).forEach((x, k) => {
      expect(x).toBeCloseTo(expected[k]!, 5);
    });
    expect(found.tokens[i]).toBe(tokenizer.encode(text).length);
  }
  expect(found.tokens[1]).toBeGreaterThan(12);
});

it("takes the first token's vector, as long as it is", async () => {
  const encoder = await loadEncoder({ ...files, pool: "cls", normalize: false });
  const { ids, shape } = tokenizer.encodeBatch(["a"]);
  const tokens = (await net.forward(tensor(ids, { shape })).data()) as Float32Array;
  const { data } = await encoder.embed(["a"]);
  data.forEach((x, k) => {
    expect(x).toBeCloseTo(tokens[k]!, 5);
  });
});

it("says what is wrong with the files", async () => {
  await expect(loadEncoder({ ...files, pool: "output" })).rejects.toThrow(
    /model\.onnx, pool: expected an output of rank 2 .* received output \[4,12,16\]/,
  );
  const missing = { ...files, tokenizer: join(folder, "none.json"), pool: "mean" } as const;
  await expect(loadEncoder(missing)).rejects.toThrow(/none\.json: expected a tokenizer\.json/);
  const broken = join(folder, "broken.json");
  await writeFile(broken, "{}");
  await expect(loadEncoder({ ...files, tokenizer: broken, pool: "mean" })).rejects.toThrow(
    /broken\.json: expected a tokenizer\.json, received JSON without a model/,
  );
  await expect(loadEncoder("use" as "use-lite")).rejects.toThrow(/expected "use-lite" or/);
});
