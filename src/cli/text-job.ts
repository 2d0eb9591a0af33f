// Running the text classifier's training with progress, and saying how good it became.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { JobStoppedError, type RunRecord, runJob, type Store } from "../lab/index.ts";
import {
  type ComparisonRow,
  type TextClassifierConfig,
  type TextClassifierSummary,
  textArtifacts,
} from "../systems/text-classifier/api.ts";
import { formatCount, formatPercent, formatSeconds, formatTable } from "./format.ts";
import { type Output, ProgressPrinter } from "./progress.ts";

/** The lab's name in the store. */
export const textLab = "text-classifier";

/** Trains in a worker process and shows its progress on `output`. Rejects as `runJob` does. */
export async function runTextJob(options: {
  readonly store: Store;
  readonly module: URL;
  readonly name: string;
  readonly config: TextClassifierConfig;
  readonly signal: AbortSignal;
  readonly output: Output;
  /** Train from the beginning even where a stopped run of the same settings could be continued. */
  readonly again?: boolean;
}): Promise<RunRecord> {
  const { output, again, ...job } = options;
  const stopped = again ? undefined : await findStopped(job.store, job.config);
  if (stopped) {
    output.write(`Continuing run ${stopped.id}, which was stopped; --again starts anew.\n`);
  }
  const printer = new ProgressPrinter(output);
  try {
    const run = await runJob({
      ...job,
      lab: textLab,
      parent: stopped?.id,
      function: "trainTextClassifier",
      onProgress: (progress) => printer.update(progress),
    });
    printer.finish(true);
    return run;
  } catch (error) {
    printer.finish(false);
    if (error instanceof JobStoppedError && (await findStopped(job.store, job.config))) {
      output.write("What it has learned is kept: the same command goes on from there.\n");
    }
    throw error;
  }
}

/** Runs of these settings, newest first. */
export async function runsOf(store: Store, config: TextClassifierConfig): Promise<RunRecord[]> {
  const runs = await store.runs({ lab: textLab, limit: 1_000 });
  // As stored: JSON has no undefined.
  return runs.filter((run) => JSON.stringify(run.config) === JSON.stringify(config));
}

/** The newest run of these settings, if it was stopped or cut off and left a checkpoint. */
async function findStopped(store: Store, config: TextClassifierConfig) {
  const [newest] = await runsOf(store, config);
  if (newest?.status !== "stopped" && newest?.status !== "interrupted") return undefined;
  const checkpoint = join(store.runFolder(newest.id), "checkpoints", "checkpoint.safetensors");
  return existsSync(checkpoint) ? newest : undefined;
}

/** The table of results of a finished run, the baseline's rows in it. */
export async function readComparison(store: Store, runId: string): Promise<ComparisonRow[]> {
  const file = await store.artifact(runId, textArtifacts.comparison);
  return file ? (JSON.parse(await readFile(file.path, "utf8")) as ComparisonRow[]) : [];
}

/** The results as a person reads them. */
export function describeResult(run: RunRecord, rows: readonly ComparisonRow[]): string {
  const summary = run.summary as unknown as TextClassifierSummary;
  const table = formatTable(
    ["On the held-out texts", ">accuracy", ">F1", ">AUROC", ">training"],
    rows.map((row) => [
      row.model,
      formatPercent(row.accuracy),
      row.f1.toFixed(3),
      row.auroc.toFixed(3),
      formatSeconds(row.seconds),
    ]),
  );
  const wrong = `${formatCount(summary.wrong)} of ${formatCount(summary.tested)} held-out texts wrong`;
  return `${table}\n\n${wrong}`;
}
