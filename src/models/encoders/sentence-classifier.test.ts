import { readFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { issueOf, testFolder } from "../../data/testing.ts";
import { loadEncoder } from "./load.ts";
import { loadSentenceClassifier, SentenceClassifier } from "./sentence-classifier.ts";

const folder = testFolder();
afterAll(() => folder.remove());

it("gives the softmax of vectors times weights plus bias, and the same after saving and loading", async () => {
  const encoder = await loadEncoder("use-lite");
  const weights = Float32Array.from({ length: 3 * 512 }, (_, i) => Math.sin(i));
  const bias = Float32Array.of(0.5, 0, -0.25);
  const classifier = new SentenceClassifier(encoder, { weights, bias }, ["a", "b", "c"]);
  const texts = ["hello", "a cat on a mat", ""];
  const found = await classifier.probabilities(texts);
  const { data } = await encoder.embed(texts);
  for (const row of [0, 1, 2]) {
    const scores = [0, 1, 2].map((c) =>
      data
        .subarray(row * 512, (row + 1) * 512)
        .reduce((sum, value, k) => sum + value * weights[3 * k + c]!, bias[c]!),
    );
    const whole = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    for (const c of [0, 1, 2]) {
      expect(found[3 * row + c]).toBeCloseTo(Math.exp(scores[c]!) / whole, 6);
    }
  }
  const { config, weights: file } = await classifier.pack();
  folder.write("config.json", JSON.stringify(config));
  folder.write("weights.safetensors", file);
  const loaded = await loadSentenceClassifier(folder.path);
  expect(loaded.labels).toEqual(["a", "b", "c"]);
  expect(await loaded.probabilities(texts)).toEqual(found);
});

it("refuses files of another kind with one clear error", async () => {
  const weights = readFileSync(`${folder.path}/weights.safetensors`);
  folder.write("config.json", '{"format":"something","labels":["a","b"]}');
  const issue = await issueOf(() => loadSentenceClassifier(folder.path));
  expect(issue).toMatchObject({ code: "malformed" });
  folder.write("config.json", '{"format":"deepdive-sentence-classifier","labels":["a","b"]}');
  folder.write("weights.safetensors", weights);
  const other = await issueOf(() => loadSentenceClassifier(folder.path));
  expect(other.message).toContain("512 x 2");
  const missing = await issueOf(() => loadSentenceClassifier(`${folder.path}/nowhere`));
  expect(missing.code).toBe("file-missing");
});
