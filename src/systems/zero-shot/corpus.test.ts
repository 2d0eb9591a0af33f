/** @file Whole-corpus labels, shares of classes, the closed-form classifier, and what joins them. */
import { describe, expect, it } from "vitest";
import { issueOf } from "../../data/testing.ts";
import { balance, best, estimateShares, spreadOf } from "./balance.ts";
import { labelCorpus } from "./corpus.ts";
import { fitDiscriminant } from "./discriminant.ts";
import { solvePositive } from "./solve.ts";
import { WordEncoder } from "./testing/word-encoder.ts";
import { products, scatter, unitRows, vectorsOf } from "./vectors.ts";

const encoder = new WordEncoder();
const topics = ["sport match goal", "cooking food oven", "money bank card"];
/** Texts with two words of their topic among words of none. */
const texts = topics.flatMap((topic, t) => {
  const words = topic.split(" ");
  const noise = (i: number) => "abcdefghij"[(i + t) % 10];
  return Array.from(
    { length: 30 },
    (_, i) => `${words[i % 3]} was ${words[(i + 1) % 3]} ${noise(i)}`,
  );
});
const truth = topics.flatMap((_, t) => new Array<number>(30).fill(t));
const rows = texts.map((text) => ({ text }));

describe("balance", () => {
  it("gives rows of sum 1 and columns of the shares", () => {
    const values = Float32Array.from({ length: 60 }, (_, i) => Math.sin(3 * i));
    const p = balance({ values, rows: 20, classes: 3 }, [0.5, 0.3, 0.2], { rounds: 300 });
    for (let row = 0; row < 20; row++) {
      expect(p[3 * row]! + p[3 * row + 1]! + p[3 * row + 2]!).toBeCloseTo(1, 5);
    }
    [0.5, 0.3, 0.2].forEach((share, c) => {
      let sum = 0;
      for (let row = 0; row < 20; row++) sum += p[3 * row + c]!;
      expect(sum / 20).toBeCloseTo(share, 3);
    });
  });

  it("is the softmax without shares", () => {
    const p = balance({ values: Float32Array.of(1, 2), rows: 1, classes: 2 }, undefined);
    expect(p[0]).toBeCloseTo(1 / (1 + Math.E), 6);
  });

  it("finds the shares that made probabilities of known likelihoods", () => {
    // Texts of class 0 look like it with odds 9 to 1, those of class 1 the other way round.
    const rowsOf = (zero: number) =>
      Float32Array.from({ length: 2000 }, (_, i) => ((i % 2 === 0) === i >> 1 < zero ? 0.9 : 0.1));
    // 700 of 1000 look like class 0: 0.9 s + 0.1 (1 - s) = 0.7, so s = 0.75.
    expect(estimateShares(rowsOf(700), 1000, 2)[0]).toBeCloseTo(0.75, 3);
  });

  it("measures how many labels occur", () => {
    expect(spreadOf(Int32Array.of(0, 1, 2, 3, -1), 4)).toBeCloseTo(1, 10);
    expect(spreadOf(Int32Array.of(2, 2, 2), 4)).toBe(0);
  });
});

describe("linear algebra", () => {
  it("solves systems to rounding", () => {
    const a = [4, 1, 2, 1, 3, 0, 2, 0, 5];
    const x = solvePositive(a, [1, 0, 0, 1, 0, 0], 3);
    for (let c = 0; c < 2; c++) {
      for (let i = 0; i < 3; i++) {
        const product = [0, 1, 2].reduce((sum, k) => sum + a[3 * i + k]! * x[2 * k + c]!, 0);
        expect(product).toBeCloseTo(i === c ? 1 : 0, 12);
      }
    }
    expect(() => solvePositive([1, 2, 2, 1], [1, 1], 2)).toThrow("not positive definite");
  });

  it("multiplies large blocks as loops do", async () => {
    const make = (count: number, by: number) =>
      vectorsOf(
        Float32Array.from({ length: count * 40 }, (_, i) => Math.sin(by * i)),
        40,
      );
    const [a, b] = [make(2100, 0.7), make(33, 1.3)];
    const all = await products(a, b);
    for (const [r, c] of [
      [0, 0],
      [2047, 3],
      [2048, 32],
      [2099, 17],
    ] as const) {
      let sum = 0;
      for (let k = 0; k < 40; k++) sum += a.data[r * 40 + k]! * b.data[c * 40 + k]!;
      expect(all[r * 33 + c]).toBeCloseTo(sum, 3);
    }
    const sums = await scatter(a);
    let corner = 0;
    for (let r = 0; r < 2100; r++) corner += a.data[r * 40 + 2]! * a.data[r * 40 + 5]!;
    expect(sums[2 * 40 + 5]).toBeCloseTo(corner, 1);
  });

  it("leaves rows of zeros at zero when it centres", () => {
    const unit = unitRows(vectorsOf(Float32Array.of(3, 4, 0, 0), 2), [1, 1]);
    expect([...unit.data]).toEqual([2, 3, 0, 0].map((v) => Math.fround(v / Math.sqrt(13))));
  });

  it("tells classes apart by what does not vary within them", async () => {
    // The second number varies much and says nothing; the first says all.
    const points = Array.from({ length: 40 }, (_, i) => [i % 2 ? 0.1 : -0.1, Math.sin(i)]);
    const vectors = vectorsOf(Float32Array.from(points.flat()), 2);
    const labels = Int32Array.from(points, (_, i) => i % 2);
    const { weights, bias } = await fitDiscriminant(vectors, labels, 3, 0.01);
    points.forEach(([x, y], i) => {
      const [zero, one] = [0, 1].map((c) => x! * weights[c]! + y! * weights[3 + c]! + bias[c]!);
      expect(one! > zero!).toBe(i % 2 === 1);
    });
    expect(bias[2]).toBe(-Infinity);
  });
});

