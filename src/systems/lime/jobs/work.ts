// What the labs of `lime` do around an explanation: open the model, report progress, keep the results.
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LabContext } from "../../../lab/define.ts";
import type { Explanation, Neighbourhood, Progress } from "../api.ts";
import { describeFlip } from "../flip.ts";
import type { BlackBox, BlackBoxOptions, InputKind, InputKinds } from "../predictors/black-box.ts";
import { openModel } from "../predictors/open.ts";
import { explanationPng, explanationSvg } from "../report/bars.ts";
import { reportCsv } from "../report/csv.ts";
import { type AnyExplanation, reportHtml } from "../report/html.ts";
import { reportJson } from "../report/json.ts";
import { projectNeighbourhood } from "../report/projection.ts";
import { stabilityRibbon } from "../report/ribbon.ts";
import { tableWidth } from "../tabular.ts";
import { textWidth } from "../text.ts";
import { classNamesOf, type ModelInput } from "./fields.ts";

/**
 * Opens the model of a job. Its outputs are kept in the run's folder; a run that continues a stopped
 * one begins with what that one had.
 */
export async function openJobModel<K extends InputKind>(
  context: LabContext,
  kind: K,
  input: ModelInput,
  scaling: Pick<BlackBoxOptions, "mean" | "std"> = {},
): Promise<BlackBox<InputKinds[K]>> {
  const allowCode = process.env.DEEPDIVE_ALLOW_CODE === "1";
  const cacheFile = await cacheOf(context, input);
  const { model, outputs, timeoutMs } = input;
  const options = { ...scaling, outputs, timeoutMs, cacheFile, allowCode };
  const opened = await openModel(model, kind, options);
  const classNames = classNamesOf(input.classes) ?? opened.classNames;
  return { ...opened, ...(classNames && { classNames }) };
}

/** The file that the user named, or one of the run's own. */
async function cacheOf(
  { folder, parentFolder }: LabContext,
  { cache }: ModelInput,
): Promise<string> {
  if (cache !== undefined) return cache;
  const own = join(folder, "checkpoints", "outputs.json");
  await mkdir(dirname(own), { recursive: true });
  if (parentFolder !== undefined) {
    await copyFile(join(parentFolder, "checkpoints", "outputs.json"), own).catch(() => undefined);
  }
  return own;
}

/** Options that tie an explainer to its job; `done` of `total` examples are behind it. */
export function jobOptions(context: LabContext, done = 0, total = 1) {
  const { signal } = context;
  return {
    signal,
    onProgress: (progress: Progress) => {
      const share = (done + progress.done / progress.total) / total;
      context.progress({ phase: "explain", done: Math.round(1000 * share), total: 1000 });
    },
  };
}

/** Stores the report in all its forms; gives the run's summary. */
export async function keepReport(
  context: LabContext,
  explained: readonly AnyExplanation[],
  title: string,
): Promise<object> {
  await context.artifact("report.html", "html", await reportHtml(explained, title));
  await context.artifact("explanations.json", "table", explained.map(reportJson));
  await context.artifact("neighbours.json", "table", explained.map(neighbourPicture));
  await context.artifact("weights.csv", "text", reportCsv(explained), { mediaType: "text/csv" });
  const first = explained[0]?.explanations[0];
  if (first === undefined) return { explained: 0 };
  await context.artifact("weights.svg", "image", explanationSvg(first), {
    mediaType: "image/svg+xml",
  });
  await context.artifact("weights.png", "image", await explanationPng(first), {
    mediaType: "image/png",
  });
  const { className, modelOutput, r2, weights, calls, exact } = first;
  const names = weights.slice(0, 6).map(({ name, weight }) => `${name} ${weight.toFixed(4)}`);
  const notes = [...new Set(explained.flatMap((each) => each.notes))];
  return {
    explained: explained.length,
    ...{ class: className, modelOutput, r2, calls, exact },
    weights: names.join(", "),
    ...(explained[0]!.flip && { flip: describeFlip(explained[0]!.flip, explained[0]!) }),
    ...(notes.length > 0 && { notes: notes.join(" ") }),
  };
}

/** What the Studio draws of the neighbourhood of an example's first explanation. */
function neighbourPicture(explained: AnyExplanation): object {
  const { neighbourhood, explanations } = explained;
  return pictureOf(neighbourhood, explanations[0]!, kernelWidthOf(explained));
}

/** The neighbours in the plane, and how the weights settled. */
export function pictureOf(
  neighbourhood: Neighbourhood,
  first: Explanation,
  kernelWidth: number,
): object {
  const ribbon = stabilityRibbon(neighbourhood, first, {
    kernelWidth,
    features: Math.max(1, first.weights.length),
  });
  return { ...projectNeighbourhood(neighbourhood, first, { kernelWidth }), ribbon: ribbon ?? null };
}

/** The usual width of each kind's kernel: pictures of neighbours need no other. */
function kernelWidthOf({ kind, features }: AnyExplanation): number {
  if (kind === "image") return 0.25;
  if (kind === "mixed") return 1;
  return kind === "table" ? tableWidth(features.length) : textWidth;
}
