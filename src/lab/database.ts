// The store's database: PGlite in the data folder, or a PostgreSQL server by its URL. The same SQL goes to both.
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { migrate } from "./migrations.ts";

/** Rows of a statement; `affectedRows` where it changed some. */
export interface QueryResult<Row> {
  readonly rows: Row[];
}

/** A connection as the store and the queue use it. */
export interface Database {
  /** True for a server that other processes use too. */
  readonly shared: boolean;
  /** One statement, its values as `$1`, `$2` … */
  query<Row>(sql: string, values?: readonly unknown[]): Promise<QueryResult<Row>>;
  /** Statements in a row on one connection; the result is the last one's. */
  exec(sql: string): Promise<QueryResult<unknown>>;
  /** Tells the other processes; they hear it in the order of sending. */
  notify(message: string): Promise<void>;
  /** Calls `hear` with what other processes (and this one) tell. */
  listen(hear: (message: string) => void): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens `<folder>/database`, made anew (some seconds, once) where there is none, and migrates it.
 * A fresh database is built beside its place and renamed when it is whole.
 */
export async function openDatabase(folder: string): Promise<Database> {
  const { PGlite } = await import("@electric-sql/pglite");
  const path = join(folder, "database");
  if (!existsSync(join(path, "PG_VERSION"))) {
    const fresh = join(folder, "database.new");
    await rm(fresh, { recursive: true, force: true });
    const database = await PGlite.create({ dataDir: fresh });
    await migrate(database);
    await database.close();
    await rename(fresh, path);
  }
  const database = await PGlite.create({ dataDir: path });
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return embedded(database);
}

/** One process has the whole database: there is nobody to notify. */
function embedded(database: PGlite): Database {
  return {
    shared: false,
    query: (sql, values) => database.query(sql, values as unknown[] | undefined),
    exec: async (sql) => (await database.exec(sql)).at(-1) ?? { rows: [] },
    notify: async () => {},
    listen: async () => {},
    close: () => database.close(),
  };
}
