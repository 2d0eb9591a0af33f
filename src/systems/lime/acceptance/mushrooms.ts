// Mushrooms: does the explainer name the columns that a small tree really asked about?
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { permutation, type Table } from "../../../data/index.ts";
import { type Criterion, notRun } from "../../../lab/criteria.ts";
import { type TableRow, TabularExplainer } from "../index.ts";
import { type BinaryTree, growTree, walkTree } from "./decision-tree.ts";

export const mushroomFile = join(
  process.env.DEEPDIVE_DATA ?? "../shared/data",
  "lime/mushroom.csv",
);
const explained = 100;
const named = 5;

/** Rows of category numbers, and which column of the table a one-hot column comes from. */
interface OneHot {
  readonly offsets: readonly number[];
  readonly columns: number;
  readonly tableColumn: Int32Array;
}

function oneHot(columns: TabularExplainer["columns"]): OneHot {
  const offsets: number[] = [];
  const owners: number[] = [];
  columns.forEach((column, j) => {
    offsets.push(owners.length);
    for (let value = 0; value < column.labels!.length; value++) owners.push(j);
  });
  return { offsets, columns: owners.length, tableColumn: Int32Array.from(owners) };
}

function encode(row: TableRow, { offsets }: OneHot): ReadonlySet<number> {
  return new Set(Array.from(row, (value, j) => offsets[j]! + value));
}

/** The file has no header; all its columns are letters. */
export async function readMushrooms(): Promise<Table> {
  const lines = (await readFile(mushroomFile, "utf8")).trim().split(/\r?\n/);
  const cells = lines.map((line) => line.split(","));
  const columns = cells[0]!.map((_, j) => ({
    name: j === 0 ? "class" : `column ${j}`,
    missing: null,
    type: "string" as const,
    values: cells.map((row) => row[j]!),
  }));
  return { columns, rows: cells.length };
}

async function study() {
  const table = await readMushrooms();
  const explainer = new TabularExplainer(table, { target: "class" });
  const target = table.columns[0]!.values as readonly string[];
  const poisonous = target.map((value) => (value === "p" ? 1 : 0));
  const code = oneHot(explainer.columns);
  const rows = Array.from({ length: table.rows }, (_, row) =>
    Float64Array.from(explainer.columns, (column) => column.values[row]!),
  );
  const order = [...permutation(table.rows, 0)];
  const held = Math.floor(0.8 * table.rows);
  const train = order.slice(0, held);
  const test = order.slice(held);
  const encoded = train.map((row) => encode(rows[row]!, code));
  const labels = train.map((row) => poisonous[row]!);
  const tree = growTree(encoded, labels, code.columns, 8);
  const right = test.filter((row) => {
    const { share } = walkTree(tree, encode(rows[row]!, code));
    return (share > 0.5 ? 1 : 0) === poisonous[row];
  });
  const subjects = test.slice(0, explained).map((row) => rows[row]!);
  return { explainer, code, tree, subjects, accuracy: right.length / test.length };
}

async function recall(
  { explainer, code, tree, subjects }: Awaited<ReturnType<typeof study>>,
  samples: number,
): Promise<number> {
  const predict = (batch: TableRow[]) => batch.map((row) => probabilities(tree, row, code));
  let sum = 0;
  for (const [seed, row] of subjects.entries()) {
    const { explanations } = await explainer.explain(row, predict, {
      ...{ samples, seed, features: named },
    });
    const found = new Set(explanations[0]!.weights.map(({ feature }) => feature));
    const { asked } = walkTree(tree, encode(row, code));
    const columns = new Set(asked.map((column) => code.tableColumn[column]!));
    sum += [...columns].filter((column) => found.has(column)).length / columns.size;
  }
  return sum / subjects.length;
}

function probabilities(tree: BinaryTree, row: TableRow, code: OneHot): number[] {
  const { share } = walkTree(tree, encode(row, code));
  return [1 - share, share];
}

export const mushroomCriteria: Criterion[] = [
  {
    system: "lime",
    name: "mushroom-tree",
    target:
      "columns on the path of an 8-leaf tree (test accuracy at least 0.985) named in the top 5 of 100 rows: share at least 0.59 with 1,000 samples, 0.64 with 5,000",
    async run() {
      if (!existsSync(mushroomFile))
        return notRun(`needs ${mushroomFile}; set DEEPDIVE_DATA to its folder`);
      const known = await study();
      const few = await recall(known, 1000);
      const many = await recall(known, 5000);
      const figure = `${few.toFixed(3)} and ${many.toFixed(3)}`;
      const ok = known.accuracy >= 0.985 && few >= 0.59 && many >= 0.64;
      return { figure, ok, note: `tree's test accuracy ${known.accuracy.toFixed(4)}` };
    },
  },
];
