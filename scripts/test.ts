// `npm test [-- vitest arguments]`: makes sure of a browser for the tests of pages and of an adapter for
// those of the WebGPU backend, then runs Vitest.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { installChromium } from "./chromium.ts";
import { root } from "./entries.ts";
import { installPostgres } from "./postgres.ts";
import { softwareGpu } from "./software-gpu.ts";

const say = (line: string) => process.stderr.write(`deepdive: ${line}\n`);
const args = process.argv.slice(2);
const wholeSuite = args.every((arg) => arg.startsWith("-"));
// A few chosen files seldom need a browser; the whole suite does.
const noBrowser = wholeSuite ? installChromium(say) : undefined;
if (noBrowser !== undefined) say(`tests of pages will be skipped: ${noBrowser}`);
const noPostgres = wholeSuite ? installPostgres(say) : undefined;
if (noPostgres !== undefined) say(`tests of the shared store will be skipped: ${noPostgres}`);

const gpu = softwareGpu();
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const { status } = spawnSync(process.execPath, [vitest, "run", ...args], {
  cwd: root,
  env: { ...process.env, ...gpu?.env },
  stdio: "inherit",
});
gpu?.dispose();
process.exitCode = status ?? 1;
