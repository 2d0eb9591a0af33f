/** @file Writes ONNX nodes for TensorFlow nodes: values, constants, and conversions of index types. */
import onnxProto from "onnx-proto";
import { UnsupportedError } from "../../engine/index.ts";
import type { AttributeProto, NodeProto, TensorProto } from "../onnx/decode.ts";
import { ELEMENT } from "../onnx/types.ts";
import type { TfNode } from "./graph.ts";

const { AttributeType } = onnxProto.onnx.AttributeProto;

/** Whole numbers are ints; other kinds say what they are. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/** A stored array. */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** "To the end" of an axis. */
export const END = Number.MAX_SAFE_INTEGER;

/** Collects the ONNX form of a graph. */
export class Emitter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly #stored: ReadonlyMap<string, StoredArray>;
  #count = 0;

  constructor(stored: ReadonlyMap<string, StoredArray>) {
    this.#stored = stored;
  }

  /** Adds a node and gives the names of its outputs. */
  add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    { outputs = 1, domain = "" }: { outputs?: number; domain?: string } = {},
  ): string[] {
    const output = Array.from({ length: outputs }, () => this.#fresh());
    this.nodes.push({
      opType: op,
      domain,
      name: output[0]!,
      input: [...inputs],
      output,
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
    return output;
  }

  /** Adds a node with one output. */
  op(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    return this.add(op, inputs, attributes)[0]!;
  }

  /** The elements of a value that the file stores; undefined for a computed one. */
  known(value: string): StoredArray | undefined {
    return this.#stored.get(value);
  }

  /** A row of int64, as ONNX has sizes and axes. */
  ints(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const rows = BigInt64Array.from(values, (v) => BigInt(v));
    return this.#store(ELEMENT.INT64, new Uint8Array(rows.buffer), shape);
  }

  /** One float32. */
  float(value: number): string {
    const bytes = new Uint8Array(Float32Array.of(value).buffer);
    return this.#store(ELEMENT.FLOAT, bytes, []);
  }

  /** A value of integers as int64: stored where it is known, else converted. */
  int64(value: string): string {
    const known = this.known(value);
    if (known) return this.ints([...known.data], known.shape);
    return this.op("Cast", [value], { to: ELEMENT.INT64 });
  }

  /** As TensorFlow.js has integers. */
  int32(value: string): string {
    return this.op("Cast", [value], { to: ELEMENT.INT32 });
  }

  #fresh(): string {
    return `tfjs_${this.#count++}`;
  }

  #store(dataType: number, rawData: Uint8Array, shape: readonly number[]): string {
    const name = this.#fresh();
    this.initializers.push({ name, dims: [...shape], dataType, rawData });
    return name;
  }
}

/** A node that is being written. */
export class NodeWriter {
  readonly node: TfNode;
  readonly emitter: Emitter;

  constructor(node: TfNode, emitter: Emitter) {
    this.node = node;
    this.emitter = emitter;
  }

  /** The name of an input. */
  input(index: number): string {
    const at = index < 0 ? this.node.inputs.length + index : index;
    const value = this.node.inputs[at];
    if (value === undefined) throw this.refuse(`has no input ${index}`);
    return value;
  }

  /** The numbers of an input that must be stored in the file. */
  numbers(index: number): number[] {
    const known = this.emitter.known(this.input(index));
    if (!known) throw this.refuse(`input ${index} is computed; it must be stored in the file`);
    return [...known.data];
  }

  /** The one number of such an input. */
  number(index: number): number {
    const [value] = this.numbers(index);
    return value ?? 0;
  }

  /** An error about this node. */
  refuse(why: string): UnsupportedError {
    return new UnsupportedError(`importTfjs: ${this.node.op} (node ${this.node.name}) ${why}`);
  }
}

function attribute(name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === "number") return { name, type: AttributeType.INT, i: value };
  if (typeof value === "string") {
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  }
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: [...value] };
}
