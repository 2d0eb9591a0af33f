/** @file A model that was trained here gives the same in ONNX Runtime, native and in a real Chromium. */
import { createReadStream } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findChromium } from "../../../scripts/chromium.ts";
import {
  compile,
  evaluate,
  gradients,
  mean,
  randomKey,
  type Tensor,
  tensor,
} from "../../engine/index.ts";
import {
  assign,
  crossEntropy,
  Linear,
  Module,
  meanPool,
  TransformerEncoder,
  trainable,
} from "../../nn/index.ts";
import { AdamW } from "../../optim/index.ts";
import { encodeOnnx } from "./save.ts";
import { OpaqueSession } from "./session.ts";

const executablePath = findChromium();
if (!executablePath) console.log("save.browser: skipped, no Chromium was found (set $CHROMIUM)");
const runtime = join(import.meta.dirname, "../../../node_modules/onnxruntime-web/dist");
const types: Record<string, string> = {
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Plain JavaScript of a page: nothing of this project is in it. */
const html = `<script type="module">
  import * as ort from "/ort.wasm.bundle.min.mjs";
  ort.env.wasm.numThreads = 1;
  globalThis.run = async (model, input) => {
    const session = await ort.InferenceSession.create(Uint8Array.from(model));
    const x = new ort.Tensor("int32", Int32Array.from(input), [4, 12]);
    return Array.from((await session.run({ input: x })).output.data);
  };
</script>`;

type Run = (model: readonly number[], input: readonly number[]) => Promise<number[]>;

/** A classifier of token ids. */
class Classifier extends Module {
  encoder: TransformerEncoder;
  head: Linear;

  constructor(key: Tensor) {
    super();
    const sizes = { vocabulary: 50, width: 16, heads: 2, layers: 2, maxLength: 12 };
    this.encoder = new TransformerEncoder({ ...sizes, key });
    this.head = new Linear({ in: 16, out: 3, key });
  }

  forward(ids: Tensor): Tensor {
    return this.head.forward(meanPool(this.encoder.forward(ids)));
  }
}

let server: Server;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  if (!executablePath) return;
  server = createServer((request, response) => {
    const file = basename(request.url ?? "/");
    const type = types[extname(file)];
    if (!type) return void response.setHeader("Content-Type", "text/html").end(html);
    response.setHeader("Content-Type", type);
    createReadStream(join(runtime, file)).pipe(response);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({ executablePath });
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

const ids = tensor(
  Array.from({ length: 48 }, (_, i) => (i * 7 + (i >> 3)) % 50),
  { dtype: "int32", shape: [4, 12] },
);
const labels = tensor([0, 1, 2, 1], { dtype: "int32" });

async function trained(): Promise<Classifier> {
  const optimizer = new AdamW({ learningRate: 1e-2 });
  const step = compile((model: Classifier, state: ReturnType<typeof optimizer.init>) => {
    const params = trainable(model);
    const loss = mean(crossEntropy(model.forward(ids), labels));
    const next = optimizer.update(params, gradients(loss, params) as typeof params, state);
    return { model: assign(model, next.params), state: next.state, loss };
  });
  let model = new Classifier(randomKey(0));
  let state = await evaluate(optimizer.init(trainable(model)));
  const losses: number[] = [];
  for (let i = 0; i < 5; i++) {
    const result = await step(model, state);
    ({ model, state } = result);
    losses.push(await result.loss.item());
  }
  expect(losses[4]).toBeLessThan(losses[0]);
  return model;
}

function worst(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((v, i) => Math.abs(v - b[i])));
}

test("native, and in Chromium by WebAssembly, within 1e-5", async ({ skip }) => {
  const model = await trained();
  const logits = await model.forward(ids).numbers();
  const bytes = await encodeOnnx(model, ids);
  const session = await OpaqueSession.open({ bytes });
  const [native] = Object.values(await session.run({ input: ids }));
  await session.close();
  expect(worst(await native.numbers(), logits)).toBeLessThan(1e-5);
  if (!executablePath) return skip();
  const page = await browser.newPage();
  await page.goto(origin);
  await page.waitForFunction(() => "run" in globalThis);
  const values = await page.evaluate(
    ([model, input]) => (globalThis as unknown as { run: Run }).run(model, input),
    [[...bytes], await ids.numbers()] as const,
  );
  expect(worst(values, logits)).toBeLessThan(1e-5);
});
