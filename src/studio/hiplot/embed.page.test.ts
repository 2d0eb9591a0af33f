import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findChromium } from "../../../scripts/chromium.ts";
import { viewScript } from "../../systems/hiplot/html.ts";
import { Experiment } from "../../systems/hiplot/index.ts";
import { writeStreamlitComponent } from "../../systems/hiplot/streamlit.ts";

const executablePath = findChromium();
if (!executablePath) console.log("embedded plots: skipped, no Chromium was found ($CHROMIUM)");

const rows = [
  { lr: 0.1, loss: 3 },
  { lr: 0.2, loss: 2 },
  { lr: 0.4, loss: 1 },
];
const experiment = Experiment.fromIterable(rows).toJson({ compress: true });

/** A page that plays Streamlit: it shows the component in a frame and answers its messages. */
const streamlitPage = (
  json: string,
) => `<!doctype html><title>app</title><link rel="icon" href="data:,">
<iframe title="component" src="/component/index.html" style="width:900px"></iframe><script>
const frame = document.querySelector("iframe");
window.values = []; window.versions = [];
window.render = (args) => frame.contentWindow.postMessage(
  { type: "streamlit:render", args, disabled: false, theme: { base: "dark" } }, "*");
addEventListener("message", ({ data }) => {
  if (!data.isStreamlitMessage) return;
  if (data.type === "streamlit:componentReady") {
    window.versions.push(data.apiVersion);
    render({ experiment: ${json} });
  }
  if (data.type === "streamlit:setFrameHeight") frame.height = data.height;
  if (data.type === "streamlit:setComponentValue") {
    window.values.push(data.value);
    // A script runs again whenever a value changes.
    render({ experiment: ${json} });
  }
});</script>`;

const elementPage = (
  json: string,
) => `<!doctype html><title>element</title><link rel="icon" href="data:,">
<deepdive-hiplot theme="light"></deepdive-hiplot><script src="/view.js"></script><script>
window.told = [];
const plot = document.querySelector("deepdive-hiplot");
for (const type of ["selected_uids", "filtered_uids", "brush_extents", "height_changed"])
  document.addEventListener(type, ({ detail }) => told.push([type, detail.uids ?? detail]));
plot.experiment = ${json};
</script>`;

const reactApp = `
import { createElement, useState } from "react";
import { createRoot } from "react-dom/client";
import { HiPlot } from ${JSON.stringify(fileURLToPath(new URL("react.ts", import.meta.url)))};
window.told = [];
const tell = (type, data) => window.told.push([type, data]);
const onChange = { selected_uids: tell, filtered_uids: [tell], brush_extents: tell };
const comm = { send: (message) => { window.lastSent = message; } };
function App() {
  const [experiment, setExperiment] = useState(window.first);
  const [dark, setDark] = useState(false);
  window.show = setExperiment; window.setDark = setDark;
  return createElement(HiPlot, { experiment, onChange, comm, dark });
}
createRoot(document.getElementById("root")).render(createElement(App));
`;

/** Bundles a small React program around the component. */
async function bundleReact(folder: string): Promise<string> {
  const vite = await import("vite");
  const entry = join(folder, "app.js");
  await writeFile(entry, reactApp);
  const resolveFrom = fileURLToPath(new URL("../../../node_modules/", import.meta.url));
  await vite.build({
    root: folder,
    configFile: false,
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
    resolve: { alias: [{ find: /^(react|react-dom)(\/.*)?$/, replacement: `${resolveFrom}$1$2` }] },
    build: {
      outDir: join(folder, "out"),
      lib: { entry, formats: ["iife"], name: "app", fileName: () => "app.js" },
    },
  });
  return readFile(join(folder, "out", "app.js"), "utf8");
}

