// The job of `lime pick`.
import type { LabContext } from "../../../lab/define.ts";
import type { Explanation } from "../api.ts";
import { LimeError } from "../errors.ts";
import { namedRegions } from "../image/region-names.ts";
import type { ImageExplanation } from "../image.ts";
import { submodularPick } from "../pick.ts";
import type { AnyExplanation } from "../report/html.ts";
import { type ExampleSource, withExamples } from "./examples.ts";
import { keepPictures } from "./image.ts";
import { readTexts } from "./inputs.ts";
import type { PickInput } from "./schemas.ts";
import { jobOptions, keepReport } from "./work.ts";

/** Explains a spread of the examples, picks, and keeps a report of the picks in their order. */
export async function runPick(context: LabContext, input: PickInput): Promise<object> {
  const source = await sourceOf(input);
  const choose = (count: number) => spread(count, input.sample);
  const { explained, rows } = await withExamples(context, source, input, choose, async (set) => {
    const explained: AnyExplanation[] = [];
    for (const at of set.rows.keys()) {
      explained.push(await set.explain(at, jobOptions(context, at, set.rows.length)));
    }
    return { explained, rows: set.rows };
  });
  // Regions of different pictures have something in common only by their place and colour.
  const all = explained.map((each) =>
    each.kind === "image" ? namedRegions(each) : each.explanations,
  );
  const { seed, method, picks: count } = input;
  const { picks, coverage } = submodularPick(all, count, method, { seed });
  const random = submodularPick(all, count, "rp", { seed });
  const chosen = picks.map((pick) => named(explained[pick]!, all[pick]!));
  const pictures = chosen.filter((each): each is ImageExplanation => each.kind === "image");
  await keepPictures(context, pictures);
  const summary = await keepReport(context, chosen, "Explanations worth reading");
  const places = picks.map((pick) => rows[pick]!);
  await context.artifact("picks.json", "table", { picks: places, coverage, method });
  return {
    ...summary,
    ...(source.kind === "image" && {
      pictures: places.map((row) => nameOf(source, row)).join(", "),
    }),
    rows: places.join(", "),
    coverage,
    randomCoverage: random.coverage,
  };
}

/** Regions keep their places and colours as names: numbers would mean another thing in each picture. */
function named(explained: AnyExplanation, explanations: readonly Explanation[]): AnyExplanation {
  return explained.kind === "image" ? { ...explained, explanations } : explained;
}

async function sourceOf({ data, images, input, textColumn }: PickInput): Promise<ExampleSource> {
  if (images !== undefined) return { kind: "image", images };
  if (data === undefined) {
    const expected = "a table to pick from, or pictures (`images`)";
    throw new LimeError("data", { expected, received: "neither" });
  }
  if (textColumn === undefined) return { kind: "table", data, input };
  const texts = await readTexts(data, textColumn, 0, Number.POSITIVE_INFINITY);
  return { kind: "text", texts };
}

function nameOf({ images }: Extract<ExampleSource, { kind: "image" }>, row: number): string {
  return images[row]!.split(/[\\/]/).at(-1)!;
}

/** At most `sample` places, evenly over all. */
function spread(count: number, sample: number): number[] {
  const taken = Math.min(count, sample);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * count) / taken));
}
