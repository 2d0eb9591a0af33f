import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { russian } from "./russian.ts";
import { plural, t } from "./translate.ts";

const folder = new URL("../", import.meta.url).pathname;

describe("the catalogue", () => {
  it("has a Russian sentence for every one that the pages say", () => {
    const said = new Set<string>();
    for (const file of globSync("**/*.{ts,tsx}", { cwd: folder })) {
      if (file.includes(".test.")) continue;
      const code = readFileSync(folder + file, "utf8");
      for (const [, sentence] of code.matchAll(/\bt\(\s*"((?:[^"\\]|\\.)*)"/g)) said.add(sentence);
      for (const [, sentence] of code.matchAll(/\bother: "([^"]+)"/g)) {
        said.add(sentence).add(`${sentence} (few)`);
      }
    }
    expect(said.size).toBeGreaterThan(50);
    expect([...said].filter((sentence) => !(sentence in russian))).toEqual([]);
  });

  it("keeps every placeholder", () => {
    const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();
    const uneven = Object.entries(russian).filter(
      ([english, other]) => holes(english).join() !== holes(other).join(),
    );
    expect(uneven).toEqual([]);
  });

  it("fills in values", () => {
    expect(t("Row {n} of the data", { n: 3 })).toBe("Row 3 of the data");
    expect(plural(1, { one: "{n} more curve", other: "{n} more curves" })).toBe("1 more curve");
    expect(plural(1200, { one: "{n} more curve", other: "{n} more curves" })).toBe(
      "1,200 more curves",
    );
  });
});
