import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findFiles, root } from "./entries.ts";

type Conditions = Readonly<Record<"types" | "import", string>>;
type Entry = Readonly<Record<"name" | "types" | "code", string>>;

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const entries: Entry[] = Object.entries<Conditions | string>(manifest.exports)
  .filter((pair): pair is [string, Conditions] => typeof pair[1] === "object")
  .map(([name, { types, import: code }]) => ({ name, types, code }));
const sourceOf = (code: string) => code.replace("./dist/", "src/").replace(/\.js$/, ".ts");
/** Where the types of what is bundled for pages are written, by the folders of their sources. */
const bundledTypes = "./dist/hiplot-embed/types/";
const isBundled = ({ types }: Entry) => types.startsWith(bundledTypes);

test.each(entries.filter(isBundled))("$name is bundled from a source", (entry) => {
  const source = entry.types.replace(bundledTypes, "src/").replace(/\.d\.ts$/, ".ts");
  expect(findFiles([source])).toEqual([source]);
});

test.each(entries.filter((entry) => !isBundled(entry)))(
  "$name of the package has a source and its types beside it",
  (entry) => {
    expect(findFiles([sourceOf(entry.code)])).not.toEqual([]);
    expect(entry.types).toBe(entry.code.replace(/\.js$/, ".d.ts"));
  },
);

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
