// Frames out of DuckDB: Parquet files, big JSON and SQL, column by column without a row object in between.
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Column, type Dictionary, PackedTexts } from "../core/columns.ts";
import { Frame } from "../core/frame.ts";
import { checkCycles } from "../core/table-frame.ts";
import { HiplotError } from "../errors.ts";

/** Runs `body` with a DuckDB in memory that neither loads extensions nor reaches the network. */
export async function withDuckdb<T>(
  body: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  // Loaded on first use: a native library has no place in the start-up of programs that need none.
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  try {
    return await body(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A text in SQL. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name in SQL. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What a query gave: a frame, and which columns came as points in time. */
export interface QueriedFrame {
  readonly frame: Frame;
  readonly timestamps: readonly string[];
  readonly notes: readonly string[];
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
  { repair = false }: { repair?: boolean } = {},
): Promise<QueriedFrame> {
  await connection.run(`create or replace temp table source as ${query}`);
  const described = await connection.runAndReadAll("describe source");
  const fields = described.getRowObjects().map((row) => ({
    name: String(row.column_name),
    type: String(row.column_type),
  }));
  const rows = await number(connection, "select count(*) from source");
  if (rows === 0) throw new HiplotError("empty", "experiment: expected at least one row, got none");
  const notes: string[] = [];
  const columns: Column[] = [];
  const timestamps: string[] = [];
  for (const { name, type } of fields) {
    if (name === "uid" || name === "from_uid") continue;
    if (/^(TIMESTAMP|DATE)/.test(type)) timestamps.push(name);
    columns.push(await readColumn(connection, name, type, rows, notes));
  }
  const has = (name: string) => fields.some((field) => field.name === name);
  const uids = has("uid") ? await readUids(connection, rows, repair, notes) : undefined;
  const parents = has("from_uid")
    ? await readParents(connection, rows, has("uid"), repair, notes)
    : undefined;
  const frame = new Frame({ columns, rows, ...(uids && { uids }), ...(parents && { parents }) });
  if (parents) checkCycles(frame, parents);
  return { frame, timestamps, notes };
}

async function number(connection: DuckDBConnection, sql: string): Promise<number> {
  const reader = await connection.runAndReadAll(sql);
  return Number(reader.getRows()[0]![0]);
}

const whole = /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/;
const fractional = /^(DOUBLE|FLOAT|REAL|DECIMAL.*)$/;

async function readColumn(
  connection: DuckDBConnection,
  name: string,
  type: string,
  rows: number,
  notes: string[],
): Promise<Column> {
  const column = sqlName(name);
  if (/^(TIMESTAMP|DATE)/.test(type)) {
    return readNumbers(connection, name, `floor(epoch(${column}::timestamp))`, rows);
  }
  if (fractional.test(type)) return readNumbers(connection, name, column, rows);
  if (whole.test(type)) {
    const unsafe = `abs(${column}::hugeint) > ${Number.MAX_SAFE_INTEGER}`;
    if (
      !/BIG|HUGE/.test(type) ||
      (await number(connection, `select count(*) from source where ${unsafe}`)) === 0
    ) {
      return readNumbers(connection, name, column, rows);
    }
    notes.push(`${name} has whole numbers beyond 2^53: kept as exact text, drawn by category`);
  }
  return readCodes(connection, name, type, rows);
}

/** Fetches a query that gives one column of doubles, in the order of the table. */
async function readDoubles(
  connection: DuckDBConnection,
  sql: string,
  rows: number,
): Promise<Float64Array> {
  const values = new Float64Array(rows);
  const result = await connection.stream(sql);
  for (let at = 0; ; ) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return values;
    const { items } = chunk.getColumnVector(0) as unknown as { items: Float64Array };
    values.set(items.subarray(0, chunk.rowCount), at);
    at += chunk.rowCount;
  }
}

async function readNumbers(
  connection: DuckDBConnection,
  name: string,
  expression: string,
  rows: number,
): Promise<Column> {
  const nulls = await number(
    connection,
    `select count(*) from source where ${sqlName(name)} is null`,
  );
  const asDouble = `(${expression})::double`;
  const values = await readDoubles(
    connection,
    `select ${nulls ? `coalesce(${asDouble}, 'nan'::double)` : asDouble} from source`,
    rows,
  );
  let tags: Uint8Array | null = null;
  if (nulls > 0) {
    const isNull = `(${sqlName(name)} is null)::integer::double`;
    tags = Uint8Array.from(await readDoubles(connection, `select ${isNull} from source`, rows));
  }
  return { kind: "number", name, values, tags, oddities: [null, undefined], fromText: false };
}

/** Codes by order of first appearance, found by the database. */
async function readCodes(
  connection: DuckDBConnection,
  name: string,
  type: string,
  rows: number,
): Promise<Column> {
  const column = sqlName(name);
  const text = /^(STRUCT|MAP|.*\[\d*\]$)/.test(type)
    ? `to_json(${column})::varchar`
    : `${column}::varchar`;
  await connection.run(
    `create or replace temp table texts as
     select value, row_number() over (order by first) - 1 as code
     from (select ${text} as value, min(rowid) as first from source group by 1)`,
  );
  const reader = await connection.runAndReadAll("select value from texts order by code");
  const isBoolean = type === "BOOLEAN";
  const dictionary = reader.getRows().map(([value]) => {
    if (value === null || value === undefined) return null;
    return isBoolean ? value === "true" : String(value);
  });
  const codes = await readDoubles(
    connection,
    `select code::double from source join texts on ${text} is not distinct from value order by source.rowid`,
    rows,
  );
  const texts: Dictionary =
    !isBoolean && dictionary.length > 1_000 && !dictionary.includes(null)
      ? PackedTexts.from(dictionary as string[])
      : { length: dictionary.length, at: (code) => dictionary[code]! };
  return { kind: "coded", name, codes: Uint32Array.from(codes), dictionary: texts };
}

/** How many ids are packed into one blob on their way out of the database. */
const packSize = 65_536;

async function readUids(
  connection: DuckDBConnection,
  rows: number,
  repair: boolean,
  notes: string[],
): Promise<Dictionary> {
  await connection.run(
    "alter table source alter uid type varchar; update source set uid = rowid::varchar where uid is null or uid = ''",
  );
  const distinct = await number(connection, "select count(distinct uid) from source");
  if (distinct < rows) {
    const found = await connection.runAndReadAll(
      "select uid from source group by uid having count(*) > 1 order by min(rowid) limit 1",
    );
    const uid = String(found.getRows()[0]![0]);
    if (!repair) {
      const message = `row ${uid}: two rows have this uid; --repair renames the second`;
      throw new HiplotError("duplicate-uid", message);
    }
    await connection.run(
      `update source set uid = source.uid || '.' || n from
       (select rowid as id, row_number() over (partition by uid order by rowid) as n from source) numbered
       where numbered.id = source.rowid and n > 1`,
    );
    notes.push(
      `${rows - distinct} rows had a uid that was taken, the first ${uid}: they have a number appended`,
    );
  }
  const lengths = await readDoubles(
    connection,
    "select octet_length(encode(uid))::double from source",
    rows,
  );
  const offsets = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) offsets[row + 1] = offsets[row]! + lengths[row]!;
  const bytes = new Uint8Array(offsets[rows]!);
  const packed = await connection.runAndReadAll(
    `select encode(string_agg(uid, '' order by rowid)) from source group by rowid // ${packSize} order by min(rowid)`,
  );
  let at = 0;
  for (const [blob] of packed.getRows()) {
    const part = (blob as { bytes: Uint8Array }).bytes;
    bytes.set(part, at);
    at += part.length;
  }
  return new PackedTexts(bytes, offsets);
}

async function readParents(
  connection: DuckDBConnection,
  rows: number,
  hasUid: boolean,
  repair: boolean,
  notes: string[],
): Promise<Int32Array> {
  const uid = hasUid ? "parent.uid" : "parent.rowid::varchar";
  const own = "child.from_uid::varchar";
  const joined = `source child left join source parent on ${own} = ${uid}`;
  const lost = `from ${joined} where ${own} <> '' and parent.rowid is null`;
  const missing = await connection.runAndReadAll(
    `select ${hasUid ? "child.uid" : "child.rowid"}, ${own} ${lost} order by child.rowid limit 1`,
  );
  if (missing.currentRowCount > 0) {
    const [row, parent] = missing.getRows()[0]!;
    if (!repair) {
      const message = `row ${row}: its parent ${parent} is not among the rows; removeMissingParents() or --repair drops such links`;
      throw new HiplotError("missing-parent", message);
    }
    notes.push(
      `${await number(connection, `select count(*) ${lost}`)} links to rows that are not there were dropped, the first of row ${row}`,
    );
  }
  const parents = await readDoubles(
    connection,
    `select coalesce(parent.rowid, -1)::double from ${joined} order by child.rowid`,
    rows,
  );
  return Int32Array.from(parents);
}
