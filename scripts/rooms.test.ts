import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { root } from "./entries.ts";
import { breachOf, findMachinePaths, findRoomBreaches, importsOf } from "./rooms.ts";

describe("importsOf", () => {
  test("finds every form of import with its line", () => {
    const source = [
      "// import { no } from './comment.ts'",
      'import { a } from "./a.ts";',
      'import type { B } from "../b.ts";',
      "import {",
      "  c,",
      '} from "./c.ts";',
      'export * from "./d.ts";',
      'import "./e.ts";',
      'const f = await import("./f.ts");',
      'new Worker(new URL("./g.ts", import.meta.url));',
      'const text = Array.from("./h.ts");',
    ].join("\n");
    expect(importsOf(source).toSorted((x, y) => x.line - y.line)).toEqual([
      { specifier: "./a.ts", line: 2 },
      { specifier: "../b.ts", line: 3 },
      { specifier: "./c.ts", line: 6 },
      { specifier: "./d.ts", line: 7 },
      { specifier: "./e.ts", line: 8 },
      { specifier: "./f.ts", line: 9 },
      { specifier: "./g.ts", line: 10 },
    ]);
  });
});

describe("breachOf", () => {
  test.each([
    ["src/nn/linear.ts", "../engine/index.ts"],
    ["src/nn/linear.ts", "./init.ts"],
    ["src/nn/linear.ts", "node:fs"],
    ["src/systems/lime/lab.ts", "./model.ts"],
    ["src/systems/lime/text/lab.ts", "../model.ts"],
    ["src/systems/lime/lab.ts", "../../lab/criteria.ts"],
    ["src/systems/index.ts", "./lime/lab.ts"],
    ["src/cli/main.ts", "../server/index.ts"],
    ["src/index.ts", "./train/index.ts"],
    ["src/studio/page.test.ts", "../server/index.ts"],
    ["src/engine/page.test.ts", "../../scripts/chromium.ts"],
  ])("%s may import %s", (file, specifier) => {
    expect(breachOf(file, specifier)).toBeUndefined();
  });

  test.each([
    ["src/engine/tensor.ts", "../nn/linear.ts", "engine must not know of nn"],
    ["src/nn/linear.test.ts", "../train/fit.ts", "nn must not know of train"],
    ["src/systems/lime/lab.ts", "../pitch/lab.ts", "must not import another"],
    ["src/systems/lime/lab.ts", "../index.ts", "must not import another"],
    ["src/studio/page.tsx", "../server/api.ts", "speaks HTTP"],
    ["src/nn/linear.ts", "../../bench/types.ts", "outside src/"],
    ["src/nn/linear.ts", "deepdive/engine", "relative path"],
    ["src/nn/linear.ts", "../misc/x.ts", "in no room"],
    ["src/misc/x.ts", "../engine/index.ts", "which is no room"],
  ])("%s must not import %s", (file, specifier, why) => {
    expect(breachOf(file, specifier)).toContain(why);
  });
});

describe("a tree of files", () => {
  let base: string;
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    writeFileSync(join(base, path), text);
  };
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "rooms-"));
  });
  afterEach(() => rmSync(base, { recursive: true }));

  test("a breach is reported with its file and line", () => {
    put("src/nn/linear.ts", '\nimport type { Fit } from "../train/fit.ts";\n');
    put("src/train/fit.ts", 'import { Linear } from "../nn/linear.ts";\n');
    expect(findRoomBreaches(base)).toEqual([
      {
        file: "src/nn/linear.ts",
        line: 2,
        rule: "imports src/train/fit.ts: nn must not know of train",
      },
    ]);
  });

  test("a path of one machine is reported, a route or a system folder is not", () => {
    const home = ["", "home", "ada", "mails.csv"].join("/");
    put(
      "docs/guide.md",
      `Fine: https://a.org/work/x, /usr/bin/chromium, ./work/a\nNot: \`${home}\`\n`,
    );
    expect(findMachinePaths(base)).toEqual([
      { file: "docs/guide.md", line: 2, rule: `names a path of one machine: ${home}` },
    ]);
  });
});

test("this repository keeps to its rooms", () => {
  expect(findRoomBreaches(root)).toEqual([]);
});
