/** @file The `webgpu` backend: every node of a graph on the GPU, and state that stays there between runs. */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import {
  type Backend,
  type BackendOptions,
  type Executable,
  type NodeReport,
  runtimeOptions,
} from "../backend.ts";
import { bytesOf, type DType } from "../dtype.ts";
import { UnsupportedError } from "../errors.ts";
import type { Graph } from "../graph.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { Storage } from "../storage.ts";
import { fitGraphToGpu, ON_CPU, refusal } from "./gpu-graph.ts";
import { FATAL, GpuBuffer, GpuMemory, GpuSession } from "./gpu-memory.ts";
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
  const memory = await GpuMemory.open(ort).catch((error: Error) => {
    const none = /adapter/i.test(error.message);
    throw none
      ? new UnsupportedError("no WebGPU adapter was found: it takes a GPU with its driver")
      : error;
  });
  return {
    name: "webgpu",
    compile: (graph, options) => compileGraph(ort, memory, graph, options),
  };
}

async function compileGraph(
  ort: Ort,
  memory: GpuMemory,
  source: Graph,
  options: BackendOptions,
): Promise<Executable> {
  const fallback = runtimeOptions().cpuFallback === true;
  const { donated = [] } = options;
  const { graph, onCpu } = await fitGraphToGpu(source, donated, memory.features, fallback);
  const lowered = await lowerGraph(graph, "webgpu", options);
  const model = encodeModel(lowered.graph);
  const places = outputPlaces(lowered, graph, options);
  if (lowered.fetches.length === 0)
    return new WebgpuExecutable(memory, null, source, lowered, model, options);
  try {
    const chosen = sessionOptions(places, fallback, onCpu);
    const session = await ort.InferenceSession.create(model, chosen);
    return new WebgpuExecutable(memory, new GpuSession(session), source, lowered, model, options);
  } catch (error) {
    throw await refusal(graph, options.name ?? "graph", error as Error, async (alone) => {
      const strict = sessionOptions({}, fallback, []);
      await (await ort.InferenceSession.create(encodeModel(alone), strict)).release();
    });
  }
}

type Place = "cpu" | "gpu-buffer";

function sessionOptions(
  places: Record<string, Place>,
  fallback: boolean,
  onCpu: readonly string[],
): InferenceSession.SessionOptions {
  const provider = onCpu.length > 0 ? { name: "webgpu", forceCpuNodeNames: onCpu } : "webgpu";
  const onGpu = Object.values(places).includes("gpu-buffer");
  return {
    executionProviders: [provider as "webgpu"],
    graphOptimizationLevel: "extended",
    logSeverityLevel: FATAL,
    // Without outputs on the GPU the runtime needs no bindings.
    ...(onGpu ? { preferredOutputLocation: places } : {}),
    extra: { session: { disable_cpu_ep_fallback: fallback ? "0" : "1" } },
  };
}

/** State stays on the GPU; losses and metrics go to the host. */
function outputPlaces(
  lowered: LoweredGraph,
  graph: Graph,
  options: BackendOptions,
): Record<string, Place> {
  const kind = ({ dtype, shape }: Pick<Port, "dtype" | "shape">): string => `${dtype}/${shape}`;
  const state = new Set((options.donated ?? []).map((i) => kind(graph.inputs[i])));
  const stays = (port: Port): boolean => {
    const n = sizeOf(port.shape);
    return n > SMALL_OUTPUT || (n > 1 && state.has(kind(port)));
  };
  return Object.fromEntries(lowered.fetches.map((f) => [f.name, stays(f) ? "gpu-buffer" : "cpu"]));
}

class WebgpuExecutable implements Executable {
  readonly #memory: GpuMemory;
  readonly #session: GpuSession | null;
  readonly #outputTypes: readonly DType[];
  readonly #lowered: LoweredGraph;
  readonly #model: Uint8Array;
  readonly #donated: readonly number[];

  constructor(
    memory: GpuMemory,
    session: GpuSession | null,
    graph: Graph,
    lowered: LoweredGraph,
    model: Uint8Array,
    options: BackendOptions,
  ) {
    this.#memory = memory;
    this.#session = session;
    this.#outputTypes = graph.outputs.map((o) => o.dtype);
    this.#lowered = lowered;
    this.#model = model;
    this.#donated = options.donated ?? [];
  }

  async run(inputs: readonly Storage[]): Promise<Storage[]> {
    const found = this.#lowered.feeds.map(({ index }) => this.#onGpu(inputs[index]));
    // Held from here on, so that a tensor disposed of meanwhile stays readable for this run.
    this.#session?.hold();
    const held = found.map((buffer) => buffer?.share() ?? null);
    try {
      const feeds: Record<string, OrtTensor> = {};
      for (const [i, { name, index, shape }] of this.#lowered.feeds.entries()) {
        const storage = inputs[index];
        held[i] ??= (await this.#makeResident(storage, index, shape))?.share() ?? null;
        feeds[name] =
          held[i]?.tensor ?? this.#memory.wrap(await storage.read(), storage.dtype, shape);
      }
      const results = this.#session ? await this.#memory.run(this.#session.session, feeds) : {};
      for (const i of this.#donated) inputs[i].dispose("donated to a compiled function");
      return this.#session ? this.#collect(this.#session, results) : [];
    } finally {
      for (const buffer of held) buffer?.dispose();
      this.#session?.letGo();
    }
  }

  #onGpu({ device }: Storage): GpuBuffer | null {
    return device instanceof GpuBuffer && device.memory === this.#memory ? device : null;
  }

  /** A copy on the GPU of a large host tensor that comes for the second time (weights, tables). */
  async #makeResident(storage: Storage, index: number, shape: Shape): Promise<GpuBuffer | null> {
    const bytes = sizeOf(shape) * bytesOf(storage.dtype);
    if (storage.device || bytes < RESIDENT_BYTES || this.#donated.includes(index)) return null;
    if (!fedBefore.has(storage)) {
      fedBefore.add(storage);
      return null;
    }
    const buffer = await this.#memory.upload(await storage.read(), storage.dtype, shape);
    storage.attach(buffer);
    return buffer;
  }

  /** The results as storages of their own; equal results share one tensor on the GPU. */
  #collect(session: GpuSession, results: Record<string, OrtTensor>): Storage[] {
    const buffers = new Map<number, GpuBuffer>();
    return this.#lowered.outputs.map((k, i, all) => {
      const dtype = this.#outputTypes[i];
      const tensor = results[this.#lowered.fetches[k].name];
      if (tensor.location !== "gpu-buffer") {
        const data = this.#memory.unwrap(tensor, dtype);
        return new Storage(dtype, all.indexOf(k) === i ? data : data.slice());
      }
      const shared = buffers.get(k)?.share() ?? session.result(this.#memory, tensor);
      buffers.set(k, shared);
      return new Storage(dtype, null, shared);
    });
  }

  report(): NodeReport[] {
    return this.#lowered.report.map((r) =>
      r.op.endsWith(ON_CPU) ? { ...r, op: r.op.slice(0, -ON_CPU.length), provider: "cpu" } : r,
    );
  }

  async model(): Promise<Uint8Array> {
    return this.#model;
  }

  dispose(): void {
    this.#session?.close();
  }
}

/** Host arrays that have been fed to a GPU graph once. */
const fedBefore = new WeakSet<Storage>();
