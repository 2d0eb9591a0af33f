/** @file An ONNX graph, checked and in an order in which it can be run. */
import { DataError } from "../../data/errors.ts";
import type { DType } from "../../engine/index.ts";
import { Attributes } from "./attributes.ts";
import {
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  toNumber,
  type ValueInfoProto,
} from "./decode.ts";
import { engineType } from "./types.ts";

/** One application of an operator. */
export interface GraphNode {
  /** Position in the file. */
  readonly index: number;
  readonly op: string;
  /** "" for ONNX's own operators. */
  readonly domain: string;
  readonly name: string;
  /** Names of values; "" where an optional input is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** A size of an input: a number, a name that is bound at each call, or null where anything goes. */
export type Dimension = number | string | null;

/** An input or output of a model. */
export interface Port {
  readonly name: string;
  /** TensorProto's number of the element type. */
  readonly type: number;
  /** Null for what the engine has no tensors for (strings, sequences). */
  readonly dtype: DType | null;
  /** Null where the model does not say. */
  readonly shape: readonly Dimension[] | null;
}

/** A graph: the model's own, a control-flow body, or a function's. */
export interface OnnxGraph {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Each after those that it reads from. */
  readonly nodes: readonly GraphNode[];
  readonly initializers: ReadonlyMap<string, TensorProto>;
  readonly opsets: ReadonlyMap<string, number>;
}

/** A whole model. */
export interface OnnxModelGraph extends OnnxGraph {
  readonly source: string;
  readonly producer: string;
  /** Functions that the model brings along, by `domain:name`. */
  readonly functions: ReadonlyMap<string, FunctionProto>;
}

/** Reads a model's graph. @throws DataError where it contradicts itself */
export function readModelGraph(model: ModelProto, source: string, widen: boolean): OnnxModelGraph {
  const opsets = opsetsOf(model.opsetImport ?? []);
  const functions = new Map(
    (model.functions ?? []).map((f) => [`${normalDomain(f.domain)}:${f.name}`, f]),
  );
  const graph = readGraph(model.graph as GraphProto, opsets, source, widen);
  return { ...graph, source, producer: model.producerName ?? "", functions };
}

function opsetsOf(list: NonNullable<ModelProto["opsetImport"]>): Map<string, number> {
  return new Map(list.map((o) => [normalDomain(o.domain), toNumber(o.version)]));
}

function normalDomain(domain: string | null | undefined): string {
  return domain === "ai.onnx" ? "" : (domain ?? "");
}

/**
 * Reads a graph. `outer` says which names a control-flow body may take from around it.
 * @throws DataError for a name that is made twice, by nothing, or out of itself
 */
export function readGraph(
  graph: GraphProto,
  opsets: ReadonlyMap<string, number>,
  source: string,
  widen: boolean,
  outer: (name: string) => boolean = () => false,
): OnnxGraph {
  const initializers = new Map<string, TensorProto>();
  for (const tensor of graph.initializer ?? []) initializers.set(tensor.name ?? "", tensor);
  for (const sparse of graph.sparseInitializer ?? []) {
    const name = sparse.values?.name ?? "";
    throw damaged(source, `initializer ${name}`, "dense initializers", "a sparse one");
  }
  const nodes: GraphNode[] = [];
  for (const [index, proto] of (graph.node ?? []).entries()) {
    const node = readNode(proto, index);
    const constant = node.op === "Constant" ? node.attributes.tensor("value") : null;
    // Constants that are tensors are initializers in another place: some exporters keep weights there.
    if (constant && node.outputs.length === 1) initializers.set(node.outputs[0], constant);
    else nodes.push(node);
  }
  const inputs = (graph.input ?? [])
    .filter((v) => !initializers.has(v.name ?? ""))
    .map((v) => readPort(v, widen));
  const outputs = (graph.output ?? []).map((v) => readPort(v, widen));
  const known = (name: string): boolean => initializers.has(name) || outer(name);
  const ordered = inOrder(nodes, new Set(inputs.map((i) => i.name)), known, source);
  const made = new Set([...inputs.map((i) => i.name), ...nodes.flatMap((n) => n.outputs)]);
  for (const { name } of outputs) {
    if (!made.has(name) && !known(name))
      throw damaged(source, `output ${name}`, "a node that makes it", "none");
  }
  return { inputs, outputs, nodes: ordered, initializers, opsets };
}

/** The body of a function, for a call with these attributes. */
export function readFunction(
  proto: FunctionProto,
  call: Attributes,
  source: string,
): { graph: OnnxGraph; inputs: readonly string[]; outputs: readonly string[] } {
  const inputs = proto.input ?? [];
  const nodes = (proto.node ?? []).map((node, index) => readNode(node, index, call));
  const graph = {
    inputs: [],
    outputs: [],
    nodes: inOrder(nodes, new Set(inputs), () => false, source),
    initializers: new Map(),
    opsets: opsetsOf(proto.opsetImport ?? []),
  };
  return { graph, inputs, outputs: proto.output ?? [] };
}

function readNode(proto: NodeProto, index: number, call?: Attributes): GraphNode {
  return {
    index,
    op: proto.opType ?? "",
    domain: normalDomain(proto.domain),
    name: proto.name ?? "",
    inputs: proto.input ?? [],
    outputs: proto.output ?? [],
    attributes: new Attributes(proto.attribute ?? [], call),
  };
}

function readPort(value: ValueInfoProto, widen: boolean): Port {
  const tensorType = value.type?.tensorType;
  const type = tensorType?.elemType ?? 0;
  const shape = tensorType?.shape
    ? (tensorType.shape.dim ?? []).map((d): Dimension => {
        if (d.dimParam) return d.dimParam;
        const size = d.dimValue === null || d.dimValue === undefined ? null : toNumber(d.dimValue);
        // Exporters also write 0 and -1 where a size is open.
        return size === null || size <= 0 ? null : size;
      })
    : null;
  return { name: value.name ?? "", type, dtype: engineType(type, widen), shape };
}

/** `MatMul "/layer/MatMul" (node 12)`: how messages name a node. */
export function labelOf(node: GraphNode): string {
  const type = node.domain ? `${node.domain}.${node.op}` : node.op;
  return `${type}${node.name ? ` "${node.name}"` : ""} (node ${node.index})`;
}

function inOrder(
  nodes: readonly GraphNode[],
  inputs: ReadonlySet<string>,
  known: (name: string) => boolean,
  source: string,
): GraphNode[] {
  const producer = new Map<string, GraphNode>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === "") continue;
      if (producer.has(output) || inputs.has(output))
        throw damaged(source, `value ${output}`, "one node that makes it", "several");
      producer.set(output, node);
    }
  }
  const ordered: GraphNode[] = [];
  const state = new Map<GraphNode, "open" | "done">();
  const stack: [GraphNode, number][] = [];
  const enter = (node: GraphNode, reader: GraphNode | null): void => {
    const now = state.get(node);
    if (now === "done") return;
    if (now === "open") {
      const field = labelOf(reader ?? node);
      throw damaged(source, field, "inputs made before it", `a circle through ${labelOf(node)}`);
    }
    state.set(node, "open");
    stack.push([node, 0]);
  };
  for (const root of nodes) {
    enter(root, null);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const [node, i] = top;
      if (i === node.inputs.length) {
        state.set(node, "done");
        ordered.push(node);
        stack.pop();
        continue;
      }
      top[1]++;
      const name = node.inputs[i];
      const from = producer.get(name);
      if (from) enter(from, node);
      else if (name !== "" && !inputs.has(name) && !known(name))
        throw damaged(source, `${labelOf(node)}, input ${name}`, "a value made somewhere", "none");
    }
  }
  return ordered;
}

function damaged(source: string, field: string, expected: string, received: string): DataError {
  return new DataError({ code: "malformed", path: source, field, expected, received });
}
