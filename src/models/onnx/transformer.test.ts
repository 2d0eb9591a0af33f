/** @file A transformer that PyTorch exported: same outputs, and the losses of PyTorch's own training. */
import { describe, expect, test } from "vitest";
import { randomKey, type Tensor } from "../../engine/index.ts";
import { Linear, trainable } from "../../nn/index.ts";
import recorded from "../fixtures/transformer.json" with { type: "json" };
import {
  adaptedTransformer,
  BATCH,
  batchOf,
  CLASSES,
  type Exporter,
  LENGTH,
  losses,
  transformerFile,
  worst,
} from "../testing/transformer.ts";
import { importOnnx } from "./import.ts";

const exporters: readonly Exporter[] = ["traced", "exported"];
const TOLERANCE = 1e-3;

describe.each(exporters)("a transformer that PyTorch has %s", (exporter) => {
  const path = transformerFile(exporter);

  test("gives PyTorch's logits", async () => {
    const model = await importOnnx(path);
    expect(model.blockers).toEqual([]);
    const { logits } = await model.run(batchOf(0).inputs);
    expect(worst(await logits.numbers(), recorded.logits)).toBeLessThan(1e-5);
  });

  test("takes other sizes by tracing again", async () => {
    const model = await importOnnx(path);
    const few = (t: Tensor): Tensor => t.slice([0, 0], [2, 20]);
    const { inputs } = batchOf(0);
    const { logits } = await model.run({ ids: few(inputs.ids), mask: few(inputs.mask) });
    expect(logits.shape).toEqual([2, CLASSES]);
    // The first row is 6 long: what is cut off was padding.
    expect(worst((await logits.numbers()).slice(0, 3), recorded.logits)).toBeLessThan(1e-5);
  });

  test("loses what PyTorch lost at each of 20 steps of AdamW", async () => {
    const model = await importOnnx(path);
    const seen = await losses(model, 1e-3, 20);
    expect(worst(seen, recorded.losses)).toBeLessThan(TOLERANCE);
    expect(Math.max(...seen) - Math.min(...seen)).toBeGreaterThan(0.1);
  });

  test("loses what PyTorch lost with low-rank adapters alone", async () => {
    const model = await adaptedTransformer(exporter);
    expect(Object.keys(model.lora)).toHaveLength(4);
    expect(Object.keys(trainable(model)).every((path) => path.startsWith("lora."))).toBe(true);
    const seen = await losses(model, 1e-2, 20);
    expect(worst(seen, recorded.loraLosses)).toBeLessThan(TOLERANCE);
  });

  test("shows attention probabilities to a tap", async () => {
    const model = await importOnnx(path);
    const softmax = model.nodes.find((n) => n.op === "Softmax");
    const name = softmax?.outputs[0] as string;
    const tapped = model.tap(name);
    const outputs = await tapped.run(batchOf(0).inputs);
    expect(outputs[name].shape).toEqual([BATCH, 4, LENGTH, LENGTH]);
    const first = (await outputs[name].numbers()).slice(0, recorded.attention.length);
    expect(worst(first, recorded.attention)).toBeLessThan(1e-6);
    expect(Object.keys(outputs)).toEqual(["logits", name]);
  });

  test("takes another head, which alone can be trained", async () => {
    const imported = await importOnnx(path);
    const head = new Linear({ in: 32, out: 5, key: randomKey(1) });
    const model = imported.replaceHead(head, { output: "topics" }).freeze("weights");
    const { topics } = await model.run(batchOf(0).inputs);
    expect(topics.shape).toEqual([BATCH, 5]);
    expect(Object.keys(trainable(model))).toEqual(["head.weight", "head.bias"]);
    expect(Object.keys(imported.weights)).toContain("head.weight");
    expect(Object.keys(model.weights)).not.toContain("head.weight");
  });
});
