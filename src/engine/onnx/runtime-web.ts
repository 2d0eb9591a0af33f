/** @file ONNX Runtime for browsers: WebAssembly kernels, and a larger build that has WebGPU too. */
import { runtimeOptions } from "../backend.ts";
import type { Ort, Runtime } from "./runtime.ts";

/**
 * Loads `onnxruntime-web`: the small build (14 MB of WebAssembly) unless WebGPU is asked for (27 MB,
 * the same kernels as in Node). Threads need a page that is cross-origin isolated.
 */
export async function loadWebRuntime(gpu: boolean): Promise<Runtime> {
  const ort = (gpu
    ? await import("onnxruntime-web/webgpu")
    : await import("onnxruntime-web/wasm")) as unknown as Ort;
  const { threads, wasmPaths } = runtimeOptions();
  if (threads) ort.env.wasm.numThreads = threads;
  if (wasmPaths) ort.env.wasm.wasmPaths = wasmPaths;
  return { ort, cpuProvider: "wasm" };
}
