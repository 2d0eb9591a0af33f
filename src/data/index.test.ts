/** @file The room's entry: it loads no native library until one is needed. */
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

it("starts without DuckDB and sharp", () => {
  const entry = JSON.stringify(new URL("./index.ts", import.meta.url).href);
  const program = `import(${entry}).then((room) => console.log(JSON.stringify([
    typeof room.readTable,
    process.report.getReport().sharedObjects.filter((path) => /duckdb|sharp/.test(path)),
  ])))`;
  const output = execFileSync(process.execPath, ["--no-warnings", "-e", program], {
    encoding: "utf8",
  });
  expect(JSON.parse(output)).toEqual(["function", []]);
});
