/** @file Parquet through DuckDB as blocks of cells; only the wanted columns leave the file. */
import type { DuckDBConnection, DuckDBInstance, DuckDBType } from "@duckdb/node-api";
import { DataError } from "../errors.ts";
import type { CellBlock, ReadOptions } from "./cells.ts";
import { missingColumn } from "./csv.ts";
import { checkFile } from "./source.ts";
import type { Cell } from "./table.ts";

/** The cells of a Parquet file. Dates and times become ISO texts, structs and lists plain values. */
export async function* readParquetCells(
  path: string,
  options: ReadOptions,
): AsyncGenerator<CellBlock> {
  await checkFile(path);
  // Loaded on first use: a native library has no place in the start-up of programs that read no Parquet.
  const duckdb = await import("@duckdb/node-api");
  const instance: DuckDBInstance = await duckdb.DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  try {
    const source = `read_parquet(${sqlText(globEscaped(path))})`;
    const schema = await run(connection, `SELECT * FROM ${source} LIMIT 0`, path);
    const available = schema.columnNames();
    const wanted = options.columns ?? available;
    for (const name of [...wanted, ...Object.keys(options.types ?? {})]) {
      if (!available.includes(name)) throw missingColumn(name, available, path);
    }
    const kinds = new Map(available.map((name, i) => [name, schema.columnType(i)]));
    const selected = wanted.map((name) => selection(name, kinds.get(name)!, duckdb.DuckDBTypeId));
    const limit = options.limit === undefined ? "" : ` LIMIT ${Math.trunc(options.limit)}`;
    const sql = `SELECT ${selected.join(", ")} FROM ${source}${limit}`;
    const result = await run(connection, sql, path);
    while (true) {
      const chunk = await result.fetchChunk().catch((cause: Error) => {
        throw broken(path, cause);
      });
      if (chunk === null || chunk.rowCount === 0) return;
      const columns = chunk.convertColumns(duckdb.JSDuckDBValueConverter);
      const cells = columns.map((values) => values.map(plainCell));
      yield { names: wanted, cells, rows: chunk.rowCount };
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function run(connection: DuckDBConnection, sql: string, path: string) {
  try {
    return await connection.stream(sql);
  } catch (cause) {
    throw broken(path, cause as Error);
  }
}

function broken(path: string, cause: Error): DataError {
  const received = cause.message.split("\n")[0]!;
  return new DataError(
    { code: "malformed", path, expected: "a whole Parquet file", received },
    { cause },
  );
}

/** Times as ISO text and decimals as doubles; everything else as it is. */
function selection(name: string, type: DuckDBType, ids: Record<string, number | string>): string {
  const column = `"${name.replaceAll('"', '""')}"`;
  const asText = ["DATE", "TIME", "TIME_TZ", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"];
  asText.push("TIMESTAMP_NS", "TIMESTAMP_TZ", "INTERVAL", "UUID", "BIT");
  if (asText.some((id) => ids[id] === type.typeId))
    return `CAST(${column} AS VARCHAR) AS ${column}`;
  return type.typeId === ids.DECIMAL ? `CAST(${column} AS DOUBLE) AS ${column}` : column;
}

/** BIGINT values as numbers where a double holds them exactly, as text where it does not. */
function plainCell(value: unknown): Cell {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (Array.isArray(value)) return value.map(plainCell);
  if (value === null || value === undefined) return null;
  if (typeof value !== "object" || value instanceof Uint8Array || value instanceof Date) {
    return value as Cell;
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainCell(each)]));
}

function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** DuckDB takes `*`, `?` and `[` in a path as a pattern; in brackets they stand for themselves. */
function globEscaped(path: string): string {
  return path.replace(/[*?[]/g, "[$&]");
}
