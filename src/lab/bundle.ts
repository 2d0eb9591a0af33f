// Sees to it that a page's bundle is there: built from its sources when missing or out of date.
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const stampFile = ".built-from";

/** A bundle: all paths are folders of the checkout. */
export interface Bundle {
  /** Folder with the `vite.config.ts`. */
  readonly root: string;
  /** Folder that holds the bundle. */
  readonly output: string;
  /** Folders whose files the bundle is made of. */
  readonly sources: readonly string[];
}

/**
 * Builds the bundle (about two seconds) unless it was built from these very sources.
 *
 * @returns its folder
 */
export async function ensureBundle({ root, output, sources }: Bundle): Promise<string> {
  const stamp = await fingerprint(sources);
  const isCurrent = async () =>
    (await readFile(join(output, stampFile), "utf8").catch(() => "")) === stamp;
  if (await isCurrent()) return output;
  const suffix = randomBytes(4).toString("hex");
  const fresh = `${output.replace(/[\\/]$/, "")}-${suffix}`;
  const old = `${fresh}-old`;
  try {
    await build(root, fresh);
    await writeFile(join(fresh, stampFile), stamp);
    // Another process may have built the same meanwhile, and may be reading it.
    if (await isCurrent()) return output;
    await rename(output, old).catch(() => {});
    await rename(fresh, output);
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
  return output;
}

async function build(root: string, outDir: string): Promise<void> {
  const vite = await import("vite");
  // Vite takes this variable over its own mode, and a test runner sets it to "test": without this
  // the bundle would hold React's slow development build.
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  try {
    await vite.build({
      root,
      configFile: join(root, "vite.config.ts"),
      logLevel: "error",
      build: { outDir, emptyOutDir: true },
    });
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

/** A hash over everything that a bundle is made of: the sources, and the versions in the lockfile. */
async function fingerprint(folders: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  const lists = await Promise.all(folders.map(listFiles));
  const lockfile = fileURLToPath(new URL("../../package-lock.json", import.meta.url));
  for (const file of [...lists.flat(), lockfile].filter(existsSync)) {
    hash
      .update(relative(dirname(lockfile), file))
      .update("\0")
      .update(await readFile(file));
  }
  return hash.digest("hex");
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
