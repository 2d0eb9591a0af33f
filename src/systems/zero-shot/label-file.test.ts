/** @file A file labelled as a job: resumed after a kill, poor rows kept, doubtful ones set apart. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTable } from "../../data/index.ts";
import { issueOf, type TestFolder, testFolder } from "../../data/testing.ts";
import { type LabelFileOptions, labelFile } from "./label-file.ts";
import { uncertainTable } from "./label-job.ts";
import { WordEncoder } from "./testing/word-encoder.ts";

describe("labelFile", () => {
  let folder: TestFolder;
  beforeEach(() => {
    folder = testFolder();
  });
  afterEach(() => folder.remove());

  function options(file: string, more: Partial<LabelFileOptions> = {}): LabelFileOptions {
    return {
      file,
      labels: "sport, food",
      encoder: new WordEncoder(),
      out: join(folder.path, "out.jsonl"),
      checkpoints: join(folder.path, "checkpoints"),
      ...more,
    };
  }

  const linesOf = async (name: string) =>
    (await readFile(join(folder.path, name), "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it("labels each row, keeps known labels, and gives rows without text none", async () => {
    const file = folder.write(
      "a.csv",
      'id,text,label\n1,the sport,\n2,"food, much",\n3,,\n4,the sport,food\n',
    );
    const { corpus } = await labelFile(options(file));
    expect([...corpus.guess]).toEqual([0, 1, -1, 1]);
    expect(corpus.confidence[3]).toBe(1);
    const rows = await linesOf("out.jsonl");
    expect(rows.map((row) => [row.id, row.label])).toEqual([
      ["1", "sport"],
      ["2", "food"],
      ["3", null],
      ["4", "food"],
    ]);
  });

  it.each(["csv", "tsv", "parquet"])("writes %s", async (suffix) => {
    const file = folder.write("a.jsonl", '{"text": "the sport"}\n{"text": "food"}\n');
    const out = join(folder.path, `out.${suffix}`);
    await labelFile(options(file, { out }));
    const table = await readTable(out);
    const labels = table.columns.find((column) => column.name === "label")!;
    expect(labels.values).toEqual(["sport", "food"]);
  });

  it("goes on after the last finished block when it was killed", async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => (i % 2 ? "sport" : "food"));
    const file = folder.write("a.txt", `${rows.join("\n")}\n`);
    const stop = new AbortController();
    const killed = labelFile(
      options(file, {
        signal: stop.signal,
        onProgress: ({ done }) => done >= 4096 && stop.abort(new Error("killed")),
      }),
    );
    await expect(killed).rejects.toThrow("killed");
    expect(existsSync(join(folder.path, "out.jsonl"))).toBe(false);
    expect(await readdir(join(folder.path, "checkpoints"))).toHaveLength(2);
    const encoder = new WordEncoder();
    const again = options(file, {
      encoder,
      checkpoints: join(folder.path, "new"),
      formerCheckpoints: join(folder.path, "checkpoints"),
    });
    const { corpus, continuedBlocks } = await labelFile(again);
    expect(continuedBlocks).toBe(2);
    // The third block and the two labels.
    expect(encoder.embedded).toBe(5000 - 4096 + 2);
    expect(corpus.guess.every((label, row) => label === (row % 2 ? 0 : 1))).toBe(true);
  });

  it("loses no finished block to kill -9, and ends as if nothing had been", async () => {
    const rows = Array.from({ length: 9000 }, (_, i) => `${i % 2 ? "sport" : "food"} n${i}`);
    const file = folder.write("a.txt", `${rows.join("\n")}\n`);
    const checkpoints = join(folder.path, "checkpoints");
    const script = fileURLToPath(new URL("testing/slow-label.ts", import.meta.url));
    const out = join(folder.path, "out.jsonl");
    const child = spawn(process.execPath, [script, file, out, checkpoints], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    // After two blocks, in the middle of the third.
    for await (const line of createInterface({ input: child.stdout })) {
      if (Number(line) >= 4096) child.kill("SIGKILL");
    }
    expect((await ended)[1]).toBe("SIGKILL");
    expect(existsSync(out)).toBe(false);
    const encoder = new WordEncoder();
    const { continuedBlocks } = await labelFile(options(file, { encoder }));
    expect(continuedBlocks).toBeGreaterThanOrEqual(2);
    expect(encoder.embedded).toBe(9000 - 2048 * continuedBlocks + 2);
    const whole = {
      checkpoints: join(folder.path, "fresh"),
      out: join(folder.path, "whole.jsonl"),
    };
    await labelFile(options(file, whole));
    expect(await linesOf("out.jsonl")).toEqual(await linesOf("whole.jsonl"));
  });

  it("replaces what is no text, counts it, and keeps the row", async () => {
    const bytes = Buffer.concat([
      Buffer.from("text\nthe sport\n"),
      Buffer.from([0xff, 0xfe, 0x20]),
      Buffer.from("food\0\n"),
    ]);
    const { replaced, corpus } = await labelFile(options(folder.write("a.csv", bytes)));
    expect(replaced).toBe(1);
    expect([...corpus.guess]).toEqual([0, 1]);
  });

  it("flags texts over the encoder's length", async () => {
    const file = folder.write("a.txt", `${"sport ".repeat(30)}\nfood\n`);
    expect((await labelFile(options(file))).truncated).toBe(1);
  });

  it("names file and line of JSON that cannot be read, or leaves it out on request", async () => {
    const good = '{"text": "sport"}\n';
    const file = folder.write("a.jsonl", `${good.repeat(56)}{"text": "spo\n${good}`);
    const issue = await issueOf(() => labelFile(options(file)));
    expect(issue).toMatchObject({ path: file, line: 57 });
    const { bad, badFile, corpus } = await labelFile(options(file, { skipBad: true }));
    expect([bad, corpus.rows.length]).toEqual([1, 57]);
    expect(await readFile(badFile!, "utf8")).toContain('"line":57');
  });

  it("leaves a row with broken quotes out on request, and no row behind it", async () => {
    const file = folder.write("a.csv", 'id,text\n1,"the sport\n2,food\n3,"fine" food\n4,"sport"\n');
    expect(await issueOf(() => labelFile(options(file)))).toMatchObject({ path: file, line: 2 });
    const { badFile, corpus } = await labelFile(options(file, { skipBad: true }));
    expect(corpus.rows.map((row) => row.id)).toEqual(["2", "4"]);
    const bad = (await readFile(badFile!, "utf8")).trimEnd().split("\n");
    expect(bad.map((line) => JSON.parse(line).row)).toEqual(['1,"the sport', '3,"fine" food']);
  });

  it("reads long texts whole with windows", async () => {
    const long = `${"sport ".repeat(16)}${"food ".repeat(60)}`;
    const file = folder.write("a.txt", `${long}\nsport\n`);
    const cut = await labelFile(options(file));
    expect([cut.corpus.guess[0], cut.truncated]).toEqual([0, 1]);
    const whole = await labelFile(options(file, { windows: true }));
    expect([whole.corpus.guess[0], whole.truncated, whole.continuedBlocks]).toEqual([1, 0, 0]);
  });

  it("takes in what was reviewed, and calibrates on it", async () => {
    const texts = Array.from(
      { length: 80 },
      (_, i) => `${i % 2 ? "sport" : "food"} ${"xyz"[i % 3]}${i}`,
    );
    const file = folder.write("a.txt", `${texts.join("\n")}\n`);
    // The reviewer thinks otherwise than the names.
    const checked = texts
      .slice(0, 40)
      .map((text) => `${text},${text.startsWith("s") ? "food" : "sport"}`);
    const reviewed = folder.write("checked.csv", `text,label\n${checked.join("\n")}\n`);
    const { corpus } = await labelFile(options(file, { reviewed }));
    expect([...corpus.guess.slice(0, 4)]).toEqual([0, 1, 0, 1]);
    expect(corpus.report.calibratedOn).toBe(40);
    // All guesses for checked rows were wrong, and so those that are left are hardly sure.
    expect(Math.min(...corpus.confidence.slice(40))).toBe(0);
  });

  it("names a missing column with the columns that there are", async () => {
    const file = folder.write("a.csv", "body,n\nsport,1\n");
    const issue = await issueOf(() => labelFile(options(file)));
    expect(issue).toMatchObject({ code: "column-missing", path: file });
    expect(issue.message).toContain("body");
    const { corpus } = await labelFile(options(file, { textColumn: "body" }));
    expect(corpus.guess[0]).toBe(0);
  });

  it("takes labels from doubtful rows, and sets them apart", async () => {
    const file = folder.write("a.csv", 'id,text\nx,the sport\ny,sport food\nz,"food ""here"""\n');
    const { corpus, abstained } = await labelFile(options(file, { abstain: 0.7 }));
    expect(abstained).toBe(1);
    expect(corpus.guess[1]).toBe(-1);
    const all = await labelFile(options(file));
    const lines = uncertainTable(all.corpus, 2).trimEnd().split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe("id,text,label,confidence,second");
    expect(lines[1]).toContain('"y","sport food"');
  });

  it("lets rules and examples vote", async () => {
    const file = folder.write("a.txt", "the sport\nfood\nwe won it\nwon the sport\n");
    const rules = folder.write("rules.json", '[{"label": "sport", "words": ["won"]}]');
    const examples = folder.write("few.csv", "text,label\nwe won,sport\nso food,food\n");
    const { corpus } = await labelFile(options(file, { rules, examples }));
    expect(corpus.voters).toHaveLength(3);
    expect(corpus.voters[2]).toMatch(/^few-shot /);
    expect([...corpus.guess]).toEqual([0, 1, 0, 0]);
    expect(corpus.report.sources).toHaveLength(3);
  });

  it("labels all together on request", async () => {
    const file = folder.write(
      "a.txt",
      `${"the sport\nthe food\nmatch sport\noven food\n".repeat(5)}`,
    );
    const { corpus } = await labelFile(options(file, { corpus: true }));
    expect(corpus.report.balance).toBe("equal");
    expect([...corpus.guess].slice(0, 4)).toEqual([0, 1, 0, 1]);
  });
});
