// The store's database: PGlite in the data folder, or a PostgreSQL server by its URL. The same SQL goes to both.
import { existsSync } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { syncFolder } from "../data/atomic-file.ts";
import type { DurableFiles } from "./durable-files.ts";
import { syncTree } from "./folders.ts";
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

/** Times of files may be this much coarser than they look. */
const clockStepMs = 2_000;

/** A checkpoint is due after so many log files of 16 MiB: a start after a crash reads no more than these. */
const logsPerCheckpoint = 4;

/**
 * Opens `<folder>/database`, made anew (some seconds, once) where there is none, and migrates it.
 * A fresh database is built beside its place and renamed when it is whole. What a statement has
 * committed is on the disk when its promise resolves.
 */
export async function openDatabase(folder: string): Promise<Database> {
  const [{ PGlite }, { DurableFiles, durableParams }] = await Promise.all([
    import("@electric-sql/pglite"),
    import("./durable-files.ts"),
  ]);
  const path = join(folder, "database");
  if (!existsSync(join(path, "PG_VERSION"))) {
    const fresh = join(folder, "database.new");
    await rm(fresh, { recursive: true, force: true });
    const database = await PGlite.create({ dataDir: fresh });
    await migrate(database);
    await database.close();
    await syncTree(fresh);
    await rename(fresh, path);
    await syncFolder(folder);
  }
  // At a checkpoint PostgreSQL forces all it has written, then writes this file: what a process that was
  // killed had written since is still to be forced, before recovery builds on it.
  const { mtimeMs } = await stat(join(path, "global", "pg_control"));
  await syncTree(path, mtimeMs - clockStepMs);
  const files = new DurableFiles(path);
  const database = await PGlite.create({ fs: files, startParams: [...durableParams] });
  try {
    await migrate(database);
    await files.force();
  } catch (error) {
    await database.close();
    throw error;
  }
  return embedded(database, files);
}

/** One process has the whole database: there is nobody to notify. */
function embedded(database: PGlite, files: DurableFiles): Database {
  const kept = async <Result>(result: Result): Promise<Result> => {
    await files.force();
    if (files.filledLogs >= logsPerCheckpoint) {
      files.filledLogs = 0;
      // Outside of a transaction it only takes its time; what it is for can wait for the next one.
      database.exec("checkpoint").catch(() => {});
    }
    return result;
  };
  return {
    shared: false,
    query: async (sql, values) => kept(await database.query(sql, values as unknown[] | undefined)),
    exec: async (sql) => kept((await database.exec(sql)).at(-1) ?? { rows: [] }),
    notify: async () => {},
    listen: async () => {},
    close: async () => {
      await database.close();
      await files.force();
    },
  };
}
