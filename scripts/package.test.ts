import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findFiles, root } from "./entries.ts";

type Entry = Readonly<Record<"types" | "import", string>>;

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const entries = Object.entries<Entry | string>(manifest.exports)
  .filter((pair): pair is [string, Entry] => typeof pair[1] === "object")
  .map(([name, { types, import: code }]) => ({ name, types, code }));
const sourceOf = (code: string) => code.replace("./dist/", "src/").replace(/\.js$/, ".ts");

test.each(entries)("$name of the package has a source and its types beside it", (entry) => {
  expect(findFiles([sourceOf(entry.code)])).not.toEqual([]);
  expect(entry.types).toBe(entry.code.replace(/\.js$/, ".d.ts"));
});

test("every room and every system with an index is an entry of the package", () => {
  const sources = entries.flatMap(({ code }) => findFiles([sourceOf(code)]));
  expect(sources).toEqual(expect.arrayContaining(findFiles(["src/*/index.ts"])));
  const systems = globSync("src/systems/*/", { cwd: root }).map((path) => join(path, "index.ts"));
  expect(sources).toEqual(expect.arrayContaining(systems));
});

test("the command and the files that are published are named", () => {
  expect(findFiles([sourceOf(`./${manifest.bin.deepdive}`)])).toEqual(["src/cli/main.ts"]);
  expect(manifest.files).toContain("dist");
});
