/** @file A value while a graph is traced: a tensor, and its elements where they are known already. */
import { buildGraph } from "../../engine/graph.ts";
import {
  type DType,
  full,
  type Shape,
  Tensor,
  type TypedArray,
  tensor,
} from "../../engine/index.ts";
import { expand, interpretNodes } from "../../engine/js/interpret.ts";
import { fromHost, jsContext, type NDArray, toHost } from "../../engine/js/ndarray.ts";
import { INT64_END } from "./decode.ts";

/** Up to this many elements a value is kept and computed on the host: shapes, axes, scalars. */
export const HOST_ELEMENTS = 4096;

/**
 * A value of a graph. What is known on the host (shapes and what is computed from them) has
 * `elements`; it becomes a tensor only where the computation asks for one.
 */
export class Value {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly elements: NDArray["data"] | null;
  #tensor: Tensor | null;

  private constructor(
    shape: Shape,
    dtype: DType,
    elements: NDArray["data"] | null,
    given: Tensor | null,
  ) {
    this.shape = shape;
    this.dtype = dtype;
    this.elements = elements;
    this.#tensor = given;
  }

  /** A value that is computed. */
  static of(given: Tensor): Value {
    return new Value(given.shape, given.dtype, null, given);
  }

  /** A value that is known. */
  static known({ shape, dtype, data }: NDArray): Value {
    return new Value(shape, dtype, data, null);
  }

  /** Whole numbers in one row, as shapes are. */
  static ints(values: readonly number[]): Value {
    return Value.known({ shape: [values.length], dtype: "int64", data: Float64Array.from(values) });
  }

  /** Stored elements: known where they are few, else a tensor over them. */
  static stored(data: TypedArray, shape: Shape, dtype: DType): Value {
    if (data.length > HOST_ELEMENTS) return Value.of(tensor(data, { shape, dtype }));
    // The host array may be a view that keeps a whole file alive.
    const own = fromHost(data.slice(), dtype, shape, "float32");
    return Value.known(own);
  }

  get size(): number {
    return this.shape.reduce((n, d) => n * d, 1);
  }

  /** The elements as numbers, where they are known. */
  get numbers(): number[] | null {
    return this.elements ? Array.from(this.elements) : null;
  }

  /** The only element, where it is known and alone. */
  get scalar(): number | null {
    return this.elements?.length === 1 ? this.elements[0] : null;
  }

  get tensor(): Tensor {
    this.#tensor ??= this.#make();
    return this.#tensor;
  }

  #make(): Tensor {
    const data = this.elements as NDArray["data"];
    const { shape, dtype } = this;
    if (dtype === "int64") {
      for (let i = 0; i < data.length; i++) data[i] = Math.min(data[i], INT64_END);
    }
    // One number throughout is a constant that the engine can see through.
    if (data.length > 0 && data.every((v) => Object.is(v, data[0]))) {
      return full(shape, data[0], dtype);
    }
    return tensor(toHost({ shape, dtype, data }, "float32"), { shape, dtype });
  }
}

/** Computes tensors that depend on known values alone, at once, by the engine's JavaScript kernels. */
export function fold(tensors: readonly Tensor[]): Value[] {
  const graph = expand(buildGraph([], tensors));
  const feeds = new Map<Tensor, NDArray>();
  for (const t of graph.constants) {
    const host = t._storage?.host;
    if (!host) throw new Error("internal: a known value lies on a device");
    feeds.set(t, fromHost(host, t.dtype, t.shape, "float32"));
  }
  return interpretNodes(graph, feeds, jsContext("float32")).map(({ shape, dtype, data }) =>
    Value.known({ shape, dtype, data: data.slice() }),
  );
}

/** Whether a result is a tensor and not yet a value. */
export function isTensor(x: Tensor | Value): x is Tensor {
  return x instanceof Tensor;
}
