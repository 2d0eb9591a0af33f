// The browser's entry must not reach a module of Node, however far down.
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

/** Modules that a file's code needs, type-only imports left out. */
async function needs(file: URL): Promise<string[]> {
  const source = await readFile(file, "utf8");
  const pattern = /^(?:import|export)\s+(?!type\b)[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"/gms;
  return [...source.matchAll(pattern)].map(([, from, bare]) => from ?? bare!);
}

it("imports no module of Node", async () => {
  const open = [new URL("./index.ts", import.meta.url)];
  const seen = new Set<string>();
  const outside: string[] = [];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file.href)) continue;
    seen.add(file.href);
    for (const each of await needs(file)) {
      if (each.startsWith(".")) open.push(new URL(each, file));
      else outside.push(`${file.pathname.split("/src/")[1]}: ${each}`);
    }
  }
  expect(outside).toEqual([]);
  expect(seen.size).toBeGreaterThan(20);
});
