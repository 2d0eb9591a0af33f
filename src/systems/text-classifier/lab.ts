// The text classifier as a lab: its training.
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
