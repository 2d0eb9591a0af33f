// What a sweep is made of, and the checks of it.
import { z } from "zod";
import type { Dimension } from "./space.ts";

const value = z.union([z.string(), z.number(), z.boolean()]);

const dimension: z.ZodType<Dimension> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("choice"), values: z.array(value).min(1).max(1_000) }),
  z.strictObject({
    kind: z.literal("range"),
    min: z.number(),
    max: z.number(),
    scale: z.enum(["linear", "log"]),
    step: z.number().positive().optional(),
  }),
]);

const earlyStop = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("median"),
    warmup: z.int().min(1).optional(),
    least: z.int().min(1).optional(),
  }),
  z.strictObject({
    type: z.literal("hyperband"),
    brackets: z.array(z.int().min(1)).min(1),
    eta: z.number().gt(1),
  }),
]);

/** A sweep as it is kept in its run's config. */
export const sweepSpec = z.strictObject({
  /** The id of the lab whose runs are the trials. */
  lab: z.string(),
  /** Fields that are the same in every trial. */
  input: z.record(z.string(), z.unknown()).default({}),
  space: z.record(z.string(), dimension),
  method: z.enum(["grid", "random", "halving", "tpe"]).default("random"),
  /** Trials; of a grid at most so many. */
  trials: z.int().min(1).max(10_000).default(12),
  /** Values per range on a grid. */
  gridPoints: z.int().min(1).max(100).default(4),
  seed: z.int().min(0).default(1),
  /** A field of the summary, or a curve, whose last value counts. */
  metric: z.string().min(1),
  goal: z.enum(["minimize", "maximize"]).default("minimize"),
  /** Successive halving: the field that says how long a trial works, and from where to where. */
  budget: z
    .strictObject({ field: z.string(), min: z.number().positive(), max: z.number().positive() })
    .optional(),
  /** Successive halving and Hyperband: one of so many goes on. */
  eta: z.number().gt(1).default(3),
  earlyStop: earlyStop.optional(),
  /** Trials at a time. */
  parallel: z.int().min(1).max(64).default(1),
});

/** A checked sweep. */
export type SweepSpec = z.output<typeof sweepSpec>;

/** A sweep as somebody writes it. */
export type SweepInput = z.input<typeof sweepSpec>;

/** Checks a sweep and fills in defaults. @throws Error that names the field. */
export function parseSweep(input: unknown): SweepSpec {
  const result = sweepSpec.safeParse(input);
  if (!result.success) {
    const { path, message } = result.error.issues[0] as z.core.$ZodIssue;
    throw new Error(`sweep: ${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`);
  }
  const spec = result.data;
  if (Object.keys(spec.space).length === 0) throw new Error("sweep: there is no field to vary");
  if (spec.method === "halving") {
    if (!spec.budget) throw new Error("sweep: halving needs a budget, e.g. epochs=1..9");
    if (spec.budget.min >= spec.budget.max) {
      throw new Error("sweep: budget: its lower end must be below its upper end");
    }
  }
  return spec;
}

/** Which way is better, where the name of the metric tells; undefined where it does not. */
export function goalOf(metric: string): "minimize" | "maximize" | undefined {
  if (/loss|error|mae|mse|rmse|perplexity|entropy|seconds/i.test(metric)) return "minimize";
  if (/acc|f1|auc|auroc|precision|recall|score|r2|bleu|iou/i.test(metric)) return "maximize";
  return undefined;
}
