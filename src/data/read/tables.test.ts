/** @file Tables: what is read, and what each kind of bad input is told. */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DataError } from "../errors.ts";
import { issueOf, type TestFolder, testFolder } from "../testing.ts";
import { column, tableRow } from "./table.ts";
import { readRows, readTable } from "./tables.ts";

let folder: TestFolder;
beforeAll(() => {
  folder = testFolder();
});
afterAll(() => folder.remove());

async function values(path: string, name: string): Promise<unknown[]> {
  return [...(column(await readTable(path), name).values as unknown[])];
}

describe("CSV", () => {
  it("reads quotes, line breaks in fields, CRLF, missing values and types", async () => {
    const path = folder.write(
      "types.csv",
      'text,n,x,ok,code\r\n"a, ""b""\r\nc",1,0.5,true,007\r\nplain,-2,,FALSE,12\r\n',
    );
    const table = await readTable(path);
    expect(table.columns.map((each) => each.type)).toEqual([
      "string",
      "int32",
      "float64",
      "bool",
      "string",
    ]);
    expect(tableRow(table, 0)).toEqual({
      text: 'a, "b"\r\nc',
      n: 1,
      x: 0.5,
      ok: true,
      code: "007",
    });
    expect(tableRow(table, 1)).toEqual({ text: "plain", n: -2, x: null, ok: false, code: "12" });
    expect(column(table, "x").values).toEqual(new Float64Array([0.5, Number.NaN]));
  });

  it("finds the delimiter, skips empty lines, the byte order mark and a last line without end", async () => {
    const path = folder.write("semicolon.csv", "\uFEFF\ntext;label\n\na, b;1\nc;2");
    expect(await values(path, "text")).toEqual(["a, b", "c"]);
    expect(await values(folder.write("t.tsv", "a\tb,c\n1\t2\n"), "b,c")).toEqual([2]);
  });

  it("reads UTF-16 by its mark, other encodings by name, gzip by its bytes", async () => {
    const text = "text,label\nGrüße 👋,ja\n";
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
    expect(await values(folder.write("u16.csv", utf16), "text")).toEqual(["Grüße 👋"]);
    const latin = folder.write("latin.csv", Buffer.from("text\nGrüße\n", "latin1"));
    const table = await readTable(latin, { encoding: "windows-1252" });
    expect(column(table, "text").values).toEqual(["Grüße"]);
    expect(await values(folder.write("z.csv.gz", gzipSync(text)), "text")).toEqual(["Grüße 👋"]);
  });

  it("reads again as text a column that is a number only at first", async () => {
    const rows = Array.from({ length: 90_000 }, (_, i) => `1.50,row ${i}`);
    const path = folder.write("late.csv", `a,b\n${rows.join("\n")}\nnone,last\n`);
    const table = await readTable(path);
    const a = column(table, "a");
    expect(a.type).toBe("string");
    expect([a.values[0], a.values[90_000]]).toEqual(["1.50", "none"]);
    const issue = await issueOf(async () => {
      for await (const rows of readRows(path)) void rows;
    });
    expect(issue).toMatchObject({ code: "value", line: 90_002, field: 'column "a"' });
    let count = 0;
    for await (const rows of readRows(path, { types: { a: "string" } })) count += rows.length;
    expect(count).toBe(90_001);
  });

  it("carries records over block borders", async () => {
    const long = "x".repeat(700_000);
    const path = folder.write("blocks.csv", `a,b\n"${long}\n${long}",1\n"${long}",2\nshort,3\n`);
    const table = await readTable(path);
    expect(column(table, "b").values).toEqual(new Int32Array([1, 2, 3]));
    expect(column(table, "a").values[0]).toBe(`${long}\n${long}`);
  });

  it("takes columns in the order asked for, and a limit", async () => {
    const path = folder.write("pick.csv", "a,b,c\n1,2,3\n4,5,6\n7,8,9\n");
    const table = await readTable(path, { columns: ["c", "a"], limit: 2, types: { a: "string" } });
    expect(table.columns.map((each) => [each.name, [...each.values]])).toEqual([
      ["c", [3, 6]],
      ["a", ["1", "4"]],
    ]);
    expect(table.rows).toBe(2);
  });

  it("refuses rows of another length, stray text after a quote, a quote left open", async () => {
    const ragged = folder.write("ragged.csv", 'a,b\n"x\ny",1\n1,2,3\n');
    const issue = await issueOf(() => readTable(ragged));
    expect(issue).toMatchObject({ code: "row-length", line: 4 });
    expect(issue.message).toBe(
      `${ragged}, line 4: expected 2 fields, as many as the header has, received 3. ` +
        "Quote fields that contain the delimiter or a line break.",
    );
    const stray = folder.write("stray.csv", 'a,b\n1,2\n"x" y,2\n');
    expect(await issueOf(() => readTable(stray))).toMatchObject({ code: "malformed", line: 3 });
    const open = folder.write("open.csv", 'a,b\n"x,2\n3,4\n');
    expect(await issueOf(() => readTable(open))).toMatchObject({ code: "malformed", line: 2 });
    const twice = folder.write("twice.csv", "a,a\n1,2\n");
    expect((await issueOf(() => readTable(twice))).message).toContain('"a" twice');
  });
});

