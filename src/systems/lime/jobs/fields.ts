// What the labs of `lime` have in common: their input fields, and from the fields to options.
import { localPath, z } from "../../../lab/define.ts";
import type { FitOptions } from "../api.ts";

/** Which model, and how to ask it. */
export const modelFields = {
  model: z
    .string()
    .min(1)
    .describe("ONNX file, URL, folder of a saved model, module (.mjs) or command that reads JSONL"),
  outputs: z
    .enum(["probabilities", "logits"])
    .default("probabilities")
    .describe("what the model's numbers are"),
  classes: z.array(z.string()).optional().describe("names of the classes, separated by commas"),
  cache: localPath({ write: true })
    .optional()
    .describe("file that keeps the model's outputs; what it knows already is not asked again"),
  timeoutMs: z.int().min(1).default(60_000).describe("how long a batch may take, milliseconds"),
};

/** Which neighbours, and which fit. */
export const fitFields = {
  label: z.int().min(0).optional().describe("class to explain (default: the most probable)"),
  top: z.int().min(1).optional().describe("explain this many of the most probable classes"),
  features: z.int().min(1).default(10).describe("features to name, at most"),
  samples: z
    .string()
    .regex(/^(auto|exact|\d+)$/, "must be a number, auto or exact")
    .default("5000")
    .describe("neighbours: a number, auto (until the order is settled) or exact (all of them)"),
  select: z
    .enum(["auto", "forward", "weights", "lasso", "none"])
    .default("auto")
    .describe("how features are chosen"),
  surrogate: z.enum(["ridge", "tree"]).default("ridge").describe("the model that is fitted"),
  kernelWidth: z.number().positive().optional().describe("width of the kernel"),
  rng: z
    .enum(["deepdive", "numpy"])
    .default("deepdive")
    .describe("numpy repeats the draws of the Python package"),
  seed: z.int().min(0).default(0).describe("same seed, same explanation"),
  batchSize: z.int().min(1).optional().describe("inputs per call of the model"),
};

export type FitInput = z.output<z.ZodObject<typeof fitFields>>;
export type ModelInput = z.output<z.ZodObject<typeof modelFields>>;

/** `--classes a,b` and `--classes a b` are the same. */
export function classNamesOf(classes: readonly string[] | undefined): string[] | undefined {
  return classes?.flatMap((each) => each.split(",")).map((name) => name.trim());
}

/** The options of an explainer. */
export function fitOptions(input: FitInput, classNames?: readonly string[]): FitOptions {
  const { label, top, samples, features, select, surrogate, rng, seed, kernelWidth } = input;
  return {
    ...{ features, select, surrogate, rng, seed },
    samples: samples === "auto" || samples === "exact" ? samples : Number(samples),
    ...(label === undefined ? { topLabels: top ?? 1 } : { labels: [label] }),
    ...(kernelWidth !== undefined && { kernelWidth }),
    ...(input.batchSize !== undefined && { batchSize: input.batchSize }),
    ...(classNames !== undefined && { classNames }),
  };
}
