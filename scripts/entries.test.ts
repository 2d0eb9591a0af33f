import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findFiles, loadExport, pick, takeFlag, takeOption, UsageError } from "./entries.ts";

describe("the command line", () => {
  test("an option's value may follow it or stand after an equals sign", () => {
    expect(takeOption(["engine", "--json", "out.json", "mlp"], "--json")).toEqual({
      value: "out.json",
      rest: ["engine", "mlp"],
    });
    expect(takeOption(["--json=out.json", "mlp"], "--json")).toEqual({
      value: "out.json",
      rest: ["mlp"],
    });
    expect(takeOption(["mlp"], "--json")).toEqual({ value: undefined, rest: ["mlp"] });
  });

  test("an option without its value is an error that names it", () => {
    expect(() => takeOption(["engine", "--json"], "--json")).toThrow("--json needs a value");
  });

  test("a flag is found under each of its names", () => {
    expect(takeFlag(["a", "-h"], "--help", "-h")).toEqual({ on: true, rest: ["a"] });
    expect(takeFlag(["a"], "--help", "-h")).toEqual({ on: false, rest: ["a"] });
  });

  test("an unknown name is answered with the known ones", () => {
    expect(pick("recipe", "mnist", ["mnist", "mails"])).toBe("mnist");
    expect(() => pick("recipe", "minst", ["mnist", "mails"])).toThrow(
      'no recipe is called "minst"; there are: mnist, mails',
    );
    expect(() => pick("recipe", "minst", [])).toThrow(UsageError);
  });
});

describe("entries", () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "entries-"));
    mkdirSync(join(base, "bench", "one"), { recursive: true });
    mkdirSync(join(base, "bench", "node_modules"), { recursive: true });
    writeFileSync(join(base, "bench", "one", "index.ts"), "export const bench: number = 3;\n");
    writeFileSync(join(base, "bench", "node_modules", "index.ts"), "\n");
  });
  afterEach(() => rmSync(base, { recursive: true }));

  test("are found by pattern, packages left out", () => {
    expect(findFiles(["bench/*/index.ts"], base)).toEqual(["bench/one/index.ts"]);
  });

  test("give their export, or an error that names the file and the export", async () => {
    expect(await loadExport<number>("bench/one/index.ts", "bench", base)).toBe(3);
    await expect(loadExport("bench/one/index.ts", "recipe", base)).rejects.toThrow(
      "bench/one/index.ts must export `recipe`",
    );
  });
});
