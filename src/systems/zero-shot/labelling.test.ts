/** @file Rules as sources of votes, and each way in which a rule can be wrong. */
import { afterAll, describe, expect, it } from "vitest";
import { issueOf, testFolder } from "../../data/testing.ts";
import {
  joinVotes,
  modelVotes,
  personVotes,
  type Rule,
  readRules,
  rulesToFunctions,
  votesOf,
} from "./labelling.ts";

const names = ["refund", "praise", "other"];
const folder = testFolder();
afterAll(() => folder.remove());

describe("rules", () => {
  const votes = (rule: Omit<Rule, "label">, ...texts: string[]) => {
    const [source] = rulesToFunctions([{ label: "Refund", ...rule }], names);
    return texts.map((text) => source!.vote({ text, fields: { stars: text, kind: text } }, names));
  };

  it("look for patterns, in any case unless flags say otherwise", () => {
    expect(votes({ regex: "money\\s+back" }, "MONEY back!", "money", "")).toEqual([0, -1, -1]);
    expect(votes({ regex: "Back", flags: "g" }, "back", "Back", "Back")).toEqual([-1, 0, 0]);
  });

  it("look for whole words and phrases of any script", () => {
    const words = ["c++", "geld zurück", "деньги"];
    expect(votes({ words }, "I like C++.", "Geld zurück?", "деньгиx", "c+")).toEqual([
      0, 0, -1, -1,
    ]);
  });

  it("test fields: values, ranges, patterns", () => {
    expect(votes({ field: "kind", is: ["a", 3] }, "a", "3", "b")).toEqual([0, 0, -1]);
    expect(votes({ field: "stars", below: 3 }, "2", "3", "", "x")).toEqual([0, -1, -1, -1]);
    expect(votes({ field: "stars", above: 1, below: 3 }, "1", "2")).toEqual([-1, 0]);
    expect(votes({ field: "none", regex: "." }, "text")).toEqual([-1]);
  });

  it("with one name are one source: the first that holds decides", () => {
    const sources = rulesToFunctions(
      [
        { name: "mine", label: "praise", words: ["thanks"] },
        { name: "mine", label: "refund", regex: "refund" },
        { label: "other", regex: "^$" },
      ],
      names,
    );
    expect(sources.map((each) => each.name)).toEqual(["mine", "rule 3: other"]);
    const rows = [{ text: "thanks for the refund" }, { text: "refund" }, { text: "" }];
    expect(joinVotes(votesOf(sources, rows, names))).toEqual(
      Int32Array.from([1, -1, 0, -1, -1, 2]),
    );
  });

  it.each<[string, unknown, string, string]>([
    ["no label of the set", { label: "reefund", regex: "a" }, "rules[0].label", '"reefund"'],
    ["no test", { label: "other" }, "rules[0]", "none"],
    ["two tests", { label: "other", regex: "a", words: ["b"] }, "rules[0]", "regex and words"],
    ["a bad pattern", { label: "other", regex: "(" }, "rules[0].regex", "Unterminated"],
    ["no words", { label: "other", words: [" "] }, "rules[0].words", '[" "]'],
    ["no field", { label: "other", above: 3 }, "rules[0].field", "none"],
    ["no object", "refund", "rules[0]", '"refund"'],
  ])("with %s are refused", async (_, rule, field, received) => {
    const issue = await issueOf(() => rulesToFunctions([rule as Rule], names));
    expect(issue.field).toBe(field);
    expect(issue.received).toContain(received);
  });

  it("come from a file, which messages name", async () => {
    const good = folder.write("rules.json", JSON.stringify([{ label: "other", regex: "a" }]));
    expect(await readRules(good, names)).toHaveLength(1);
    const bad = folder.write("bad.json", "[{]");
    expect((await issueOf(() => readRules(bad, names))).path).toBe(bad);
    const wrong = folder.write("wrong.json", '[{"label": "x", "regex": "a"}]');
    expect((await issueOf(() => readRules(wrong, names))).message).toContain(
      "wrong.json, rules[0]",
    );
    expect((await issueOf(() => readRules("nowhere.json", names))).code).toBe("file-missing");
  });
});

it("models withhold what they doubt; people vote where they have labelled", () => {
  expect(modelVotes([2, 1], [0.3, 0.05], 0.1)).toEqual(Int32Array.from([2, -1]));
  const rows = [{ text: "a", label: " PRAISE" }, { text: "b" }, { text: "c", label: "unknown" }];
  expect(personVotes(rows, names)).toEqual(Int32Array.from([1, -1, -1]));
});

it("a source that votes for no class is named", async () => {
  const wild = [{ name: "wild", vote: () => 7 }];
  const issue = await issueOf(() => votesOf(wild, [{ text: "a" }], names));
  expect(issue.message).toContain('source "wild"');
});
