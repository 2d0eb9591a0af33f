/** @file A compiled ONNX session on host memory: feeds, fetches, and buffers used again. */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import type { BackendOptions, Executable, NodeReport } from "../backend.ts";
import type { DType, TypedArray } from "../dtype.ts";
import type { Graph } from "../graph.ts";
import { sizeOf } from "../shape.ts";
import { Storage } from "../storage.ts";
import type { Tensor } from "../tensor.ts";
import type { LoweredGraph } from "./lower-graph.ts";
import type { Provider } from "./lowering.ts";
import type { Ort } from "./runtime.ts";

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

/** Runs a graph whose tensors live in host memory. */
export class OnnxExecutable implements Executable {
  readonly #ort: Ort;
  readonly #session: InferenceSession;
  readonly #graph: Graph;
  readonly #lowered: LoweredGraph;
  readonly #model: () => Promise<Uint8Array>;
  readonly #donated: ReadonlySet<number>;
  /** WebAssembly copies what it is given: it cannot write results into arrays of this side. */
  readonly #inPlace: boolean;
  /** Buffers of donated inputs, by dtype and size: the next outputs are written there. */
  readonly #spare = new Map<string, TypedArray[]>();
  readonly #wrapped = new WeakMap<TypedArray, OrtTensor>();
  /** Outputs that always go to one place. */
  readonly #fixed = new Map<string, OrtTensor>();

  constructor(
    ort: Ort,
    session: InferenceSession,
    graph: Graph,
    lowered: LoweredGraph,
    model: () => Promise<Uint8Array>,
    provider: Provider,
    options: BackendOptions,
  ) {
    this.#ort = ort;
    this.#session = session;
    this.#graph = graph;
    this.#lowered = lowered;
    this.#model = model;
    this.#donated = new Set(options.donated ?? []);
    this.#inPlace = provider !== "wasm";
  }

  /** Has a graph output written into `place` at every run. */
  preallocate(output: Tensor, place: TypedArray): void {
    const { name, dtype, shape } =
      this.#lowered.fetches[this.#lowered.outputs[this.#graph.outputs.indexOf(output)]];
    this.#fixed.set(name, this.#wrap(place, dtype, shape));
  }

  async run(inputs: readonly Storage[]): Promise<Storage[]> {
    const feeds: Record<string, OrtTensor> = {};
    for (const { name, index, shape, dtype } of this.#lowered.feeds) {
      const host = inputs[index].host ?? (await inputs[index].read());
      feeds[name] = this.#wrap(host, dtype, shape);
    }
    const fetches: Record<string, OrtTensor | null> = {};
    for (const o of this.#lowered.fetches) {
      const fixed = this.#fixed.get(o.name);
      if (fixed) {
        fetches[o.name] = fixed;
        continue;
      }
      const spare = this.#spare.get(`${o.dtype}/${sizeOf(o.shape)}`)?.pop();
      fetches[o.name] = spare ? this.#wrap(spare, o.dtype, o.shape) : null;
    }
    const results = await this.#execute(feeds, fetches);
    const reused = this.#donated.size > 0;
    const outputs = this.#lowered.fetches.map(
      ({ name, dtype }) => new Storage(dtype, results[name].data as TypedArray, null, { reused }),
    );
    for (const i of this.#donated) this.#recycle(inputs[i], this.#graph.inputs[i].dtype);
    return this.#lowered.outputs.map((k, i, all) =>
      all.indexOf(k) === i ? outputs[k] : copyOf(outputs[k]),
    );
  }

  async #execute(
    feeds: Record<string, OrtTensor>,
    fetches: Record<string, OrtTensor | null>,
  ): Promise<InferenceSession.ReturnType> {
    if (this.#inPlace)
      return this.#session.run(feeds, fetches as InferenceSession.OnnxValueMapType);
    const results = await this.#session.run(feeds);
    const placed: Record<string, OrtTensor> = {};
    for (const [name, place] of Object.entries(fetches)) {
      if (place) (place.data as Float32Array).set(results[name].data as Float32Array);
      placed[name] = place ?? results[name];
    }
    return placed;
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
    if (!host || !this.#inPlace) return;
    const key = `${dtype}/${host.length}`;
    const list = this.#spare.get(key);
    if (list) list.push(host);
    else this.#spare.set(key, [host]);
  }

  report(): readonly NodeReport[] {
    return this.#lowered.report;
  }

  model(): Promise<Uint8Array> {
    return this.#model();
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
