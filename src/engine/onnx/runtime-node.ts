/** @file ONNX Runtime for Node: native CPU kernels and WebGPU in one library. */
import type { Ort, Runtime } from "./runtime.ts";

/** Loads `onnxruntime-node`. */
export async function loadNativeRuntime(): Promise<Runtime> {
  const module: unknown = await import("onnxruntime-node");
  return { ort: (module as { default?: Ort }).default ?? (module as Ort), cpuProvider: "cpu" };
}
