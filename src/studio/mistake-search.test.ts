import { describe, expect, it } from "vitest";
import { countKinds, filterMistakes, splitByQuery, splitSubject } from "./mistake-search.ts";

const mistake = (truth: string, predicted: string, text: string) => ({
  index: 0,
  truth,
  predicted,
  text,
  confidence: 0.9,
});
const mistakes = [
  mistake("ham", "spam", "Free (coffee) on Friday"),
  mistake("spam", "ham", "hello again"),
  mistake("spam", "ham", "Meet on FRIDAY"),
];

describe("mistakes", () => {
  it("are counted by kind, the most frequent first", () => {
    expect(countKinds(mistakes)).toEqual([
      { truth: "spam", predicted: "ham", count: 2 },
      { truth: "ham", predicted: "spam", count: 1 },
    ]);
  });

  it("are found by kind and by words, whatever their case", () => {
    const kind = { truth: "spam", predicted: "ham" };
    expect(filterMistakes(mistakes, { kind: null, query: "friday" })).toHaveLength(2);
    expect(filterMistakes(mistakes, { kind, query: "friday" })).toEqual([mistakes[2]]);
    expect(filterMistakes(mistakes, { kind, query: "" })).toHaveLength(2);
    expect(filterMistakes(mistakes, { kind: null, query: "(coffee)" })).toHaveLength(1);
  });
});

describe("a text", () => {
  it("is divided into first line and rest", () => {
    expect(splitSubject("Subject\n\nBody\nmore")).toEqual({
      subject: "Subject",
      body: "Body\nmore",
    });
    expect(splitSubject("only a line")).toEqual({ subject: "only a line", body: "" });
    expect(splitSubject("  \n ")).toEqual({ subject: "(no text)", body: "" });
    const long = `${"word ".repeat(60)}end`;
    const { subject, body } = splitSubject(long);
    expect(subject.length).toBeLessThanOrEqual(101);
    expect(body).toBe(long);
  });

  it("is split around what was searched for, taken literally", () => {
    expect(splitByQuery("a.b A.B axb", "a.b")).toEqual(["", "a.b", " ", "A.B", " axb"]);
    expect(splitByQuery("(x", "(")).toEqual(["", "(", "x"]);
  });
});
