// `npm run accept -- <system> [criterion …]`: measures what a system promises and judges it.

import { assess, type Criterion } from "../src/lab/criteria.ts";
import { findFiles, loadExport, pick, runCommand, takeFlag } from "./entries.ts";

const usage = `Usage: npm run accept -- SYSTEM [CRITERION …]
Prints one JSON line per criterion: system, criterion, figure, target, ok (true, false or "not run"),
seconds, note. Exits 1 when one falls short. Without arguments it lists what there is.`;

const places = ["src/**/accept.ts", "bench/*/accept.ts"];

/** All criteria that can be loaded. A file that cannot is named, and does not keep the others from running. */
async function loadCriteria(): Promise<Criterion[]> {
  const load = (file: string) =>
    loadExport<readonly Criterion[]>(file, "criteria").catch((error) => {
      process.stderr.write(`${file} cannot be loaded: ${error.message}\n`);
      process.exitCode = 1;
      return [];
    });
  return (await Promise.all(findFiles(places).map(load))).flat();
}

function select(all: readonly Criterion[], system: string, wanted: readonly string[]): Criterion[] {
  pick("system", system, [...new Set(all.map((criterion) => criterion.system))]);
  const own = all.filter((criterion) => criterion.system === system);
  if (wanted.length === 0) return own;
  const names = own.map((criterion) => criterion.name);
  for (const name of wanted) pick(`criterion of ${system}`, name, names);
  return own.filter((criterion) => wanted.includes(criterion.name));
}

await runCommand(async (given) => {
  const help = takeFlag(given, "--help", "-h");
  const [system, ...wanted] = help.rest;
  const all = await loadCriteria();
  if (help.on || system === undefined) {
    console.log(usage);
    for (const { system, name, target } of all) {
      console.log(`  ${system.padEnd(16)} ${name.padEnd(24)} ${target}`);
    }
    return;
  }
  for (const criterion of select(all, system, wanted)) {
    process.stderr.write(`${criterion.system} ${criterion.name}: ${criterion.target} …\n`);
    const verdict = await assess(criterion);
    console.log(JSON.stringify(verdict));
    if (verdict.ok === false) process.exitCode = 1;
  }
});
