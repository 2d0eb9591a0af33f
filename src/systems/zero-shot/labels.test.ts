/** @file Labels in every form, and each way in which they can be wrong. */
import { describe, expect, it } from "vitest";
import { issueOf, testFolder } from "../../data/testing.ts";
import type { Labels } from "./api.ts";
import {
  checkShares,
  labelIndex,
  labelSentences,
  parseLabels,
  parseTemplates,
  readLabels,
} from "./labels.ts";
import { parentLabels } from "./parents.ts";

describe("labels", () => {
  it("come as a list, as one text, or with descriptions and synonyms", () => {
    expect(parseLabels(" a , b b,c").names).toEqual(["a", "b b", "c"]);
    expect(parseLabels(["x", "y"]).names).toEqual(["x", "y"]);
    const { labels } = parseLabels([{ name: "spam", description: "make money", synonyms: ["ad"] }]);
    expect(labelSentences(labels[0]!, ["{}", "On {}."])).toEqual([
      "make money",
      "On make money.",
      "ad",
      "On ad.",
    ]);
  });

  it("use a template of their own in place of the others", () => {
    const { labels } = parseLabels([{ name: "$& cost", template: "About {}!" }]);
    expect(labelSentences(labels[0]!, ["{}", "This is {}."])).toEqual(["About $& cost!"]);
  });

  it("of one name but for case and blanks are merged with a note", () => {
    const set = parseLabels(["Sport", " sport ", { name: "SPORT", synonyms: ["games"] }]);
    expect(set.names).toEqual(["Sport"]);
    expect(set.labels[0]!.synonyms).toEqual(["games"]);
    expect(set.notes).toHaveLength(2);
    expect(set.notes[0]).toBe('label "sport" is given more than once: merged');
  });

  it("are found by name", () => {
    expect(labelIndex(["Lost card", "Top up"], "top  up")).toBe(1);
    expect(labelIndex(["Lost card", "Top up"], "refund")).toBe(-1);
  });

  it("stand for their parent together", () => {
    const set = parseLabels([
      { name: "refund", parent: "shop" },
      { name: "order", parent: "shop" },
      { name: "weather" },
    ]);
    const parents = parentLabels(set);
    expect(parents.names).toEqual(["shop", "weather"]);
    expect(labelSentences(parents.labels[0]!, ["{}"])).toEqual(["refund", "order"]);
  });

  it.each([
    ["none", null, "null"],
    ["an empty text", " ", "an empty text"],
    ["an empty list", [], "an empty list"],
    ["a blank one", ["a", " "], '" "'],
    ["a blank one in a text", "a,,b", '""'],
    ["a number", [3], "3"],
  ])("%s: one error that names them", async (_, labels, received) => {
    const issue = await issueOf(() => parseLabels(labels as Labels));
    expect(issue.field).toMatch(/^labels/);
    expect(issue.received).toBe(received);
  });

  it("have priors that are shares, for all or for none", async () => {
    const pair = (a: number, b?: number) => [
      { name: "a", prior: a },
      { name: "b", ...(b !== undefined && { prior: b }) },
    ];
    expect(parseLabels(pair(0.2, 0.8)).priors).toEqual([0.2, 0.8]);
    const refused = async (labels: Labels) => (await issueOf(() => parseLabels(labels))).message;
    expect(await refused(pair(-0.2, 0.8))).toMatchInlineSnapshot(
      `"labels[0].prior: expected a share from 0 to 1, received -0.2."`,
    );
    expect(await refused(pair(0.5, 0.6))).toMatchInlineSnapshot(
      `"labels[].prior: expected shares whose sum is 1, received the sum 1.1."`,
    );
    expect(await refused(pair(0.5))).toMatch(/none for "b"/);
    expect((await issueOf(() => checkShares([Number.NaN, 1], 2, "balance"))).message).toContain(
      "NaN at place 0",
    );
  });

  it("come from files of lines and of JSON; an error names the file", async () => {
    const folder = testFolder();
    try {
      const lines = folder.write("labels.txt", "lost card\n\ntop up\r\n");
      expect((await readLabels(lines)).names).toEqual(["lost card", "top up"]);
      const json = folder.write("labels.json", '[{"name": "a", "parent": "p"}, "b"]');
      expect((await readLabels(json)).labels[0]).toEqual({ name: "a", parent: "p" });
      expect((await readLabels("a, b")).names).toEqual(["a", "b"]);
      const spelt = await readLabels('[{"name":"a, b","description":"both"},"c"]');
      expect(spelt.labels).toEqual([{ name: "a, b", description: "both" }, { name: "c" }]);
      const bad = folder.write("bad.json", "[{]");
      expect(await issueOf(() => readLabels(bad))).toMatchObject({ path: bad, field: "labels" });
      expect((await issueOf(() => readLabels("nowhere.json"))).code).toBe("file-missing");
    } finally {
      folder.remove();
    }
  });
});

describe("templates", () => {
  it("have one place for the label", () => {
    expect(parseTemplates(undefined, ["{}"])).toEqual(["{}"]);
    expect(parseTemplates("On {}.", ["{}"])).toEqual(["On {}."]);
  });

  it.each(["This is about.", "{} or {}", "This text is about {{}}."])(
    "%s is refused",
    async (template) => {
      const issue = await issueOf(() => parseTemplates(template, ["{}"]));
      expect(issue.field).toBe("template");
      expect(issue.received).toContain(template);
    },
  );
});
