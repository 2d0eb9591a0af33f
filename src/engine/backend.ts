/** @file Backends: who runs a graph, and which one is in use. */
import { UnsupportedError, ValueError } from "./errors.ts";
import type { Graph } from "./graph.ts";
import type { Storage } from "./storage.ts";

/** How graphs are run. */
export type BackendName = "onnx" | "webgpu" | "js";

/** What a compiled graph consists of, for `explain()`. */
export interface NodeReport {
  readonly op: string;
  readonly provider: string;
  readonly output: string;
  readonly flops: number;
  readonly bytes: number;
}

/** Settings of one compilation. */
export interface BackendOptions {
  /** Positions of inputs whose memory outputs may take over. */
  readonly donated?: readonly number[];
  /** Bake stored tensors in as constants (inference) or feed them (evaluation). */
  readonly bakeConstants?: boolean;
  readonly name?: string;
}

/** A graph ready to run. */
export interface Executable {
  /** Inputs in the graph's order (then its constants, where they were not baked in). */
  run(inputs: readonly Storage[]): Promise<Storage[]>;
  report(): readonly NodeReport[];
  /** The bytes of an .onnx file, where there is one. */
  model(): Promise<Uint8Array | null>;
  dispose(): void;
}

/** Runs graphs. */
export interface Backend {
  readonly name: BackendName;
  compile(graph: Graph, options: BackendOptions): Promise<Executable>;
}

/** Settings of the runtime; they hold for graphs compiled afterwards. */
export interface RuntimeOptions {
  /** Threads of the CPU kernels (all cores by default). */
  threads?: number;
  /** Let waiting threads spin: faster steps on a machine of one's own (default true). */
  spinning?: boolean;
  /**
   * Let operations that WebGPU has no kernels for run on the CPU, with a download and an upload
   * around each (default false: compiling such a graph is an error that names the operation).
   */
  cpuFallback?: boolean;
  /** In a browser: the URL under which the runtime's .wasm files are served (a bundler's copy by default). */
  wasmPaths?: string;
}

const loaders: Partial<Record<BackendName, () => Promise<Backend>>> = {
  js: async () => (await import("./js/backend.ts")).jsBackend,
  onnx: async () => (await import("./onnx/backend.ts")).onnxBackend(),
  webgpu: async () => (await import("./onnx/webgpu-backend.ts")).webgpuBackend(),
};

const loaded = new Map<BackendName, Promise<Backend>>();
let current: BackendName = "onnx";
const runtime: RuntimeOptions = {};

/** The backend of a name (the one in use by default). @throws UnsupportedError where it cannot start here */
export function backendOf(name: BackendName = current): Promise<Backend> {
  let backend = loaded.get(name);
  if (!backend) {
    const load = loaders[name];
    if (!load)
      throw new ValueError(
        `backend "${name}" is unknown: expected one of ${Object.keys(loaders).join(", ")}`,
      );
    backend = load().catch((error: unknown) => {
      loaded.delete(name);
      throw new UnsupportedError(
        `backend "${name}" could not start: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    loaded.set(name, backend);
  }
  return backend;
}

/** Chooses the backend of what is computed from now on, and runtime settings. */
export function setBackend(name: BackendName, options: RuntimeOptions = {}): void {
  if (!(name in loaders))
    throw new ValueError(
      `backend "${name}" is unknown: expected one of ${Object.keys(loaders).join(", ")}`,
    );
  current = name;
  Object.assign(runtime, options);
}

/** The name of the backend in use. */
export function currentBackend(): BackendName {
  return current;
}

/** @internal The runtime settings in force. */
export function runtimeOptions(): Readonly<RuntimeOptions> {
  return runtime;
}
