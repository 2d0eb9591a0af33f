/** @file Where a computed tensor's elements are: a host array, or a buffer on a device. */
import type { DType, TypedArray } from "./dtype.ts";
import { DisposedError } from "./errors.ts";

/** A buffer that lives on a device; the backend that made it reads and frees it. */
export interface DeviceBuffer {
  readonly device: string;
  /** The elements on the host, in the dtype of the tensor that holds the buffer. */
  download(dtype: DType): Promise<TypedArray>;
  dispose(): void;
}

const finalizer =
  typeof FinalizationRegistry === "undefined"
    ? null
    : new FinalizationRegistry<DeviceBuffer>((buffer) => buffer.dispose());

/** The elements of one tensor. Device buffers are given back when nothing refers to them any more. */
export class Storage {
  readonly dtype: DType;
  /** Whether a later step may write over the host array once this storage is donated to it. */
  readonly reused: boolean;
  #host: TypedArray | null;
  #device: DeviceBuffer | null;
  #gone: string | null = null;

  constructor(
    dtype: DType,
    host: TypedArray | null,
    device: DeviceBuffer | null = null,
    { reused = false }: { readonly reused?: boolean } = {},
  ) {
    this.dtype = dtype;
    this.reused = reused;
    this.#host = host;
    this.#device = device;
    if (device) finalizer?.register(this, device, this);
  }

  /** The host array, where there is one. */
  get host(): TypedArray | null {
    this.#check();
    return this.#host;
  }

  /** The device buffer, where there is one. */
  get device(): DeviceBuffer | null {
    this.#check();
    return this.#device;
  }

  /** Adds a copy on a device to the host array; it is given back together with it. */
  attach(device: DeviceBuffer): void {
    if (this.#gone !== null || this.#device) {
      device.dispose();
      return;
    }
    this.#device = device;
    finalizer?.register(this, device, this);
  }

  /** Whether the elements were given back. */
  get disposed(): boolean {
    return this.#gone !== null;
  }

  /** The elements on the host; downloaded once. @throws DisposedError */
  async read(): Promise<TypedArray> {
    this.#check();
    if (!this.#host) this.#host = await (this.#device as DeviceBuffer).download(this.dtype);
    return this.#host;
  }

  /** Gives the elements back now; `how` is said to whoever uses them later. */
  dispose(how = "disposed of"): void {
    if (this.#gone !== null) return;
    this.#gone = how;
    this.#host = null;
    if (this.#device) {
      finalizer?.unregister(this);
      this.#device.dispose();
      this.#device = null;
    }
  }

  /** Hands the device buffer over without freeing it (a donated input that an output took over). */
  release(how: string): void {
    if (this.#device) finalizer?.unregister(this);
    this.#device = null;
    this.#host = null;
    this.#gone = how;
  }

  #check(): void {
    if (this.#gone !== null) {
      throw new DisposedError(
        `this tensor was ${this.#gone} and its elements are gone; keep a copy before, or use the ` +
          "tensor that the step gave back",
      );
    }
  }
}