describe("JSONL and JSON", () => {
  it("reads a union of keys; mixed and nested values stay as they are", async () => {
    const lines = [
      '{"text":"a","y":1,"x":{"k":[1]}}',
      "",
      '{"y":2.5,"m":1}',
      '{"text":"b","m":"z"}',
    ];
    const table = await readTable(folder.write("rows.jsonl", lines.join("\n")));
    expect(table.rows).toBe(3);
    expect(table.columns.map((each) => `${each.name}:${each.type}`)).toEqual([
      "text:string",
      "y:float64",
      "x:json",
      "m:json",
    ]);
    expect(tableRow(table, 0)).toEqual({ text: "a", y: 1, x: { k: [1] }, m: null });
    expect(column(table, "m").values).toEqual([null, 1, "z"]);
  });

  it("reads an array of objects", async () => {
    const path = folder.write("rows.json", '[{"a":1},\n {"a":"x"}]');
    const table = await readTable(path, { types: { a: "string" } });
    expect(column(table, "a").values).toEqual(["1", "x"]);
  });

  it("says which line is not JSON and where", async () => {
    const path = folder.write("bad.jsonl", '{"a":1}\n{"a":2,b:3}\n');
    const issue = await issueOf(() => readTable(path));
    expect(issue).toMatchObject({ code: "malformed", line: 2 });
    expect(issue.message).toContain('from column 8 on: "b:3}"');
    const list = folder.write("list.jsonl", "[1,2]\n");
    expect((await issueOf(() => readTable(list))).message).toContain("received an array");
    const scalar = folder.write("scalar.json", "3");
    expect((await issueOf(() => readTable(scalar))).code).toBe("malformed");
  });

  it("refuses an array over the limit, also one that is small only while gzipped", async () => {
    const text = JSON.stringify([{ a: "x".repeat(5000) }]);
    const code = async (path: string) =>
      (await issueOf(() => readTable(path, { maxJsonBytes: 1000 }))).code;
    expect(await code(folder.write("large.json", text))).toBe("file-too-large");
    expect(await code(folder.write("large.json.gz", gzipSync(text)))).toBe("file-too-large");
    const cut = folder.write("cut.json.gz", gzipSync(text).subarray(0, 30));
    expect((await issueOf(() => readTable(cut))).code).toBe("file-unreadable");
  });

  it("finds a missing column, also under a limit", async () => {
    const path = folder.write("keys.jsonl", '{"text":"a","label":1}\n{"text":"b","label":1}\n');
    const issue = await issueOf(() => readTable(path, { columns: ["lable"], limit: 1 }));
    expect(issue).toMatchObject({ code: "column-missing", nearest: "label" });
  });
});

