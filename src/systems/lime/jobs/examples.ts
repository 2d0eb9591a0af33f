// Many examples of one kind, texts, rows or pictures, ready to be explained one by one.
import { readTable, tableRow } from "../../../data/index.ts";
import type { LabContext } from "../../../lab/define.ts";
import type { Explained, FitOptions, Predict } from "../api.ts";
import { explainImage } from "../image.ts";
import type { AnyExplanation } from "../report/html.ts";
import { explainText } from "../text.ts";
import { type FitInput, fitOptions, type ModelInput } from "./fields.ts";
import { pictureOptions, scalingOf } from "./image.ts";
import { readPicture } from "./inputs.ts";
import type { PictureInput, TableInput } from "./schemas.ts";
import { tableExplainer } from "./table.ts";
import { splitOptions, textsOf } from "./text.ts";
import { openJobModel } from "./work.ts";

/** Where the examples are: texts as they stand, rows of tables, or files of pictures. */
export type ExampleSource =
  | { readonly kind: "text"; readonly texts: readonly string[] }
  | { readonly kind: "table"; readonly data: string; readonly input?: string | undefined }
  | { readonly kind: "image"; readonly images: readonly string[] };

/** Pictures where they are named, else rows where there is a table to learn from, else texts. */
export async function sourceOf(
  input: Parameters<typeof textsOf>[0] & {
    readonly data?: string | undefined;
    readonly images?: string[] | undefined;
  },
): Promise<ExampleSource> {
  const { data, images } = input;
  if (images !== undefined) return { kind: "image", images };
  if (data !== undefined) return { kind: "table", data, input: input.input };
  return { kind: "text", texts: await textsOf(input) };
}

/** The places from `row` on, `count` of them; of texts, only those were read. */
export function chooserOf(
  { kind }: ExampleSource,
  { row, count }: { readonly row: number; readonly count: number },
): (all: number) => number[] {
  const from = kind === "table" ? row : 0;
  return (all) =>
    Array.from({ length: Math.max(0, Math.min(all - from, count)) }, (_, i) => from + i);
}

/** Fields that say how the examples are explained. */
export type ExamplesInput = ModelInput &
  FitInput &
  PictureInput &
  Omit<TableInput, "data" | "input" | "row" | "count"> &
  Partial<Parameters<typeof splitOptions>[0]>;

/** The examples chosen. */
export interface ExampleSet<I> {
  /** Their places in the source. */
  readonly rows: readonly number[];
  readonly predict: Predict<I>;
  /** Explains the example at a place of `rows`; the options go before those of the job. */
  explain(at: number, options?: FitOptions): Promise<Explained<I> & AnyExplanation>;
}

/**
 * Opens the model and the examples, hands them to `use`, and closes the model. `choose` names the
 * places wanted of so many; texts without a word are left out.
 */
export async function withExamples<R>(
  context: LabContext,
  source: ExampleSource,
  input: ExamplesInput,
  choose: (count: number) => number[],
  use: <I>(examples: ExampleSet<I>) => Promise<R>,
): Promise<R> {
  const { signal } = context;
  if (source.kind === "table") {
    const train = await readTable(source.data);
    const rows = source.input === undefined ? train : await readTable(source.input);
    const model = await openJobModel(context, "table", input);
    const fit = { ...fitOptions(input, model.classNames), signal };
    return closing(model, async ({ predict }) => {
      const explainer = await tableExplainer(
        train,
        { ...input, data: source.data },
        model.classNames,
      );
      const chosen = choose(rows.rows);
      return use({
        ...{ rows: chosen, predict },
        explain: (at, options) =>
          explainer.explain(tableRow(rows, chosen[at]!), predict, { ...fit, ...options }),
      });
    });
  }
  if (source.kind === "image") {
    const model = await openJobModel(context, "image", input, scalingOf(input));
    const fit = { ...fitOptions(input, model.classNames), ...pictureOptions(input), signal };
    return closing(model, ({ predict }) => {
      const chosen = choose(source.images.length);
      return use({
        ...{ rows: chosen, predict },
        async explain(at, options) {
          const picture = await readPicture(source.images[chosen[at]!]!, input.grey ? 1 : 3);
          return explainImage(picture, predict, { ...fit, ...options });
        },
      });
    });
  }
  const { texts } = source;
  const model = await openJobModel(context, "text", input);
  const { split, positions = false, chars = false, mask } = input;
  const own = splitOptions({ split, positions, chars, mask });
  const fit = { ...fitOptions(input, model.classNames), ...own, signal };
  return closing(model, ({ predict }) => {
    const chosen = choose(texts.length).filter((row) => /[\p{L}\p{N}_]/u.test(texts[row]!));
    return use({
      ...{ rows: chosen, predict },
      explain: (at, options) => explainText(texts[chosen[at]!]!, predict, { ...fit, ...options }),
    });
  });
}

async function closing<M extends { close(): Promise<void> }, R>(
  model: M,
  work: (model: M) => Promise<R>,
): Promise<R> {
  try {
    return await work(model);
  } finally {
    await model.close();
  }
}
