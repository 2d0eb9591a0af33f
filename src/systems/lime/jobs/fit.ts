// The job of `lime fit`.
import type { LabContext } from "../../../lab/define.ts";
import { fitSurrogate } from "../fit.ts";
import { readNeighbourhood } from "../npz.ts";
import { explanationSvg } from "../report/bars.ts";
import { reportCsv } from "../report/csv.ts";
import { classNamesOf } from "./fields.ts";
import type { FitJobInput } from "./schemas.ts";
import { pictureOf } from "./work.ts";

/** Fits a neighbourhood that was computed elsewhere. */
export async function runFit(context: LabContext, input: FitJobInput): Promise<object> {
  const { data, outputs, distances } = await readNeighbourhood(input.input);
  const { label, features: most, select, surrogate, kernelWidth } = input;
  const classNames = classNamesOf(input.classes);
  const explanation = fitSurrogate(data, outputs, distances, label, {
    ...{ features: most, select, surrogate, kernelWidth },
    ...(classNames !== undefined && { classNames }),
  });
  const features = Array.from({ length: data.columns }, (_, j) => String(j));
  const example = { kind: "neighbourhood", explanations: [explanation], features, notes: [] };
  await context.artifact("explanations.json", "table", [example]);
  const neighbourhood = { data, outputs, distances };
  const picture = pictureOf(neighbourhood, explanation, kernelWidth);
  await context.artifact("neighbours.json", "table", [picture]);
  await context.artifact("weights.csv", "text", reportCsv([{ explanations: [explanation] }]), {
    mediaType: "text/csv",
  });
  await context.artifact("weights.svg", "image", explanationSvg(explanation), {
    mediaType: "image/svg+xml",
  });
  const { className, modelOutput, localPrediction, intercept, r2, weights } = explanation;
  const names = weights.slice(0, 6).map(({ name, weight }) => `${name} ${weight.toFixed(4)}`);
  return {
    ...{ class: className, modelOutput, localPrediction, intercept, r2 },
    weights: names.join(", "),
  };
}
