// The embedded database in its folder: made in one move, so a kill during the first start leaves nothing half done.
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { migrate } from "./migrations.ts";

/** A connection as the store uses it. */
export type Database = PGlite;

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
  return database;
}
