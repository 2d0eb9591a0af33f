/**
 * @file Tensors in the GPU's memory: how they get there, come back, and are given back.
 *
 * The runtime's own reading of a GPU tensor ends the process in Node, and a GPU tensor that is fed
 * to a CPU session is read as garbage without an error. So elements move only through tiny sessions
 * here (one Identity node each, results on the one side or the other), and every other part of the
 * engine sees a `DeviceBuffer`. These sessions also keep the GPU device alive between others.
 */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import type { DType, TypedArray } from "../dtype.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { DeviceBuffer } from "../storage.ts";
import { encodeModel } from "./model.ts";
import type { Ort } from "./runtime.ts";

/** Element types that WebGPU's copying kernels know; tensors of all others stay on the host. */
const ON_GPU: ReadonlySet<DType> = new Set(["float32", "float16", "int32", "uint32"]);

/** Where a value of the graph is kept between runs. */
export function fitsGpu(dtype: DType, shape: Shape): boolean {
  return ON_GPU.has(dtype) && sizeOf(shape) > 0;
}

/** The GPU's memory, as sessions of one runtime see it. */
export class GpuMemory {
  readonly #ort: Ort;
  readonly #movers = new Map<string, Promise<InferenceSession>>();
  /** Browsers' sessions must not run at the same time; in Node, runs follow each other anyway. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(ort: Ort) {
    this.#ort = ort;
  }

  /** Runs a session when all earlier runs have ended. */
  run(
    session: InferenceSession,
    feeds: InferenceSession.FeedsType,
  ): Promise<InferenceSession.ReturnType> {
    const result = this.#last.then(() => session.run(feeds));
    this.#last = result.catch(() => null);
    return result;
  }

  /** Host elements as the runtime takes them; nothing is copied. */
  wrap(data: TypedArray, dtype: DType, shape: Shape): OrtTensor {
    return new this.#ort.Tensor(dtype as "float32", data as Float32Array, [...shape]);
  }

  /** Copies host elements to the GPU. The dtype must be one that `fitsGpu`. */
  async upload(data: TypedArray, dtype: DType, shape: Shape): Promise<GpuBuffer> {
    const mover = await this.#mover(dtype, "gpu-buffer");
    const { y } = await this.run(mover, { x: this.wrap(data, dtype, shape) });
    return new GpuBuffer(this, y, dtype);
  }

  /** Copies a GPU tensor's elements to the host. */
  async download(tensor: OrtTensor, dtype: DType): Promise<TypedArray> {
    const mover = await this.#mover(dtype, "cpu");
    const { y } = await this.run(mover, { x: tensor });
    return y.data as TypedArray;
  }

  #mover(dtype: DType, to: "cpu" | "gpu-buffer"): Promise<InferenceSession> {
    const key = `${dtype}/${to}`;
    let mover = this.#movers.get(key);
    if (!mover) {
      mover = this.#ort.InferenceSession.create(identityModel(dtype), {
        executionProviders: ["webgpu"],
        preferredOutputLocation: to,
      });
      mover.catch(() => this.#movers.delete(key));
      this.#movers.set(key, mover);
    }
    return mover;
  }
}

/** A model that gives back what it is fed, whatever its shape. */
function identityModel(dtype: DType): Uint8Array {
  return encodeModel({
    name: "move",
    nodes: [
      {
        type: "Identity",
        domain: "",
        name: "move",
        inputs: ["x"],
        outputs: ["y"],
        attributes: {},
      },
    ],
    inputs: [{ name: "x", shape: null, dtype }],
    outputs: [{ name: "y", shape: null, dtype }],
    initializers: [],
  });
}

/** A tensor in the GPU's memory. Several holders may share one; the last one to let go frees it. */
export class GpuBuffer implements DeviceBuffer {
  readonly device = "webgpu";
  readonly memory: GpuMemory;
  readonly tensor: OrtTensor;
  readonly #dtype: DType;
  #holders = 1;

  constructor(memory: GpuMemory, tensor: OrtTensor, dtype: DType) {
    this.memory = memory;
    this.tensor = tensor;
    this.#dtype = dtype;
  }

  /** One holder more. */
  share(): this {
    this.#holders++;
    return this;
  }

  async download(): Promise<TypedArray> {
    this.share();
    try {
      return await this.memory.download(this.tensor, this.#dtype);
    } finally {
      this.dispose();
    }
  }

  dispose(): void {
    if (--this.#holders === 0) this.tensor.dispose();
  }
}
