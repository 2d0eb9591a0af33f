/** @file Which build of ONNX Runtime runs here: native in Node, WebAssembly in a browser. */
import { UnsupportedError } from "../errors.ts";
import type { Provider } from "./lowering.ts";

/** The API that ONNX Runtime's builds for Node and for browsers share. */
export type Ort = typeof import("onnxruntime-common");

/** ONNX Runtime as it is found in this place. */
export interface Runtime {
  readonly ort: Ort;
  /** The kernels behind the backend `onnx`. */
  readonly cpuProvider: Provider & ("cpu" | "wasm");
}

const loaded = new Map<boolean, Promise<Runtime>>();

/**
 * Loads ONNX Runtime; with `gpu`, the build that has WebGPU kernels (in Node there is only one).
 * Both sides are imported when they are needed: a bundler for browsers follows the `browser` field
 * of package.json and leaves the native side out.
 */
export function loadRuntime(gpu: boolean): Promise<Runtime> {
  let runtime = loaded.get(gpu);
  if (!runtime) {
    runtime = load(gpu);
    runtime.catch(() => loaded.delete(gpu));
    loaded.set(gpu, runtime);
  }
  return runtime;
}

async function load(gpu: boolean): Promise<Runtime> {
  if (typeof process !== "undefined" && process.versions?.node) {
    return (await import("./runtime-node.ts")).loadNativeRuntime();
  }
  if (gpu && !(globalThis.navigator as { gpu?: unknown } | undefined)?.gpu) {
    throw new UnsupportedError('this browser has no WebGPU; use the backend "onnx" (WebAssembly)');
  }
  return (await import("./runtime-web.ts")).loadWebRuntime(gpu);
}
