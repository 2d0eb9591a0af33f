// Models that were trained here, exported, and run by ONNX Runtime alone: in Node and in Chromium.

import { findChromium } from "../../scripts/chromium.ts";
import { padBatch } from "../../src/data/index.ts";
import { tensor } from "../../src/engine/index.ts";
import { type Criterion, notRun, type Outcome } from "../../src/lab/criteria.ts";
import { encodeOnnx, loadEncoder } from "../../src/models/index.ts";
import { exportDifferences } from "../../src/models/testing/exported.ts";
import { openWebRuntime, type WebRuntime } from "../../src/models/testing/web-runtime.ts";

const texts = ["a short text", "another one that is somewhat longer", "A mail about the weather"];

/** The sentence encoder as a file, in the browser, against `embed` here. */
async function encoderDifference(web: WebRuntime): Promise<number> {
  const encoder = await loadEncoder("use-lite");
  const rows = texts.map((text) => encoder.tokenizer.encode(text));
  const { ids, mask, shape } = padBatch(rows, { padTo: 16 });
  const inputs = { ids: tensor(ids, { shape }), mask: tensor(Int32Array.from(mask), { shape }) };
  const forward = (given: typeof inputs) => encoder.module.forward(given.ids, { mask: given.mask });
  const bytes = await encodeOnnx(forward, inputs);
  const found = await web.run(bytes, [
    { name: "ids", values: [...ids], shape: [...shape] },
    { name: "mask", values: [...mask], shape: [...shape] },
  ]);
  const { data } = await encoder.embed(texts);
  return Math.max(...found.map((value, i) => Math.abs(value - data[i]!)));
}

async function exported(): Promise<Outcome> {
  const chromium = findChromium();
  if (!chromium) return notRun("no Chromium was found (set $CHROMIUM)");
  const web = await openWebRuntime(chromium);
  try {
    const { native, web: inBrowser } = await exportDifferences(web);
    const encoder = await encoderDifference(web);
    const worst = Math.max(native, inBrowser ?? Number.POSITIVE_INFINITY, encoder);
    const note =
      `trained classifier: ${native.toExponential(1)} in onnxruntime-node, ` +
      `${inBrowser?.toExponential(1)} in onnxruntime-web in Chromium; sentence encoder there: ` +
      encoder.toExponential(1);
    return { figure: worst, ok: worst <= 1e-5, note };
  } finally {
    await web.close();
  }
}

export const exportCriteria: readonly Criterion[] = [
  {
    system: "models",
    name: "export",
    target: "outputs in onnxruntime-node and in onnxruntime-web in Chromium within 1e-5",
    run: exported,
  },
];
