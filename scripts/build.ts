// `npm run build`: compiles the package to dist/ (JavaScript and type declarations) and bundles the Studio.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative } from "node:path";
import { root } from "./entries.ts";

const dist = join(root, "dist");
const src = join(root, "src");
const bin = (name: string) => join(root, "node_modules", ".bin", name);

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** Files beside the sources that the code reads when it runs (SQL, fonts …), not code, tests or pages. */
function isAsset(path: string): boolean {
  if (relative(src, path).split(/[\\/]/)[0] === "studio") return false;
  if (["fixtures", "testing"].includes(basename(path))) return false;
  return statSync(path).isDirectory() || !/\.(tsx?|md)$|\.fixture\.json$/.test(path);
}

/** npm links this file as the command `deepdive`, so the system has to know what runs it. */
function makeExecutable(path: string): void {
  const text = readFileSync(path, "utf8");
  if (!text.startsWith("#!")) writeFileSync(path, `#!/usr/bin/env node\n${text}`);
  chmodSync(path, 0o755);
}

rmSync(dist, { recursive: true, force: true });
run(bin("tsc"), "-p", "tsconfig.build.json");
cpSync(src, dist, { recursive: true, filter: isAsset });
const studio = join(src, "studio");
if (existsSync(join(studio, "vite.config.ts"))) {
  run(bin("vite"), "build", studio, "--outDir", join(dist, "studio"), "--logLevel", "warn");
  // The plot as one script, for HTML files that stand alone.
  const view = join(studio, "hiplot");
  run(bin("vite"), "build", view, "--outDir", join(dist, "hiplot-view"), "--logLevel", "warn");
  // The plot as modules for other pages: the custom element, and a component for React.
  const embed = join(view, "embed");
  run(bin("vite"), "build", embed, "--outDir", join(dist, "hiplot-embed"), "--logLevel", "warn");
  run(bin("tsc"), "-p", embed);
}
const command = join(dist, "cli", "main.js");
if (existsSync(command)) makeExecutable(command);
