// How the view becomes modules for other projects: the custom element, and the component for React.
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: "../../../../dist/hiplot-embed",
    emptyOutDir: true,
    target: "es2022",
    lib: { entry: { element: "../element.ts", react: "../react.ts" }, formats: ["es"] },
    rolldownOptions: { external: ["react"] },
  },
});
