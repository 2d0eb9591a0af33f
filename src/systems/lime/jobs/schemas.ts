// The inputs of the labs of `lime`.
import { dataFile, z } from "../../../lab/define.ts";
import { fitFields, modelFields } from "./fields.ts";

const splitFields = {
  split: z.string().optional().describe("pattern of what stands between words (default: \\W+)"),
  positions: z.boolean().default(false).describe("one feature per position, not per word"),
  chars: z.boolean().default(false).describe("one feature per character"),
  mask: z.string().optional().describe("what stands for a hidden position"),
};

const textFields = {
  text: z.string().optional().describe("the text to explain"),
  input: dataFile().optional().describe("table of texts instead: CSV, JSONL or Parquet"),
  textColumn: z.string().min(1).default("text").describe("column with the texts"),
  row: z.int().min(0).default(0).describe("first row to explain"),
  count: z.int().min(1).max(1000).default(1).describe("rows to explain"),
};

const tableFields = {
  data: dataFile().describe("training rows: CSV, JSONL or Parquet; the model's inputs and no more"),
  input: dataFile().optional().describe("rows to explain, of the same columns (default: data)"),
  target: z.string().optional().describe("column that the model predicts, not among its inputs"),
  categories: z.array(z.string()).optional().describe("numeric columns that are categories"),
  schema: dataFile().optional().describe("JSON file {columns: [{name, type, values}], target}"),
  regression: z.boolean().default(false).describe("the model gives one number"),
  discretize: z
    .enum(["quartile", "decile", "entropy", "none"])
    .default("quartile")
    .describe("bins of numeric columns"),
  aroundInstance: z.boolean().default(false).describe("without bins: draw around the row"),
  unseen: z
    .enum(["error", "other"])
    .default("error")
    .describe("a category that the training rows do not have"),
};

const rowFields = {
  row: z.int().min(0).default(0).describe("first row to explain"),
  count: z.int().min(1).max(1000).default(1).describe("rows to explain"),
};

/** Input of `lime text`. */
export const textInput = z.object({ ...textFields, ...modelFields, ...splitFields, ...fitFields });
export type TextInput = z.output<typeof textInput>;

/** Input of `lime table`. */
export const tableInput = z.object({ ...tableFields, ...rowFields, ...modelFields, ...fitFields });
export type TableInput = z.output<typeof tableInput>;

/** Input of `lime mixed`. */
export const mixedInput = z.object({
  ...tableFields,
  textColumn: z.string().min(1).default("text").describe("column with the texts"),
  ...rowFields,
  ...modelFields,
  ...splitFields,
  ...fitFields,
});
export type MixedInput = z.output<typeof mixedInput>;

const pictureFields = {
  grey: z.boolean().default(false).describe("read the picture in one channel"),
  segmenter: z
    .enum(["quickshift", "slic", "felzenszwalb", "grid"])
    .default("quickshift")
    .describe("how regions are found"),
  regions: z.int().min(2).optional().describe("slic: regions wanted"),
  cell: z.int().min(1).optional().describe("grid: side of a square in pixels"),
  hideColor: z.array(z.number()).optional().describe("what hidden regions show, per channel"),
  maxPixels: z.int().min(1).default(16_000_000).describe("pixels a picture may have"),
  mean: z.array(z.number()).optional().describe("mean per channel that the model expects"),
  std: z.array(z.number()).optional().describe("standard deviation per channel"),
};
export type PictureInput = z.output<z.ZodObject<typeof pictureFields>>;

/** Input of `lime image`. */
export const imageInput = z.object({
  input: dataFile().describe("PNG, JPEG or another picture, or .npy [height, width, 3]"),
  ...pictureFields,
  segments: dataFile().optional().describe("label map instead, .npy [height, width]"),
  ...modelFields,
  ...fitFields,
  samples: fitFields.samples.default("1000"),
});
export type ImageInput = z.output<typeof imageInput>;

