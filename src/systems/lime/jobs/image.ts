// The job of `lime image`.
import type { LabContext } from "../../../lab/define.ts";
import { explainImage } from "../image.ts";
import { encodePng, overlay } from "../report/overlay.ts";
import type { SegmentSpec } from "../segment/index.ts";
import { fitOptions } from "./fields.ts";
import { readLabelMap, readPicture } from "./inputs.ts";
import type { ImageInput } from "./schemas.ts";
import { jobOptions, keepReport, openJobModel } from "./work.ts";

/** Explains the picture and keeps the report and the marked pictures. */
export async function runImage(context: LabContext, input: ImageInput): Promise<object> {
  const picture = await readPicture(input.input, input.grey ? 1 : 3);
  const segments =
    input.segments === undefined
      ? segmentSpec(input)
      : await readLabelMap(input.segments, picture.shape);
  const { mean, std, hideColor, maxPixels } = input;
  const model = await openJobModel(context, "image", input, {
    ...(mean !== undefined && { mean }),
    ...(std !== undefined && { std }),
  });
  try {
    const explained = await explainImage(picture, model.predict, {
      ...fitOptions(input, model.classNames),
      ...jobOptions(context),
      ...{ segments, maxPixels },
      ...(hideColor !== undefined && { hideColor }),
    });
    for (const explanation of explained.explanations) {
      const png = await encodePng(overlay(explained, explanation), 320);
      const options = { mediaType: "image/png" };
      await context.artifact(`overlay-${explanation.label}.png`, "image", png, options);
    }
    const [height, width] = picture.shape;
    const regions = { height, width, runs: runsOf(explained.segments) };
    await context.artifact("regions.json", "table", regions);
    await context.artifact("picture.png", "image", await encodePng(picture), {
      mediaType: "image/png",
    });
    return await keepReport(context, [explained], "Why the model said so");
  } finally {
    await model.close();
  }
}

function segmentSpec({ segmenter, regions, cell }: ImageInput): SegmentSpec {
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
