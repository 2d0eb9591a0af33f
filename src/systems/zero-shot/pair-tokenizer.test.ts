/** @file Tokens of pairs against those of Hugging Face's tokenizers. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { issueOf, testFolder } from "../../data/testing.ts";
import { loadPairTokenizer } from "./pair-tokenizer.ts";
import { pairGolden, pairModelFolder } from "./testing/pairs.ts";

const byteLevel = fileURLToPath(new URL("./fixtures/byte-pairs", import.meta.url));

it("frames pairs as RoBERTa's tokenizer does, and cuts the first text only", async () => {
  const { frames } = await pairGolden();
  const tokenizer = await loadPairTokenizer(byteLevel, {});
  expect(tokenizer.maxTokens).toBe(frames.length);
  const ids = frames.pairs.map(([premise, hypothesis]) => {
    const cut = tokenizer.encode(premise).slice(0, tokenizer.room(hypothesis));
    return tokenizer.join(cut, tokenizer.encodeHypothesis(hypothesis)).ids;
  });
  expect(ids).toEqual(frames.ids);
  expect(Math.max(...ids.map((each) => each.length))).toBe(frames.length);
});

it("gives the second text its own type", async () => {
  const tokenizer = await loadPairTokenizer(pairModelFolder, {});
  const [a, b] = [tokenizer.encode("politics"), tokenizer.encode("ok")];
  const { types } = tokenizer.join(a, b);
  const ones = types.reduce((sum, type) => sum + type, 0);
  expect([types.length, ones]).toEqual([a.length + b.length + 3, b.length + 1]);
});

it("takes the length from the model's positions where the tokenizer has none", async () => {
  const folder = testFolder();
  try {
    const { readFile } = await import("node:fs/promises");
    folder.write("tokenizer.json", await readFile(`${byteLevel}/tokenizer.json`));
    const roberta = { model_type: "xlm-roberta", max_position_embeddings: 514, pad_token_id: 1 };
    expect((await loadPairTokenizer(folder.path, roberta)).maxTokens).toBe(512);
    const bart = { model_type: "bart", max_position_embeddings: 1024 };
    expect((await loadPairTokenizer(folder.path, bart)).maxTokens).toBe(1024);
    folder.write("tokenizer.json", "[1]");
    expect((await issueOf(() => loadPairTokenizer(folder.path, {}))).received).toBe("an array");
    folder.write("tokenizer.json", "{}");
    const issue = await issueOf(() => loadPairTokenizer(folder.path, {}));
    expect(issue.path).toContain("tokenizer.json");
  } finally {
    folder.remove();
  }
});
