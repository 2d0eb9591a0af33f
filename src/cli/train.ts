// `deepdive train text`: a classifier from the user's own table.
import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { type LabRegistry, prepareInput } from "../lab/index.ts";
import type { CommonOptions } from "./options.ts";
import { runWithProgress } from "./run-lab.ts";
import { stopSignal } from "./signals.ts";
import { openDataFolder } from "./studio.ts";
import { describeResult, readComparison, textLab } from "./text-job.ts";
import { offerApi } from "./workbench.ts";

/** Options of `deepdive train text`. */
export interface TrainTextOptions extends CommonOptions {
  readonly data: string;
  readonly textColumn?: string;
  readonly labelColumn?: string;
  readonly name?: string;
  readonly epochs?: number;
  readonly seed?: number;
  readonly maxSeconds?: number;
  readonly again?: boolean;
}

/** Trains, keeps the run in the store and prints how good the model became. */
export async function trainText(options: TrainTextOptions, registry: LabRegistry): Promise<void> {
  const data = await toSource(options);
  const { epochs, seed, maxSeconds, again } = options;
  const input = await prepareInput(registry, textLab, { ...data, epochs, seed, maxSeconds });
  const name =
    options.name ?? (data.data === "spam-assassin" ? "SpamAssassin mails" : basename(data.data));
  const output = options.json ? process.stderr : process.stdout;
  const { signal, release } = stopSignal(() => output.write("\nStopping …\n"));
  const store = await openDataFolder(options, output);
  const endApi = offerApi(store, registry);
  try {
    const run = await runWithProgress({
      store,
      registry,
      lab: textLab,
      input,
      name,
      signal,
      output,
      again,
    });
    const comparison = await readComparison(store, run.id);
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ run, comparison })}\n`);
    } else {
      output.write(`\n${describeResult(run, comparison)}\n\n`);
      output.write(`See it:  deepdive serve\nUse it:  deepdive predict --model ${run.id} "…"\n`);
    }
  } finally {
    release();
    await endApi();
    await store.close();
  }
}

/** What can be said about the data without reading it is said before a run is made. */
async function toSource(options: TrainTextOptions): Promise<{
  readonly data: string;
  readonly textColumn?: string;
  readonly labelColumn?: string;
}> {
  const { data, textColumn, labelColumn } = options;
  if (data === "spam-assassin") return { data };
  const path = resolve(data);
  const file = await stat(path).catch(() => undefined);
  if (!file) throw new Error(`--data: there is no file ${path}`);
  if (!file.isFile()) throw new Error(`--data: ${path} is not a file`);
  if (file.size === 0) throw new Error(`--data: ${path} is empty`);
  if (!textColumn) throw new Error("--text-column: name the column of the table with the texts");
  if (!labelColumn) throw new Error("--label-column: name the column of the table with the labels");
  return { data: path, textColumn, labelColumn };
}