describe("Parquet", () => {
  it("reads numbers, texts, dates, lists and missing values; only the columns asked for", async () => {
    const path = `${folder.path}/it's [1].parquet`;
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(
      `COPY (SELECT * FROM (VALUES
         ('a', 1::BIGINT, 1.5::DOUBLE, true, DATE '2020-02-01', [1::BIGINT, 2], 1.25::DECIMAL(4,2)),
         ('b', NULL, 2.5, false, NULL, NULL, 9007199254740993::DECIMAL(20,0))
       ) AS t(text, n, x, ok, day, list, d)) TO '${path.replaceAll("'", "''")}' (FORMAT parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    const table = await readTable(path);
    expect(tableRow(table, 0)).toEqual({
      text: "a",
      n: 1,
      x: 1.5,
      ok: true,
      day: "2020-02-01",
      list: [1, 2],
      d: 1.25,
    });
    expect(tableRow(table, 1)).toMatchObject({ text: "b", n: null, ok: false, day: null });
    const picked = await readTable(path, { columns: ["x"], limit: 1 });
    expect(picked.columns.map((each) => [...each.values])).toEqual([[1.5]]);
    expect(await issueOf(() => readTable(path, { columns: ["txet"] }))).toMatchObject({
      code: "column-missing",
      nearest: "text",
    });
    const torn = folder.write("torn.parquet", "PAR1 and nothing more");
    expect((await issueOf(() => readTable(torn))).message).toContain("a whole Parquet file");
  });
});

describe("bad files", () => {
  it("says what is missing, empty, a folder, or of another kind", async () => {
    const code = async (path: string) => (await issueOf(() => readTable(path))).code;
    expect(await code(`${folder.path}/nothing.csv`)).toBe("file-missing");
    expect(await code(folder.path)).toBe("file-unreadable");
    expect(await code(folder.write("empty.csv", ""))).toBe("file-empty");
    expect(await code(folder.write("blank.csv", "\n\n"))).toBe("file-empty");
    expect(await code(folder.write("blank.jsonl", "\n"))).toBe("file-empty");
    expect(await code(folder.write("sheet.csv", "PK\u0003\u0004"))).toBe("format-unknown");
    expect(await code(folder.write("table.dat", "a,b"))).toBe("format-unknown");
    const cut = gzipSync("a,b\n1,2\n".repeat(1000)).subarray(0, 40);
    expect(await code(folder.write("cut.csv.gz", cut))).toBe("file-unreadable");
  });

  it("names the columns there are and the nearest one", async () => {
    const path = folder.write("cols.csv", "subject,body,label\na,b,c\n");
    const issue = await issueOf(() => readTable(path, { columns: ["subejct"] }));
    expect(issue.message).toBe(
      `${path}, column "subejct": expected one of "subject", "body", "label", received a name ` +
        'that is not among them. Did you mean "subject"?',
    );
  });

  it("gives the line and byte where UTF-8 breaks", async () => {
    const bytes = Buffer.concat([Buffer.from("text\ngood\nGr"), Buffer.from([0xfc, 0xdf, 0x65])]);
    const issue = await issueOf(() => readTable(folder.write("broken.csv", bytes)));
    expect(issue).toMatchObject({ code: "encoding", line: 3, byteInFile: 12 });
    expect(issue.message).toContain(
      "byte 3 of the line, which begins an invalid sequence (fc df 65)",
    );
  });

  it("refuses a line of 200 MB without holding it", async () => {
    const path = `${folder.path}/long.csv`;
    const stream = createWriteStream(path);
    stream.write("text,label\n");
    const piece = "spam ".repeat(200_000);
    for (let i = 0; i < 200; i++) if (!stream.write(piece)) await once(stream, "drain");
    stream.end();
    await once(stream, "close");
    const before = process.memoryUsage().rss;
    const issue = await issueOf(() => readTable(path));
    const growth = process.memoryUsage().rss - before;
    expect(issue).toMatchObject({ code: "line-too-long", line: 2, limitBytes: 16 * 2 ** 20 });
    expect(growth).toBeLessThan(100e6);
  });

  it("bounds a record that a quote left open swallows, and takes another limit", async () => {
    const path = folder.write("swallow.csv", `a\n"open\n${"line\n".repeat(300_000)}`);
    const issue = await issueOf(() => readTable(path, { maxLineBytes: 1_000_000 }));
    expect(issue).toMatchObject({ code: "line-too-long", line: 2 });
    const line = folder.write("line.jsonl", `{"a":"${"x".repeat(2000)}"}\n`);
    expect((await issueOf(() => readTable(line, { maxLineBytes: 1000 }))).code).toBe(
      "line-too-long",
    );
    expect((await readTable(line, { maxLineBytes: 3000 })).rows).toBe(1);
  });
});

describe("rows that cannot be read", () => {
  it("are left out and told of where the caller says so", async () => {
    const bad: string[] = [];
    const onBadRow = (error: Error, row: string) => bad.push(`${error.message} [${row}]`);
    const lines = folder.write("bad.jsonl", '{"a":1}\n{"a":\n{"a":2}\n[3]\n');
    expect((await readTable(lines, { onBadRow })).rows).toBe(2);
    const csv = folder.write("bad.csv", "a,b\n1,2\n3\n4,5,6\n7,8\n");
    expect(await readTable(csv, { onBadRow }).then((table) => table.rows)).toBe(2);
    expect(bad.map((each) => /line \d/.exec(each)?.[0])).toEqual([
      "line 2",
      "line 4",
      "line 3",
      "line 4",
    ]);
    expect(bad[3]).toContain("[4,5,6]");
  });

  it("may have broken quotes: only the line with the quote is lost, wherever it stands", async () => {
    const good = Array.from({ length: 5 }, (_, i) => `${i},"fine, ""${i}"""`);
    const broken = ['a,"never closed', 'a,"closed" early', 'a,"b"c"', '"x'];
    for (const line of broken) {
      for (const at of [0, 2, 5]) {
        const bad: string[] = [];
        const onBadRow = (error: DataError, row: string) => bad.push(`${error.issue.line} ${row}`);
        const path = folder.write("q.csv", ["n,t", ...good.toSpliced(at, 0, line)].join("\n"));
        const table = await readTable(path, { onBadRow });
        expect(column(table, "t").values).toEqual(good.map((_, i) => `fine, "${i}"`));
        expect(bad).toEqual([`${at + 2} ${line}`]);
        const issue = await issueOf(() => readTable(path));
        expect(issue.code).toBe("malformed");
      }
    }
    const header = folder.write("h.csv", 'a,"b\n1,2\n');
    const issue = await issueOf(() => readTable(header, { onBadRow() {} }));
    expect(issue).toMatchObject({ code: "malformed", line: 1 });
  });

  it("may run over the limit: what follows an open quote is read again", async () => {
    const rows = Array.from({ length: 100 }, (_, i) => `${i},good`);
    const path = folder.write("long.csv", ["n,t", '7,"open', ...rows].join("\n"));
    const bad: number[] = [];
    const onBadRow = ({ issue }: DataError) => bad.push(issue.line!);
    const table = await readTable(path, { onBadRow, maxLineBytes: 200 });
    expect([table.rows, bad]).toEqual([100, [2]]);
  });

  it("have U+FFFD for bytes that are no UTF-8 where the caller says so", async () => {
    const path = folder.write("latin.csv", Buffer.from("a\ncaf\xe9 x\n", "latin1"));
    const table = await readTable(path, { invalidBytes: "replace" });
    expect(column(table, "a").values).toEqual(["caf\uFFFD x"]);
  });
});
