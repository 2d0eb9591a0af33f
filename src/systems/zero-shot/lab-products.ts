// The labs that make something lasting: an entailment model, or files of labelled texts for elsewhere.
import { dataFile, defineLab, localPath, wordsOrFile, z } from "../../lab/define.ts";
import { textColumn } from "./lab-inputs.ts";
import { labelFiles } from "./labels.ts";

const trainNliInput = z.object({
  pairs: dataFile({ builtIn: ["wordnet"] })
    .default("wordnet")
    .describe('"wordnet", or a TSV or JSONL file with sentence1, sentence2, gold_label'),
  glosses: z
    .int()
    .min(100)
    .max(100_000)
    .default(14_000)
    .describe("WordNet's glosses to learn from"),
  steps: z.int().min(1).max(1_000_000).default(1200).describe("steps of training"),
  heldOut: wordsOrFile(labelFiles)
    .optional()
    .describe("labels that WordNet's hypotheses shall not name: a,b,c, or a file of them"),
  template: z.string().optional().describe("sentence with one {} for WordNet's concepts"),
  seed: z.int().min(0).default(1).describe("same seed, same model"),
  save: localPath({ write: true }).optional().describe("folder for the model"),
});
/** Input of `zero-shot train-nli`. */
export type TrainNliInput = z.output<typeof trainNliInput>;

const exportInput = z.object({
  file: dataFile()
    .optional()
    .describe("a table of texts with labels, as zero-shot label writes it"),
  model: localPath()
    .optional()
    .describe("instead of a table: the folder that zero-shot train wrote, for onnx"),
  format: z
    .enum(["onnx", "label-studio", "csv", "tsv", "jsonl", "parquet"])
    .default("onnx")
    .describe("what to make"),
  textColumn,
  labelColumn: z.string().optional().describe("column with the labels (default: label)"),
  title: z.string().default("text classifier").describe("what the classifier's card calls it"),
  abstain: z.number().min(0).max(1).default(0).describe("leave out labels below this confidence"),
  reviewed: dataFile()
    .optional()
    .describe("table of texts with checked labels: they stand in place of the guesses"),
  save: localPath({ write: true })
    .optional()
    .describe("the file, or for onnx the folder, to write"),
});
/** Input of `zero-shot export`. */
export type ExportInput = z.output<typeof exportInput>;

/** An entailment model where none is at hand. */
export const trainNliLab = defineLab({
  name: "zero-shot train-nli",
  title: "Train an entailment model",
  summary:
    "Learns whether a text is about something from the glosses of a dictionary (WordNet), or from a " +
    "file of premises, hypotheses and their relation. The model then judges any label: " +
    "zero-shot classify --engine entailment --model FOLDER.",
  source: "https://arxiv.org/abs/1909.00161",
  positional: "pairs",
  input: trainNliInput,
  examples: [{ title: "A dictionary", input: { pairs: "wordnet" } }],
  async run(ctx, input) {
    const { runTrainNli } = await import("./product-job.ts");
    return runTrainNli(ctx, input);
  },
});

/** Labelled texts for other programs. */
export const exportLab = defineLab({
  name: "zero-shot export",
  title: "Export labelled texts",
  summary:
    "Turns a table of labelled texts into tasks for Label Studio, another kind of table, or a small " +
    "classifier as an ONNX file that takes texts and needs nothing but ONNX Runtime.",
  source: "https://arxiv.org/abs/2001.07676",
  positional: "file",
  input: exportInput,
  examples: [{ title: "A classifier", input: { file: "labelled.csv", format: "onnx" } }],
  async run(ctx, input) {
    const { runExport } = await import("./product-job.ts");
    return runExport(ctx, input);
  },
});
