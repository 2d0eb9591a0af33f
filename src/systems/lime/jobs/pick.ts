// The job of `lime pick`.
import { readTable, tableRow } from "../../../data/index.ts";
import type { LabContext } from "../../../lab/define.ts";
import { submodularPick } from "../pick.ts";
import type { AnyExplanation } from "../report/html.ts";
import { explainText } from "../text.ts";
import { fitOptions } from "./fields.ts";
import { readTexts } from "./inputs.ts";
import type { PickInput } from "./schemas.ts";
import { tableExplainer } from "./table.ts";
import { jobOptions, keepReport, openJobModel } from "./work.ts";

/** Explains a spread of the rows, picks, and keeps a report of the picks in their order. */
export async function runPick(context: LabContext, input: PickInput): Promise<object> {
  const { explained, rows } =
    input.textColumn === undefined
      ? await explainRows(context, input)
      : await explainTexts(context, input, input.textColumn);
  const all = explained.map(({ explanations }) => explanations);
  const { seed, method, picks: count } = input;
  const { picks, coverage } = submodularPick(all, count, method, { seed });
  const random = submodularPick(all, count, "rp", { seed });
  const summary = await keepReport(
    context,
    picks.map((pick) => explained[pick]!),
    "Explanations worth reading",
  );
  const chosen = picks.map((pick) => rows[pick]!);
  await context.artifact("picks.json", "table", { picks: chosen, coverage, method });
  return { ...summary, rows: chosen.join(", "), coverage, randomCoverage: random.coverage };
}

interface ExplainedRows {
  readonly explained: readonly AnyExplanation[];
  readonly rows: readonly number[];
}

/** At most `sample` rows, evenly over all. */
function spread(count: number, sample: number): number[] {
  const taken = Math.min(count, sample);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * count) / taken));
}

async function explainRows(context: LabContext, input: PickInput): Promise<ExplainedRows> {
  const table = await readTable(input.data);
  const rows = spread(table.rows, input.sample);
  const model = await openJobModel(context, "table", input);
  try {
    const explainer = await tableExplainer(table, input, model.classNames);
    const explained = [];
    for (const [i, row] of rows.entries()) {
      const options = {
        ...fitOptions(input, model.classNames),
        ...jobOptions(context, i, rows.length),
      };
      explained.push(await explainer.explain(tableRow(table, row), model.predict, options));
    }
    return { explained, rows };
  } finally {
    await model.close();
  }
}

async function explainTexts(
  context: LabContext,
  input: PickInput,
  textColumn: string,
): Promise<ExplainedRows> {
  const texts = await readTexts(input.data, textColumn, 0, Number.POSITIVE_INFINITY);
  const rows = spread(texts.length, input.sample).filter((row) =>
    /[\p{L}\p{N}_]/u.test(texts[row]!),
  );
  const model = await openJobModel(context, "text", input);
  try {
    const explained = [];
    for (const [i, row] of rows.entries()) {
      const options = {
        ...fitOptions(input, model.classNames),
        ...jobOptions(context, i, rows.length),
      };
      explained.push(await explainText(texts[row]!, model.predict, options));
    }
    return { explained, rows };
  } finally {
    await model.close();
  }
}
