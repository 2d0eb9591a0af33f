// Folders that outlive a loss of power: a name is on the disk only when its folder has been forced there.
import { mkdir, open, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolder } from "../data/atomic-file.ts";

/** Makes a folder with those above it, and forces their names to the disk. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made.length <= first.length) return;
  }
}

/** Files forced to the disk at a time. */
const atOnce = 16;

/** Forces a folder and all that is in it to the disk; with `since` only what was changed from then on. */
export async function syncTree(folder: string, sinceMs = 0): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const inside = entries.filter((entry) => entry.isFile() || entry.isDirectory());
  const waiting = [folder, ...inside.map(({ parentPath, name }) => join(parentPath, name))];
  const work = async () => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      const file = await stat(path);
      if (file.mtimeMs < sinceMs) continue;
      if (file.isFile()) await syncFile(path);
      else await syncFolder(path);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  await file.sync().finally(() => file.close());
}
