/** @file The `onnx` backend: lowers a graph to one ONNX model and runs it with ONNX Runtime. */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import { type Backend, type BackendOptions, type Executable, runtimeOptions } from "../backend.ts";
import type { DType, TypedArray } from "../dtype.ts";
import { UnsupportedError } from "../errors.ts";
import type { Graph } from "../graph.ts";
import { sizeOf } from "../shape.ts";
import { Storage } from "../storage.ts";
import { type LoweredGraph, lowerGraph } from "./lower-graph.ts";
import type { Provider } from "./lowering.ts";
import { encodeModel } from "./model.ts";

type Ort = typeof import("onnxruntime-common");

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

const ORT_TYPE: Record<DType, string> = {
  float32: "float32",
  float16: "float16",
  float64: "float64",
  int32: "int32",
  int64: "int64",
  uint32: "uint32",
  uint8: "uint8",
  bool: "bool",
};

async function compileGraph(
  graph: Graph,
  provider: Provider,
  options: BackendOptions,
): Promise<Executable> {
  const ort = await loadRuntime();
  const lowered = await lowerGraph(graph, provider, options);
  const model = encodeModel(lowered.graph);
  let session: InferenceSession;
  try {
    session = await ort.InferenceSession.create(model, sessionOptions(provider));
  } catch (error) {
    throw new UnsupportedError(
      `${options.name ?? "graph"}: ONNX Runtime refused the model: ${(error as Error).message}`,
    );
  }
  return new OnnxExecutable(ort, session, graph, lowered, model, options);
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

class OnnxExecutable implements Executable {
  readonly #ort: Ort;
  readonly #session: InferenceSession;
  readonly #graph: Graph;
  readonly #lowered: LoweredGraph;
  readonly #model: Uint8Array;
  readonly #donated: ReadonlySet<number>;
  /** Buffers of donated inputs, by dtype and size: the next outputs are written there. */
  readonly #spare = new Map<string, TypedArray[]>();
  readonly #wrapped = new WeakMap<TypedArray, OrtTensor>();

  constructor(
    ort: Ort,
    session: InferenceSession,
    graph: Graph,
    lowered: LoweredGraph,
    model: Uint8Array,
    options: BackendOptions,
  ) {
    this.#ort = ort;
    this.#session = session;
    this.#graph = graph;
    this.#lowered = lowered;
    this.#model = model;
    this.#donated = new Set(options.donated ?? []);
  }

  async run(inputs: readonly Storage[]): Promise<Storage[]> {
    const feeds: Record<string, OrtTensor> = {};
    for (const { name, index, shape, dtype } of this.#lowered.feeds) {
      const host = inputs[index].host ?? (await inputs[index].read());
      feeds[name] = this.#wrap(host, dtype, shape);
    }
    const fetches: Record<string, OrtTensor | null> = {};
    for (const o of this.#lowered.fetches) {
      const spare = this.#spare.get(`${o.dtype}/${sizeOf(o.shape)}`)?.pop();
      fetches[o.name] = spare ? this.#wrap(spare, o.dtype, o.shape) : null;
    }
    const results = await this.#session.run(feeds, fetches as InferenceSession.OnnxValueMapType);
    const outputs = this.#lowered.fetches.map(
      ({ name, dtype }) => new Storage(dtype, results[name].data as TypedArray),
    );
    for (const i of this.#donated) this.#recycle(inputs[i], this.#graph.inputs[i].dtype);
    return this.#lowered.outputs.map((k, i, all) =>
      all.indexOf(k) === i ? outputs[k] : copyOf(outputs[k]),
    );
  }

  #wrap(data: TypedArray, dtype: DType, shape: readonly number[]): OrtTensor {
    const have = this.#wrapped.get(data);
    if (have && have.dims.length === shape.length && have.dims.every((d, i) => d === shape[i]))
      return have;
    const made = new this.#ort.Tensor(ORT_TYPE[dtype] as "float32", data as Float32Array, [
      ...shape,
    ]);
    this.#wrapped.set(data, made as unknown as OrtTensor);
    return made as unknown as OrtTensor;
  }

  #recycle(storage: Storage, dtype: DType): void {
    const { host } = storage;
    storage.dispose("donated to a compiled function");
    if (!host) return;
    const key = `${dtype}/${host.length}`;
    const list = this.#spare.get(key);
    if (list) list.push(host);
    else this.#spare.set(key, [host]);
  }

  report(): Executable["report"] extends () => infer R ? R : never {
    return this.#lowered.report;
  }

  model(): Uint8Array {
    return this.#model;
  }

  dispose(): void {
    this.#spare.clear();
    void this.#session.release();
  }
}

/** Equal results are one value in the graph, but each tensor owns its elements. */
function copyOf(storage: Storage): Storage {
  return new Storage(storage.dtype, (storage.host as TypedArray).slice());
}
