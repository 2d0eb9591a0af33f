// The job of `lime eval`.
import type { LabContext } from "../../../lab/define.ts";
import { agreementWithExact } from "../agreement.ts";
import type { Explained, FitOptions } from "../api.ts";
import { LimeError } from "../errors.ts";
import { faithfulness } from "../faithfulness.ts";
import { chooserOf, type ExampleSet, sourceOf, withExamples } from "./examples.ts";
import type { EvalInput } from "./schemas.ts";
import { jobOptions } from "./work.ts";

/** Measures explanations of the texts, rows or pictures. */
export async function runEval(context: LabContext, input: EvalInput): Promise<object> {
  const source = await sourceOf(input);
  const choose = chooserOf(source, input);
  return withExamples(context, source, input, choose, async (examples) => {
    if (examples.rows.length === 0) {
      const received = source.kind === "text" ? "no text with a word" : "none";
      throw new LimeError("input", { expected: "an example to explain", received });
    }
    switch (input.measure) {
      case "faithfulness":
        return measureFaithfulness(context, input, examples);
      case "stability":
        return measureStability(context, input, examples);
      case "exact":
        return compareWithExact(context, input, examples);
      default:
        return input.measure satisfies never;
    }
  });
}

async function explainAll<I>(
  context: LabContext,
  { rows, explain }: ExampleSet<I>,
  options: FitOptions = {},
): Promise<Explained<I>[]> {
  const explained: Explained<I>[] = [];
  for (const at of rows.keys()) {
    explained.push(await explain(at, { ...options, ...jobOptions(context, at, rows.length) }));
  }
  return explained;
}

async function measureFaithfulness<I>(
  context: LabContext,
  { seed }: EvalInput,
  examples: ExampleSet<I>,
): Promise<object> {
  const explained = await explainAll(context, examples);
  const found = await faithfulness(explained, examples.predict, { seed });
  for (const [step, share] of found.deletion.share.entries()) {
    const [deletion, insertion] = [found.deletion.output[step]!, found.insertion.output[step]!];
    context.metrics(Math.round(100 * share), {
      "deletion/output": deletion,
      "insertion/output": insertion,
    });
  }
  await context.artifact("faithfulness.json", "table", found);
  const { auc, randomAuc, r2 } = found;
  const [deletionAuc, insertionAuc] = auc;
  return { examples: explained.length, deletionAuc, insertionAuc, randomAuc, r2 };
}

async function measureStability<I>(
  context: LabContext,
  { seed: first, seeds }: EvalInput,
  { rows, explain }: ExampleSet<I>,
): Promise<object> {
  const agreements: number[] = [];
  for (const at of rows.keys()) {
    const tops: Set<number>[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const progress = jobOptions(context, at * seeds + seed, rows.length * seeds);
      const { explanations } = await explain(at, { ...progress, seed: first + seed });
      tops.push(new Set(explanations[0]!.weights.map(({ feature }) => feature)));
    }
    agreements.push(meanJaccard(tops));
  }
  await context.artifact("stability.json", "table", { agreements });
  const mean = agreements.reduce((a, b) => a + b, 0) / agreements.length;
  return { examples: rows.length, seeds, meanJaccard: mean };
}

/** Every example twice: as asked, and with all its neighbours. */
async function compareWithExact<I>(
  context: LabContext,
  { samples }: EvalInput,
  { rows, explain }: ExampleSet<I>,
): Promise<object> {
  const [sampled, exact]: [Explained<I>[], Explained<I>[]] = [[], []];
  const exactAs = samples === "auto" || samples === "exact" ? {} : { exactAs: Number(samples) };
  let tooMany: LimeError | undefined;
  for (const at of rows.keys()) {
    const own = await explain(at, jobOptions(context, 2 * at, 2 * rows.length));
    const { label } = own.explanations[0]!;
    const progress = jobOptions(context, 2 * at + 1, 2 * rows.length);
    const all = { ...progress, ...exactAs, samples: "exact" as const, labels: [label] };
    try {
      exact.push(await explain(at, { ...all, topLabels: undefined } as FitOptions));
      sampled.push(own);
    } catch (error) {
      // Some examples may have too many features to enumerate: the others still tell.
      if (!(error instanceof LimeError) || !error.message.startsWith("samples:")) throw error;
      tooMany = error;
    }
  }
  if (exact.length === 0) throw tooMany!;
  const found = agreementWithExact(sampled, exact);
  await context.artifact("agreement.json", "table", found);
  return { ...found, ...(tooMany && { skipped: rows.length - exact.length }) };
}

/** Mean over all pairs of shared members as a share of all members. */
function meanJaccard(sets: readonly ReadonlySet<number>[]): number {
  let sum = 0;
  let pairs = 0;
  sets.forEach((a, i) => {
    for (const b of sets.slice(i + 1)) {
      sum += a.intersection(b).size / Math.max(1, a.union(b).size);
      pairs++;
    }
  });
  return sum / pairs;
}
