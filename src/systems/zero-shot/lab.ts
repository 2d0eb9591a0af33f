// The labs of zero-shot labelling: classify, label, train, evaluate, advise, export, and what they rest on.
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { dataFile, defineLab, localPath, z } from "../../lab/define.ts";
import {
  evaluateInput,
  labelInput,
  labels,
  parents,
  projection,
  projectionOf,
  textColumn,
  trainInput,
  vectorsAtHand,
  windows,
} from "./lab-inputs.ts";

import { optionError } from "./labels.ts";

export { exportLab, trainNliLab } from "./lab-products.ts";

const source = "https://joeddav.github.io/blog/2020/05/29/ZSL.html";

/** Labels for single texts, as one types. */
export const classifyLab = defineLab({
  name: "zero-shot classify",
  title: "Classify a text by label names",
  summary:
    "Gives a text the label whose name or description is nearest in meaning. No examples are needed. " +
    "With a pair model, a label's probability is that the text entails its sentence.",
  source,
  positional: "text",
  interactive: true,
  input: z.object({
    text: z.array(z.string()).min(1).describe("the texts"),
    labels: labels.optional(),
    multi: z.boolean().default(false).describe("labels do not exclude one another"),
    template: z.string().optional().describe("sentence with one {} where the label goes"),
    engine: z
      .enum(["embedding", "entailment"])
      .optional()
      .describe("how to compare (default: by a pair model where one is given, else by vectors)"),
    model: localPath()
      .optional()
      .describe("folder of a pair model, for entailment; or what zero-shot train wrote"),
    entailment: z
      .string()
      .optional()
      .describe("name or column of entailment, where the model's config.json does not tell"),
    abstain: z.number().min(0).max(1).optional().describe("no label below this margin"),
    projection,
    parents,
    keywords: z.boolean().default(false).describe("mark the words that decide"),
    windows,
  }),
  examples: [
    {
      title: "A customer's question",
      input: {
        text: ["My card has not arrived yet"],
        labels: "card delivery, lost card, exchange rate, top up",
        keywords: true,
      },
    },
  ],
  async run({ signal }, input) {
    const { classify, readLabels } = await import("./index.ts");
    if (input.labels === undefined) return { results: await byTrained(input, signal) };
    const set = await readLabels(input.labels);
    const { text, multi, template, keywords, windows, parents, abstain } = input;
    const engine = input.engine ?? (input.model === undefined ? "embedding" : "entailment");
    const model =
      input.model === undefined ? {} : { model: await loadModel(input.model, input.entailment) };
    const results = await classify(text, [...set.labels], {
      engine,
      multi,
      keywords,
      windows,
      parents,
      signal,
      ...model,
      ...(template !== undefined && { template }),
      ...(abstain !== undefined && { abstainBelow: abstain }),
      projection: await projectionOf(input.projection),
    });
    return {
      results: results.map((each) => ({ ...each, notes: [...set.notes, ...(each.notes ?? [])] })),
    };
  },
});

/** Labels for a file of texts. */
export const labelLab = defineLab({
  name: "zero-shot label",
  title: "Label texts",
  summary:
    "Labels a file of texts from the names or descriptions of the labels alone. With corpus, the " +
    "texts are labelled together and teach one another. The doubtful ones are set apart for review.",
  source,
  positional: "file",
  input: labelInput,
  examples: [
    { title: "Tickets", input: { file: "tickets.csv", labels: "refund, delivery, broken item" } },
  ],
  async run(ctx, input) {
    const { runLabelling } = await import("./label-job.ts");
    return runLabelling(ctx, input);
  },
});

/** A classifier from a few examples. */
export const trainLab = defineLab({
  name: "zero-shot train",
  title: "Learn from a few examples",
  summary:
    "Makes a classifier of a few labelled texts and the labels' names. The best of four methods on " +
    "frozen vectors is taken, or the sentence encoder is fine-tuned.",
  source: "https://arxiv.org/abs/2209.11055",
  positional: "file",
  input: trainInput,
  examples: [{ title: "Ten of each", input: { file: "few.csv", method: "auto" } }],
  async run(ctx, input) {
    const { runTraining } = await import("./label-job.ts");
    return runTraining(ctx, input);
  },
});

