/** @file `Tensor`: a lazy, immutable value with static shape and dtype. */
import type { DType, TypedArray } from "./dtype.ts";
import { float16Value } from "./dtype.ts";
import { DTypeError, ShapeError, ValueError } from "./errors.ts";
import { evaluateTensors } from "./evaluate.ts";
import { TensorMethods } from "./methods.ts";
import type { Aval, OpDef, Params } from "./op.ts";
import { disposeIn } from "./scope.ts";
import { type Shape, showShape, sizeOf } from "./shape.ts";
import type { Storage } from "./storage.ts";

/** Nested arrays of numbers, as `array()` gives them. */
export type NestedArray = number | boolean | NestedArray[];

/** One application of an op. */
export class Node {
  readonly op: OpDef;
  readonly inputs: readonly Tensor[];
  readonly params: Params;
  readonly outputs: Tensor[] = [];
  /** Where it was made: V8 keeps frames and formats them only when asked. */
  readonly trace: Error | null;

  constructor(op: OpDef, inputs: readonly Tensor[], params: Params, trace: Error | null) {
    this.op = op;
    this.inputs = inputs;
    this.params = params;
    this.trace = trace;
  }

  /** The first frame outside the engine, or "". */
  get madeAt(): string {
    const lines = this.trace?.stack?.split("\n").slice(1) ?? [];
    const frame = lines.find((l) => !/[\\/](src|dist)[\\/]engine[\\/](?!.*\.test\.)/.test(l));
    return frame ? frame.trim().replace(/^at /, "") : "";
  }
}

let ids = 0;

/** What a tensor is made of: a node's output, a stored value, or a compiled function's argument. */
export interface TensorSource {
  readonly node?: Node;
  readonly index?: number;
  readonly storage?: Storage;
  readonly placeholder?: string;
}

/**
 * A lazy n-dimensional array. Ops on tensors build a graph; `data()`, `array()` and `item()` run
 * what they need; `compile` runs whole functions. A tensor never changes.
 */
export class Tensor extends TensorMethods implements Aval {
  readonly shape: Shape;
  readonly dtype: DType;
  /** @internal order of creation */
  readonly _id: number = ++ids;
  /** @internal the application that computes it */
  _node: Node | null;
  /** @internal which of the node's outputs it is */
  readonly _index: number;
  /** @internal its elements, once computed */
  _storage: Storage | null;
  /** @internal set on an argument of a function that is being traced */
  readonly _placeholder: string | null;

  /** @internal use `tensor(...)` and the ops */
  constructor(shape: Shape, dtype: DType, source: TensorSource) {
    super();
    this.shape = shape;
    this.dtype = dtype;
    this._node = source.node ?? null;
    this._index = source.index ?? 0;
    this._storage = source.storage ?? null;
    this._placeholder = source.placeholder ?? null;
    if (this._storage) disposeIn(this);
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Number of dimensions. */
  get rank(): number {
    return this.shape.length;
  }

  /**
   * The elements as a typed array in row-major order, computing them if need be. Treat it as
   * read-only. bool comes as a Uint8Array of 0 and 1, int64 as a BigInt64Array, float16 as the
   * bits in a Uint16Array.
   */
  async data(): Promise<TypedArray> {
    if (!this._storage) await evaluateTensors([this]);
    const storage = this._storage as unknown as Storage;
    const data = await storage.read();
    // A training step writes over state that is donated to it: what the user holds must stay.
    return storage.reused ? data.slice() : data;
  }

  /** The elements as plain numbers in row-major order. */
  async numbers(): Promise<number[]> {
    const data = await this.data();
    return this.dtype === "float16"
      ? Array.from(data as Uint16Array, float16Value)
      : Array.from(data as Float32Array, Number);
  }

  /** The elements as nested arrays; a scalar gives a number. */
  async array(): Promise<NestedArray> {
    const flat: NestedArray[] = await this.numbers();
    const values = this.dtype === "bool" ? flat.map((v) => v !== 0) : flat;
    let level: NestedArray[] = values;
    for (let axis = this.rank - 1; axis >= 1; axis--) {
      const width = this.shape[axis];
      const count = sizeOf(this.shape.slice(0, axis));
      const source = level;
      level = Array.from({ length: count }, (_, i) => source.slice(i * width, (i + 1) * width));
    }
    return this.rank === 0 ? level[0] : level;
  }

  /** The only element of a tensor of size 1. @throws ShapeError for any other size */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new ShapeError(
        `item: expected a tensor with one element, got shape ${showShape(this.shape)}`,
      );
    }
    return (await this.numbers())[0];
  }

  /** Gives its elements back at once; using it afterwards throws DisposedError. */
  dispose(): void {
    this._storage?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  override toString(): string {
    return `Tensor(${this.dtype}${showShape(this.shape)})`;
  }
}

/**
 * Applies an op and gives its outputs.
 * @throws what the op's rule throws, with the places where the inputs were made
 */
export function apply<P extends Params>(
  op: OpDef<P>,
  inputs: readonly Tensor[],
  params: P,
): Tensor[] {
  for (const [i, input] of inputs.entries()) {
    if (!(input instanceof Tensor)) {
      throw new ValueError(`${op.name}: argument ${i} is not a Tensor, got ${describe(input)}`);
    }
  }
  let outputs: Aval[];
  try {
    outputs = op.infer(inputs, params);
  } catch (error) {
    if (error instanceof ShapeError || error instanceof DTypeError) addOrigins(error, inputs);
    throw error;
  }
  return makeNode(op as unknown as OpDef, inputs, params, outputs);
}

let origin: Error | null = null;

/** @internal Everything applied inside `fn` says that it was made where `trace` was taken. */
export function withOrigin<T>(trace: Error | null, fn: () => T): T {
  const outer = origin;
  origin = trace;
  try {
    return fn();
  } finally {
    origin = outer;
  }
}

function traceHere(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 12;
  const trace = new Error();
  Error.stackTraceLimit = limit;
  return trace;
}

/** @internal Applies an op whose output avals are known. */
export function makeNode(
  op: OpDef,
  inputs: readonly Tensor[],
  params: Params,
  outputs: readonly Aval[],
): Tensor[] {
  const node = new Node(op, inputs, params, origin ?? traceHere());
  for (const [index, { shape, dtype }] of outputs.entries()) {
    node.outputs.push(new Tensor(shape, dtype, { node, index }));
  }
  return node.outputs;
}

/** Applies an op with one output. */
export function apply1<P extends Params>(
  op: OpDef<P>,
  inputs: readonly Tensor[],
  params: P,
): Tensor {
  return apply(op, inputs, params)[0];
}

function addOrigins(error: Error, inputs: readonly Tensor[]): void {
  const places = inputs
    .map((t, i) =>
      t._node?.madeAt
        ? `  argument ${i} ${t} was made by ${t._node.op.name} at ${t._node.madeAt}`
        : "",
    )
    .filter(Boolean);
  if (places.length > 0) error.message += `\n${places.join("\n")}`;
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return value.constructor?.name ?? "an object";
  return `${typeof value} ${String(value)}`;
}
