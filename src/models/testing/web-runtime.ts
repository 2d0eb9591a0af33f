/** @file ONNX Runtime in a real Chromium, on a page with nothing of this project in it. */
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join } from "node:path";
import { chromium } from "playwright-core";

const runtime = join(import.meta.dirname, "../../../node_modules/onnxruntime-web/dist");
const types: Record<string, string> = {
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

const html = `<script type="module">
  import * as ort from "/ort.wasm.bundle.min.mjs";
  ort.env.wasm.numThreads = 1;
  globalThis.run = async (inputs) => {
    const bytes = new Uint8Array(await (await fetch("/model")).arrayBuffer());
    const session = await ort.InferenceSession.create(bytes);
    const feeds = {};
    for (const { name, values, shape } of inputs)
      feeds[name] = new ort.Tensor("int32", Int32Array.from(values), shape);
    const [output] = Object.values(await session.run(feeds));
    return Array.from(output.data);
  };
</script>`;

/** An int32 input by name. */
export interface WebInput {
  readonly name: string;
  readonly values: readonly number[];
  readonly shape: readonly number[];
}

/** A page that runs models by WebAssembly. */
export interface WebRuntime {
  /** The first output of a model. */
  run(model: Uint8Array, inputs: readonly WebInput[]): Promise<number[]>;
  close(): Promise<void>;
}

type Run = (inputs: readonly WebInput[]) => Promise<number[]>;

/** Opens the page in the Chromium at a path. */
export async function openWebRuntime(executablePath: string): Promise<WebRuntime> {
  let served: Uint8Array = new Uint8Array();
  const server = createServer((request, response) => {
    const file = basename(request.url ?? "/");
    if (file === "model") return void response.end(served);
    const type = types[extname(file)];
    if (!type) return void response.setHeader("Content-Type", "text/html").end(html);
    response.setHeader("Content-Type", type);
    createReadStream(join(runtime, file)).pipe(response);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const browser = await chromium.launch({ executablePath });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await page.waitForFunction(() => "run" in globalThis);
  return {
    run(model, inputs) {
      served = model;
      return page.evaluate((given) => (globalThis as unknown as { run: Run }).run(given), inputs);
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}
