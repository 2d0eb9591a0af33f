// Sees to it that the Studio's bundle is there: built from its sources when missing or out of date.
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const stampFile = ".built-from";

/**
 * Returns the folder of the Studio's bundle. In an installed package that is the one it came with; in
 * a checkout the bundle is built (about two seconds) unless it was built from these very sources.
 */
export async function ensureStudioBundle(): Promise<string> {
  const studio = fileURLToPath(new URL("../studio/", import.meta.url));
  if (!existsSync(join(studio, "vite.config.ts"))) return studio;
  const output = fileURLToPath(new URL("../../dist/studio/", import.meta.url));
  const stamp = await fingerprint(studio);
  const isCurrent = async () =>
    (await readFile(join(output, stampFile), "utf8").catch(() => "")) === stamp;
  if (await isCurrent()) return output;
  const suffix = randomBytes(4).toString("hex");
  const fresh = join(dirname(output), `studio-${suffix}`);
  const old = join(dirname(output), `studio-old-${suffix}`);
  try {
    await build(studio, fresh);
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

/** A hash over everything that the bundle is made of: the sources, and the versions in the lockfile. */
async function fingerprint(studio: string): Promise<string> {
  const hash = createHash("sha256");
  const entries = await readdir(studio, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const lockfile = fileURLToPath(new URL("../../package-lock.json", import.meta.url));
  for (const file of [...files, lockfile].filter(existsSync)) {
    hash
      .update(relative(studio, file))
      .update("\0")
      .update(await readFile(file));
  }
  return hash.digest("hex");
}
