// The job of `lime eval`.
import type { LabContext } from "../../../lab/define.ts";
import { faithfulness } from "../faithfulness.ts";
import { explainText, type TextOptions } from "../text.ts";
import { fitOptions } from "./fields.ts";
import type { EvalInput } from "./schemas.ts";
import { splitOptions, textsOf } from "./text.ts";
import { jobOptions, openJobModel } from "./work.ts";

/** Measures faithfulness or stability over the texts. */
export async function runEval(context: LabContext, input: EvalInput): Promise<object> {
  const texts = (await textsOf(input)).filter((text) => /[\p{L}\p{N}_]/u.test(text));
  const model = await openJobModel(context, "text", input);
  const options = (done: number, total: number): TextOptions => ({
    ...fitOptions(input, model.classNames),
    ...splitOptions(input),
    ...jobOptions(context, done, total),
  });
  try {
    if (input.measure === "faithfulness") {
      const explained = [];
      for (const [i, text] of texts.entries()) {
        explained.push(await explainText(text, model.predict, options(i, texts.length)));
      }
      const found = await faithfulness(explained, model.predict, { seed: input.seed });
      for (const [step, share] of found.deletion.share.entries()) {
        const [deletion, insertion] = [found.deletion.output[step]!, found.insertion.output[step]!];
        context.metrics(Math.round(100 * share), {
          "deletion/output": deletion,
          "insertion/output": insertion,
        });
      }
      await context.artifact("faithfulness.json", "table", found);
      const { auc, randomAuc, r2 } = found;
      return { texts: texts.length, deletionAuc: auc[0], insertionAuc: auc[1], randomAuc, r2 };
    }
    const agreements: number[] = [];
    for (const [i, text] of texts.entries()) {
      const tops: Set<number>[] = [];
      for (let seed = 0; seed < input.seeds; seed++) {
        const done = i * input.seeds + seed;
        const own = { ...options(done, texts.length * input.seeds), seed: input.seed + seed };
        const { explanations } = await explainText(text, model.predict, own);
        tops.push(new Set(explanations[0]!.weights.map(({ feature }) => feature)));
      }
      agreements.push(meanJaccard(tops));
    }
    await context.artifact("stability.json", "table", { agreements });
    const mean = agreements.reduce((a, b) => a + b, 0) / agreements.length;
    return { texts: texts.length, seeds: input.seeds, meanJaccard: mean };
  } finally {
    await model.close();
  }
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