/** Labels against the truth. */
export const evaluateLab = defineLab({
  name: "zero-shot eval",
  title: "Judge labels by the truth",
  summary:
    "Labels a file whose true labels are known, and says how good the labels are: accuracy, F1, the " +
    "confusions, and the accuracy when only the surest texts are labelled.",
  source,
  positional: "file",
  input: evaluateInput,
  examples: [{ title: "A labelled table", input: { file: "test.csv", corpus: true } }],
  async run(ctx, input) {
    const { runEvaluation } = await import("./label-job.ts");
    return runEvaluation(ctx, input);
  },
});

/** Advice on the wording of labels. */
export const doctorLab = defineLab({
  name: "zero-shot doctor",
  title: "Check the labels",
  summary:
    "Finds labels that are vague, overlap or are missing, on the texts of a corpus, and proposes " +
    "wordings made of the corpus' own words.",
  source,
  positional: "file",
  input: z.object({ file: dataFile().describe("the texts"), labels, textColumn }),
  examples: [
    { title: "Tickets", input: { file: "tickets.csv", labels: "refund, delivery, other" } },
  ],
  async run(ctx, input) {
    const { labelDoctor, readLabels, readCorpus } = await import("./index.ts");
    const set = await readLabels(input.labels);
    const texts: string[] = [];
    const { rows } = readCorpus(input.file, {
      ...(input.textColumn !== undefined && { textColumn: input.textColumn }),
    });
    for await (const { text } of rows) texts.push(text);
    const advice = await labelDoctor(texts, set.labels);
    await ctx.artifact("advice", "table", advice);
    return { advice: advice.length, first: advice.slice(0, 10) };
  },
});

/** The projection to word vectors, fitted ahead of its use. */
export const projectLab = defineLab({
  name: "zero-shot project",
  title: "Fit the projection to word vectors",
  summary:
    "Fits the least-squares map from sentence vectors to word vectors on the most frequent words, and " +
    "keeps it in the cache for classify and for Studio.",
  source,
  positional: "vectors",
  input: z.object({
    vectors: dataFile().optional().describe("word vectors: GloVe or word2vec text, or wink JSON"),
    words: z.int().min(1000).max(1_000_000).default(20_000).describe("the most frequent words"),
    lambda: z.number().positive().default(0.1).describe("strength of the penalty"),
  }),
  examples: [{ title: "Vectors that were pulled", input: {} }],
  async run({ signal }, { vectors, words, lambda }) {
    const { loadEncoder, loadProjection, wordVectorsFile } = await import("./index.ts");
    const file = vectors ?? vectorsAtHand(wordVectorsFile());
    const encoder = await loadEncoder("use-lite");
    const projection = await loadProjection(encoder, file, { words, lambda, signal });
    return { words: projection.words, from: projection.rows, to: projection.columns };
  },
});

/** Labels by a classifier that was trained before. */
async function byTrained(
  {
    model,
    text,
    abstain = 0,
  }: { model?: string | undefined; text: string[]; abstain?: number | undefined },
  signal: AbortSignal,
) {
  const { loadClassifier } = await import("./index.ts");
  if (model === undefined) {
    throw optionError("labels", "the labels, or the folder of a trained model", "neither");
  }
  const classifier = await remembered(model, () => loadClassifier(model));
  const results = await classifier.classify(text, { signal });
  return results.map((each) => ({ ...each, abstained: each.abstained || each.margin < abstain }));
}

/** A pair model from its folder: an ONNX model with its tokenizer, or a head that train-nli wrote. */
async function loadModel(folder: string, entailment?: string) {
  const { loadEncoder, loadEntailment, loadPairModel } = await import("./index.ts");
  const column = /^\d+$/.test(entailment ?? "") ? Number(entailment) : entailment;
  return remembered(
    folder,
    async () =>
      existsSync(join(folder, "weights.safetensors"))
        ? loadEntailment(folder, await loadEncoder("use-lite"))
        : loadPairModel(folder, { ...(column !== undefined && { entailment: column }) }),
    entailment,
  );
}

let last: { readonly key: string; readonly model: Promise<unknown> } | undefined;

/** The model that was asked for last, as long as its folder stays the same: who types waits for it once. */
function remembered<T>(folder: string, load: () => Promise<T>, settings = ""): Promise<T> {
  const config = statSync(join(folder, "config.json"), { throwIfNoEntry: false });
  const key = `${resolve(folder)} ${config?.mtimeMs} ${settings}`;
  if (last?.key === key) return last.model as Promise<T>;
  const model = load();
  last = { key, model };
  // What could not be loaded is tried again.
  model.catch(() => {
    last = undefined;
  });
  return model;
}
