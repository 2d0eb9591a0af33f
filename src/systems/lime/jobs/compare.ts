// The job of `lime compare`.
import type { LabContext } from "../../../lab/define.ts";
import type { TextExplanation } from "../api.ts";
import { compareExplanations } from "../compare.ts";
import { explainText } from "../text.ts";
import { fitOptions } from "./fields.ts";
import type { CompareInput } from "./schemas.ts";
import { splitOptions, textsOf } from "./text.ts";
import { jobOptions, keepReport, openJobModel } from "./work.ts";

/** Explains the first text under both models and keeps the aligned differences. */
export async function runCompare(context: LabContext, input: CompareInput): Promise<object> {
  const text = (await textsOf(input))[0]!;
  let labels = input.label === undefined ? undefined : [input.label];
  const explained: TextExplanation[] = [];
  for (const [i, name] of input.models.entries()) {
    const model = await openJobModel(context, "text", { ...input, model: name });
    try {
      const one = await explainText(text, model.predict, {
        ...fitOptions(input, model.classNames),
        ...splitOptions(input),
        ...jobOptions(context, i, 2),
        ...(labels !== undefined && { labels, topLabels: undefined }),
      });
      explained.push(one);
      // The second model is asked why it gave the classes that the first one found most probable.
      labels ??= one.explanations.map(({ label }) => label);
    } finally {
      await model.close();
    }
  }
  const comparisons = compareExplanations(explained[0]!, explained[1]!);
  await context.artifact("comparison.json", "table", comparisons);
  await keepReport(context, explained, "Two models, one text");
  const [{ className, modelOutput, similarity, overlap, features }] = comparisons as [
    (typeof comparisons)[0],
  ];
  const most = features.slice(0, 6).map(({ name, weights: [a, b] }) => {
    return `${name} ${a.toFixed(4)} / ${b.toFixed(4)}`;
  });
  return { class: className, modelOutput, similarity, overlap, differences: most.join(", ") };
}
