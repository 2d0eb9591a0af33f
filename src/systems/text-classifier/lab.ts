// The text classifier's labs: training it whole, and a head on frozen sentence vectors.
import { dataFile, defineLab, z } from "../../lab/define.ts";
import type { TextClassifierConfig } from "./api.ts";

/** Trains a classifier on a table of texts and labels. */
export const trainLab = defineLab({
  name: "text-classifier",
  title: "Train a text classifier",
  summary:
    "Learns to tell classes of texts apart from a table of texts and labels. " +
    "A wide model of n-grams and a small transformer are trained together and judged on a fifth " +
    "held out, beside TF-IDF with logistic regression. The saved model labels new texts.",
  source: "https://arxiv.org/abs/1606.07792",
  positional: "data",
  input: z.object({
    data: dataFile({ builtIn: ["spam-assassin"] }).describe(
      'CSV, JSONL or Parquet file, or "spam-assassin"',
    ),
    textColumn: z.string().min(1).optional().describe("column with the texts"),
    labelColumn: z.string().min(1).optional().describe("column with the labels"),
    epochs: z.int().min(1).max(10_000).optional().describe("passes over the training part"),
    seed: z.int().min(0).default(1).describe("same seed, same split and weights"),
    maxSeconds: z.number().positive().optional().describe("end the training early after this time"),
  }),
  examples: [
    { title: "Real mails", input: { data: "spam-assassin", epochs: 2 } },
    {
      title: "Your own table",
      input: { data: "mails.csv", textColumn: "body", labelColumn: "label" },
    },
  ],
  async run(context, input) {
    const { data, textColumn, labelColumn, ...rest } = input;
    const source = toSource(data, textColumn, labelColumn);
    const { trainTextClassifier } = await import("./train.ts");
    return trainTextClassifier({
      ...rest,
      data: source,
      run: context,
      signal: context.signal,
      onProgress: context.progress,
    });
  },
});

/** Trains a small head on frozen sentence vectors. */
export const headLab = defineLab({
  name: "text-classifier head",
  title: "Train a head on sentence vectors",
  summary:
    "Embeds the texts with the built-in sentence encoder, once, and trains a small network on the vectors. " +
    "A run takes seconds, so it suits sweeps over its settings. English texts.",
  source: "https://arxiv.org/abs/1803.11175",
  positional: "data",
  input: z.object({
    data: dataFile({ builtIn: ["spam-assassin"] }).describe(
      'CSV, JSONL or Parquet file, or "spam-assassin"',
    ),
    textColumn: z.string().min(1).optional().describe("column with the texts"),
    labelColumn: z.string().min(1).optional().describe("column with the labels"),
    hidden: z.int().min(0).max(4096).default(128).describe("width of the hidden layer, 0 for none"),
    dropout: z.number().min(0).max(0.9).default(0.2).describe("share of inputs left out"),
    learningRate: z.number().positive().max(1).default(0.003).describe("highest learning rate"),
    weightDecay: z.number().min(0).max(10).default(0.01).describe("decay of the weights"),
    batchSize: z.int().min(1).max(8192).default(128).describe("texts per step"),
    epochs: z.int().min(1).max(10_000).default(10).describe("passes over the training part"),
    seed: z.int().min(0).default(1).describe("same seed, same split and weights"),
  }),
  examples: [{ title: "Real mails", input: { data: "spam-assassin" } }],
  async run(context, input) {
    const { data, textColumn, labelColumn, ...rest } = input;
    const source = toSource(data, textColumn, labelColumn);
    const { trainHead } = await import("./head.ts");
    const { signal, progress } = context;
    return trainHead({ ...rest, data: source }, { run: context, signal, onProgress: progress });
  },
});

function toSource(
  data: string,
  textColumn?: string,
  labelColumn?: string,
): TextClassifierConfig["data"] {
  if (data === "spam-assassin") return data;
  if (!textColumn) throw new Error("textColumn: name the column of the table with the texts");
  if (!labelColumn) throw new Error("labelColumn: name the column of the table with the labels");
  return { path: data, textColumn, labelColumn };
}
