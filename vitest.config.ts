// How the test suite runs: one process per file, because ONNX Runtime's native library keeps per-process
// state (its first thread decides how denormals are treated) and a crash must name the file it came from.

import { defineConfig } from "vitest/config";

// A limit is there to end what hangs; a machine that others use too needs more of it.
const patienceMs = process.env.CI ? 60_000 : 20_000;

export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    maxWorkers: 2,
    include: ["{src,scripts,bench,recipes,examples}/**/*.test.{ts,tsx}"],
    testTimeout: patienceMs,
    hookTimeout: patienceMs,
    // A page on a busy machine needs more than the usual second to show what a test waits for.
    expect: { poll: { timeout: patienceMs / 2 } },
    restoreMocks: true,
  },
});
