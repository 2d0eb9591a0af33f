// `npm run bench -- NAME [--json FILE] [arguments …]`: runs one benchmark, prints its rows, saves them.

import { writeFile } from "node:fs/promises";
import {
  findFiles,
  loadExport,
  pick,
  runCommand,
  takeFlag,
  takeOption,
  UsageError,
} from "../scripts/entries.ts";
import type { Bench, Row } from "./types.ts";

const usage = `Usage: npm run bench -- NAME [--json FILE] [arguments …]
Without arguments it lists the benchmarks. --json writes the rows as a JSON array.`;

const load = (name: string) => loadExport<Bench>(`bench/${name}/index.ts`, "bench");
const cell = (value: Row[string]) =>
  typeof value === "number" ? String(Number(value.toPrecision(4))) : String(value);
const format = (row: Row) =>
  Object.entries(row)
    .map(([key, value]) => `${key} ${cell(value)}`)
    .join("  ");

await runCommand(async (given) => {
  const names = findFiles(["bench/*/index.ts"]).map((path) => path.split("/")[1]);
  const help = takeFlag(given, "--help", "-h");
  const { value: file, rest } = takeOption(help.rest, "--json");
  const [name, ...args] = rest;
  if (name === undefined) {
    if (file !== undefined)
      throw new UsageError(`name a benchmark; there are: ${names.join(", ")}`);
    console.log(usage);
    for (const known of names) console.log(`  ${known.padEnd(14)} ${(await load(known)).about}`);
    return;
  }
  const bench = await load(pick("benchmark", name, names));
  if (help.on) {
    console.log(
      `${bench.about}\nUsage: npm run bench -- ${name} ${bench.usage ?? "[--json FILE]"}`,
    );
    return;
  }
  const rows: Row[] = [];
  for await (const row of bench.run(args)) {
    rows.push(row);
    console.log(format(row));
    // Written after every row, so that an interrupted run keeps what it measured.
    if (file !== undefined) await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
  }
});
