/** @file An imported transformer runs on WebGPU with every node there, masked attention included. */
import { expect, test } from "vitest";
import { setBackend } from "../../engine/index.ts";
import { startGpu } from "../../engine/testing/gpu.ts";
import recorded from "../fixtures/transformer.json" with { type: "json" };
import { batchOf, transformerFile, worst } from "../testing/transformer.ts";
import { importOnnx } from "./import.ts";

const gpu = await startGpu("an imported transformer on WebGPU");

test.skipIf(!gpu)(
  "an imported transformer gives PyTorch's logits on WebGPU",
  async () => {
    setBackend("webgpu");
    const model = await importOnnx(transformerFile("exported"));
    const { logits } = await model.run(batchOf(0).inputs);
    expect(worst(await logits.numbers(), recorded.logits)).toBeLessThan(1e-5);
  },
  60_000,
);
