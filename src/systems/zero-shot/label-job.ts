// What the labs of labelling do: files in, tables and figures out.
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { LabContext } from "../../lab/define.ts";
import { reviewsArtifact } from "../../lab/import-reviews.ts";
import type { NewReview } from "../../lab/reviews.ts";
import type { CorpusLabels } from "./api.ts";
import { loadClassifier, saveClassifier } from "./classifier-file.ts";
import { bestTwo } from "./corpus-summary.ts";
import { doubtfulRows } from "./corpus-view.ts";
import { evaluateLabels, type LabelEvaluation } from "./evaluate.ts";
import { fewShot } from "./few-shot.ts";
import { readCorpus } from "./formats/corpus-file.ts";
import { badRowsFile, tableSuffix } from "./formats/labelled-file.ts";
import { corpusKeywords } from "./keywords.ts";
import {
  balanceOf,
  type EvaluateInput,
  type LabelInput,
  projectionOf,
  type TrainInput,
} from "./lab-inputs.ts";
import { publishView } from "./lab-view.ts";
import { labelFile, readExamples } from "./label-file.ts";
import { labelNumber, optionError, parseLabels, readLabels } from "./labels.ts";
import { parentLabels } from "./parents.ts";

/** Names that `labelled` is kept under, by the wanted file's suffix. */
const mediaTypes: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".tsv": "text/tab-separated-values",
  ".jsonl": "application/x-ndjson",
  ".parquet": "application/vnd.apache.parquet",
};

/** `zero-shot label`: the labelled table, the doubtful texts for review, keywords per label. */
export async function runLabelling(ctx: LabContext, input: LabelInput): Promise<object> {
  const { balance, projection, save: out, review, truthColumn, map, ...rest } = input;
  const suffix = out === undefined ? ".csv" : `.${tableSuffix(out)}`;
  const labelled = join(ctx.folder, `labelled${suffix}`);
  const result = await labelFile({
    ...defined(rest),
    file: rest.file,
    ...(rest.model !== undefined && { model: rest.model }),
    ...balanceOf(balance),
    projection: await projectionOf(projection),
    out: labelled,
    checkpoints: join(ctx.folder, "checkpoints"),
    ...(ctx.parentFolder && { formerCheckpoints: join(ctx.parentFolder, "checkpoints") }),
    onProgress: (progress) => ctx.progress(progress),
    signal: ctx.signal,
  });
  const mediaType = mediaTypes[suffix] ?? "text/csv";
  await ctx.artifact(`labelled${suffix}`, "table", await readFile(labelled), { mediaType });
  if (out !== undefined) {
    await mkdir(dirname(resolve(out)), { recursive: true });
    await copyFile(labelled, resolve(out));
  }
  const { corpus } = result;
  const badFile = await keepBadRows(ctx, result.badFile, out);
  await ctx.artifact("uncertain.csv", "table", uncertainTable(corpus, review), {
    mediaType: "text/csv",
  });
  await ctx.artifact(reviewsArtifact, "text", reviewLines(corpus, review), {
    mediaType: "application/x-ndjson",
  });
  const texts = corpus.rows.map((row) => row.text);
  const words = corpusKeywords(texts, corpus.guess, corpus.names.length);
  const perLabel = corpus.names.map((label, at) => ({
    label,
    rows: corpus.report.counts[at]!,
    keywords: words[at]!.map(({ word }) => word).join(", "),
  }));
  await ctx.artifact("labels", "table", perLabel);
  // The page compares with what the names alone say; a trained encoder's vectors are not made for that.
  if (map && rest.model === undefined) {
    const settings = { corpus: rest.corpus, abstain: rest.abstain, review, truthColumn };
    const spoken = words.map((own) => own.map(({ word }) => word));
    await publishView(ctx, result, settings, spoken);
  }
  const { report } = corpus;
  return {
    rows: report.rows,
    empty: report.empty,
    abstained: result.abstained,
    replaced: result.replaced,
    truncated: result.truncated,
    bad: result.bad,
    ...(badFile !== undefined && { badFile }),
    continuedBlocks: result.continuedBlocks,
    balance: report.balance,
    notes: report.notes,
    ...(report.calibratedOn !== undefined && { calibratedOn: report.calibratedOn }),
    ...(report.sources && { sources: report.sources }),
    seconds: report.seconds,
    ...(out !== undefined && { saved: resolve(out) }),
    labels: perLabel.slice(0, 50),
  };
}

/** Lists what could not be read among the run's results, and beside the table where it was saved. */
async function keepBadRows(ctx: LabContext, file: string | undefined, saved: string | undefined) {
  if (file === undefined) return undefined;
  const mediaType = "application/x-ndjson";
  await ctx.artifact("bad-rows.jsonl", "table", await readFile(file), { mediaType });
  if (saved === undefined) return file;
  const beside = badRowsFile(resolve(saved));
  await copyFile(file, beside);
  return beside;
}

/** The most doubtful texts as the table of reviews takes them, one JSON object per line. */
export function reviewLines(corpus: CorpusLabels, most: number): string {
  const { names, rows, guess, second, confidence, margin } = corpus;
  const name = (label: number) => (label < 0 ? null : names[label]!);
  return doubtfulRows(corpus, most)
    .map((row): NewReview => {
      const sure = confidence[row]!;
      const scores = [guess[row]!, second[row]!]
        .map((label, place) => [name(label), place === 0 ? sure : sure - margin[row]!] as const)
        .filter(([label]) => label !== null);
      return {
        row,
        text: rows[row]!.text,
        guess: name(guess[row]!),
        doubt: 1 - sure,
        scores: Object.fromEntries(scores),
      };
    })
    .map((review) => `${JSON.stringify(review)}\n`)
    .join("");
}

