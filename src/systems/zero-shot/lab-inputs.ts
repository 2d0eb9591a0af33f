// What the labs take: the fields of labelling, training and evaluation.
import { dataFile, localPath, wordsOrFile, z } from "../../lab/define.ts";
import type { LabelCorpusOptions, Projection } from "./api.ts";
import { labelFiles, optionError } from "./labels.ts";

/** Labels as a command takes them. */
export const labels = wordsOrFile(labelFiles)
  .min(1, 'name at least one label, e.g. "complaint, praise"')
  .describe("the labels, a,b,c, or a file of them: one per line (.txt) or JSON with descriptions");
/** The column of the texts. */
export const textColumn = z
  .string()
  .min(1)
  .optional()
  .describe("column with the texts (default: text)");
/** Whether to compare in the space of word vectors. */
export const projection = z
  .enum(["off", "on", "auto"])
  .default("off")
  .describe("compare in the space of word vectors; auto decides without labels");
/** Whether labels are joined to their parents. */
export const parents = z.boolean().default(false).describe("label by the labels' parents");
/** Whether long texts are read whole. */
export const windows = z.boolean().default(false).describe("long texts: the mean over windows");
const idColumn = z.string().min(1).optional().describe("column with the rows' ids (default: id)");

/** Input of `zero-shot label`. */
export const labelInput = z.object({
  file: dataFile().describe("CSV, TSV, JSONL or Parquet file, or .txt with a text per line"),
  labels: labels.optional(),
  model: localPath()
    .optional()
    .describe("in place of labels: the folder that zero-shot train wrote"),
  corpus: z.boolean().default(false).describe("label all texts together"),
  balance: z
    .enum(["equal", "estimate", "off"])
    .optional()
    .describe("shares of the labels, for corpus (default: equal, or the labels' priors)"),
  template: z.string().optional().describe("sentence with one {} where the label goes"),
  abstain: z.number().min(0).max(1).default(0).describe("no label below this confidence"),
  rules: dataFile().optional().describe("JSON file of rules that vote too"),
  examples: dataFile().optional().describe("table of a few texts with labels that votes too"),
  reviewed: dataFile()
    .optional()
    .describe("table of texts with checked labels: they teach the rest"),
  projection,
  parents,
  windows,
  textColumn,
  labelColumn: z.string().optional().describe("column with known labels (default: label)"),
  idColumn,
  skipBad: z
    .boolean()
    .default(false)
    .describe("leave out rows that cannot be read; they go to a file of their own"),
  save: localPath({ write: true })
    .optional()
    .describe("also write the table here: .csv .tsv .jsonl .parquet"),
  review: z.int().min(0).max(1_000_000).default(1000).describe("doubtful texts set apart"),
  truthColumn: z.string().optional().describe("column with true labels that only judge"),
  map: z.boolean().default(true).describe("draw a map of the texts and check the labels"),
});
/** Input of `zero-shot label`. */
export type LabelInput = z.output<typeof labelInput>;

/** Input of `zero-shot train`. */
export const trainInput = z.object({
  file: dataFile()
    .optional()
    .describe("table of texts with labels; setfit makes up its own where there is none"),
  labels: labels.optional(),
  method: z
    .enum(["auto", "W", "centroid", "discriminant", "logreg", "finetune", "setfit"])
    .default("auto")
    .describe("how to learn"),
  projection,
  epochs: z.int().min(1).max(1000).optional().describe("passes over the examples"),
  seed: z.int().min(0).default(0).describe("same seed, same classifier"),
  save: localPath({ write: true }).optional().describe("folder for the classifier"),
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
  projection,
  parents,
  windows,
  model: localPath().optional().describe("folder of a classifier that zero-shot train wrote"),
});
/** Input of `zero-shot eval`. */
export type EvaluateInput = z.output<typeof evaluateInput>;

/** The projection as the library takes it. @throws DataError where there are no word vectors */
export async function projectionOf(
  given: z.output<typeof projection>,
): Promise<Projection | "auto" | false> {
  if (given !== "on") return given === "auto" ? "auto" : false;
  const { defaultEncoder } = await import("./label-vectors.ts");
  const { loadProjection, wordVectorsFile } = await import("./projection.ts");
  return loadProjection(await defaultEncoder(), vectorsAtHand(wordVectorsFile()));
}

/** The file of word vectors. @throws DataError where there is none */
export function vectorsAtHand(file: string | undefined): string {
  if (file !== undefined) return file;
  const hint = "Fetch them with `deepdive data pull word-vectors`.";
  throw optionError("vectors", "word vectors", "none", hint);
}

/** `balance` as the library takes it. */
export function balanceOf(
  given: "equal" | "estimate" | "off" | undefined,
): Pick<LabelCorpusOptions, "balance"> {
  if (given === undefined) return {};
  return { balance: given === "off" ? false : given };
}
