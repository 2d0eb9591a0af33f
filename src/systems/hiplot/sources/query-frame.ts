// Frames out of DuckDB: Parquet files, big JSON and SQL, column by column without a row object in between.
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Column, type Dictionary, dictionaryOf, PackedTexts } from "../core/columns.ts";
import { Frame } from "../core/frame.ts";
import { checkCycles } from "../core/table-frame.ts";
import { HiplotError } from "../errors.ts";
import { queryDoubles, queryNumber, sqlName, sqlText } from "./duckdb.ts";
import { type RowSource, readIds, readParents } from "./query-ids.ts";

/** What a query gave: a frame, and which columns came as points in time. */
export interface QueriedFrame {
  readonly frame: Frame;
  readonly timestamps: readonly string[];
  readonly notes: readonly string[];
}

/** Options of `frameOfQuery`. */
export interface QueryOptions {
  /** Rename double ids and drop links to missing parents instead of refusing. */
  readonly repair?: boolean;
}

/**
 * The rows of a query as a frame. `uid` and `from_uid` become ids and lineage. Times become seconds,
 * whole numbers past 2^53 exact texts, lists and structs JSON.
 *
 * @throws HiplotError for no rows, double ids, and parents that are no rows (unless `repair`)
 */
export async function frameOfQuery(
  connection: DuckDBConnection,
  query: string,
  options: QueryOptions = {},
): Promise<QueriedFrame> {
  await connection.run(`create or replace temp table source as ${query}`);
  return frameOfSource(connection, "rowid", options);
}