/** The most doubtful texts as a table, for a spreadsheet. */
export function uncertainTable(corpus: CorpusLabels, most: number): string {
  const order = doubtfulRows(corpus, most);
  const quote = (value: string) => `"${value.replaceAll('"', '""')}"`;
  const name = (label: number) => (label < 0 ? "" : corpus.names[label]!);
  const lines = order.map((row) =>
    [
      corpus.rows[row]!.id ?? String(row),
      corpus.rows[row]!.text,
      name(corpus.guess[row]!),
      corpus.confidence[row]!.toFixed(4),
      name(corpus.second[row]!),
    ]
      .map(quote)
      .join(","),
  );
  return `${["id,text,label,confidence,second", ...lines].join("\r\n")}\r\n`;
}

/** `zero-shot train`: the classifier's folder, and what leaving examples out said of the methods. */
export async function runTraining(ctx: LabContext, input: TrainInput): Promise<object> {
  const { file } = input;
  const examples = file === undefined ? [] : await readExamples(file, columns(input));
  if (examples.length === 0 && input.labels === undefined) {
    throw optionError(
      "file",
      "a table of texts with labels, or labels alone for setfit",
      "neither",
    );
  }
  const set =
    input.labels === undefined
      ? [...new Set(examples.map(({ label }) => label))].sort()
      : (await readLabels(input.labels)).labels;
  const classifier = await fewShot(examples, set, {
    method: input.method,
    seed: input.seed,
    projection: await projectionOf(input.projection),
    ...(input.epochs !== undefined && { epochs: input.epochs }),
    onProgress: (progress) => ctx.progress(progress),
    signal: ctx.signal,
  });
  const folder = resolve(input.save ?? join(ctx.folder, "model"));
  await saveClassifier(classifier, folder);
  const { method, notes, leaveOneOut, labels } = classifier;
  return {
    method,
    examples: examples.length,
    labels,
    notes,
    leaveOneOut: leaveOneOut ?? {},
    folder,
  };
}

/** `zero-shot eval`: figures, the confusion matrix and the curve of accuracy against coverage. */
export async function runEvaluation(ctx: LabContext, input: EvaluateInput): Promise<object> {
  const truth: (string | undefined)[] = [];
  const texts: string[] = [];
  for await (const { text, label } of readCorpus(input.file, columns(input)).rows) {
    texts.push(text);
    truth.push(label === "" ? undefined : label);
  }
  const evaluation =
    input.model === undefined
      ? await evaluateNames(ctx, input, texts, truth)
      : await evaluateClassifier(input.model, texts, truth, ctx.signal);
  await ctx.artifact("confusion", "table", {
    classes: evaluation.classes,
    counts: evaluation.confusion,
  });
  await ctx.artifact("coverage", "table", evaluation.coverage);
  evaluation.coverage.forEach(({ coverage, accuracy }) => {
    ctx.metrics(Math.round(100 * coverage), { "accuracy/coverage": accuracy });
  });
  const { accuracy, macroF1, weightedF1, tested, coverage } = evaluation;
  return { accuracy, macroF1, weightedF1, tested, coverage };
}

async function evaluateNames(
  ctx: LabContext,
  input: EvaluateInput,
  texts: readonly string[],
  truth: readonly (string | undefined)[],
): Promise<LabelEvaluation> {
  const { classify, labelCorpus } = await import("./index.ts");
  const own = [...new Set(truth.filter((label) => label !== undefined))].sort();
  const given = input.labels === undefined ? parseLabels(own) : await readLabels(input.labels);
  const set = input.parents ? parentLabels(given) : given;
  // The truth may name a parent's labels.
  const known = truth.map((label) => label && (set.names[labelNumber(set, label)] ?? label));
  const { labels } = given;
  const { parents, windows, template } = input;
  const projection = await projectionOf(input.projection);
  const settings = { parents, windows, projection, signal: ctx.signal };
  if (input.corpus) {
    const rows = texts.map((text) => ({ text }));
    const found = await labelCorpus(rows, labels, { ...settings, ...balanceOf(input.balance) });
    return evaluateLabels(found, known);
  }
  const results = await classify(texts, labels, { ...settings, ...defined({ template }) });
  const { names } = set;
  return evaluateLabels(
    {
      names,
      guess: Int32Array.from(results, (each) => names.indexOf(each.labels[0] ?? "")),
      confidence: Float32Array.from(results, (each) => each.margin),
    },
    known,
  );
}

async function evaluateClassifier(
  folder: string,
  texts: readonly string[],
  truth: readonly (string | undefined)[],
  signal: AbortSignal,
): Promise<LabelEvaluation> {
  const { values, labels } = await (await loadClassifier(resolve(folder))).score(texts, { signal });
  const of = (row: number) => values.subarray(row * labels.length, (row + 1) * labels.length);
  const top = texts.map((_, row) => bestTwo(of(row))[0]);
  return evaluateLabels(
    {
      names: labels,
      guess: Int32Array.from(top),
      confidence: Float32Array.from(top, (label, row) => of(row)[label]!),
    },
    truth,
  );
}

function columns({
  textColumn,
  labelColumn,
}: {
  textColumn?: string | undefined;
  labelColumn?: string | undefined;
}) {
  return defined({ textColumn, labelColumn });
}

/** Without the fields that are undefined. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
