// One data folder for all processes of a database: whoever comes with another one is told so at once.
import { randomBytes } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Database } from "./database.ts";
import { type FileResolver, localFile } from "./run-lab.ts";

/** Holds what tells a data folder from others. */
const markName = ".deepdive-folder";

/**
 * Compares the folder's mark with the database's; the first process of a database makes both.
 *
 * @throws Error where runs of the database have their files in another folder.
 */
export async function checkFolder(folder: string, database: Database): Promise<void> {
  const path = join(folder, markName);
  const mark = async () => (await readFile(path, "utf8").catch(() => "")).trim();
  const own = (await mark()) || randomBytes(8).toString("hex");
  await database.query(
    "insert into settings (name, value) values ('folder', $1) on conflict (name) do nothing",
    [own],
  );
  const { rows } = await database.query<{ value: string }>(
    "select value from settings where name = 'folder'",
  );
  const wanted = rows[0]?.value;
  if (wanted === own) await writeFile(path, `${own}\n`);
  if (wanted === (await mark())) return;
  throw new Error(
    `--data-dir: ${folder} on ${hostname()} is not the folder that holds the files of this ` +
      "database's runs; mount that one (a shared file system) and name it here. Where it has been " +
      `moved by hand: write ${wanted} into ${path}`,
  );
}

/** Files that every process of the database finds, wherever the folder is mounted. */
const shared =
  /[\\/](uploads[\\/][0-9a-f]{16}[\\/][^\\/]+|runs[\\/][0-9a-z]{10}[\\/]artifacts[\\/].+)$/;

/** Finds an input's file on this machine: as it is named, or at the same place of this data folder. */
export function fileOf(folder: string): FileResolver {
  return async (given, use) => {
    const place = shared.exec(given)?.[1];
    const here = place === undefined ? undefined : join(folder, place);
    const isThere = (path: string) =>
      stat(path).then(
        () => true,
        () => false,
      );
    if (here !== undefined && !(await isThere(given)) && (await isThere(here)))
      return localFile(here, use);
    return localFile(given, use).catch((error: Error) => {
      throw new Error(
        `${error.message} on ${hostname()}, which works on this run; files outside of the data ` +
          "folder must be there on every worker: upload them in the Studio, or copy them",
      );
    });
  };
}
