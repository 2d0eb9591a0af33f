// The job of `lime image`.
import type { LabContext } from "../../../lab/define.ts";
import { withFlip } from "../flip.ts";
import { explainImage, type ImageExplanation } from "../image.ts";
import type { BlackBoxOptions } from "../predictors/black-box.ts";
import { encodePng, overlay } from "../report/overlay.ts";
import type { SegmentSpec } from "../segment/index.ts";
import { fitOptions } from "./fields.ts";
import { readLabelMap, readPicture } from "./inputs.ts";
import type { ImageInput, PictureInput } from "./schemas.ts";
import { jobOptions, keepReport, openJobModel } from "./work.ts";

/** Explains the picture and keeps the report and the marked pictures. */
export async function runImage(context: LabContext, input: ImageInput): Promise<object> {
  const picture = await readPicture(input.input, input.grey ? 1 : 3);
  const segments =
    input.segments === undefined
      ? pictureOptions(input).segments
      : await readLabelMap(input.segments, picture.shape);
  const model = await openJobModel(context, "image", input, scalingOf(input));
  try {
    const found = await explainImage(picture, model.predict, {
      ...fitOptions(input, model.classNames),
      ...jobOptions(context),
      ...pictureOptions(input),
      segments,
    });
    const explained = await withFlip(found, model.predict);
    for (const explanation of explained.explanations) {
      const png = await encodePng(overlay(explained, explanation), 320);
      const options = { mediaType: "image/png" };
      await context.artifact(`overlay-${explanation.label}.png`, "image", png, options);
    }
    await keepPictures(context, [explained]);
    return await keepReport(context, [explained], "Why the model said so");
  } finally {
    await model.close();
  }
}

/**
 * Keeps what a page draws pictures from: `picture.png` and `regions.json` of the first, those of
 * further ones with their number.
 */
export async function keepPictures(
  context: LabContext,
  explained: readonly ImageExplanation[],
): Promise<void> {
  for (const [i, { image, segments }] of explained.entries()) {
    const tail = i === 0 ? "" : `-${i}`;
    const [height, width] = image.shape;
    const regions = { height, width, runs: runsOf(segments) };
    await context.artifact(`regions${tail}.json`, "table", regions);
    await context.artifact(`picture${tail}.png`, "image", await encodePng(image), {
      mediaType: "image/png",
    });
  }
}

/** How pictures are divided and hidden. */
export function pictureOptions(input: PictureInput) {
  const { hideColor, maxPixels } = input;
  return {
    ...{ segments: segmentSpec(input), maxPixels },
    ...(hideColor !== undefined && { hideColor }),
  };
}

/** What the model expects of values. */
export function scalingOf({
  mean,
  std,
}: Pick<PictureInput, "mean" | "std">): Pick<BlackBoxOptions, "mean" | "std"> {
  return { ...(mean !== undefined && { mean }), ...(std !== undefined && { std }) };
}

function segmentSpec({ segmenter, regions, cell }: PictureInput): SegmentSpec {
  switch (segmenter) {
    case "slic":
      return { method: "slic", ...(regions !== undefined && { regions }) };
    case "grid":
      return { method: "grid", ...(cell !== undefined && { cell }) };
    default:
      return { method: segmenter };
  }
}

/** Run-length code: region, count, region, count, … */
function runsOf(segments: Int32Array): number[] {
  const runs: number[] = [];
  for (const region of segments) {
    if (runs.at(-2) === region) runs[runs.length - 1]!++;
    else runs.push(region, 1);
  }
  return runs;
}
