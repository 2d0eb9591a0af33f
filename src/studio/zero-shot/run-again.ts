// What can be started from a labelling run: itself with other settings, and the classifier made of it.
import { fetchJson, type Json, type RunDetails, type RunRecord } from "../api.ts";
import { answeredPath } from "../labelling/shared.ts";
import { postJson, startRun, uploadFile } from "../labs/api.ts";
import { checkedCsv } from "./corpus-data.ts";

/** What people have said of a run's texts. */
export interface Reviewed {
  readonly rows: readonly { readonly text: string; readonly label: string }[];
}

/** The run again, with some fields of its input changed; null leaves a field out. */
export async function runAgain(
  run: RunDetails,
  input: Readonly<Record<string, Json>>,
): Promise<RunRecord> {
  return (await postJson<{ run: RunRecord }>(`/api/runs/${run.id}/again`, { input })).run;
}

/** The answers of the review desk. */
export async function fetchReviewed(run: string): Promise<Reviewed> {
  const { reviews } = await fetchJson<{ reviews: { text: string; answer: string | null }[] }>(
    answeredPath(run),
  );
  return {
    rows: reviews.flatMap(({ text, answer }) => (answer === null ? [] : [{ text, label: answer }])),
  };
}

/** The answers as a file of the server's, where there are some. */
async function uploadReviewed(run: string): Promise<{ reviewed?: string }> {
  const { rows } = await fetchReviewed(run);
  if (rows.length === 0) return {};
  return { reviewed: await uploadFile(new File([checkedCsv(rows)], "reviewed.csv")) };
}

/** Labels all anew, with the answers of the review desk as teachers. */
export async function learnFromReviews(run: RunDetails): Promise<RunRecord> {
  return runAgain(run, await uploadReviewed(run.id));
}

/** The table of labels among a run's artifacts. */
export function labelledTable(run: RunDetails): string | undefined {
  return run.artifacts.find(({ name }) => /^labelled\.(csv|tsv|jsonl|parquet)$/.test(name))?.name;
}

/** Distils the labels that are sure enough, and what people said, into a classifier. */
export async function makeClassifier(run: RunDetails, least: number): Promise<RunRecord> {
  const table = labelledTable(run);
  if (table === undefined) throw new Error(`run ${run.id}: there is no labelled table`);
  return startRun("zero-shot-export", {
    file: `run:${run.id}/${table}`,
    format: "onnx",
    title: run.name,
    abstain: Math.min(1, least),
    ...(await uploadReviewed(run.id)),
  });
}
