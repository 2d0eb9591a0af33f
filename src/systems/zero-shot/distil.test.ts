/** @file Distilled classifiers: run by ONNX Runtime alone, from their folder, as their card says. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { permutation } from "../../data/random.ts";
import { issueOf, testFolder } from "../../data/testing.ts";
import { type DistilledModel, distil } from "./distil.ts";
import { learnTerms, plainWords, termRows } from "./distil-terms.ts";
import { fitSparseSoftmax } from "./sparse-softmax.ts";

const folder = testFolder();
afterAll(() => folder.remove());

const names = ["Wetter", "card, lost", "music"];
const templates = [
  ["Regnet es in %?", "Wie wird das Wetter in %", "Schneit es morgen in % oder nicht"],
  ["I lost my card in %!", "my card was stolen near %", "block the card, I am in %"],
  ["play the song %", "Play music by %, please.", "the album % again"],
];
const fillers = ["Rome", "PARIS", "a b c", "naïve café", "東京", "x_1", "🙂"];
const rows = templates.flatMap((own, label) =>
  own.flatMap((template) => fillers.map((word) => ({ text: template.replace("%", word), label }))),
);
const guess = Int32Array.from(rows, (row) => row.label);

let model: DistilledModel;

beforeAll(async () => {
  model = await distil({ names, rows: rows.map(({ text }) => ({ text })), guess });
  await model.save(folder.path);
});

/** As the card has it: no code of this project. */
async function runAlone(texts: readonly string[]) {
  const plain = (s: string) =>
    s
      .toWellFormed()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_]+/gu, " ")
      .trim();
  const session = await InferenceSession.create(join(folder.path, "classifier.onnx"));
  const text = new Tensor("string", texts.map(plain), [texts.length]);
  const { label, probabilities } = await session.run({ text });
  return {
    labels: label!.data as string[],
    probabilities: probabilities!.data as Float32Array,
    dims: probabilities!.dims,
  };
}

describe("a distilled classifier", () => {
  it("gives the corpus's labels from its file alone", async () => {
    const { labels, probabilities, dims } = await runAlone(rows.map(({ text }) => text));
    expect(labels).toEqual(rows.map(({ label }) => names[label]));
    expect(model.figures.agreement).toBe(1);
    expect(model.figures.agreementUnseen).toBeGreaterThan(0.9);
    expect(dims).toEqual([rows.length, 3]);
    const sum = probabilities.slice(0, 3).reduce((total, share) => total + share, 0);
    expect(sum).toBeCloseTo(1, 5);
  });

  it("computes what its training computed, but for 16-bit weights", async () => {
    const texts = rows.map(({ text }) => plainWords(text));
    const terms = learnTerms(texts, 50_000, 1);
    const sparse = termRows(texts, terms);
    const { weights, bias } = fitSparseSoftmax(sparse, guess, 3);
    const { probabilities } = await runAlone(rows.map(({ text }) => text));
    for (const row of [0, 9, 40]) {
      const logits = [...bias];
      for (let k = sparse.starts[row]!; k < sparse.starts[row + 1]!; k++) {
        logits.forEach((_, c) => {
          logits[c]! += sparse.values[k]! * weights[sparse.columns[k]! * 3 + c]!;
        });
      }
      const powers = logits.map((each) => Math.exp(each));
      const sum = powers.reduce((total, power) => total + power, 0);
      powers.forEach((power, c) => {
        expect(probabilities[row * 3 + c]).toBeCloseTo(power / sum, 3);
      });
    }
  });

  it("bears empty texts, unknown words and a single word", async () => {
    for (const texts of [[""], ["", "?!"], ["card"], ["zzz yyy", "", "a"]]) {
      const { labels, probabilities } = await runAlone(texts);
      expect(labels).toHaveLength(texts.length);
      expect(probabilities.every(Number.isFinite)).toBe(true);
    }
    expect((await runAlone(["card"])).labels).toEqual(["card, lost"]);
  });

  it("comes with a card and its labels", async () => {
    const card = await readFile(join(folder.path, "README.md"), "utf8");
    expect(card).toContain("| agreement with the labels it learnt from | 100.0% |");
    expect(card).toContain("| card, lost | 21 |");
    expect(JSON.parse(await readFile(join(folder.path, "labels.json"), "utf8"))).toEqual(names);
  });

  it("leaves rows without a label out, and refuses a corpus of nothing else", async () => {
    const some = guess.map((label, row) => (row % 3 === 0 ? -1 : label));
    const part = await distil({ names, rows: rows.map(({ text }) => ({ text })), guess: some });
    expect(part.figures.rows).toBe(42);
    const none = { names, rows: [{ text: "a" }], guess: Int32Array.of(-1) };
    expect((await issueOf(() => distil(none))).field).toBe("corpus");
  });
});

describe("softmax regression on sparse rows", () => {
  it("recovers the classes of a linear rule, the same for the same seed", () => {
    const count = 400;
    const order = permutation(count * 2, 3);
    const starts = Int32Array.from({ length: count + 1 }, (_, i) => 2 * i);
    const columns = Int32Array.from({ length: 2 * count }, (_, i) => order[i]! % 20);
    const sparse = { starts, columns, values: new Float32Array(2 * count).fill(0.7), width: 20 };
    const labels = Int32Array.from({ length: count }, (_, row) =>
      columns[2 * row]! + columns[2 * row + 1]! > 19 ? 1 : 0,
    );
    const { weights, bias } = fitSparseSoftmax(sparse, labels, 2, { epochs: 60 });
    const right = [...labels.keys()].filter((row) => {
      const score = [0, 1].map(
        (c) =>
          bias[c]! +
          0.7 * (weights[columns[2 * row]! * 2 + c]! + weights[columns[2 * row + 1]! * 2 + c]!),
      );
      return (score[1]! > score[0]! ? 1 : 0) === labels[row];
    });
    expect(right.length / count).toBeGreaterThan(0.97);
    expect(fitSparseSoftmax(sparse, labels, 2, { epochs: 60 }).weights).toEqual(weights);
  });
});

it("terms are words and pairs, weighted by how rare they are", () => {
  expect(plainWords("  It's  NAÏVE—ok_1!\n")).toBe("it s naïve ok_1");
  const terms = learnTerms(["a b", "a c", "a b c"], 10, 2);
  expect([...terms.names].sort()).toEqual(["a", "a b", "b", "c"]);
  expect(terms.weights[terms.numbers.get("a")!]).toBeCloseTo(1, 6);
  expect(terms.weights[terms.numbers.get("c")!]).toBeCloseTo(Math.log(4 / 3) + 1, 6);
  const { values } = termRows(["a a c"], terms);
  const c = Math.log(4 / 3) + 1;
  expect(values[0]).toBeCloseTo(2 / Math.sqrt(2 + c * c), 6);
  expect(learnTerms(["a b", "a c"], 1, 1).names).toEqual(["a"]);
});
