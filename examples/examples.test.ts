import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const here = import.meta.dirname;
const run = (file: string) => spawnSync(process.execPath, [join(here, file)], { encoding: "utf8" });

test("first-steps finds the coefficients that made the data", () => {
  const { stdout, stderr } = run("first-steps.ts");
  expect(stderr).toBe("");
  const found: number[] = JSON.parse(stdout).flat();
  for (const [i, truth] of [1, -2, 3].entries()) expect(found[i]).toBeCloseTo(truth, 4);
});

test("the README shows that very program", () => {
  const readme = readFileSync(join(here, "..", "README.md"), "utf8");
  const shown = /```ts\n(.*?)```/s.exec(readme)?.[1];
  const program = readFileSync(join(here, "first-steps.ts"), "utf8");
  const asInstalled = program.replace("../src/engine/index.ts", "deepdive/engine");
  expect(asInstalled).toContain(shown);
});
