// What a training of the text classifier came to, in words.
import { readFile } from "node:fs/promises";
import type { RunRecord, Store } from "../lab/index.ts";
import {
  type ComparisonRow,
  type TextClassifierSummary,
  textArtifacts,
} from "../systems/text-classifier/api.ts";
import { formatCount, formatPercent, formatSeconds, formatTable } from "./format.ts";

/** The lab's name in the store. */
export const textLab = "text-classifier";

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
