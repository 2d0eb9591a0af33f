/** @file Runs a graph's nodes on the engine's tensors, which records them as the engine's own graph. */
import { type Tensor, ValueError } from "../../engine/index.ts";
import { NodeCall, type Result, type Surroundings, TranslationError } from "./call.ts";
import { type GraphProto, type NodeProto, type TensorProto, toNumber } from "./decode.ts";
import {
  type GraphNode,
  labelOf,
  type OnnxGraph,
  type OnnxModelGraph,
  readFunction,
  readGraph,
} from "./graph.ts";
import { handlerOf } from "./handlers/index.ts";
import { readTensor, type TensorReader } from "./tensor-data.ts";
import { fold, HOST_ELEMENTS, isTensor, Value } from "./value.ts";

/** Larger results than any machine holds: a damaged or hostile file asks for them. */
const MAX_ELEMENTS = 2 ** 32;
const MAX_DEPTH = 32;

/** Changes what a node gives (adapters); null leaves it. */
export type Adapt = (
  node: GraphNode,
  inputs: readonly (Value | null)[],
  y: Tensor,
) => Tensor | null;

/** Values by name, and the names of the graph around a control-flow body. */
class Names {
  readonly #own = new Map<string, Value>();
  readonly #outer: (name: string) => Value | null;

  constructor(outer: (name: string) => Value | null = () => null) {
    this.#outer = outer;
  }

  get(name: string): Value | null {
    return this.#own.get(name) ?? this.#outer(name);
  }

  set(name: string, value: Value): void {
    this.#own.set(name, value);
  }
}

/** Runs graphs of one model. */
export class Tracer {
  readonly #model: OnnxModelGraph;
  readonly #reader: TensorReader;
  readonly #constants = new WeakMap<TensorProto, Value>();
  readonly #bodies = new WeakMap<GraphProto, OnnxGraph>();

  constructor(model: OnnxModelGraph, reader: TensorReader) {
    this.#model = model;
    this.#reader = reader;
  }

  /**
   * The values called `wanted`, from `given` ones (inputs, weights); nodes that they do not need are
   * left out.
   * @throws UnsupportedError naming the node that has no translation
   */
  run(given: ReadonlyMap<string, Value>, wanted: readonly string[], adapt?: Adapt): Value[] {
    const names = new Names();
    for (const [name, value] of given) names.set(name, value);
    return this.#run(this.#model, names, wanted, 0, adapt);
  }

  /** A stored tensor of the model as a value; read once. */
  constant(proto: TensorProto): Value {
    let value = this.#constants.get(proto);
    if (!value) {
      const { data, shape, dtype } = readTensor(proto, this.#reader);
      value = Value.stored(data, shape, dtype);
      this.#constants.set(proto, value);
    }
    return value;
  }

  #run(
    graph: OnnxGraph,
    names: Names,
    wanted: readonly string[],
    depth: number,
    adapt?: Adapt,
  ): Value[] {
    if (depth > MAX_DEPTH)
      throw new ValueError(
        `${this.#model.source}: a function or body refers to itself, ${MAX_DEPTH} levels deep`,
      );
    const lookup = (name: string): Value | null => this.#lookup(graph, names, name);
    for (const node of neededNodes(graph, wanted, (name) => names.get(name) !== null)) {
      const inputs = node.inputs.map((name) => {
        const value = name === "" ? null : lookup(name);
        if (name !== "" && !value)
          throw new ValueError(`${labelOf(node)}: input ${name} has no value`);
        return value;
      });
      const outputs = this.#apply(graph, node, inputs, names, depth);
      for (const [i, name] of node.outputs.entries()) {
        const value = outputs[i];
        if (name === "" || !value) continue;
        const adapted = i === 0 && adapt ? adapt(node, inputs, value.tensor) : null;
        names.set(name, adapted ? Value.of(adapted) : value);
      }
    }
    return wanted.map((name) => {
      const value = lookup(name);
      if (!value) throw new ValueError(`${this.#model.source}: value ${name} is not made`);
      return value;
    });
  }

