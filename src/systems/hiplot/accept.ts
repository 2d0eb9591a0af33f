// What the plot's library promises, measured: `npm run accept -- hiplot [criterion]`.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Criterion, notRun, type Outcome } from "../../lab/criteria.ts";
import type { ExperimentData } from "./experiment.ts";
import { compareWithGolden, readGolden } from "./golden.ts";
import { demoExperiment, demoNames } from "./sources/demos.ts";
import { readCsv } from "./sources/files.ts";

const system = "hiplot";

/** The folder with `ml1.csv` and `nutrients.csv`; undefined where there is none. */
export function dataFolder(): string | undefined {
  const folder = join(process.env.DEEPDIVE_DATA ?? resolve("..", "shared", "data"), "hiplot");
  return existsSync(join(folder, "ml1.csv")) ? folder : undefined;
}

async function sameAnswers(): Promise<Outcome> {
  const folder = dataFolder();
  if (folder === undefined)
    return notRun("ml1.csv and nutrients.csv are not there: set DEEPDIVE_DATA");
  const golden = await readGolden();
  const sources = new Map<string, ExperimentData>();
  for (const file of ["ml1.csv", "nutrients.csv"])
    sources.set(file, await readCsv(join(folder, file)));
  for (const name of demoNames) sources.set(name, demoExperiment(name)!);
  let compared = 0;
  const differences: string[] = [];
  for (const [name, made] of sources) {
    const { colorby, colormap } = made;
    const hints = made.parametersDefinition;
    const found = compareWithGolden(golden[name]!, {
      frame: made.frame(),
      hints,
      colorby,
      colormap,
    });
    compared += found.compared;
    differences.push(...found.differences.map((line) => `${name}: ${line}`));
  }
  const share = Math.round((1e4 * (compared - differences.length)) / compared) / 100;
  const note = `${compared} answers of ${sources.size} sources; ${differences.slice(0, 3).join("; ") || "all equal"}`;
  return { figure: share, ok: differences.length === 0, note };
}

/** Run by `npm run accept -- hiplot`. */
export const criteria: Criterion[] = [
  {
    system,
    name: "same-answers",
    target:
      "100 % of types, offered types, distinct counts, optional flags, default colours, lane ticks and brushed rows as HiPlot gives them, for two files and 26 demos",
    run: sameAnswers,
  },
];
