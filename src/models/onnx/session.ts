/** @file Runs an ONNX file as it is, in ONNX Runtime: for models that have no translation. */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import {
  DTYPES,
  type DType,
  type Tensor,
  type TypedArray,
  tensor,
  UnsupportedError,
  ValueError,
} from "../../engine/index.ts";
import { loadRuntime, type Ort } from "../../engine/onnx/runtime.ts";

/** Where the file's bytes are. */
export type Origin = { readonly path: string } | { readonly bytes: Uint8Array };

/** An inference session over a file. */
export class OpaqueSession {
  readonly #ort: Ort;
  readonly #session: InferenceSession;

  private constructor(ort: Ort, session: InferenceSession) {
    this.#ort = ort;
    this.#session = session;
  }

  /** @throws UnsupportedError where ONNX Runtime does not take the file */
  static async open(origin: Origin): Promise<OpaqueSession> {
    const { ort } = await loadRuntime(false);
    try {
      const session =
        "path" in origin
          ? await ort.InferenceSession.create(origin.path)
          : await ort.InferenceSession.create(origin.bytes);
      return new OpaqueSession(ort, session);
    } catch (error) {
      throw new UnsupportedError(`ONNX Runtime refused the model: ${(error as Error).message}`);
    }
  }

  /** Outputs by name. @throws ValueError for outputs of a type that tensors do not have */
  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const feeds: Record<string, OrtTensor> = {};
    for (const [name, x] of Object.entries(inputs)) {
      const data = (await x.data()) as Float32Array;
      feeds[name] = new this.#ort.Tensor(x.dtype as "float32", data, [...x.shape]);
    }
    const results = await this.#session.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, y]) => [name, fromRuntime(name, y)]),
    );
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

function fromRuntime(name: string, { type, dims, data }: OrtTensor): Tensor {
  if (type === "int8" || type === "int16" || type === "uint16") {
    return tensor(Int32Array.from(data as Int8Array), { shape: [...dims] });
  }
  const dtype = DTYPES.find((d) => d === (type as DType));
  if (!dtype) throw new ValueError(`output ${name} is of type ${type}, which tensors do not have`);
  return tensor(data as TypedArray, { dtype, shape: [...dims] });
}
