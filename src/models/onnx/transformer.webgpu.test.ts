/** @file An imported transformer trains on WebGPU as PyTorch did. */
import { expect, test } from "vitest";
import { setBackend } from "../../engine/index.ts";
import { startGpu } from "../../engine/testing/gpu.ts";
import recorded from "../fixtures/transformer.json" with { type: "json" };
import { losses, transformerFile, worst } from "../testing/transformer.ts";
import { importOnnx } from "./import.ts";

const gpu = await startGpu("an imported transformer on WebGPU");

test.skipIf(!gpu)("an imported transformer loses on WebGPU what PyTorch lost", async () => {
  setBackend("webgpu");
  const model = await importOnnx(transformerFile("exported"));
  const seen = await losses(model, 1e-3, 2);
  expect(worst(seen, recorded.losses.slice(0, 2))).toBeLessThan(1e-3);
});
