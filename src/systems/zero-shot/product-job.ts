// What the labs of lasting things do.
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { LabContext } from "../../lab/define.ts";
import type { CorpusLabels, CorpusRow } from "./api.ts";
import { loadClassifier } from "./classifier-file.ts";
import { exportClassifier } from "./classifier-onnx.ts";
import { distil } from "./distil.ts";
import { classifyByEntailment } from "./entailment.ts";
import { readCorpus } from "./formats/corpus-file.ts";
import { writeLabelStudio } from "./formats/label-studio.ts";
import { writeLabelled } from "./formats/labelled-file.ts";
import { readNliPairs } from "./formats/nli-files.ts";
import type { ExportInput, TrainNliInput } from "./lab-products.ts";
import { defaultEncoder } from "./label-vectors.ts";
import { optionError, parseLabels, readLabels } from "./labels.ts";
import { trainEntailment } from "./nli.ts";
import type { VectorPairModel } from "./nli-head.ts";
import { nineTopics, readWordNet, sampleTopics } from "./wordnet.ts";

/** Glosses of each of nine topics that are kept for the check. */
const checkedPerTopic = 60;

/** `zero-shot train-nli`: the model's folder, and how well it tells nine topics apart. */
export async function runTrainNli(ctx: LabContext, input: TrainNliInput): Promise<object> {
  const { pairs, glosses, steps, seed, template, heldOut } = input;
  const isDictionary = pairs === "wordnet";
  const check = isDictionary
    ? sampleTopics(await readWordNet(), nineTopics, checkedPerTopic, seed)
    : undefined;
  const model = await trainEntailment(isDictionary ? "wordnet" : readNliPairs(pairs), {
    encoder: await defaultEncoder(),
    glosses,
    steps,
    seed,
    ...(template !== undefined && { template }),
    ...(heldOut !== undefined && { heldOut: (await readLabels(heldOut)).names }),
    ...(check && { testMeanings: check.meanings }),
    onProgress: (progress) => ctx.progress(progress),
    signal: ctx.signal,
  });
  const folder = resolve(input.save ?? join(ctx.folder, "model"));
  await model.save(folder, { source: isDictionary ? "WordNet" : pairs, steps, seed });
  return {
    folder,
    classes: model.labels,
    ...(check && { accuracyOf9Topics: await accuracy(model, check, template) }),
  };
}

async function accuracy(
  model: VectorPairModel,
  { texts, labels, names }: ReturnType<typeof sampleTopics>,
  template: string | undefined,
): Promise<number> {
  const options = template === undefined ? {} : { template };
  const found = await classifyByEntailment(texts, parseLabels(names), model, options);
  return found.filter((each, row) => each.labels[0] === names[labels[row]!]).length / texts.length;
}

/** `zero-shot export`: one file, or the classifier's folder. */
export async function runExport(ctx: LabContext, input: ExportInput): Promise<object> {
  const { format, save, model: trained } = input;
  if (trained !== undefined) return exportTrained(ctx, trained, input);
  const corpus = await readLabelled(input);
  const rows = corpus.rows.length;
  if (format === "onnx") {
    const model = await distil(corpus, {
      name: input.title,
      onProgress: (progress) => ctx.progress(progress),
      signal: ctx.signal,
    });
    const folder = resolve(save ?? join(ctx.folder, "classifier"));
    await model.save(folder);
    await ctx.artifact("classifier.onnx", "model", model.onnx);
    await ctx.artifact("labels.json", "text", [...model.labels]);
    await ctx.artifact("card.md", "text", model.card);
    const { counts: _, ...figures } = model.figures;
    return { folder, ...figures };
  }
  const suffix = format === "label-studio" ? "json" : format;
  const path = resolve(save ?? join(ctx.folder, `labelled.${suffix}`));
  await mkdir(dirname(path), { recursive: true });
  if (format === "label-studio") await writeLabelStudio(path, corpus);
  else if (path.toLowerCase().endsWith(`.${suffix}`)) await writeLabelled(path, corpus);
  else throw optionError("save", `a name that ends in .${suffix}`, JSON.stringify(save));
  return { file: path, rows };
}

/** A classifier that `zero-shot train` wrote, with its encoder in the file. */
async function exportTrained(ctx: LabContext, model: string, input: ExportInput): Promise<object> {
  const { format, save, file } = input;
  if (file !== undefined) throw optionError("model", "a table or a model", "both");
  if (format !== "onnx") throw optionError("format", '"onnx" for a model', JSON.stringify(format));
  const classifier = await loadClassifier(resolve(model));
  const folder = resolve(save ?? join(ctx.folder, "classifier"));
  await exportClassifier(classifier, folder);
  return { folder, method: classifier.method, labels: classifier.labels };
}

/** Columns that `zero-shot label` adds and that are made anew. */
const ownColumns = ["confidence", "margin", "second", "given"];

/** Labels that people gave, by text. */
async function readChecked(path: string | undefined): Promise<Map<string, string>> {
  const labels = new Map<string, string>();
  if (path === undefined) return labels;
  for await (const { text, label } of readCorpus(path).rows) {
    if (label !== undefined && label !== "") labels.set(text, label);
  }
  return labels;
}

/** A table of labelled texts as if it had just been labelled. */
async function readLabelled(input: ExportInput): Promise<CorpusLabels> {
  const { textColumn, labelColumn } = input;
  const rows: CorpusRow[] = [];
  const labels: (string | undefined)[] = [];
  const confidence: number[] = [];
  const checked = await readChecked(input.reviewed);
  if (input.file === undefined) {
    throw optionError("file", "a table of texts with labels, or the folder of a model", "neither");
  }
  const { rows: read } = readCorpus(input.file, {
    ...(textColumn !== undefined && { textColumn }),
    ...(labelColumn !== undefined && { labelColumn }),
  });
  for await (const { label, fields = {}, ...row } of read) {
    const kept = Object.entries(fields).filter(([name]) => !ownColumns.includes(name));
    const given = fields.given === null || fields.given === undefined ? "" : String(fields.given);
    const sure = Number(fields.confidence ?? 1);
    const person = checked.get(row.text);
    labels.push(person ?? (sure < input.abstain ? undefined : label));
    confidence.push(person === undefined ? sure : 1);
    rows.push({
      ...row,
      ...((person ?? given) !== "" && { label: person ?? given }),
      ...(kept.length > 0 && { fields: Object.fromEntries(kept) }),
    });
  }
  const names = [...new Set(labels.filter((label) => label !== undefined))].sort();
  if (names.length === 0) {
    throw optionError("file", "a table with labelled texts", `${rows.length} rows without a label`);
  }
  const guess = Int32Array.from(labels, (label) =>
    label === undefined ? -1 : names.indexOf(label),
  );
  const scores = Float32Array.from(confidence, (share) => (Number.isFinite(share) ? share : 1));
  return {
    names,
    rows,
    guess,
    confidence: scores,
    margin: scores,
    second: new Int32Array(rows.length).fill(-1),
    voters: ["labels"],
    votes: guess,
    vectors: new Float32Array(0),
    report: {
      rows: rows.length,
      empty: 0,
      counts: names.map((_, label) => guess.filter((each) => each === label).length),
      balance: "off",
      spread: 1,
      notes: [],
      seconds: {},
    },
  };
}
