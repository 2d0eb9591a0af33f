import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const file = join(import.meta.dirname, "train-a-classifier.ts");

test("train-a-classifier tells inside from outside", () => {
  const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
  expect(stderr).toContain("epoch 30/30  step 600/600");
  const [probabilities, accuracy] = stdout.trim().split("\n");
  expect(JSON.parse(probabilities)[0][1]).toBeGreaterThan(0.9);
  expect(Number(accuracy.split(" ")[1])).toBeGreaterThan(0.95);
});

test("the guide shows that very program", () => {
  const guide = readFileSync(join(import.meta.dirname, "..", "docs", "training.md"), "utf8");
  const shown = /```ts\n(.*?)```/s.exec(guide)?.[1];
  const asInstalled = readFileSync(file, "utf8").replace(
    /"\.\.\/src\/(\w+)\/index\.ts"/g,
    '"deepdive/$1"',
  );
  expect(asInstalled).toContain(shown);
});
