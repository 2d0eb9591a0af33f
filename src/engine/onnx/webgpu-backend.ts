/** @file The `webgpu` backend: every node of a graph on the GPU, and state that stays there between runs. */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import { type Backend, type BackendOptions, type Executable, runtimeOptions } from "../backend.ts";
import { bytesOf, type TypedArray } from "../dtype.ts";
import { UnsupportedError } from "../errors.ts";
import type { Graph } from "../graph.ts";
import { sizeOf } from "../shape.ts";
import { Storage } from "../storage.ts";
import { makeNode, type Node, Tensor } from "../tensor.ts";
import { fitsGpu, GpuBuffer, GpuMemory } from "./gpu-memory.ts";
import { type LoweredGraph, lowerGraph, type Port } from "./lower-graph.ts";
import { encodeModel } from "./model.ts";
import { loadRuntime, type Ort } from "./runtime.ts";

/** Outputs of up to this many elements that are no state (losses, metrics) are given to the host at once. */
const SMALL_OUTPUT = 64;
/** Host inputs above this size that come again are kept on the GPU from then on. */
const RESIDENT_BYTES = 16_384;

/** The backend on the GPU. @throws UnsupportedError where there is none */
export async function webgpuBackend(): Promise<Backend> {
  const { ort } = await loadRuntime(true);
  const memory = new GpuMemory(ort);
  // Starts the device, so that a machine without one is told so here; and holds it from now on.
  const probe = await memory.upload(new Float32Array(1), "float32", [1]);
  probe.dispose();
  return {
    name: "webgpu",
    compile: (graph, options) => compileGraph(ort, memory, graph, options),
  };
}

async function compileGraph(
  ort: Ort,
  memory: GpuMemory,
  graph: Graph,
  options: BackendOptions,
): Promise<Executable> {
  const lowered = await lowerGraph(graph, "webgpu", options);
  const model = encodeModel(lowered.graph);
  const places = outputPlaces(lowered, graph, options);
  let session: InferenceSession;
  try {
    session = await ort.InferenceSession.create(model, sessionOptions(places));
  } catch (error) {
    const culprit = await refusedNode(ort, graph);
    const name = options.name ?? "graph";
    if (!culprit)
      throw new UnsupportedError(`${name}: WebGPU refused the model: ${(error as Error).message}`);
    const place = culprit.node.madeAt ? ` (made at ${culprit.node.madeAt})` : "";
    throw new UnsupportedError(
      `${name}: ${culprit.node.op.name}${place} does not run on WebGPU for ` +
        `${culprit.node.inputs.map(String).join(", ")}: ${culprit.reason}. Use the backend "onnx", or ` +
        'setBackend("webgpu", { cpuFallback: true }) to run such operations on the CPU (slow)',
    );
  }
  return new WebgpuExecutable(memory, session, lowered, model, options);
}

function sessionOptions(
  places: Record<string, "cpu" | "gpu-buffer">,
): InferenceSession.SessionOptions {
  const all = new Set(Object.values(places));
  return {
    executionProviders: ["webgpu"],
    graphOptimizationLevel: "extended",
    // A map only where outputs differ: without one on the GPU the runtime needs no bindings.
    ...(all.has("gpu-buffer") ? { preferredOutputLocation: places } : {}),
    extra: {
      session: { disable_cpu_ep_fallback: runtimeOptions().cpuFallback ? "0" : "1" },
    },
  };
}

/** State stays on the GPU; losses and metrics, and what it has no copying kernels for, go to the host. */
function outputPlaces(
  lowered: LoweredGraph,
  graph: Graph,
  options: BackendOptions,
): Record<string, "cpu" | "gpu-buffer"> {
  const kind = ({ dtype, shape }: Pick<Port, "dtype" | "shape">): string => `${dtype}/${shape}`;
  const state = new Set((options.donated ?? []).map((i) => kind(graph.inputs[i])));
  const stays = (port: Port): boolean => {
    const n = sizeOf(port.shape);
    return (
      fitsGpu(port.dtype, port.shape) && (n > SMALL_OUTPUT || (n > 1 && state.has(kind(port))))
    );
  };
  return Object.fromEntries(lowered.fetches.map((f) => [f.name, stays(f) ? "gpu-buffer" : "cpu"]));
}

