import { expect, it } from "vitest";
import { cellOf, numbersOf } from "./columns.ts";
import { CsvError, type CsvTable, parseCsv } from "./csv.ts";
import { parseNumber } from "./text-column.ts";

const read = (text: string) => parseCsv(new TextEncoder().encode(text));
const cells = ({ columns, rows }: CsvTable) =>
  Array.from({ length: rows }, (_, row) => columns.map((column) => cellOf(column, row)));

it("reads quotes, line ends of all kinds and a last line without one", () => {
  const table = read('a,b\r\n1,"x, ""y""\nz"\r2,\n3,"é"');
  expect(table.columns.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(cells(table)).toEqual([
    ["1", 'x, "y"\nz'],
    ["2", ""],
    ["3", "é"],
  ]);
  expect(table.notes).toEqual([]);
});

it("finds the separator, and says so", () => {
  expect(cells(read("a;b\n1,5;2"))).toEqual([["1,5", "2"]]);
  expect(read("a;b\n1;2").notes).toEqual(["the columns are separated by semicolon"]);
  expect(read("a\tb\n1\t2").notes).toEqual(["the columns are separated by tab"]);
});

it("leaves out a byte-order mark and reads UTF-16", () => {
  const marked = parseCsv(Uint8Array.from([0xef, 0xbb, 0xbf, 97, 10, 49]));
  expect(marked.columns[0]!.name).toBe("a");
  expect(marked.notes).toEqual(["the file begins with a byte-order mark, which was left out"]);
  const wide = parseCsv(new Uint8Array(Buffer.from("\uFEFFä,b\n1,2\n", "utf16le")));
  expect(wide.columns.map(({ name }) => name)).toEqual(["ä", "b"]);
  expect(wide.notes).toEqual(["the file is encoded in UTF-16LE"]);
});

it("mends ragged lines and double names, and says which", () => {
  const table = read("x,x,y\n1,2\n1,2,3,4\n\n5,6,7\n");
  expect(cells(table)).toEqual([
    ["1", "2", undefined],
    ["1", "2", "3"],
    ["5", "6", "7"],
  ]);
  expect(table.notes).toMatchInlineSnapshot(`
    [
      "the column x occurs again, here as x.2",
      "line 2 has fewer than 3 cells; the last ones are missing",
      "line 3 has more than 3 cells; those beyond are left out",
    ]
  `);
});

it("names line and column of a quote that is never closed, and refuses an empty file", () => {
  expect(() => read('a,b\n1,"x\n2,y\n')).toThrow(
    new CsvError(2, 3, "a quote is opened here and never closed"),
  );
  expect(() => read("")).toThrow("line 1, column 1: expected a header line, but the file is empty");
});

it("keeps many numbers as numbers, their gaps as they were, and goes back to texts if need be", () => {
  const lines = Array.from({ length: 70_000 }, (_, i) => `${i / 8},${i}`);
  lines[3] = ",inf";
  const table = read(`a,b\n${lines.join("\n")}\n`);
  const [a, b] = table.columns;
  expect(a!.kind).toBe("number");
  expect([cellOf(a!, 3), cellOf(a!, 5), cellOf(b!, 3)]).toEqual(["", "0.625", "inf"]);
  expect(numbersOf(a!)[69_999]).toBe(69_999 / 8);
  lines[69_998] = "late,7";
  const again = read(`a,b\n${lines.join("\n")}\n`);
  expect(again.columns[0]!.kind).toBe("coded");
  expect(cellOf(again.columns[0]!, 69_998)).toBe("late");
  expect(cellOf(again.columns[0]!, 69_999)).toBe("8749.875");
});

it.each([
  "0.1",
  "-12.50",
  "1e-05",
  "8444218515250481e-16",
  "0.30000000000000004",
  "1.7976931348623157e308",
  "+3",
  "5e-324",
  "123456789012345678901",
  "0",
])("reads %s as JavaScript does", (text) => {
  const bytes = new TextEncoder().encode(`,${text},`);
  expect(parseNumber(bytes, 1, bytes.length - 1)).toBe(Number(text));
});

it.each(["", "-", "1e", "1.2.3", "abc", "1 ", "."])("takes %j for no number", (text) => {
  const bytes = new TextEncoder().encode(text);
  expect(parseNumber(bytes, 0, bytes.length)).toBeNaN();
});
