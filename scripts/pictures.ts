// `npm run pictures -- URL`: photographs the pages of a running Studio for the README, after `npm start`.

import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { chromium } from "playwright-core";
import { type RunInfo, writeCardPictures } from "./card-pictures.ts";
import { findChromium } from "./chromium.ts";
import { root } from "./entries.ts";

const [url] = process.argv.slice(2);
if (!url || !/^https?:\/\//.test(url)) {
  console.error(
    "Usage: npm run pictures -- URL\nURL is the Studio's address, as npm start says it.",
  );
  process.exit(1);
}

const answer = await fetch(new URL("/api/runs?limit=1000", url));
const { runs } = (await answer.json()) as { runs: readonly RunInfo[] };
console.log(relative(root, await writeCardPictures(url, runs)));
const steps = runs.filter(({ project, sweep }) => project !== null && sweep === null);
const [last] = steps;
if (!last) throw new Error("There is no project yet: run npm start first.");
const sweep = steps.find(({ lab }) => lab === "sweep");
const explained = steps.find(({ lab }) => lab === "lime-mistakes");

/** Pictures by name: the page, and how high it is shown. */
const pictures: readonly (readonly [name: string, path: string, height: number])[] = [
  ["project", `/projects/${encodeURIComponent(last.project as string)}`, 1000],
  ["home", "/", 900],
  ...(sweep ? [["compare", `/compare?sweep=${sweep.id}`, 900] as const] : []),
  ...(explained ? [["explained", `/runs/${explained.id}`, 900] as const] : []),
];

const folder = join(root, "docs", "images");
await mkdir(folder, { recursive: true });
const executablePath = findChromium();
if (!executablePath) throw new Error("There is no Chromium on this machine; set $CHROMIUM.");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  for (const [name, path, height] of pictures) {
    const page = await browser.newPage({ viewport: { width: 1280, height }, colorScheme: "light" });
    // The Studio keeps a stream of events open, so the network is never idle.
    await page.goto(new URL(path, url).href, { waitUntil: "load" });
    await page.waitForTimeout(3_000);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await page.close();
    console.log(`docs/images/${name}.png`);
  }
} finally {
  await browser.close();
}
