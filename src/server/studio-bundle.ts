// Where the Studio's bundle is.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBundle } from "../lab/bundle.ts";

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Returns the folder of the Studio's bundle. In an installed package that is the one it came with; in
 * a checkout the bundle is built unless it was built from these very sources.
 */
export async function ensureStudioBundle(): Promise<string> {
  const root = folder("../studio/");
  if (!existsSync(join(root, "vite.config.ts"))) return root;
  return ensureBundle({
    root,
    output: folder("../../dist/studio/"),
    sources: [root, folder("../systems/hiplot/core/")],
  });
}
