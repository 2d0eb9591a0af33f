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
import type { Shape } from "../shape.ts";
import type { DeviceBuffer } from "../storage.ts";
import { convertElements, type GpuFeatures, heldAs } from "./gpu-types.ts";
import { encodeModel, type NodeModel } from "./model.ts";
import type { Ort } from "./runtime.ts";

/** What the runtime prints by itself; errors are thrown and said once, in the engine's words. */
export const FATAL = 4;

/** The GPU's memory, as sessions of one runtime see it. */
export class GpuMemory {
  readonly features: GpuFeatures;
  readonly #ort: Ort;
  readonly #movers = new Map<string, Promise<InferenceSession>>();
  /** Browsers' sessions must not run at the same time; in Node, runs follow each other anyway. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(ort: Ort, features: GpuFeatures) {
    this.#ort = ort;
    this.features = features;
  }

  /** The GPU's memory, and what the device can do. @throws the runtime's error where there is none */
  static async open(ort: Ort): Promise<GpuMemory> {
    const memory = new GpuMemory(ort, { float16: false });
    // Starts the device, so that a machine without one is told so here; and holds it from now on.
    (await memory.upload(new Float32Array(1), "float32", [1])).dispose();
    return new GpuMemory(ort, { float16: await hasFloat16(ort) });
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

  /** Host elements of an engine dtype as the runtime takes them for the GPU. */
  wrap(data: TypedArray, dtype: DType, shape: Shape): OrtTensor {
    const held = heldAs(dtype, this.features);
    const elements = convertElements(data, dtype, held);
    return new this.#ort.Tensor(held as "float32", elements as Float32Array, [...shape]);
  }

  /** A result on the host as elements of an engine dtype. */
  unwrap(tensor: OrtTensor, dtype: DType): TypedArray {
    return convertElements(tensor.data as TypedArray, heldAs(dtype, this.features), dtype);
  }

  /** Copies host elements to the GPU. */
  async upload(data: TypedArray, dtype: DType, shape: Shape): Promise<GpuBuffer> {
    const mover = await this.#mover(heldAs(dtype, this.features), "gpu-buffer");
    const { y } = await this.run(mover, { x: this.wrap(data, dtype, shape) });
    return new GpuBuffer(this, y, () => y.dispose());
  }

  /** Copies a GPU tensor's elements to the host. */
  async download(tensor: OrtTensor, dtype: DType): Promise<TypedArray> {
    const mover = await this.#mover(heldAs(dtype, this.features), "cpu");
    const { y } = await this.run(mover, { x: tensor });
    return this.unwrap(y, dtype);
  }

  #mover(dtype: DType, to: "cpu" | "gpu-buffer"): Promise<InferenceSession> {
    const key = `${dtype}/${to}`;
    let mover = this.#movers.get(key);
    if (!mover) {
      mover = this.#ort.InferenceSession.create(identityModel(dtype), {
        executionProviders: ["webgpu"],
        preferredOutputLocation: to,
        logSeverityLevel: FATAL,
      });
      mover.catch(() => this.#movers.delete(key));
      this.#movers.set(key, mover);
    }
    return mover;
  }
}

const X = { name: "x", shape: null };
const Y = { name: "y", shape: null };

/** A model that gives back what it is fed, whatever its shape. */
function identityModel(dtype: DType): Uint8Array {
  const node = { ...NODE, type: "Identity" };
  return encodeModel({
    name: "move",
    nodes: [node],
    inputs: [{ ...X, dtype }],
    outputs: [{ ...Y, dtype }],
    initializers: [],
  });
}

const NODE: Omit<NodeModel, "type"> = {
  domain: "",
  name: "node",
  inputs: ["x"],
  outputs: ["y"],
  attributes: {},
};

/** Whether shaders may use float16: the runtime says no only when such a kernel runs. */
async function hasFloat16(ort: Ort): Promise<boolean> {
  const model = encodeModel({
    name: "float16",
    nodes: [{ ...NODE, type: "Cast", attributes: { to: { dtype: "float16" } } }],
    inputs: [{ ...X, dtype: "float32" }],
    outputs: [{ ...Y, dtype: "float16" }],
    initializers: [],
  });
  const options = { executionProviders: ["webgpu"], logSeverityLevel: FATAL } as const;
  const session = await ort.InferenceSession.create(model, options);
  try {
    const x = new ort.Tensor("float32", new Float32Array(1), [1]);
    await session.run({ x }, { logSeverityLevel: FATAL });
    return true;
  } catch {
    return false;
  } finally {
    await session.release();
  }
}

/**
 * A session whose results stay on the GPU. Their memory is the session's: freeing them after it is
 * gone ends the process, so it is released with the last of them.
 */
export class GpuSession {
  readonly session: InferenceSession;
  #users = 0;
  #closed = false;

  constructor(session: InferenceSession) {
    this.session = session;
  }

  /** A result of this session in the GPU's memory. */
  result(memory: GpuMemory, tensor: OrtTensor): GpuBuffer {
    this.hold();
    return new GpuBuffer(memory, tensor, () => {
      tensor.dispose();
      this.letGo();
    });
  }

  /** Keeps the session (during a run). */
  hold(): void {
    this.#users++;
  }

  /** The counterpart of `hold`. */
  letGo(): void {
    this.#users--;
    if (this.#closed && this.#users === 0) void this.session.release();
  }

  /** Releases the session as soon as nothing of it is in use. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.hold();
    this.letGo();
  }
}

/** A tensor in the GPU's memory. Several holders may share one; the last one to let go frees it. */
export class GpuBuffer implements DeviceBuffer {
  readonly device = "webgpu";
  readonly memory: GpuMemory;
  readonly tensor: OrtTensor;
  readonly #free: () => void;
  #holders = 1;

  constructor(memory: GpuMemory, tensor: OrtTensor, free: () => void) {
    this.memory = memory;
    this.tensor = tensor;
    this.#free = free;
  }

  /** One holder more. */
  share(): this {
    this.#holders++;
    return this;
  }

  async download(dtype: DType): Promise<TypedArray> {
    this.share();
    try {
      return await this.memory.download(this.tensor, dtype);
    } finally {
      this.dispose();
    }
  }

  dispose(): void {
    if (--this.#holders === 0) this.#free();
  }
}
