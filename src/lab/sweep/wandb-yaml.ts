// Reads sweep files of Weights & Biases: https://docs.wandb.ai/guides/sweeps/sweep-config-keys
import { parseDocument } from "yaml";
import { z } from "zod";
import { brackets, type EarlyStop } from "./early-stop.ts";
import { choice, type Dimension, range } from "./space.ts";
import { goalOf, parseSweep, type SweepSpec } from "./spec.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const parameter = z.object({
  value: scalar.optional(),
  values: z.array(scalar).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  q: z.number().positive().optional(),
  distribution: z.string().optional(),
});

const file = z.object({
  /** The lab's name stands where W&B has the script. */
  program: z.string().optional(),
  lab: z.string().optional(),
  method: z.enum(["grid", "random", "bayes", "tpe"]),
  metric: z
    .object({ name: z.string(), goal: z.enum(["minimize", "maximize"]).optional() })
    .optional(),
  parameters: z.record(z.string(), parameter),
  run_cap: z.int().positive().optional(),
  seed: z.int().min(0).optional(),
  early_terminate: z
    .object({
      type: z.enum(["hyperband", "median"]),
      min_iter: z.int().positive().optional(),
      max_iter: z.int().positive().optional(),
      s: z.int().positive().optional(),
      eta: z.number().gt(1).optional(),
    })
    .optional(),
});

/**
 * Reads a sweep file. `bayes` becomes TPE; parameters of one value become fixed fields; the lab is
 * `lab`, else `program`, unless `lab` is given here.
 *
 * @throws Error with the line or the key at fault.
 */
export function readSweepYaml(text: string, lab?: string): SweepSpec {
  const document = parseDocument(text, { maxAliasCount: 100 } as object);
  const [problem] = document.errors;
  if (problem) throw new Error(`sweep file: ${problem.message.split("\n")[0]}`);
  const result = file.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!result.success) {
    const { path, message } = result.error.issues[0] as z.core.$ZodIssue;
    throw new Error(`sweep file: ${path.join(".")}: ${message}`);
  }
  const given = result.data;
  const name = lab ?? given.lab ?? given.program?.replace(/\.\w+$/, "");
  if (name === undefined)
    throw new Error("sweep file: lab: name the lab whose runs are the trials");
  const metric = given.metric?.name;
  if (metric === undefined)
    throw new Error("sweep file: metric: name what decides, e.g. name: accuracy");
  const input: Record<string, unknown> = {};
  const space: Record<string, Dimension> = {};
  for (const [field, settings] of Object.entries(given.parameters)) {
    if (settings.value !== undefined) input[field] = settings.value;
    else space[field] = toDimension(field, settings);
  }
  return parseSweep({
    lab: name.replaceAll(" ", "-"),
    input,
    space,
    method: given.method === "bayes" ? "tpe" : given.method,
    ...(given.run_cap === undefined ? {} : { trials: given.run_cap }),
    ...(given.seed === undefined ? {} : { seed: given.seed }),
    metric,
    goal: given.metric?.goal ?? goalOf(metric) ?? "minimize",
    ...(given.early_terminate ? { earlyStop: toEarlyStop(given.early_terminate) } : {}),
  });
}

/** The distributions of W&B by name; the bounds of the `log_uniform` family are exponents. */
function toDimension(field: string, settings: z.output<typeof parameter>): Dimension {
  const { values, min, max, q, distribution } = settings;
  if (values) return choice(field, values);
  if (min === undefined || max === undefined) {
    throw new Error(`sweep file: parameters.${field}: give value, values, or min and max`);
  }
  const whole = Number.isInteger(min) && Number.isInteger(max);
  switch (distribution ?? (whole ? "int_uniform" : "uniform")) {
    case "uniform":
      return range(field, { min, max, scale: "linear" });
    case "int_uniform":
      return range(field, { min, max, scale: "linear", step: 1 });
    case "q_uniform":
      return range(field, { min, max, scale: "linear", step: q ?? 1 });
    case "log_uniform_values":
      return range(field, { min, max, scale: "log" });
    case "q_log_uniform_values":
      return range(field, { min, max, scale: "log", step: q ?? 1 });
    case "log_uniform":
      return range(field, { min: Math.exp(min), max: Math.exp(max), scale: "log" });
    case "q_log_uniform":
      return range(field, { min: Math.exp(min), max: Math.exp(max), scale: "log", step: q ?? 1 });
    default:
      throw new Error(
        `sweep file: parameters.${field}: distribution ${distribution} is not known here; use ` +
          "uniform, int_uniform, q_uniform, log_uniform_values or q_log_uniform_values",
      );
  }
}

function toEarlyStop({
  type,
  min_iter: minIter,
  max_iter: maxIter,
  s = 2,
  eta = 3,
}: NonNullable<z.output<typeof file>["early_terminate"]>): EarlyStop {
  if (type === "median") return { type, ...(minIter === undefined ? {} : { warmup: minIter }) };
  if (minIter === undefined && maxIter === undefined) {
    throw new Error("sweep file: early_terminate: hyperband needs min_iter or max_iter");
  }
  const settings = minIter === undefined ? { maxIter: maxIter as number, s } : { minIter };
  return { type, brackets: brackets(settings, eta), eta };
}
