// The job of `lime compare`.
import type { LabContext } from "../../../lab/define.ts";
import type { FitOptions } from "../api.ts";
import { compareExplanations } from "../compare.ts";
import { LimeError } from "../errors.ts";
import type { ImageExplanation } from "../image.ts";
import type { AnyExplanation } from "../report/html.ts";
import { chooserOf, sourceOf, withExamples } from "./examples.ts";
import { keepPictures } from "./image.ts";
import type { CompareInput } from "./schemas.ts";
import { jobOptions, keepReport } from "./work.ts";

/** Explains the first example under both models and keeps the aligned differences. */
export async function runCompare(context: LabContext, input: CompareInput): Promise<object> {
  const source = await sourceOf(input);
  const choose = chooserOf(source, { ...input, count: 1 });
  let labels = input.label === undefined ? undefined : [input.label];
  const explained: AnyExplanation[] = [];
  for (const [i, model] of input.models.entries()) {
    const one = await withExamples(
      context,
      source,
      { ...input, model },
      choose,
      async (examples) => {
        if (examples.rows.length === 0) {
          const received = source.kind === "text" ? "no text with a word" : "none";
          throw new LimeError("input", { expected: "an example to explain", received });
        }
        const same = labels !== undefined && { labels, topLabels: undefined };
        const options = { ...jobOptions(context, i, 2), ...same } as FitOptions;
        return (await examples.explain(0, options)) as AnyExplanation;
      },
    );
    explained.push(one);
    // The second model is asked why it gave the classes that the first one found most probable; a
    // regression has no classes to choose from.
    if (!input.regression) labels ??= one.explanations.map(({ label }) => label);
  }
  const comparisons = compareExplanations<unknown>(explained[0]!, explained[1]!);
  await context.artifact("comparison.json", "table", comparisons);
  await keepPictures(
    context,
    explained.filter((each): each is ImageExplanation => each.kind === "image"),
  );
  await keepReport(context, explained, "Two models, one example");
  const [{ className, modelOutput, similarity, overlap, features }] = comparisons as [
    (typeof comparisons)[0],
  ];
  const most = features.slice(0, 6).map(({ name, weights: [a, b] }) => {
    return `${name} ${a.toFixed(4)} / ${b.toFixed(4)}`;
  });
  return { class: className, modelOutput, similarity, overlap, differences: most.join(", ") };
}
