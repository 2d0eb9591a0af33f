/** @file Files in and out: tables of texts, labelled tables, Label Studio, pairs, word vectors. */
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { tableRow } from "../../../data/read/table.ts";
import { readTable } from "../../../data/read/tables.ts";
import { issueOf, testFolder } from "../../../data/testing.ts";
import type { CorpusLabels, CorpusRow } from "../api.ts";
import { readCorpus } from "./corpus-file.ts";
import { labelStudioConfig, readLabelStudio, writeLabelStudio } from "./label-studio.ts";
import { writeBadRows, writeLabelled } from "./labelled-file.ts";
import { readLabelTextLines, readNliPairs } from "./nli-files.ts";
import { readWordVectors } from "./word-vectors.ts";

const folder = testFolder();
afterAll(() => folder.remove());

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("a file of texts", () => {
  it("gives texts, ids, labels and the other fields of a table", async () => {
    const csv = folder.write("a.csv", "id,text,label,stars\n7,hello,praise,5\n8,,a|b,x\n");
    const { rows, report } = readCorpus(csv);
    expect(await all(rows)).toEqual([
      { id: "7", text: "hello", label: "praise", fields: { stars: "5" } },
      { id: "8", text: "", label: "a", fields: { stars: "x", labels: ["a", "b"] } },
    ]);
    expect(report).toEqual({ rows: 2, replaced: 0, bad: [] });
    const jsonl = folder.write("a.jsonl", '{"body":"x","labels":["a","b"],"n":3}\n{"body":null}\n');
    expect(await all(readCorpus(jsonl, { textColumn: "body" }).rows)).toEqual([
      { text: "x", label: "a", fields: { n: 3, labels: ["a", "b"] } },
      { text: "", fields: { n: null } },
    ]);
  });

  it("may be plain lines", async () => {
    const path = folder.write("a.txt", "one, two\r\n\n  \nthree\n");
    expect(await all(readCorpus(path).rows)).toEqual([{ text: "one, two" }, { text: "three" }]);
  });

  it("with bytes that are no text has them replaced and counted", async () => {
    const bytes = Buffer.from("text\ncaf\xe9\nfine\nnul\0\n", "latin1");
    const { rows, report } = readCorpus(folder.write("bytes.csv", bytes));
    expect((await all(rows)).map((row) => row.text)).toEqual(["caf\uFFFD", "fine", "nul\uFFFD"]);
    expect(report.replaced).toBe(2);
    const lone = folder.write("lone.jsonl", '{"text":"\\ud83d x"}\n');
    expect((await all(readCorpus(lone).rows))[0]!.text).toBe("\uFFFD x");
  });

  it("without the column of texts is refused by name", async () => {
    const path = folder.write("b.csv", "txt,label\na,b\n");
    const issue = await issueOf(() => all(readCorpus(path).rows));
    expect(issue.message).toMatchInlineSnapshot(
      `"${path}, column "text": expected one of "txt", "label", received a name that is not among them. Did you mean "txt"?"`,
    );
    const json = folder.write("b.jsonl", '{"txt":"a"}\n');
    expect((await issueOf(() => all(readCorpus(json).rows))).field).toBe('column "text"');
  });

  it("with a bad line names it, or leaves it out and lists it", async () => {
    const good = '{"text":"a"}\n'.repeat(56);
    const path = folder.write("bad.jsonl", `${good}{"text": oops}\n{"text":"last"}\n`);
    const issue = await issueOf(() => all(readCorpus(path).rows));
    expect(issue).toMatchObject({ path, line: 57, code: "malformed" });
    const { rows, report } = readCorpus(path, { skipBad: true });
    expect(await all(rows)).toHaveLength(57);
    expect(report.bad).toMatchObject([{ line: 57, row: '{"text": oops}' }]);
    const side = `${folder.path}/side.jsonl`;
    await writeBadRows(side, report.bad);
    expect(JSON.parse(await readFile(side, "utf8"))).toEqual(report.bad[0]);
    const csv = folder.write("bad.csv", "text,n\na,1\nb\nc,3\n");
    expect((await issueOf(() => all(readCorpus(csv).rows))).line).toBe(3);
    expect(await all(readCorpus(csv, { skipBad: true }).rows)).toHaveLength(2);
  });
});