class WebgpuExecutable implements Executable {
  readonly #memory: GpuMemory;
  readonly #session: InferenceSession;
  readonly #lowered: LoweredGraph;
  readonly #model: Uint8Array;
  readonly #donated: readonly number[];

  constructor(
    memory: GpuMemory,
    session: InferenceSession,
    lowered: LoweredGraph,
    model: Uint8Array,
    options: BackendOptions,
  ) {
    this.#memory = memory;
    this.#session = session;
    this.#lowered = lowered;
    this.#model = model;
    this.#donated = options.donated ?? [];
  }

  async run(inputs: readonly Storage[]): Promise<Storage[]> {
    const feeds: Record<string, OrtTensor> = {};
    const held: GpuBuffer[] = [];
    try {
      for (const port of this.#lowered.feeds) {
        const buffer = await this.#resident(inputs[port.index], port);
        if (buffer) held.push(buffer.share());
        feeds[port.name] = buffer
          ? buffer.tensor
          : this.#memory.wrap(await inputs[port.index].read(), port.dtype, port.shape);
      }
      const results = await this.#memory.run(this.#session, feeds);
      const outputs = this.#lowered.fetches.map(({ name, dtype }) =>
        this.#keep(results[name], dtype),
      );
      for (const i of this.#donated) inputs[i].dispose("donated to a compiled function");
      return this.#lowered.outputs.map((k, i, all) =>
        all.indexOf(k) === i ? outputs[k] : copyOf(outputs[k]),
      );
    } finally {
      // Held until here, so that a tensor disposed of meanwhile stays readable for this run.
      for (const buffer of held) buffer.dispose();
    }
  }

  /** The input's copy on the GPU; made where a large one comes for the second time (weights, tables). */
  async #resident(
    storage: Storage,
    port: Port & { readonly index: number },
  ): Promise<GpuBuffer | null> {
    const { device } = storage;
    if (device instanceof GpuBuffer && device.memory === this.#memory) return device;
    if (device || !fitsGpu(port.dtype, port.shape) || this.#donated.includes(port.index))
      return null;
    if (sizeOf(port.shape) * bytesOf(port.dtype) < RESIDENT_BYTES) return null;
    if (!fedBefore.has(storage)) {
      fedBefore.add(storage);
      return null;
    }
    const buffer = await this.#memory.upload(await storage.read(), port.dtype, port.shape);
    storage.attach(buffer);
    return buffer;
  }

  #keep(tensor: OrtTensor, dtype: Storage["dtype"]): Storage {
    return tensor.location === "gpu-buffer"
      ? new Storage(dtype, null, new GpuBuffer(this.#memory, tensor, dtype))
      : new Storage(dtype, tensor.data as TypedArray);
  }

  report(): LoweredGraph["report"] {
    return this.#lowered.report;
  }

  async model(): Promise<Uint8Array> {
    return this.#model;
  }

  dispose(): void {
    void this.#session.release();
  }
}

/** Host arrays that have been fed to a GPU graph once. */
const fedBefore = new WeakSet<Storage>();

/** Equal results are one value in the graph, but each tensor owns its elements. */
function copyOf(storage: Storage): Storage {
  const { host, device, dtype } = storage;
  return device instanceof GpuBuffer
    ? new Storage(dtype, null, device.share())
    : new Storage(dtype, (host as TypedArray).slice());
}

/** The first application that WebGPU does not take on its own: the runtime does not say which. */
async function refusedNode(ort: Ort, graph: Graph): Promise<{ node: Node; reason: string } | null> {
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((x) => new Tensor(x.shape, x.dtype, { placeholder: "input" }));
    const outputs = makeNode(node.op, inputs, node.params, node.outputs);
    const alone: Graph = {
      inputs,
      outputs,
      constants: [],
      nodes: [outputs[0]._node as Node],
    };
    const lowered = await lowerGraph(alone, "webgpu", {});
    try {
      const model = encodeModel(lowered.graph);
      const session = await ort.InferenceSession.create(model, sessionOptions({}));
      await session.release();
    } catch (error) {
      const reason = /fallback to CPU EP has been explicitly disabled/.test(
        (error as Error).message,
      )
        ? `it has no kernel for a part of ${lowered.graph.nodes.map((n) => n.type).join(", ")}`
        : (error as Error).message;
      return { node, reason };
    }
  }
  return null;
}
