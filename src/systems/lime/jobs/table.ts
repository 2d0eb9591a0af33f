// The job of `lime table`.
import { readFile } from "node:fs/promises";
import { readTable, type Table, tableRow } from "../../../data/index.ts";
import type { LabContext } from "../../../lab/define.ts";
import { LimeError } from "../errors.ts";
import { withFlip } from "../flip.ts";
import type { TableSchema } from "../table/table.ts";
import { TabularExplainer } from "../tabular.ts";
import { fitOptions } from "./fields.ts";
import type { TableInput } from "./schemas.ts";
import { jobOptions, keepReport, openJobModel } from "./work.ts";

/** The explainer of a job's training rows. */
export async function tableExplainer(
  table: Table,
  input: Omit<TableInput, "row" | "count">,
  classNames: readonly string[] | undefined,
): Promise<TabularExplainer> {
  const { target, categories, discretize, aroundInstance, unseen, regression } = input;
  const schema = input.schema === undefined ? undefined : await readSchema(input.schema);
  return new TabularExplainer(table, {
    ...{ discretize, aroundInstance, unseen },
    mode: regression ? "regression" : "classification",
    ...(target !== undefined && { target }),
    ...(categories !== undefined && { categories }),
    ...(schema !== undefined && { schema }),
    ...(classNames !== undefined && { classNames }),
  });
}

async function readSchema(path: string): Promise<TableSchema> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as TableSchema;
  } catch (error) {
    throw new LimeError("schema", {
      expected: `JSON {columns: [{name, type}]} in ${path}`,
      received: (error as Error).message,
    });
  }
}

/** The training rows, and of the rows to explain the numbers. */
export async function readRows(
  input: Pick<TableInput, "data" | "input" | "row" | "count">,
): Promise<{ train: Table; rows: Table; last: number }> {
  const train = await readTable(input.data);
  const rows = input.input === undefined ? train : await readTable(input.input);
  if (input.row >= rows.rows) {
    const expected = `a row from 0 to ${rows.rows - 1}`;
    throw new LimeError("row", { expected, received: `${input.row}` });
  }
  return { train, rows, last: Math.min(rows.rows, input.row + input.count) };
}

/** Explains the rows and keeps the report. */
export async function runTable(context: LabContext, input: TableInput): Promise<object> {
  const { train, rows, last } = await readRows(input);
  const model = await openJobModel(context, "table", input);
  try {
    const explainer = await tableExplainer(train, input, model.classNames);
    const explained = [];
    for (let row = input.row; row < last; row++) {
      const options = {
        ...fitOptions(input, model.classNames),
        ...jobOptions(context, row - input.row, last - input.row),
      };
      const found = await explainer.explain(tableRow(rows, row), model.predict, options);
      explained.push(await withFlip(found, model.predict));
    }
    return await keepReport(context, explained, "Why the model said so");
  } finally {
    await model.close();
  }
}
