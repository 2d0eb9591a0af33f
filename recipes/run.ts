// `npm run recipe -- NAME [--json] [arguments …]`: runs one recipe and prints the figures it reached.

import { findFiles, loadExport, pick, runCommand, takeFlag } from "../scripts/entries.ts";
import type { Recipe } from "./types.ts";

const usage = `Usage: npm run recipe -- NAME [--json] [arguments …]
Without arguments it lists the recipes. --json prints the figures as one JSON line at the end.`;

const load = (name: string) => loadExport<Recipe>(`recipes/${name}.ts`, "recipe");
const isRecipe = (path: string) => !/\.test\.ts$|\/(run|types)\.ts$/.test(path);

await runCommand(async (given) => {
  const names = findFiles(["recipes/*.ts"])
    .filter(isRecipe)
    .map((path) => path.slice("recipes/".length, -".ts".length));
  const help = takeFlag(given, "--help", "-h");
  const json = takeFlag(help.rest, "--json");
  const [name, ...args] = json.rest;
  if (name === undefined) {
    console.log(usage);
    for (const known of names) console.log(`  ${known.padEnd(14)} ${(await load(known)).about}`);
    return;
  }
  const recipe = await load(pick("recipe", name, names));
  if (help.on) {
    console.log(`${recipe.about}\nUsage: npm run recipe -- ${name} ${recipe.usage ?? "[--json]"}`);
    return;
  }
  const figures = await recipe.run(args);
  if (json.on) console.log(JSON.stringify({ recipe: name, ...figures }));
  else for (const [key, value] of Object.entries(figures)) console.log(`${key}: ${value}`);
});
