/** @file Labels for single texts: forms of labels, scores, and every way in which input can be poor. */
import { describe, expect, it } from "vitest";
import { issueOf } from "../../data/testing.ts";
import { classify } from "./classify.ts";
import { WordEncoder } from "./testing/word-encoder.ts";
import { windowsOf } from "./windows.ts";

const model = new WordEncoder();
const labels = ["sport match", "cooking food"];

describe("classify", () => {
  it("puts the label first whose words the text has", async () => {
    const [first, second] = await classify(["the match was sport", "food I was cooking"], labels, {
      model,
    });
    expect(first!.labels).toEqual(labels);
    expect(second!.labels[0]).toBe("cooking food");
    expect(first!.scores[0]! + first!.scores[1]!).toBeCloseTo(1, 6);
    expect(first!.outOfScope).toBeGreaterThan(second!.margin - 1);
  });

  it("gives softmax(20 x cosine) for one label of several, the cosines with multi", async () => {
    const [one] = await classify("sport food match", labels, { model });
    const [many] = await classify("sport food match", labels, { model, multi: true });
    const [a, b] = many!.scores as [number, number];
    expect(one!.scores[0]).toBeCloseTo(1 / (1 + Math.exp(20 * (b - a))), 5);
    expect(one!.margin).toBeCloseTo(a - b, 6);
  });

  it("takes labels as one text, and other labels for each text", async () => {
    const [one] = await classify("sport", "sport, food", { model });
    expect(one!.labels[0]).toBe("sport");
    const each = await classify(["sport", "food"], [["sport", "tea"], ["food"]], { model });
    expect(each.map((result) => result.labels[0])).toEqual(["sport", "food"]);
    expect(each[1]!.notes).toEqual(["one label: its score is the raw cosine"]);
    expect(each[1]!.scores[0]).toBeCloseTo(1, 5);
    const lists = await issueOf(() => classify(["a"], [["x"], ["y"]], { model }));
    expect(lists.field).toBe("labels");
  });

  it("embeds labels once, whatever the number of texts", async () => {
    const counting = new WordEncoder();
    await classify(["sport", "food", "match"], labels, { model: counting });
    await classify(["sport"], labels, { model: counting });
    expect(counting.embedded).toBe(3 + 2 + 1);
  });

  it("gives a text without anything known no label", async () => {
    const results = await classify(["", "  ", "你好", "sport"], labels, { model });
    expect(results.map((each) => each.reason)).toEqual(["empty", "empty", "empty", undefined]);
    expect(results[2]).toMatchObject({ labels: [], scores: [], abstained: true });
  });

  it("abstains below a margin", async () => {
    const results = await classify(["sport match", "sport food"], labels, {
      model,
      abstainBelow: 0.5,
    });
    expect(results.map((each) => each.abstained)).toEqual([false, true]);
  });

  it("flags texts over the encoder's length, and reads them in windows on request", async () => {
    const long = `${"sport match ".repeat(8)}${"cooking food ".repeat(40)}`;
    const [cut] = await classify(long, labels, { model });
    expect(cut).toMatchObject({ truncated: true, labels });
    const [whole] = await classify(long, labels, { model, windows: true });
    expect(whole!.truncated).toBeUndefined();
    expect(whole!.labels[0]).toBe("cooking food");
    expect(windowsOf(long, 16).join("")).toBe(long);
  });

  it("judges parents by the mean of their labels", async () => {
    const own = [
      { name: "sport", parent: "leisure" },
      { name: "food", parent: "leisure" },
      { name: "money", parent: "work" },
    ];
    const options = { model, parents: true, multi: true } as const;
    const [result] = await classify("sport food", own, options);
    expect(result!.labels).toEqual(["leisure", "work"]);
    const [one] = await classify("sport", own, options);
    const [apart] = await classify("sport", ["sport", "food"], { model, multi: true });
    // The cosine with the mean of two unit vectors: (1 + c) / |u + v|.
    const [same, other] = apart!.scores as [number, number];
    expect(one!.scores[0]).toBeCloseTo((same + other) / Math.sqrt(2 + 2 * other), 5);
  });

  it("replaces NULs and lone surrogates", async () => {
    const [result] = await classify("sport\0 \ud800match", labels, { model });
    expect(result!.text).toBe("sport\uFFFD \uFFFDmatch");
    expect(result!.labels[0]).toBe("sport match");
  });

  it("marks the words that decide", async () => {
    const text = "we saw a sport yesterday";
    const [result] = await classify(text, labels, { model, keywords: true });
    const { start, end } = result!.keywords![0]!;
    expect(text.slice(start, end)).toBe("sport");
  });

  it("refuses an engine without its model, and labels it cannot read", async () => {
    const engine = await issueOf(() => classify("a", labels, { engine: "entailment" }));
    expect(engine.field).toBe("model");
    expect(await issueOf(() => classify("a", ["你好", "b"], { model }))).toMatchObject({
      field: "labels",
      received: '"你好"',
    });
    expect((await issueOf(() => classify("a", [], { model }))).field).toBe("labels");
    const doubled = { model, template: "About {{}}." };
    expect((await issueOf(() => classify("a", labels, doubled))).field).toBe("template");
  });
});