const rows: CorpusRow[] = [
  { id: "1", text: 'a, "b"\nc', fields: { stars: 5, tags: ["x"], label: "mine" } },
  { id: "2", text: "", label: "praise", fields: { stars: 1 } },
];
const corpus: CorpusLabels = {
  names: ["refund", "praise & <joy>"],
  rows,
  guess: Int32Array.of(1, -1),
  confidence: Float32Array.of(0.9, 0),
  margin: Float32Array.of(0.8, 0),
  second: Int32Array.of(0, -1),
  voters: ["zero-shot", "rules"],
  votes: Int32Array.of(1, 0, -1, -1),
  vectors: new Float32Array(0),
  report: { rows: 2, empty: 1, counts: [0, 1], balance: "off", spread: 1, notes: [], seconds: {} },
};

describe("a labelled file", () => {
  const wanted = {
    id: "1",
    text: 'a, "b"\nc',
    label: "praise & <joy>",
    confidence: 0.9,
    margin: 0.8,
    second: "refund",
    given: null,
    "vote: zero-shot": "praise & <joy>",
    "vote: rules": "refund",
    stars: "5",
    tags: '["x"]',
    "original label": "mine",
  };

  it.each(["csv", "tsv", "parquet"])("as %s reads back as it was", async (suffix) => {
    const path = `${folder.path}/out.${suffix}`;
    await writeLabelled(path, corpus);
    const types = { id: "string", stars: "string", tags: "string" } as const;
    const table = await readTable(path, { types });
    expect(table.rows).toBe(2);
    expect(tableRow(table, 0)).toEqual(wanted);
    expect(tableRow(table, 1)).toMatchObject({ label: null, confidence: null, given: "praise" });
  });

  it("as JSONL keeps the types of the other fields", async () => {
    const path = `${folder.path}/out.jsonl`;
    await writeLabelled(path, corpus);
    const [first] = (await readFile(path, "utf8")).split("\n");
    expect(JSON.parse(first!)).toEqual({ ...wanted, stars: 5, tags: ["x"] });
  });

  it("of an unknown kind is refused", async () => {
    const issue = await issueOf(() => writeLabelled("out.xlsx", corpus));
    expect(issue.received).toBe("the suffix .xlsx");
  });
});

describe("Label Studio", () => {
  it("gets guesses as predictions, and gives what people chose", async () => {
    const path = `${folder.path}/tasks.json`;
    await writeLabelStudio(path, corpus);
    const [first, second] = JSON.parse(await readFile(path, "utf8"));
    expect(first.data).toEqual({
      id: "1",
      text: 'a, "b"\nc',
      stars: 5,
      tags: ["x"],
      label: "mine",
    });
    expect(first.predictions[0]).toEqual({
      model_version: "deepdive zero-shot",
      score: 0.9,
      result: [
        {
          type: "choices",
          from_name: "label",
          to_name: "text",
          value: { choices: ["praise & <joy>"] },
        },
      ],
    });
    expect(second.predictions).toEqual([]);
    const back = await readLabelStudio(path);
    expect(back[1]).toEqual({ id: "2", text: "", label: "praise", fields: { stars: 1 } });
    expect(back[0]!.label).toBeUndefined();
  });

  it("exports with cancelled and repeated annotations give the last that counts", async () => {
    const result = (...choices: string[]) => [{ type: "choices", value: { choices } }];
    const task = {
      id: 9,
      data: { text: "x" },
      annotations: [
        { result: result("a") },
        { result: result("b", "c") },
        { was_cancelled: true, result: result("d") },
      ],
    };
    const path = folder.write("export.json", JSON.stringify([task]));
    expect(await readLabelStudio(path)).toEqual([
      { id: "9", text: "x", label: "b", fields: { labels: ["b", "c"] } },
    ]);
  });

  it("has an interface for the labels, and files that are none are refused", async () => {
    expect(labelStudioConfig(corpus.names)).toContain('value="praise &amp; &lt;joy&gt;"');
    const list = folder.write("no.json", '{"data":1}');
    expect((await issueOf(() => readLabelStudio(list))).received).toBe("a value of type object");
    const task = folder.write("task.json", '[{"data":{"t":1}}]');
    expect((await issueOf(() => readLabelStudio(task))).field).toBe("task 0, data.text");
  });
});

