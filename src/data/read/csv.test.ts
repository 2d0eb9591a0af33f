/** @file CSV records and UTF-8 checks as properties: any table survives, wherever the blocks end. */
import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearestName } from "../nearest.ts";
import { guessDelimiter, readCsvBlocks } from "./csv.ts";
import { firstInvalidUtf8, type LineBlock } from "./source.ts";

async function records(pieces: readonly string[], delimiter?: string): Promise<string[][]> {
  async function* blocks(): AsyncGenerator<LineBlock> {
    for (const text of pieces) yield { text, firstLine: 0 };
  }
  const all: string[][] = [];
  const options = delimiter === undefined ? {} : { delimiter };
  for await (const block of readCsvBlocks(blocks(), "test.csv", options)) {
    all.push(...(block.records as string[][]));
  }
  return all;
}

describe("CSV", () => {
  const field = fc.string({ unit: fc.constantFrom("a", "b", ",", '"', "\n", "\r\n", "é", " ") });

  it("gives back any table, in blocks of one line or all in one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom("\n", "\r\n"),
        async (rows, lineEnd) => {
          const quoted = (value: string) =>
            /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
          const text = rows.map((row) => row.map(quoted).join(",")).join(lineEnd);
          expect(await records([text], ",")).toEqual(rows);
          expect(await records(text.split(/(?<=\n)/), ",")).toEqual(rows);
          expect(await records([text + lineEnd], ",")).toEqual(rows);
        },
      ),
      { seed: 5 },
    );
  });

  it("takes line ends of all kinds, quotes inside plain fields, and lone empty fields", async () => {
    expect(await records(["a,b\rc,d\r\ne,f\n"])).toEqual([
      ["a", "b"],
      ["c", "d"],
      ["e", "f"],
    ]);
    expect(await records(['5" disk,b"\n"",x\n,'], ",")).toEqual([
      ['5" disk', 'b"'],
      ["", "x"],
      ["", ""],
    ]);
    expect(await records(["\n\n"])).toEqual([]);
  });

  it("guesses the delimiter from the first line, outside quotes", () => {
    expect(guessDelimiter('"a;b;c",d\n;;;;')).toBe(",");
    expect(guessDelimiter("a|b|c,d\n")).toBe("|");
    expect(guessDelimiter("\r\n\na\tb\n")).toBe("\t");
    expect(guessDelimiter("single\n")).toBe(",");
  });
});

it("finds invalid UTF-8 exactly where Node does", () => {
  const byte = fc.constantFrom(
    0x41,
    0x80,
    0x9f,
    0xa0,
    0xbf,
    0xc1,
    0xc2,
    0xe0,
    0xed,
    0xef,
    0xf0,
    0xf4,
    0xf5,
  );
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 8 }),
      fc.array(byte, { maxLength: 6 }),
      (any, chosen) => {
        for (const bytes of [any, Uint8Array.from(chosen)]) {
          const at = firstInvalidUtf8(bytes);
          expect(at === -1).toBe(isUtf8(bytes));
          if (at !== -1) expect(isUtf8(bytes.subarray(0, at))).toBe(true);
        }
      },
    ),
    { seed: 6, numRuns: 2000 },
  );
});

it("finds the nearest name, or none", () => {
  expect(editDistance("label", "lable")).toBe(1);
  expect(editDistance("kitten", "sitting")).toBe(3);
  expect(nearestName("lable", ["text", "label"])).toBe("label");
  expect(nearestName(" Text", ["text", "label"])).toBe("text");
  expect(nearestName("subject", ["text", "label"])).toBeUndefined();
  expect(nearestName("x", ["a", "b"])).toBeUndefined();
});