describe("labelCorpus", () => {
  it("labels by names alone, and texts teach one another", async () => {
    const found = await labelCorpus(rows, ["sport goal", "cooking oven", "money card"], {
      encoder,
    });
    const right = truth.filter((label, row) => found.guess[row] === label).length;
    expect(right).toBeGreaterThan(85);
    expect(found.report).toMatchObject({ rows: 90, empty: 0, balance: "equal", notes: [] });
    expect(found.report.counts.reduce((a, b) => a + b)).toBe(90);
  });

  it("keeps labels that are known, and gives empty rows none", async () => {
    const own = [...rows, { text: "" }, { text: "sport was there", label: "money bank card" }];
    const found = await labelCorpus(own, topics, {
      encoder,
      reviewed: [{ text: texts[0]!, label: "Cooking food OVEN" }],
    });
    expect([found.guess[0], found.confidence[0]]).toEqual([1, 1]);
    expect(found.guess[90]).toBe(-1);
    expect(found.guess[91]).toBe(2);
    expect(found.report.empty).toBe(1);
  });

  it("falls back where few of the labels occur, and says so", async () => {
    const one = rows.slice(0, 30);
    const labels = [...topics, "zebra animal", "queen music", "yacht travel", "x ray doctor"];
    const found = await labelCorpus(one, labels, { encoder });
    expect(found.report.balance).toBe("estimate");
    expect(found.report.notes[0]).toMatch(/^few of the labels occur/);
    expect(found.guess.filter((label) => label === 0).length).toBeGreaterThan(25);
  });

  it("lets rules vote", async () => {
    const sources = [
      { name: "rule", vote: ({ text }: { text: string }) => (text.startsWith("goal") ? 0 : -1) },
    ];
    const found = await labelCorpus(rows, topics, { encoder, sources });
    expect(found.voters).toEqual(["zero-shot", "rule"]);
    expect(found.votes).toHaveLength(180);
    expect(found.report.sources![1]!.coverage).toBeCloseTo(10 / 90, 6);
  });

  it("compares through a projection that is given", async () => {
    // A map that drops all but one direction leaves nothing to tell the topics apart by.
    const matrix = new Float64Array(encoder.dim);
    matrix[0] = 1;
    const flat = { matrix, rows: encoder.dim, columns: 1, words: 1 };
    const right = async (projection: typeof flat | false) => {
      const found = await labelCorpus(rows, topics, { encoder, projection, rounds: 0 });
      return truth.filter((label, row) => found.guess[row] === label).length;
    };
    expect(await right(false)).toBeGreaterThan(85);
    expect(await right(flat)).toBeLessThan(70);
  });

  it("says why auto did not project", async () => {
    const few = await labelCorpus(rows.slice(0, 4), topics, { encoder, projection: "auto" });
    expect(few.report.notes.join()).toMatch(/^projection auto: (there are no|too few)/);
  });

  it("labels by parents: the mean of their labels, and known labels count for them", async () => {
    const labels = [
      { name: "match sport", parent: "leisure" },
      { name: "oven food", parent: "leisure" },
      { name: "money bank" },
    ];
    const known = { text: "nothing of it", label: "oven food" };
    const found = await labelCorpus([...rows, known], labels, {
      encoder,
      parents: true,
      balance: [2 / 3, 1 / 3],
    });
    expect(found.names).toEqual(["leisure", "money bank"]);
    const right = truth.filter((label, row) => found.guess[row] === (label === 2 ? 1 : 0)).length;
    expect(right).toBeGreaterThan(75);
    expect(found.guess[90]).toBe(0);
    const none = await issueOf(() => labelCorpus(rows, topics, { encoder, parents: true }));
    expect(none).toMatchObject({ field: "labels", expected: "labels with a parent" });
  });

  it("calibrates confidences once thirty rows are checked", async () => {
    const reviewed = rows.filter((_, row) => row % 3 > 0).map(({ text }, i) => ({ text, i }));
    const label = ({ text }: { text: string }) => topics[truth[texts.indexOf(text)]!]!;
    const checked = reviewed.map(({ text }) => ({ text, label: label({ text }) }));
    const found = await labelCorpus(rows, topics, { encoder, reviewed: checked });
    expect(found.report.calibratedOn).toBeGreaterThanOrEqual(60);
    const few = await labelCorpus(rows, topics, { encoder, reviewed: checked.slice(0, 5) });
    expect(few.report.calibratedOn).toBeUndefined();
  });

  it("refuses shares and reviewed labels that cannot be", async () => {
    const refused = (options: object) =>
      issueOf(() => labelCorpus(rows, topics, { encoder, ...options }));
    expect((await refused({ balance: [0.5, 0.6, -0.1] })).field).toBe("balance");
    expect((await refused({ balance: [0.5, 0.2, 0.2] })).received).toBe("the sum 0.9");
    expect((await refused({ balance: "even" })).field).toBe("balance");
    const label = await refused({ reviewed: [{ text: "a", label: "refund" }] });
    expect(label.message).toMatchInlineSnapshot(
      `"label: expected one of the labels sport match goal, cooking food oven, money bank card, received "refund". Add it to the labels, or correct the example."`,
    );
  });

  it("ends when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(labelCorpus(rows, topics, { encoder, signal })).rejects.toThrow("enough");
  });

  it("names the best of each row", () => {
    expect([...best({ values: Float32Array.of(1, 3, 2, 9, 0, 9), rows: 2, classes: 3 })]).toEqual([
      1, 0,
    ]);
  });
});
