/** @file ONNX Runtime for Node: native CPU kernels and WebGPU in one library. */
import type { Ort, Runtime } from "./runtime.ts";

/** Loads `onnxruntime-node`. */
export async function loadNativeRuntime(): Promise<Runtime> {
  const module: unknown = await import("onnxruntime-node");
  const ort = (module as { default?: Ort }).default ?? (module as Ort);
  holdFloat16AsBits(ort);
  return { ort, cpuProvider: "cpu" };
}

/**
 * The library decides at its first tensor whether float16 is a Float16Array, where JavaScript has
 * one (Node 24). Its native part takes only Uint16Array, so the class is out of sight meanwhile.
 */
function holdFloat16AsBits(ort: Ort): void {
  const own = Object.getOwnPropertyDescriptor(globalThis, "Float16Array");
  if (!own?.configurable) return;
  Reflect.deleteProperty(globalThis, "Float16Array");
  try {
    new ort.Tensor("float32", new Float32Array(1), [1]);
  } finally {
    Object.defineProperty(globalThis, "Float16Array", own);
  }
}
