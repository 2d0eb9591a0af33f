/** @file The `onnx` backend: lowers a graph to one ONNX model and runs it with ONNX Runtime. */
import type { InferenceSession } from "onnxruntime-common";
import { type Backend, type BackendOptions, type Executable, runtimeOptions } from "../backend.ts";
import { UnsupportedError } from "../errors.ts";
import type { Graph } from "../graph.ts";
import { channelBlockSize } from "./block-size.ts";
import { OnnxExecutable } from "./executable.ts";
import { lowerGraph } from "./lower-graph.ts";
import type { Provider } from "./lowering.ts";
import { encodeModel } from "./model.ts";
import { loadRuntime, type Ort } from "./runtime.ts";
import { splitTail } from "./tail.ts";
import { MAX_TAIL_BYTES, TailExecutable, tailBytes } from "./tail-executable.ts";

/** The backend of the CPU kernels: native in Node, WebAssembly in a browser. */
export async function onnxBackend(): Promise<Backend> {
  const { ort, cpuProvider } = await loadRuntime(false);
  return {
    name: "onnx",
    compile: (graph, options) => compileGraph(ort, graph, cpuProvider, options),
  };
}

async function compileGraph(
  ort: Ort,
  graph: Graph,
  provider: Provider,
  options: BackendOptions,
): Promise<Executable> {
  const donated = options.donated ?? [];
  const split = donated.length > 0 ? splitTail(graph, donated) : null;
  if (!split || tailBytes(split) > MAX_TAIL_BYTES)
    return openSession(ort, graph, provider, options);
  const main =
    split.main.outputs.length > 0
      ? await openSession(ort, split.main, provider, { ...options, donated: [] })
      : null;
  const whole = async (): Promise<Uint8Array> =>
    encodeModel((await lowerGraph(graph, provider, options)).graph);
  return new TailExecutable(main, graph, split, donated, whole);
}

async function openSession(
  ort: Ort,
  graph: Graph,
  provider: Provider,
  options: BackendOptions,
): Promise<OnnxExecutable> {
  const convolves = graph.nodes.some((n) => n.op.name.startsWith("conv"));
  const settings = sessionOptions(provider);
  const blockSize = provider === "cpu" && convolves ? await channelBlockSize(ort, settings) : 0;
  const lowered = await lowerGraph(graph, provider, options, blockSize);
  const model = encodeModel(lowered.graph);
  // The blocked layout is this processor's: an exported model does without.
  const portable = async (): Promise<Uint8Array> =>
    blockSize > 0 ? encodeModel((await lowerGraph(graph, provider, options)).graph) : model;
  try {
    const session = await ort.InferenceSession.create(model, settings);
    return new OnnxExecutable(ort, session, graph, lowered, portable, provider, options);
  } catch (error) {
    throw new UnsupportedError(
      `${options.name ?? "graph"}: ONNX Runtime refused the model: ${(error as Error).message}`,
    );
  }
}

function sessionOptions(provider: Provider): InferenceSession.SessionOptions {
  const { threads, spinning = true } = runtimeOptions();
  return {
    executionProviders: [provider],
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
