/** @file The `onnx` backend: lowers a graph to one ONNX model and runs it with ONNX Runtime. */
import type { InferenceSession } from "onnxruntime-common";
import { type Backend, type BackendOptions, type Executable, runtimeOptions } from "../backend.ts";
import { UnsupportedError } from "../errors.ts";
import type { Graph } from "../graph.ts";
import { OnnxExecutable, type Ort } from "./executable.ts";
import { lowerGraph } from "./lower-graph.ts";
import type { Provider } from "./lowering.ts";
import { encodeModel } from "./model.ts";
import { splitTail } from "./tail.ts";
import { MAX_TAIL_BYTES, TailExecutable, tailBytes } from "./tail-executable.ts";

let runtime: Promise<Ort> | null = null;

/** ONNX Runtime for Node. */
function loadRuntime(): Promise<Ort> {
  runtime ??= import("onnxruntime-node").then(
    (m) => (m as unknown as { default?: Ort }).default ?? (m as unknown as Ort),
  );
  return runtime;
}

/** The backend for one execution provider. */
export function onnxBackend(provider: Provider): Promise<Backend> {
  return Promise.resolve({
    name: provider === "webgpu" ? "webgpu" : "onnx",
    compile: (graph, options) => compileGraph(graph, provider, options),
  });
}

async function compileGraph(
  graph: Graph,
  provider: Provider,
  options: BackendOptions,
): Promise<Executable> {
  const donated = options.donated ?? [];
  const split = provider === "cpu" && donated.length > 0 ? splitTail(graph, donated) : null;
  if (!split || tailBytes(split) > MAX_TAIL_BYTES) return openSession(graph, provider, options);
  const main = await openSession(split.main, provider, { ...options, donated: [] });
  const whole = async (): Promise<Uint8Array> =>
    encodeModel((await lowerGraph(graph, provider, options)).graph);
  return new TailExecutable(main, graph, split, donated, whole);
}

async function openSession(
  graph: Graph,
  provider: Provider,
  options: BackendOptions,
): Promise<OnnxExecutable> {
  const ort = await loadRuntime();
  const lowered = await lowerGraph(graph, provider, options);
  const model = encodeModel(lowered.graph);
  try {
    const session = await ort.InferenceSession.create(model, sessionOptions(provider));
    return new OnnxExecutable(ort, session, graph, lowered, model, options);
  } catch (error) {
    throw new UnsupportedError(
      `${options.name ?? "graph"}: ONNX Runtime refused the model: ${(error as Error).message}`,
    );
  }
}

function sessionOptions(provider: Provider): InferenceSession.SessionOptions {
  const { threads, spinning = true } = runtimeOptions();
  return {
    executionProviders: [provider === "wasm" ? "wasm" : provider],
    graphOptimizationLevel: "extended",
    ...(threads ? { intraOpNumThreads: threads } : {}),
    extra: {
      session: {
        // Denormals slow kernels down a hundredfold and carry no information here.
        set_denormal_as_zero: "1",
        intra_op: { allow_spinning: spinning ? "1" : "0" },
      },
    },
  };
}