describe.skipIf(!executablePath)("the plot inside other pages", () => {
  let browser: Browser;
  let page: Page;
  let folder: string;
  let server: Server;
  let url: string;
  let complaints: string[];
  const pages = new Map<string, string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hiplot-embed-"));
    await writeStreamlitComponent(join(folder, "component"));
    server = createServer(async (request, response) => {
      const path = (request.url ?? "/").split("?")[0];
      const type = path.endsWith(".js") ? "text/javascript" : "text/html";
      const text = path.startsWith("/component/")
        ? await readFile(join(folder, path), "utf8").catch(() => undefined)
        : pages.get(path);
      response.writeHead(text === undefined ? 404 : 200, { "content-type": type });
      response.end(text);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    pages.set("/view.js", await viewScript());
    const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"];
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1_000, height: 900 } });
    complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  it("speaks Streamlit's messages: ready, height, value; the same rows again keep the brushes", async () => {
    pages.set("/streamlit", streamlitPage(JSON.stringify(experiment)));
    await page.goto(`${url}/streamlit`);
    const frame = page.frameLocator("iframe");
    const count = frame.locator(".counts b");
    await expect.poll(() => count.innerText()).toBe("3/3");
    expect(await page.evaluate("versions")).toEqual([1]);
    expect(await frame.locator("deepdive-hiplot").getAttribute("theme")).toBe("dark");
    await expect
      .poll(() => page.locator("iframe").getAttribute("height").then(Number))
      .toBeGreaterThan(400);
    await frame.locator(".hit[aria-label^='Brush of lr:']").focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("values.at(-1)?.selected_uids")).toEqual(["1"]);
    const extents = (await page.evaluate("values.at(-1)?.brush_extents")) as object | undefined;
    await expect
      .poll(() => page.evaluate("Object.keys(values.at(-1)?.brush_extents ?? {})"))
      .toEqual(["lr"]);
    expect(extents === undefined || "lr" in extents).toBe(true);
    // It was rendered again with the value, and is as it was left.
    expect(await count.innerText()).toBe("1/3");
    await page.evaluate(
      (json) =>
        (window as unknown as { render(args: object): void }).render({
          experiment: json,
          ret: "selected_uids",
        }),
      JSON.stringify({ ...experiment, colormap: "interpolateViridis" }),
    );
    await expect.poll(() => count.innerText()).toBe("3/3");
  });

  it("is an element of any page: HiPlot's object or its JSON with bare NaN, and DOM events", async () => {
    const json =
      '{"datapoints": [{"uid": "a", "from_uid": null, "values": {"x": 1}}, {"uid": "b", "from_uid": "a", "values": {"x": NaN}}, {"uid": "c", "from_uid": null, "values": {"x": 3}}]}';
    pages.set("/element", elementPage(JSON.stringify(json)));
    await page.goto(`${url}/element`);
    const count = page.locator("deepdive-hiplot .counts b");
    await expect.poll(() => count.innerText()).toBe("3/3");
    const data = { col: "x", type: "numeric", min: 0, max: 2, include_infnans: true };
    await page.evaluate(
      (filter) => {
        const plot = document.querySelector("deepdive-hiplot") as unknown as {
          model: { setFilter(f: object): void; keep(): void };
        };
        plot.model.setFilter(filter);
      },
      { type: "Range", data },
    );
    await expect
      .poll(() => page.evaluate("told.find(([type]) => type === 'selected_uids')?.[1]"))
      .toEqual(["a", "b"]);
    await page.getByRole("button", { name: "Keep" }).click();
    await expect
      .poll(() => page.evaluate("told.find(([type]) => type === 'filtered_uids')?.[1]"))
      .toEqual(["a", "b"]);
    expect(await page.evaluate("told.some(([type]) => type === 'height_changed')")).toBe(true);
    expect(
      await page.evaluate("told.some(([type, data]) => type === 'brush_extents' && 'x' in data)"),
    ).toBe(true);
  });

  it("is a React component with the properties of npm's hiplot", async () => {
    pages.set("/app.js", await bundleReact(folder));
    pages.set(
      "/react",
      `<!doctype html><title>react</title><link rel="icon" href="data:,"><div id="root"></div>
      <script>window.first = ${JSON.stringify(experiment)}</script><script src="/app.js"></script>`,
    );
    await page.goto(`${url}/react`);
    const count = page.locator("deepdive-hiplot .counts b");
    await expect.poll(() => count.innerText()).toBe("3/3");
    await page.locator(".hit[aria-label^='Brush of lr:']").focus();
    await page.keyboard.press("Enter");
    await expect
      .poll(() => page.evaluate("told.find(([type]) => type === 'selected_uids')?.[1]"))
      .toEqual(["1"]);
    expect(
      await page.evaluate("lastSent.message_id > 0 && typeof lastSent.type === 'string'"),
    ).toBe(true);
    // Another property changes nothing of the view; another experiment shows other rows.
    await page.evaluate("setDark(true)");
    await expect.poll(() => page.locator("deepdive-hiplot").getAttribute("theme")).toBe("dark");
    expect(await count.innerText()).toBe("1/3");
    await page.evaluate(
      "show({ datapoints: [{ uid: 'z', from_uid: null, values: { lr: 1 } }, { uid: 'y', from_uid: null, values: { lr: 2 } }] })",
    );
    await expect.poll(() => count.innerText()).toBe("2/2");
    await page.evaluate("show({ nothing: 1 })");
    await page
      .getByRole("alert")
      .filter({ hasText: "expected an object with datapoints" })
      .waitFor();
  });

  it("stands below a notebook's cell as text/html, and tells the notebook's page", async () => {
    const displayed = Experiment.fromIterable(rows).display({ open: false });
    try {
      const cell = displayed as unknown as Record<symbol, () => Promise<Record<string, string>>>;
      const { "text/html": html } = await cell[Symbol.for("Jupyter.display")]();
      pages.set(
        "/notebook",
        `<!doctype html><meta charset="utf-8"><title>notebook</title><link rel="icon" href="data:,">
        <script>window.told = []; addEventListener("message", ({ data }) => told.push(data.type))</script>${html}`,
      );
      await page.goto(`${url}/notebook`);
      const frame = page.frameLocator("iframe");
      await expect.poll(() => frame.locator(".counts b").innerText()).toBe("3/3");
      await frame.locator(".hit[aria-label^='Brush of lr:']").focus();
      await page.keyboard.press("Enter");
      await expect.poll(() => page.evaluate("told.includes('selected_uids')")).toBe(true);
    } finally {
      await displayed.close();
    }
  });
});
