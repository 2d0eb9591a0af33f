/** @file Labelled texts from a user's table: what comes out, and each thing that can be wrong. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issueOf, type TestFolder, testFolder } from "./testing.ts";
import { loadTextDataset, type TextDatasetOptions } from "./text-dataset.ts";

let folder: TestFolder;
beforeAll(() => {
  folder = testFolder();
});
afterAll(() => folder.remove());

const columns = { textColumn: "text", labelColumn: "label" };
const load = (name: string, content: string, options: Partial<TextDatasetOptions> = {}) =>
  loadTextDataset({ path: folder.write(name, content), ...columns, ...options });

describe("loadTextDataset", () => {
  it("gives texts, labels as numbers, and sorted classes", async () => {
    const data = await load("a.csv", 'id,text,label\n1,"a, b",spam\n2,007,ham\n3,c,spam\n');
    expect(data.texts).toEqual(["a, b", "007", "c"]);
    expect(data.classes).toEqual(["ham", "spam"]);
    expect(data.labels).toEqual(Int32Array.of(1, 0, 1));
    expect(data.rows).toEqual(Int32Array.of(0, 1, 2));
  });

  it("takes labels of any type as text", async () => {
    const lines = [
      '{"text":"a","label":1}',
      '{"text":"b","label":"1"}',
      '{"text":"c","label":false}',
    ];
    const data = await load("b.jsonl", lines.join("\n"));
    expect(data.classes).toEqual(["1", "false"]);
    expect([...data.labels]).toEqual([0, 0, 1]);
  });

  it("says which rows lack a text or a label, or leaves them out", async () => {
    const table = "text,label\na,x\n  ,x\nb,\nc,y\n,\n";
    const label = await issueOf(() => load("c.csv", table));
    expect(label).toMatchObject({ code: "label-missing", rows: [2, 4] });
    expect(label.message).toContain("none in 2 of 5 rows (row 3, 5)");
    const text = await issueOf(() => load("c.csv", table, { missingLabels: "skip" }));
    expect(text).toMatchObject({ code: "text-empty", rows: [1, 4] });
    const data = await load("c.csv", table, { missingLabels: "skip", emptyTexts: "skip" });
    expect([data.texts, [...data.rows], data.skipped]).toEqual([
      ["a", "c"],
      [0, 3],
      [1, 2, 4],
    ]);
  });

  it("refuses one class only, labels that never repeat, and a table without rows", async () => {
    const one = await issueOf(() => load("d.csv", "text,label\na,x\nb,x\n"));
    expect(one.message).toBe(
      `${folder.path}/d.csv, column "label": expected labels of at least two classes, ` +
        'received only "x" in 2 rows.',
    );
    const many = await issueOf(() => load("e.csv", "text,label\na,1\nb,2\nc,3\n"));
    expect(many.code).toBe("too-many-classes");
    expect((await issueOf(() => load("f.csv", "text,label\n"))).code).toBe("text-empty");
  });

  it("refuses a label that the classes of a model do not have", async () => {
    const classes = ["ham", "spam"];
    const issue = await issueOf(() => load("g.csv", "text,label\na,ham\nb,spma\n", { classes }));
    expect(issue).toMatchObject({ code: "label-unseen", label: "spma" });
    expect(issue.message).toContain('received "spma" in row 2. Did you mean "spam"?');
    expect([...(await load("h.csv", "text,label\na,spam\n", { classes })).labels]).toEqual([1]);
  });

  it("names the columns there are where one is missing", async () => {
    const issue = await issueOf(() => load("i.csv", "Text,label\na,x\n"));
    expect(issue).toMatchObject({ code: "column-missing", nearest: "Text" });
  });
});
