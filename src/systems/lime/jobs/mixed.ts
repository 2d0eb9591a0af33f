// The job of `lime mixed`.
import { column, type Table, tableRow } from "../../../data/index.ts";
import type { LabContext } from "../../../lab/define.ts";
import { withFlip } from "../flip.ts";
import { explainMixed } from "../mixed.ts";
import { fitOptions } from "./fields.ts";
import type { MixedInput } from "./schemas.ts";
import { readRows, tableExplainer } from "./table.ts";
import { splitOptions } from "./text.ts";
import { jobOptions, keepReport, openJobModel } from "./work.ts";

/** Explains the rows, each a text and the columns beside it, and keeps the report. */
export async function runMixed(context: LabContext, input: MixedInput): Promise<object> {
  const { train, rows, last } = await readRows(input);
  const { textColumn } = input;
  const texts = column(rows, textColumn).values;
  const model = await openJobModel(context, "mixed", input);
  try {
    const table = await tableExplainer(without(train, textColumn), input, model.classNames);
    const explained = [];
    for (let row = input.row; row < last; row++) {
      const text = String(texts[row] ?? "");
      const example = { text, columns: tableRow(rows, row) };
      const found = await explainMixed(example, model.predict, {
        ...fitOptions(input, model.classNames),
        ...splitOptions(input),
        ...jobOptions(context, row - input.row, last - input.row),
        table,
      });
      explained.push(await withFlip(found, model.predict));
    }
    return await keepReport(context, explained, "Why the model said so");
  } finally {
    await model.close();
  }
}

/** The table without the column, which must be there. */
function without(table: Table, name: string): Table {
  column(table, name);
  return { ...table, columns: table.columns.filter((each) => each.name !== name) };
}
