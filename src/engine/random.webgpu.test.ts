// Random keys give the same bits on the GPU as everywhere else.

import { expect, test } from "vitest";
import { startGpu } from "./testing/gpu.ts";
import { drawsOn } from "./testing/random-bits.ts";

const gpu = await startGpu("random bits on WebGPU");

test.skipIf(!gpu)("random bits are the same on js, the CPU and WebGPU", async () => {
  const js = await drawsOn("js");
  expect(new Set(js[0]).size).toBeGreaterThan(4090);
  expect(await drawsOn("onnx")).toEqual(js);
  expect(await drawsOn("webgpu")).toEqual(js);
});
