/**
 * @file What an op is: one object with its shape rule, gradient, ONNX lowering and JavaScript kernel.
 *
 * An op may leave out any of gradient, lowering and kernel if it has a `compose`, which says the
 * same thing in terms of other ops: the engine differentiates, lowers or interprets that instead.
 */
import type { DType } from "./dtype.ts";
import type { JsContext, NDArray } from "./js/ndarray.ts";
import type { Lowering, Provider, Value } from "./onnx/lowering.ts";
import type { Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Shape and dtype of a value that is not computed yet. */
export interface Aval {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Parameters of an op application; part of the graph's identity (see `paramsKey`). */
export type Params = Readonly<Record<string, unknown>>;

/** What a gradient rule sees: the applied node, and dLoss/dOutput (null: does not influence the loss). */
export interface GradContext<P> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly params: P;
  readonly grads: readonly (Tensor | null)[];
  /** The gradient of the first output, zeros where it is null. */
  readonly grad: Tensor;
  /** Whether the gradient of input `i` will be used. */
  needs(i: number): boolean;
}

/** One operation of the engine. `P` is the type of its parameters. */
export interface OpDef<P extends Params = Params> {
  readonly name: string;
  /** Output shapes and dtypes; throws ShapeError, DTypeError or ValueError in the user's terms. */
  infer(inputs: readonly Aval[], params: P): Aval[];
  /**
   * Gradients of the inputs in terms of other ops; null where an input has none. A gradient of a
   * broadcast input may keep the output's shape: the engine sums it to the input's.
   */
  grad?(ctx: GradContext<P>): (Tensor | null)[];
  /** The same result from other ops. */
  compose?(inputs: readonly Tensor[], params: P): Tensor[];
  /** ONNX nodes for the op. */
  lower?(b: Lowering, inputs: readonly Value[], params: P, outputs: readonly Aval[]): Value[];
  /**
   * Whether `lower` works on a provider: `true`, or the reason why not. Where it does not, `compose`
   * is lowered, and without one compilation fails with the op's name and that reason.
   */
  supports?(provider: Provider, inputs: readonly Aval[], params: P): true | string;
  /** The op on host arrays: the meaning that the other backends are tested against. */
  js?(ctx: JsContext, inputs: readonly NDArray[], params: P, outputs: readonly Aval[]): NDArray[];
  /** JavaScript expression of one output element, for ops that act on each element by itself. */
  readonly expression?: (args: readonly string[], params: P, dtypes: readonly DType[]) => string;
  /** Estimated floating-point operations; the default is one per output element. */
  flops?(inputs: readonly Aval[], params: P, outputs: readonly Aval[]): number;
  /** True where equal inputs do not make equal applications (barriers). */
  readonly unique?: boolean;
}

const registry = new Map<string, OpDef>();

/** Registers an op and gives it back; names are unique. */
export function defineOp<P extends Params>(def: OpDef<P>): OpDef<P> {
  if (registry.has(def.name)) throw new Error(`internal: op ${def.name} is defined twice`);
  registry.set(def.name, def as unknown as OpDef);
  return def;
}

/** Every registered op by name (for the docs' table and the op suites). */
export function allOps(): ReadonlyMap<string, OpDef> {
  return registry;
}

let identities = 0;
const identity = new WeakMap<object, number>();

/** A number that stands for an object or function by identity. */
export function identityOf(value: object): number {
  let id = identity.get(value);
  if (id === undefined) {
    id = ++identities;
    identity.set(value, id);
  }
  return id;
}

/** A string equal for equal parameters: by content for plain data, by identity for everything else. */
export function paramsKey(params: unknown): string {
  if (typeof params === "number") return Object.is(params, -0) ? "-0" : String(params);
  if (params === null || typeof params !== "object") {
    return typeof params === "function" ? `#${identityOf(params)}` : `${JSON.stringify(params)}`;
  }
  if (Array.isArray(params)) return `[${params.map(paramsKey).join()}]`;
  const proto = Object.getPrototypeOf(params);
  if (proto !== Object.prototype && proto !== null) return `#${identityOf(params)}`;
  let out = "{";
  for (const key of Object.keys(params).sort()) {
    out += `${key}:${paramsKey((params as Record<string, unknown>)[key])},`;
  }
  return `${out}}`;
}
