import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./entries.ts";

const read = (path: string) => readFileSync(join(root, path), "utf8");
const manifest = JSON.parse(read("package.json"));
const locked = JSON.parse(read("package-lock.json")).packages;
const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
const rows = read("docs/dependencies.md").split("\n");

test.each(names)("docs/dependencies.md says what %s is for, and its version", (name) => {
  const row = rows.find((line) => line.startsWith("|") && line.includes(`\`${name}\``));
  expect(row, `a row for ${name}`).toBeDefined();
  expect(row).toContain(locked[`node_modules/${name}`].version);
});

test("the lockfile holds every platform's packages and names no registry", () => {
  const paths = Object.keys(locked);
  const missing = Object.values<{ optionalDependencies?: Record<string, string> }>(locked)
    .flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
    .filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)));
  expect(missing).toEqual([]);
  expect(JSON.stringify(locked)).not.toContain('"resolved":"http');
});
