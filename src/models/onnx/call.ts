/** @file What a handler sees of the node it translates: inputs, attributes, the operator set's version. */
import { type DType, type Tensor, UnsupportedError } from "../../engine/index.ts";
import type { Attributes } from "./attributes.ts";
import type { GraphProto, TensorProto } from "./decode.ts";
import { type GraphNode, labelOf } from "./graph.ts";
import type { HostTensor } from "./tensor-data.ts";
import { elementName, engineType } from "./types.ts";
import type { Value } from "./value.ts";

/** More than any model has elements along one axis. */
const MAX_COUNT = 2 ** 24;

/** What handlers give: one result, or one for each of the node's outputs. */
export type Result = Tensor | Value | readonly (Tensor | Value)[];

/** Translates one operator into the engine's ops. */
export type Handler = (call: NodeCall) => Result;

/** Handlers by operator. */
export type HandlerTable = Readonly<Record<string, Handler>>;

/** What a call may ask of the tracer around it. */
export interface Surroundings {
  readonly widen: boolean;
  version(domain: string): number;
  /** TensorProto's number of the type of a stored value; 0 for one that is computed. */
  elementType(name: string): number;
  readTensor(tensor: TensorProto): HostTensor;
  /** Runs a control-flow body with values for its inputs. */
  runBody(body: GraphProto, inputs: readonly Value[]): Value[];
}

/** A node that has no translation into the engine's ops, for itself or for what it is given. */
export class TranslationError extends UnsupportedError {}

/** One application of an operator, with checked access to what it is given. */
export class NodeCall {
  readonly node: GraphNode;
  readonly inputs: readonly (Value | null)[];
  readonly around: Surroundings;

  constructor(node: GraphNode, inputs: readonly (Value | null)[], around: Surroundings) {
    this.node = node;
    this.inputs = inputs;
    this.around = around;
  }

  get attributes(): Attributes {
    return this.node.attributes;
  }

  /** The version of the operator set that the node belongs to. */
  get version(): number {
    return this.around.version(this.node.domain);
  }

  /** Whether output `i` is asked for. */
  wants(i: number): boolean {
    return (this.node.outputs[i] ?? "") !== "";
  }

  has(i: number): boolean {
    return (this.inputs[i] ?? null) !== null;
  }

  value(i: number): Value {
    const value = this.inputs[i];
    if (!value) throw this.fail(`input ${i} is left out`);
    return value;
  }

  tensor(i: number): Tensor {
    return this.value(i).tensor;
  }

  optional(i: number): Tensor | null {
    return this.inputs[i]?.tensor ?? null;
  }

  /** Every input that is there. */
  tensors(): Tensor[] {
    return this.inputs.flatMap((v) => (v ? [v.tensor] : []));
  }

  /** Numbers that must be known while tracing, such as a shape. */
  known(i: number, what: string): number[] {
    const { numbers } = this.value(i);
    if (numbers) return numbers;
    throw this.fail(`its ${what} is computed from data, and shapes here are fixed while tracing`);
  }

  /** Axes and the like, which stood in attributes in older operator sets; null where they are in neither. */
  settings(attribute: string, input: number, what = attribute): number[] | null {
    const given = this.attributes.ints(attribute);
    if (given) return given;
    return this.has(input) ? this.known(input, what) : null;
  }

  /** TensorProto's number of the type of input `i`, where it is stored in the model; else 0. */
  elementType(i: number): number {
    return this.around.elementType(this.node.inputs[i] ?? "");
  }

  /** A number of things that are made one by one on the host. */
  count(n: number, what: string): number {
    if (Number.isInteger(n) && n >= 0 && n <= MAX_COUNT) return n;
    throw this.fail(`${n} is no sensible number of ${what}`);
  }

  /** The dtype that an attribute names. */
  dtype(attribute: string, otherwise: number): DType {
    return this.dtypeOf(this.attributes.int(attribute, otherwise));
  }

  dtypeOf(type: number): DType {
    const dtype = engineType(type, this.around.widen);
    if (!dtype) throw this.fail(`tensors of ${elementName(type)} cannot be computed with`);
    return dtype;
  }

  /** An error that says which node cannot be translated, and why. */
  fail(why: string): TranslationError {
    return new TranslationError(`${labelOf(this.node)} cannot be translated: ${why}`);
  }
}
