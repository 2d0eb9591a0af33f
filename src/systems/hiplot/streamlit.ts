// A static folder that Streamlit shows as a component: `components.declare_component("hiplot", path=folder)`.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { viewScript } from "./html.ts";

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>hiplot</title><style>body{margin:0}</style></head>
<body><deepdive-hiplot></deepdive-hiplot><script src="view.js"></script>
<script>deepdiveHiplot.speakStreamlit(document.querySelector("deepdive-hiplot"));</script></body></html>
`;

/** Writes the folder: a page and its script, which ask no other server for anything. */
export async function writeStreamlitComponent(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all([
    writeFile(join(folder, "index.html"), page),
    writeFile(join(folder, "view.js"), await viewScript()),
  ]);
}
