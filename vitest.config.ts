// How the test suite runs: one process per file, because ONNX Runtime's native library keeps per-process
// state (its first thread decides how denormals are treated) and a crash must name the file it came from.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    maxWorkers: 2,
    include: ["{src,scripts,bench,recipes,examples}/**/*.test.{ts,tsx}"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    restoreMocks: true,
  },
});
