// DuckDB in memory: how it is opened, and how names and lists of numbers pass in and out.
import type { DuckDBConnection } from "@duckdb/node-api";

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

/** The one number that a query gives. */
export async function queryNumber(connection: DuckDBConnection, sql: string): Promise<number> {
  const reader = await connection.runAndReadAll(sql);
  return Number(reader.getRows()[0]![0]);
}

/** Columns of doubles of a table of so many rows, in its order and in one pass. */
export async function queryDoubles(
  connection: DuckDBConnection,
  table: string,
  expressions: readonly string[],
  rows: number,
): Promise<Float64Array[]> {
  const columns = expressions.map(() => new Float64Array(rows));
  if (columns.length === 0) return columns;
  const list = expressions.map((expression) => `(${expression})::double`).join(", ");
  const result = await connection.stream(`select ${list} from ${table}`);
  for (let at = 0; ; ) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return columns;
    for (const [place, values] of columns.entries()) {
      const { items } = chunk.getColumnVector(place) as unknown as { items: Float64Array };
      values.set(items.subarray(0, chunk.rowCount), at);
    }
    at += chunk.rowCount;
  }
}