/** Input of `lime ner`. */
export const nerInput = z.object({
  text: z.string().optional().describe("the sentence; tokens are what white space divides"),
  input: dataFile().optional().describe("CoNLL file, or JSONL {tokens, tags}"),
  row: z.int().min(0).default(0).describe("first sentence to explain"),
  count: z.int().min(1).max(1000).default(1).describe("sentences to explain"),
  tags: z
    .array(z.string())
    .min(1)
    .describe("the tagger's tags in the order of its outputs, separated by commas"),
  mask: z.string().default("UNKWORDZ").describe("what stands for a hidden token"),
  ...modelFields,
  ...fitFields,
});
export type NerInput = z.output<typeof nerInput>;

const picturesField = z.array(dataFile()).min(1).optional();

/** Input of `lime pick`. */
export const pickInput = z.object({
  ...tableFields,
  data: dataFile().optional().describe("rows (or texts) to pick from: CSV, JSONL or Parquet"),
  textColumn: z.string().optional().describe("explain the texts of this column, not the rows"),
  images: picturesField.describe("pictures to pick from, in place of data"),
  sample: z.int().min(1).default(1000).describe("examples looked at, spread over all"),
  picks: z.int().min(1).default(5).describe("explanations to pick"),
  method: z.enum(["sp", "rp"]).default("sp").describe("sp: most importance covered; rp: random"),
  ...pictureFields,
  ...modelFields,
  ...fitFields,
  samples: fitFields.samples.default("1000"),
});
export type PickInput = z.output<typeof pickInput>;

/** Input of `lime eval`. */
export const evalInput = z.object({
  measure: z.enum(["faithfulness", "stability", "exact"]).describe("what to measure"),
  ...textFields,
  ...tableFields,
  data: dataFile().optional().describe("training rows: measure rows of a table, not texts"),
  input: dataFile().optional().describe("table of texts, or of rows (default: data)"),
  images: picturesField.describe("measure pictures, not texts"),
  count: z.int().min(1).max(1000).default(20).describe("examples"),
  seeds: z.int().min(2).max(100).default(10).describe("stability: explanations of each example"),
  ...pictureFields,
  ...modelFields,
  ...splitFields,
  ...fitFields,
  samples: fitFields.samples.default("1000"),
});
export type EvalInput = z.output<typeof evalInput>;

/** Input of `lime compare`. */
export const compareInput = z.object({
  models: z.array(z.string()).length(2).describe("the two models"),
  ...textFields,
  ...tableFields,
  data: dataFile().optional().describe("training rows: compare on a row of a table, not a text"),
  input: dataFile().optional().describe("table of texts, or of rows (default: data)"),
  images: picturesField.describe("compare on the first of these pictures"),
  ...pictureFields,
  ...(({ model: _, ...rest }) => rest)(modelFields),
  ...splitFields,
  ...fitFields,
});
export type CompareInput = z.output<typeof compareInput>;

const cells = z.array(z.number().nullable());

/** Input of `lime ask`. */
export const askInput = z.object({
  texts: z.array(z.string()).min(1).max(1000).optional().describe("texts to ask about"),
  rows: z
    .array(cells)
    .min(1)
    .max(1000)
    .optional()
    .describe("rows of numbers instead; null: missing"),
  mixed: z
    .array(z.object({ text: z.string(), columns: cells }))
    .min(1)
    .max(1000)
    .optional()
    .describe("texts with columns instead"),
  images: z
    .array(z.object({ shape: z.array(z.int().min(1)).length(3), data: z.base64() }))
    .min(1)
    .max(100)
    .optional()
    .describe("pictures instead: shape [height, width, channels] and bytes in base 64"),
  tokens: z
    .array(z.array(z.string()).min(1))
    .min(1)
    .max(1000)
    .optional()
    .describe("sentences as words instead, for taggers"),
  mean: pictureFields.mean,
  std: pictureFields.std,
  ...modelFields,
});
export type AskInput = z.output<typeof askInput>;

/** Input of `lime fit`. */
export const fitJobInput = z.object({
  input: dataFile().describe(".npz file with data [N, d], labels [N, C] and distances [N]"),
  label: z.int().min(0).default(1).describe("column of labels to explain"),
  classes: modelFields.classes,
  ...(({ features, select, surrogate }) => ({ features, select, surrogate }))(fitFields),
  kernelWidth: z.number().positive().default(25).describe("width of the kernel"),
});
export type FitJobInput = z.output<typeof fitJobInput>;
