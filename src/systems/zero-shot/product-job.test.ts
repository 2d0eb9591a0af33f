/** @file Labelled texts exported for other programs, through the labs. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readTable } from "../../data/read/tables.ts";
import { testFolder } from "../../data/testing.ts";
import { LabRegistry, runLab } from "../../lab/index.ts";
import type { Store } from "../../lab/store.ts";
import { makeStore } from "../../lab/testing.ts";
import { loadEncoder } from "../../models/index.ts";
import { loadEntailment } from "./nli-head.ts";

const folder = testFolder();
let store: Store;
let discard: () => Promise<void>;
beforeAll(async () => {
  ({ store, discard } = await makeStore());
});
afterAll(async () => {
  await discard();
  folder.remove();
});

const table = () =>
  folder.write(
    "labelled.csv",
    "id,text,label,confidence,margin,second,given,stars\n" +
      "1,my card is lost,card,0.9,0.8,music,,5\n2,play a song,music,0.7,0.2,card,music,\n3,,,,,,,1\n",
  );

async function run(lab: string, input: Record<string, unknown>) {
  const registry = new LabRegistry();
  const { status, summary } = await runLab({ registry, store, lab, input });
  expect(status).toBe("done");
  return summary as Record<string, unknown>;
}

const exported = (input: Record<string, unknown>) =>
  run("zero-shot export", { file: table(), ...input });

it("makes tasks for Label Studio: guesses, and what people had said", async () => {
  const summary = await exported({ format: "label-studio" });
  const tasks = JSON.parse(await readFile(summary.file as string, "utf8"));
  expect(tasks).toHaveLength(3);
  expect(tasks[0].predictions[0]).toMatchObject({ score: 0.9 });
  expect(tasks[0].annotations).toBeUndefined();
  expect(tasks[1].annotations[0].result[0].value.choices).toEqual(["music"]);
  expect(tasks[2].predictions).toEqual([]);
}, 30_000);

it("takes what people said in place of guesses, and leaves doubtful labels out", async () => {
  const reviewed = folder.write("checked.csv", "text,label\nplay a song,card\n");
  const { file } = await exported({ format: "jsonl", abstain: 0.95, reviewed });
  const rows = (await readFile(file as string, "utf8")).trimEnd().split("\n");
  expect(rows.map((row) => JSON.parse(row).label)).toEqual([null, "card", null]);
}, 30_000);

it("makes another kind of table, or a classifier with its card", async () => {
  const save = join(folder.path, "out.parquet");
  await exported({ format: "parquet", save });
  const { rows, columns } = await readTable(save);
  expect([rows, columns.map((column) => column.name)]).toEqual([
    3,
    ["id", "text", "label", "confidence", "margin", "second", "given", "stars"],
  ]);
  const summary = await exported({ format: "onnx" });
  expect(summary).toMatchObject({ rows: 2, agreement: 1 });
  expect(existsSync(join(summary.folder as string, "classifier.onnx"))).toBe(true);
}, 30_000);

it("trains three classes on a file of pairs, and the model is read again", async () => {
  const lines = ["sentence1\tsentence2\tgold_label"];
  for (const noun of ["soup", "tea", "bath"]) {
    lines.push(`the ${noun} is hot\tit is hot\tentailment`);
    lines.push(`the ${noun} is hot\tit is cold\tcontradiction`);
    lines.push(`the ${noun} is hot\tit is blue\tneutral`);
  }
  const pairs = folder.write("pairs.tsv", `${lines.join("\n")}\n`);
  const summary = await run("zero-shot train-nli", { pairs, steps: 20 });
  expect(summary.classes).toEqual(["contradiction", "neutral", "entailment"]);
  const encoder = await loadEncoder("use-lite");
  const model = await loadEntailment(summary.folder as string, encoder);
  const { values } = await model.judge(["the milk is hot"], ["it is hot"]);
  expect(values[2]).toBeGreaterThan(values[0]!);
}, 60_000);
