// How the view becomes one script for HTML files that stand alone.
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: "../../../dist/hiplot-view",
    emptyOutDir: true,
    target: "es2022",
    lib: {
      entry: "standalone.ts",
      formats: ["iife"],
      name: "deepdiveHiplot",
      fileName: () => "view.js",
    },
  },
});
