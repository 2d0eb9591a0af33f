// Turns Vitest's JSON report into one closing line, "N passed, N failed, N skipped". Exits 1 when a
// test failed, when a file could not be loaded, and when no test ran at all.
//
// Usage: node scripts/summary.mjs REPORT.json

import { readFileSync } from "node:fs";

function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    console.log("Vitest left no report: it did not come to its end.");
    return undefined;
  }
}

const report = read(process.argv[2]);
const files = report?.testResults ?? [];
// A file that fails to load has no tests to count: it is one failure.
const unloaded = files.filter(
  (file) => file.status === "failed" && file.assertionResults.length === 0,
);
for (const file of unloaded) console.log(`could not be loaded: ${file.name}`);
const passed = report?.numPassedTests ?? 0;
const failed = report === undefined ? 1 : report.numFailedTests + unloaded.length;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
if (failed > 0 || passed === 0) process.exitCode = 1;