/** The same of a Parquet file: its columns are read where they lie, without a table in between. */
export async function frameOfParquet(
  connection: DuckDBConnection,
  path: string,
  options: QueryOptions = {},
): Promise<QueriedFrame> {
  const file = sqlText(path);
  const columns = await connection.runAndReadAll(`describe select * from read_parquet(${file})`);
  const several = /[*?[]/.test(path);
  if (several || columns.getRows().some(([name]) => name === fileRow)) {
    return frameOfQuery(connection, `select * from read_parquet(${file})`, options);
  }
  await connection.run(
    `create or replace temp view source as from read_parquet(${file}, ${fileRow} = true)`,
  );
  return frameOfSource(connection, fileRow, options);
}

/** What the database calls the number of a row in its file. */
const fileRow = "file_row_number";

async function frameOfSource(
  connection: DuckDBConnection,
  row: string,
  { repair = false }: QueryOptions,
): Promise<QueriedFrame> {
  const described = await connection.runAndReadAll("describe source");
  const fields = described
    .getRowObjects()
    .map(({ column_name, column_type }) => ({
      name: String(column_name),
      type: String(column_type),
    }))
    .filter(({ name }) => name !== row);
  const rows = await queryNumber(connection, "select count(*) from source");
  if (rows === 0) throw new HiplotError("empty", "experiment: expected at least one row, got none");
  const source = { connection, row, rows };
  const notes: string[] = [];
  const shown = fields.filter(({ name }) => name !== "uid" && name !== "from_uid");
  const columns = await readColumns(source, shown, notes);
  const timestamps = shown.filter(({ type }) => isTime(type)).map(({ name }) => name);
  const has = (name: string) => fields.some((field) => field.name === name);
  const uids = has("uid") ? await readIds(source, repair, notes) : undefined;
  const parents = has("from_uid") ? await readParents(source, uids, repair, notes) : undefined;
  const frame = new Frame({
    columns,
    rows,
    ...(uids && { uids: uids.texts }),
    ...(parents && { parents }),
  });
  if (parents) checkCycles(frame, parents);
  return { frame, timestamps, notes };
}

interface Field {
  readonly name: string;
  readonly type: string;
}

const whole = /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/;
const fractional = /^(DOUBLE|FLOAT|REAL|DECIMAL.*)$/;

function isTime(type: string): boolean {
  return /^(TIMESTAMP|DATE)/.test(type);
}

/** A column on its way: doubles that the database is asked for, and what is made of them. */
interface Plan {
  readonly expressions: readonly string[];
  readonly make: (...values: Float64Array[]) => Column;
}

/** Reads all columns in one pass. */
async function readColumns(
  source: RowSource,
  fields: readonly Field[],
  notes: string[],
): Promise<Column[]> {
  const { connection, rows } = source;
  const plans: Plan[] = [];
  const nulls = await countNulls(connection, fields, rows);
  for (const [place, field] of fields.entries()) {
    const number = await numberExpression(connection, field, notes);
    plans.push(
      number === null
        ? await planCodes(source, field, place, nulls[place]!)
        : planNumbers(field.name, number, nulls[place]! > 0),
    );
  }
  const expressions = plans.flatMap((plan) => plan.expressions);
  const values = await queryDoubles(connection, "source", expressions, rows);
  let at = 0;
  return plans.map((plan) => {
    const own = values.slice(at, at + plan.expressions.length);
    at += own.length;
    return plan.make(...own);
  });
}

async function countNulls(
  connection: DuckDBConnection,
  fields: readonly Field[],
  rows: number,
): Promise<number[]> {
  if (fields.length === 0) return [];
  const counts = fields.map(({ name }) => `count(${sqlName(name)})`).join(", ");
  const reader = await connection.runAndReadAll(`select ${counts} from source`);
  return reader.getRows()[0]!.map((count) => rows - Number(count));
}

/** How a column is read as numbers; null where it cannot be. */
async function numberExpression(
  connection: DuckDBConnection,
  { name, type }: Field,
  notes: string[],
): Promise<string | null> {
  const column = sqlName(name);
  if (isTime(type)) return `floor(epoch(${column}::timestamp))`;
  if (fractional.test(type)) return column;
  if (!whole.test(type)) return null;
  if (!/BIG|HUGE/.test(type)) return column;
  const unsafe = `abs(${column}::hugeint) > ${Number.MAX_SAFE_INTEGER}`;
  if ((await queryNumber(connection, `select count(*) from source where ${unsafe}`)) === 0) {
    return column;
  }
  notes.push(`${name} has whole numbers beyond 2^53: kept as exact text, drawn by category`);
  return null;
}

function planNumbers(name: string, expression: string, hasNulls: boolean): Plan {
  const oddities = [null, undefined];
  return {
    expressions: hasNulls
      ? [`coalesce((${expression})::double, 'nan'::double)`, `${sqlName(name)} is null`]
      : [expression],
    make: (values, isNull) => {
      const tags = isNull === undefined ? null : new Uint8Array(isNull);
      return { kind: "number", name, values: values!, tags, oddities, fromText: false };
    },
  };
}

/** Texts get codes in the order of first appearance, found by the database. */
async function planCodes(
  { connection, row }: RowSource,
  { name, type }: Field,
  place: number,
  nulls: number,
): Promise<Plan> {
  const column = sqlName(name);
  const text = /^(STRUCT|MAP|.*\[\d*\]$)/.test(type)
    ? `to_json(${column})::varchar`
    : `${column}::varchar`;
  await connection.run(
    `create or replace temp table texts as
     select ${text} as value, min(${row}) as first from source where ${text} is not null group by 1`,
  );
  // An enumeration's codes come without joining or sorting the rows.
  const list = `"deepdive codes ${place}"`;
  await connection.run(`drop type if exists ${list}`);
  await connection.run(`create type ${list} as enum (select value from texts order by first)`);
  const reader = await connection.runAndReadAll("select value from texts order by first");
  const isBoolean = type === "BOOLEAN";
  const texts = reader.getRows().map(([value]) => String(value));
  const values = isBoolean ? texts.map((value) => value === "true") : texts;
  const last = values.length;
  const codes = `enum_code(${text}::${list})`;
  return {
    expressions: [nulls > 0 ? `coalesce(${codes}, ${last})` : codes],
    make: (found) => {
      const dictionary: Dictionary =
        !isBoolean && nulls === 0 && last > 1_000
          ? PackedTexts.from(texts)
          : dictionaryOf(nulls > 0 ? [...values, null] : values);
      return { kind: "coded", name, codes: new Uint32Array(found!), dictionary };
    },
  };
}
