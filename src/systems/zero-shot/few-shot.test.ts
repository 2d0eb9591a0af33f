/** @file Few labels: each method learns, the best is chosen, poor examples are refused; classifiers as folders. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { issueOf, testFolder } from "../../data/testing.ts";
import { loadEncoder } from "../../models/encoders/load.ts";
import { UseLiteEncoder } from "../../models/encoders/use-lite-encoder.ts";
import type { FewShotMethod } from "./api.ts";
import { loadClassifier, saveClassifier } from "./classifier-file.ts";
import { exportClassifier } from "./classifier-onnx.ts";
import { fewShot } from "./few-shot.ts";
import { packTexts } from "./finetune.ts";
import { madeUp, pairsOf, setFit } from "./setfit.ts";
import { WordEncoder } from "./testing/word-encoder.ts";
import { vectorsOf } from "./vectors.ts";

type MakeTokenizer = (
  vocabulary: unknown,
) => (text: string) => { ids: Int32Array; mask: Int32Array };

const encoder = new WordEncoder();
const labels = ["alpha", "beta", "gamma"];
/** The label's name tells nothing of its texts; two words do. */
const words = [
  ["river", "water"],
  ["engine", "motor"],
  ["poem", "verse"],
];
const examples = labels.flatMap((label, l) =>
  Array.from({ length: 8 }, (_, i) => ({ text: `${words[l]![i % 2]} ${"abcdefgh"[i]}`, label })),
);
const test = labels.flatMap((label, l) => words[l]!.map((word) => ({ text: `${word} b`, label })));

describe("fewShot", () => {
  it.each(["W", "centroid", "discriminant", "logreg", "auto"] as const)(
    "%s learns",
    async (method) => {
      const classifier = await fewShot(examples, labels, { method, encoder });
      const results = await classifier.classify(test.map(({ text }) => text));
      expect(results.map((each) => each.labels[0])).toEqual(test.map(({ label }) => label));
      results.forEach(({ scores }) => {
        expect(scores.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      });
      if (method === "auto") {
        expect(Object.keys(classifier.leaveOneOut!)).toEqual([
          "W",
          "centroid",
          "discriminant",
          "logreg",
        ]);
        const best = Math.max(...Object.values(classifier.leaveOneOut!));
        expect(classifier.leaveOneOut![classifier.method]).toBe(best);
      }
    },
  );

  it("knows a class without an example by its name, with a note", async () => {
    const some = examples.filter(({ label }) => label !== "gamma");
    for (const method of ["W", "centroid", "discriminant", "auto"] as const) {
      const classifier = await fewShot(some, labels, { method, encoder });
      expect(classifier.notes).toEqual(["without an example, known by name only: gamma"]);
      expect((await classifier.classify(["gamma"]))[0]!.labels[0]).toBe("gamma");
    }
    const issue = await issueOf(() => fewShot(some, labels, { method: "logreg", encoder }));
    expect(issue.message).toMatchInlineSnapshot(
      `"examples: expected at least one example of each label, received none of gamma. Add some, or take the method "W", "centroid" or "discriminant", which go by the name then."`,
    );
  });

  it("refuses labels outside the list, methods that are none, and no examples", async () => {
    const refused = async (given: typeof examples, method?: string) =>
      (await issueOf(() => fewShot(given, labels, { encoder, method: method as FewShotMethod })))
        .field;
    expect(await refused([{ text: "a", label: "delta" }])).toBe("label");
    expect(await refused(examples, "svm")).toBe("method");
    expect(await refused([])).toBe("examples");
    expect(await refused(examples, "finetune")).toBe("encoder");
  });

  it.each(["W", "centroid", "discriminant", "logreg"] as const)(
    "%s learns through a projection; a turn of the space changes nothing",
    async (method) => {
      // A permutation of the axes with signs: lengths and cosines stay.
      const { dim } = encoder;
      const matrix = new Float64Array(dim * dim);
      for (let k = 0; k < dim; k++) matrix[k * dim + ((5 * k + 3) % dim)] = k % 3 ? 1 : -1;
      const turn = { matrix, rows: dim, columns: dim, words: 1 };
      const plain = await fewShot(examples, labels, { encoder, method });
      const turned = await fewShot(examples, labels, { encoder, method, projection: turn });
      const texts = examples.map(({ text }) => text);
      const wanted = (await plain.score(texts)).values;
      (await turned.score(texts)).values.forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i]!, 3);
      });
    },
  );

  it("gives a text without anything known no label", async () => {
    const classifier = await fewShot(examples, labels, { encoder });
    expect((await classifier.classify(["你好"]))[0]).toMatchObject({ labels: [], reason: "empty" });
  });

  it("pairs each example with its class and with others", () => {
    const own = Int32Array.of(0, 0, 1, 1, 2);
    const pairs = pairsOf(own, 3);
    for (const { first, second, same } of pairs) {
      expect(own[first] === own[second]).toBe(same);
      expect(first).not.toBe(second);
    }
    // The last class has one example: no partner of its own.
    expect(pairs).toHaveLength(5 * 20 + 4 * 20);
  });

  it("makes up examples of labels that have none", () => {
    const { texts, labels: own } = madeUp(["card", "rate"]);
    expect([texts[0], texts[8], texts.length]).toEqual([
      "This sentence is card",
      "This sentence is rate",
      16,
    ]);
    expect([own[7], own[8]]).toEqual([0, 1]);
  });

  it("packs texts into rows without losing one", () => {
    const ids = [5, 120, 60, 60, 1].map((length, i) => new Int32Array(length).fill(i + 10));
    const { tokens, places } = packTexts(ids);
    expect(tokens.ids.shape).toEqual([2, 128]);
    expect([...places].filter((text) => text >= 0).sort()).toEqual([0, 1, 2, 3, 4]);
  });
});

