import { describe, expect, it } from "vitest";
import { formatSeconds, formatTable, oneLine } from "./format.ts";
import { ProgressPrinter } from "./progress.ts";

function collect(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  return { written, output: { write, isTTY, columns: 80 } };
}

describe("progress", () => {
  it("in a pipe: a line per tenth of a phase or five seconds, and one at its end", () => {
    const { written, output } = collect(false);
    let now = 0;
    const printer = new ProgressPrinter(output, () => now);
    for (let done = 0; done <= 100; done++) {
      now += 10;
      printer.update({ phase: "train", done, total: 100, secondsLeft: 100 - done });
    }
    printer.update({ phase: "evaluate" });
    now += 6_000;
    printer.update({ phase: "evaluate", message: "1,729 mails" });
    printer.finish(true);
    expect(written).toHaveLength(10 + 1 + 1 + 1);
    expect(written[4]).toBe("  train      50% · 50 s left\n");
    expect(written[10]).toMatch(/^✓ train +1\.0 s\n$/);
    expect(written[12]).toMatch(/^✓ evaluate {3}1,729 mails +6\.0 s\n$/);
  });

  it("in a terminal: one line that is drawn over, never wider than the window", () => {
    const { written, output } = collect(true);
    const printer = new ProgressPrinter(output, () => 0);
    const message = "long ".repeat(40);
    printer.update({ phase: "train", done: 1, total: 2, message, values: { loss: 0.123456 } });
    expect(written[0].startsWith("\r\x1b[K")).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away.
    expect(written[0].replace(/\x1b\[\d*[mK]|\r/g, "").length).toBeLessThanOrEqual(80);
    printer.finish(false);
    expect(written.at(-1)).toBe("\r\x1b[K");
  });
});

describe("text in a terminal", () => {
  it("cannot move the cursor, change colours or turn the reading direction", () => {
    expect(oneLine("a\x1b[2Jb\r\nc\x07\u202ed", 40)).toBe("ab c d");
    expect(oneLine("x".repeat(50), 10)).toBe(`${"x".repeat(9)}…`);
  });

  it("stands in columns", () => {
    expect(
      formatTable(
        ["name", ">n"],
        [
          ["a", "10"],
          ["long name", "9"],
        ],
      ),
    ).toBe("name         n\na           10\nlong name    9");
  });

  it("tells times as people do", () => {
    expect([0.44, 59.6, 71.4, 7_300].map(formatSeconds)).toEqual([
      "0.4 s",
      "1 min 0 s",
      "1 min 11 s",
      "2 h 2 min",
    ]);
  });
});
