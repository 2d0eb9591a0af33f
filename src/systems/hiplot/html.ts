// One HTML file with rows and view inside: opens from a mail, asks no server for anything.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { ensureBundle } from "../../lab/bundle.ts";
import { textOfBytes } from "./core/text-bytes.ts";
import { encodeFrame, type WireExperiment } from "./core/wire.ts";

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What the file may do: run what is in it, and show pictures it made itself. */
const policy =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";

/** The script of the view: the one that came with the package, or built from the sources. */
export async function viewScript(): Promise<string> {
  const root = folder("../../studio/hiplot/");
  const output = folder("../../hiplot-view/");
  if (!existsSync(`${root}vite.config.ts`)) return readFile(`${output}view.js`, "utf8");
  const built = await ensureBundle({
    root,
    output: folder("../../../dist/hiplot-view/"),
    sources: [root, folder("../../studio/i18n/"), folder("core/"), folder("../../data/baseline/")],
  });
  return readFile(`${built}/view.js`, "utf8");
}

/** Renders rows and settings as one HTML file. `title` is that of the page. */
export async function renderHtml(data: WireExperiment, title = "Deepdive hiplot"): Promise<string> {
  const script = await viewScript();
  const bytes = textOfBytes(gzipSync(encodeFrame(data), { level: 6 }));
  const words = title.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${words}</title>`,
    "<style>body{margin:0}@media (prefers-color-scheme:dark){body{background:#121b23}}</style>",
    "</head><body><main><deepdive-hiplot></deepdive-hiplot></main>",
    `<script type="application/x-deepdive-columns" id="deepdive-data">${bytes}</script>`,
    // A script's text must not hold the end of a script.
    `<script>${script.replaceAll("</script", "<\\/script")}</script>`,
    "</body></html>",
    "",
  ].join("\n");
}