describe("research files", () => {
  const header = "index\tsentence1\tsentence2\tgold_label\n";

  it("of pairs are read as TSV and JSONL, quotes as they stand", async () => {
    const tsv = folder.write("nli.tsv", `${header}0\tan "odd quote\tb\tneutral\n1\tc\td\t-\n`);
    const pair = { premise: 'an "odd quote', hypothesis: "b", label: "neutral" };
    expect(await all(readNliPairs(tsv))).toEqual([pair]);
    const row = { sentence1: pair.premise, sentence2: "b", gold_label: "neutral", more: 1 };
    const json = folder.write("nli.jsonl", `${JSON.stringify(row)}\n`);
    expect(await all(readNliPairs(json))).toEqual([pair]);
  });

  it("of pairs that are wrong are named by line and column", async () => {
    const label = folder.write("l.tsv", `${header}0\ta\tb\tmaybe\n`);
    const issue = await issueOf(() => all(readNliPairs(label)));
    expect(issue).toMatchObject({ line: 2, field: "gold_label", received: '"maybe"' });
    const column = folder.write("c.tsv", "sentence1\tsentence2\nx\ty\n");
    expect((await issueOf(() => all(readNliPairs(column)))).code).toBe("column-missing");
    const short = folder.write("s.tsv", `${header}0\ta\n`);
    expect((await issueOf(() => all(readNliPairs(short)))).line).toBe(2);
  });

  it("of label and text are read line by line", async () => {
    const yin = folder.write("yin.txt", "anger\tI am\tmad\njoy\tfine\n");
    expect(await all(readLabelTextLines(yin))).toEqual([
      { label: "anger", text: "I am\tmad" },
      { label: "joy", text: "fine" },
    ]);
    const bad = folder.write("yin2.txt", "joy\tfine\nno tab here\n");
    expect((await issueOf(() => all(readLabelTextLines(bad)))).line).toBe(2);
  });
});

describe("word vectors", () => {
  it("are read from GloVe's and word2vec's text, gzipped or not, the first ones only", async () => {
    const glove = folder.write("g.txt", "the 1 2.5 -3e-1\nof 4 5 6\na b 7 8 9\n");
    const vectors = await readWordVectors(glove);
    expect(vectors.words).toEqual(["the", "of", "a b"]);
    expect([...vectors.data].map((x) => Number(x.toFixed(6)))).toEqual([
      1, 2.5, -0.3, 4, 5, 6, 7, 8, 9,
    ]);
    const w2v = folder.write("w.txt.gz", gzipSync("2 2\nthe 1 2\nof 3 4\n"));
    expect(await readWordVectors(w2v)).toMatchObject({ words: ["the", "of"], dim: 2 });
    expect((await readWordVectors(glove, 1)).words).toEqual(["the"]);
  });

  it.each([
    ["too few values", "the 1 2\nof 3\n", "1"],
    ["too many values", "the 1 2\nof 3 4 5\n", "3"],
    ["a value that is none", "the 1 2\nof 3 x\n", '"x"'],
  ])("with %s are refused with the line", async (_, content, received) => {
    const issue = await issueOf(() => readWordVectors(folder.write("r.txt", content)));
    expect(issue).toMatchObject({ line: 2, received });
  });
});
