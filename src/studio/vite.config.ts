// How the Studio's bundle is made. Everything it needs is in it: the page asks no other host for anything.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../../dist/studio",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows no inline data for scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `npx vite src/studio` beside `deepdive serve`: the page reloads as it is edited.
  server: { proxy: { "/api": "http://127.0.0.1:7331" } },
});
