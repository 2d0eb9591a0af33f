// What the labs take: the fields of labelling, training and evaluation.
import { dataFile, z } from "../../lab/define.ts";
import type { LabelCorpusOptions } from "./api.ts";

/** Labels as a command takes them. */
export const labels = z
  .string()
  .min(1, 'name at least one label, e.g. "complaint, praise"')
  .describe("the labels, a,b,c, or a file of them: one per line (.txt) or JSON with descriptions");
/** The column of the texts. */
export const textColumn = z
  .string()
  .min(1)
  .optional()
  .describe("column with the texts (default: text)");
const idColumn = z.string().min(1).optional().describe("column with the rows' ids (default: id)");

/** Input of `zero-shot label`. */
export const labelInput = z.object({
  file: dataFile().describe("CSV, TSV, JSONL or Parquet file, or .txt with a text per line"),
  labels,
  corpus: z.boolean().default(false).describe("label all texts together"),
  balance: z
    .enum(["equal", "estimate", "off"])
    .optional()
    .describe("shares of the labels, for corpus (default: equal, or the labels' priors)"),
  template: z.string().optional().describe("sentence with one {} where the label goes"),
  abstain: z.number().min(0).max(1).default(0).describe("no label below this confidence"),
  rules: z.string().optional().describe("JSON file of rules that vote too"),
  examples: z.string().optional().describe("table of a few texts with labels that votes too"),
  textColumn,
  labelColumn: z.string().optional().describe("column with known labels (default: label)"),
  idColumn,
  skipBad: z.boolean().default(false).describe("leave out rows that cannot be read"),
  save: z.string().optional().describe("also write the table here: .csv .tsv .jsonl .parquet"),
  review: z.int().min(0).max(1_000_000).default(1000).describe("doubtful texts set apart"),
});
/** Input of `zero-shot label`. */
export type LabelInput = z.output<typeof labelInput>;

/** Input of `zero-shot train`. */
export const trainInput = z.object({
  file: dataFile().describe("table of texts with labels"),
  labels: labels.optional(),
  method: z
    .enum(["auto", "W", "centroid", "discriminant", "logreg", "finetune", "setfit"])
    .default("auto")
    .describe("how to learn"),
  epochs: z.int().min(1).max(1000).optional().describe("passes over the examples"),
  seed: z.int().min(0).default(0).describe("same seed, same classifier"),
  save: z.string().optional().describe("folder for the classifier"),
  textColumn,
  labelColumn: z.string().optional().describe("column with the labels (default: label)"),
});
/** Input of `zero-shot train`. */
export type TrainInput = z.output<typeof trainInput>;

/** Input of `zero-shot eval`. */
export const evaluateInput = z.object({
  file: dataFile().describe("table of texts with true labels"),
  labels: labels.optional(),
  labelColumn: z.string().min(1).default("label").describe("column with the true labels"),
  textColumn,
  corpus: z.boolean().default(false).describe("label all texts together"),
  balance: z.enum(["equal", "estimate", "off"]).optional().describe("shares of the labels"),
  template: z.string().optional().describe("sentence with one {} where the label goes"),
  model: z.string().optional().describe("folder of a classifier that zero-shot train wrote"),
});
/** Input of `zero-shot eval`. */
export type EvaluateInput = z.output<typeof evaluateInput>;

/** `balance` as the library takes it. */
export function balanceOf(
  given: "equal" | "estimate" | "off" | undefined,
): Pick<LabelCorpusOptions, "balance"> {
  if (given === undefined) return {};
  return { balance: given === "off" ? false : given };
}