describe("with the real encoder", () => {
  const few = [
    { text: "my card is lost", label: "card" },
    { text: "someone stole my card", label: "card" },
    { text: "what is the exchange rate", label: "rate" },
    { text: "how many euros for a dollar", label: "rate" },
  ];
  const asked = ["I cannot find my bank card", "dollars into pounds"];

  it("fine-tunes a copy, and a folder of it gives the same answers", async () => {
    const real = await loadEncoder("use-lite");
    const before = await real.embed(asked);
    const classifier = await fewShot(few, ["card", "rate"], {
      method: "finetune",
      epochs: 2,
      encoder: real,
    });
    const scores = await classifier.score(asked);
    expect(scores.values[0]).toBeGreaterThan(0.5);
    expect(scores.values[3]).toBeGreaterThan(0.5);
    expect([...(await real.embed(asked)).data]).toEqual([...before.data]);
    expect((await classifier.encoder.embed(asked)).data[0]).not.toBe(before.data[0]);
    const folder = testFolder();
    try {
      await saveClassifier(classifier, folder.path);
      const loaded = await loadClassifier(folder.path);
      const again = await loaded.score(asked);
      again.values.forEach((value, i) => {
        expect(value).toBeCloseTo(scores.values[i]!, 5);
      });
      expect((await issueOf(() => loadClassifier("nowhere"))).received).toBe("no such file");

      // The exported files by themselves: their own tokenizer, and plain ONNX Runtime.
      await exportClassifier(loaded, folder.path);
      const read = async (name: string) =>
        JSON.parse(await readFile(join(folder.path, name), "utf8"));
      const path = pathToFileURL(join(folder.path, "tokenize.mjs")).href;
      const { makeTokenizer } = (await import(path)) as { makeTokenizer: MakeTokenizer };
      const tokenize = makeTokenizer(await read("vocab.json"));
      const session = await InferenceSession.create(join(folder.path, "classifier.onnx"));
      const texts = [...asked, "https://a.b: naïve café 🙂🙂 ok  ok", "x".repeat(500)];
      const wanted = await loaded.score(texts);
      for (const [row, text] of texts.entries()) {
        const { ids, mask } = tokenize(text);
        const own = real instanceof UseLiteEncoder ? real.tokenizer.encode(text) : [];
        expect([...ids.subarray(0, own.length)]).toEqual([...own.slice(0, 128)]);
        const feed = (values: Int32Array) => new OrtTensor("int32", values, [1, 128]);
        const { probabilities } = await session.run({ ids: feed(ids), mask: feed(mask) });
        [...(probabilities!.data as Float32Array)].forEach((value, label) => {
          expect(value).toBeCloseTo(wanted.values[row * 2 + label]!, 4);
        });
      }
      expect(await read("labels.json")).toEqual(["card", "rate"]);
    } finally {
      folder.remove();
    }
  }, 60_000);

  it("draws texts of one class together (SetFit)", async () => {
    const losses: number[] = [];
    const real = await loadEncoder("use-lite");
    const examples = { texts: few.map(({ text }) => text), labels: Int32Array.of(0, 0, 1, 1) };
    const names = ["card", "rate"];
    const named = vectorsOf((await real.embed(names)).data, real.dim);
    const onLoss = (_: number, loss: number) => losses.push(loss);
    const { encoder: tuned } = await setFit(real, examples, named, { names, onLoss });
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    const cosine = ({ data, dim }: { data: Float32Array; dim: number }) =>
      data.subarray(0, dim).reduce((sum, value, k) => sum + value * data[dim + k]!, 0);
    const alike = examples.texts.slice(0, 2);
    expect(cosine(await tuned.embed(alike))).toBeGreaterThan(cosine(await real.embed(alike)));
  }, 60_000);
});
