// Imports the model that is named and prints milliseconds, and bytes by which memory has grown.

import { existsSync, readFileSync } from "node:fs";
import { importOnnx } from "../../src/models/index.ts";

/** The most memory so far, where the system tells (getrusage counts the parent's too); else that of now. */
function peakBytes(): number {
  const status = "/proc/self/status";
  const found = existsSync(status) && /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, "utf8"));
  return found ? Number(found[1]) * 1024 : process.memoryUsage().rss;
}

globalThis.gc?.();
const before = process.memoryUsage().rss;
const start = performance.now();
const model = await importOnnx(process.argv[2]);
const ms = performance.now() - start;
const grown = process.memoryUsage().rss - before;
const peak = peakBytes() - before;
if (model.countParameters() === 0) throw new Error("the model has no weights");
console.log(JSON.stringify({ ms, grown, peak }));