  #apply(
    graph: OnnxGraph,
    node: GraphNode,
    inputs: readonly (Value | null)[],
    names: Names,
    depth: number,
  ): Value[] {
    const proto = this.#model.functions.get(`${node.domain}:${node.op}`);
    if (proto) {
      const body = readFunction(proto, node.attributes, this.#model.source);
      const inner = new Names();
      for (const [i, name] of body.inputs.entries()) {
        const value = inputs[i];
        if (value) inner.set(name, value);
      }
      return this.#run(body.graph, inner, body.outputs, depth + 1);
    }
    const handler = handlerOf(node.domain, node.op);
    if (!handler) throw new TranslationError(`${labelOf(node)} has no translation`);
    const around: Surroundings = {
      widen: this.#reader.widen,
      version: (domain) => graph.opsets.get(domain) ?? this.#model.opsets.get(domain) ?? 1,
      elementType: (name) => {
        const proto = graph.initializers.get(name) ?? this.#model.initializers.get(name);
        const port = this.#model.inputs.find((i) => i.name === name);
        return proto ? toNumber(proto.dataType) : (port?.type ?? 0);
      },
      readTensor: (tensor) => readTensor(tensor, this.#reader),
      runBody: (body, values) => this.#runBody(graph, body, values, names, depth + 1),
    };
    try {
      const given = inputs.filter((v) => v !== null);
      const known = given.length > 0 && given.every((v) => v.elements !== null);
      return valuesOf(handler(new NodeCall(node, inputs, around)), known);
    } catch (error) {
      const label = labelOf(node);
      // Translations rely on what the standard promises; a node that breaks it ends up here.
      if (error instanceof TypeError || error instanceof RangeError)
        throw new ValueError(`${label} is malformed: ${error.message}`, { cause: error });
      if (error instanceof Error && !error.message.includes(label))
        error.message = `${label}: ${error.message}`;
      throw error;
    }
  }

  #runBody(
    graph: OnnxGraph,
    body: GraphProto,
    values: readonly Value[],
    names: Names,
    depth: number,
  ): Value[] {
    let read = this.#bodies.get(body);
    if (!read) {
      // Names from around are looked up when they are needed.
      read = readGraph(body, graph.opsets, this.#model.source, this.#reader.widen, () => true);
      this.#bodies.set(body, read);
    }
    const inner = new Names((name) => this.#lookup(graph, names, name));
    for (const [i, { name }] of read.inputs.entries()) if (values[i]) inner.set(name, values[i]);
    const wanted = read.outputs.map((o) => o.name);
    return this.#run(read, inner, wanted, depth);
  }

  #lookup(graph: OnnxGraph, names: Names, name: string): Value | null {
    const have = names.get(name);
    const proto = have ? null : graph.initializers.get(name);
    return proto ? this.constant(proto) : have;
  }
}

function valuesOf(result: Result, known: boolean): Value[] {
  const list: readonly (Tensor | Value)[] = Array.isArray(result)
    ? result
    : [result as Tensor | Value];
  for (const { shape } of list) {
    const size = shape.reduce((n, d) => n * d, 1);
    if (!(size <= MAX_ELEMENTS))
      throw new ValueError(`its result would have ${size} elements, [${shape.join(", ")}]`);
  }
  const tensors = list.filter(isTensor);
  const small = tensors.every((t) => t.size <= HOST_ELEMENTS);
  if (!known || !small || tensors.length === 0)
    return list.map((x) => (isTensor(x) ? Value.of(x) : x));
  const folded = fold(tensors);
  return list.map((x) => (isTensor(x) ? folded[tensors.indexOf(x)] : x));
}

/** The nodes that `wanted` depends on, in order. */
export function neededNodes(
  graph: OnnxGraph,
  wanted: readonly string[],
  given: (name: string) => boolean,
): GraphNode[] {
  const needed = new Set(wanted);
  const nodes: GraphNode[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    if (!node.outputs.some((o) => needed.has(o) && o !== "" && !given(o))) continue;
    nodes.push(node);
    for (const name of readsOf(node)) needed.add(name);
  }
  return nodes.reverse();
}

/** What a node reads: its inputs, and what its bodies take from around them. */
export function readsOf({ inputs, attributes }: GraphNode): string[] {
  const bodies = ["then_branch", "else_branch", "body"].filter((name) => attributes.has(name));
  return [...inputs, ...bodies.flatMap((name) => readsOfBody(attributes.graph(name)))];
}

/** The same of a node as it stands in the file. */
export function readsOfProto({ input, attribute }: NodeProto): string[] {
  return [...(input ?? []), ...(attribute ?? []).flatMap((a) => (a.g ? readsOfBody(a.g) : []))];
}

function readsOfBody({ node, output }: GraphProto): string[] {
  return [...(node ?? []).flatMap(readsOfProto), ...(output ?? []).map((o) => o.name ?? "")];
}
